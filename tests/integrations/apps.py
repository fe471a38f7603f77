"""One application for each framework around the same router, as its users would write it."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any

import pytest

from postmark_sdk.webhooks import BounceEvent, InboundEvent, MemoryStore, WebhookAuth, WebhookRouter
from tests.integrations.servers import asgi_server, werkzeug_server, wsgi_server

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

PAIR = ("postmark", "webhook-password-for-examples")
PATH = "/hooks/postmark"
LIMIT = 200_000


class Received:
    """A router with handlers that remember, and fail as often as told."""

    def __init__(self, *, asynchronous: bool, failures: int = 0) -> None:
        self.events: list[Any] = []
        self.calls = 0
        self.failures = failures
        self.router = WebhookRouter(auth=WebhookAuth(basic=PAIR), store=MemoryStore(), max_bytes=LIMIT)
        register = self.router.on(BounceEvent, InboundEvent)
        if asynchronous:
            register(self._handle_async)
        else:
            register(self._handle)

    def _handle(self, event: BounceEvent | InboundEvent) -> None:
        self.calls += 1
        if self.calls <= self.failures:
            raise RuntimeError("not yet")
        self.events.append(event)

    async def _handle_async(self, event: BounceEvent | InboundEvent) -> None:
        self._handle(event)


def _asgi(router: WebhookRouter) -> Any:
    from postmark_sdk.integrations.asgi import WebhookApp

    return WebhookApp(router)


def _wsgi(router: WebhookRouter) -> Any:
    from postmark_sdk.integrations.wsgi import WebhookApp

    return WebhookApp(router)


def _starlette(router: WebhookRouter) -> Any:
    pytest.importorskip("starlette", reason="Starlette is not installed")
    from starlette.applications import Starlette

    from postmark_sdk.integrations.starlette import webhook_route

    return Starlette(routes=[webhook_route(router, PATH)])


def _fastapi(router: WebhookRouter) -> Any:
    pytest.importorskip("fastapi", reason="FastAPI is not installed")
    from fastapi import FastAPI

    from postmark_sdk.integrations.fastapi import webhook_router

    app = FastAPI()
    app.include_router(webhook_router(router, PATH, tags=["webhooks"]))
    return app


def _flask(router: WebhookRouter) -> Any:
    pytest.importorskip("flask", reason="Flask is not installed")
    from flask import Flask

    from postmark_sdk.integrations.flask import webhook_view

    app = Flask(__name__)
    app.add_url_rule(PATH, view_func=webhook_view(router), methods=["POST"])
    return app


urlpatterns: list[Any] = []


def _django_urls(view: Any) -> None:
    from django.urls import clear_url_caches, path

    clear_url_caches()
    urlpatterns[:] = [path(PATH.lstrip("/"), view)]


def configure_django() -> None:
    """Settings as of a small project, with the CSRF check that a webhook must get around."""
    pytest.importorskip("django", reason="Django is not installed")
    import django
    from django.conf import settings

    if not settings.configured:
        settings.configure(
            ALLOWED_HOSTS=["*"],
            DATABASES={
                "default": {
                    "ENGINE": "django.db.backends.sqlite3",
                    "NAME": ":memory:",
                    "ATOMIC_REQUESTS": False,
                }
            },
            LOGGING_CONFIG=None,
            MIDDLEWARE=["django.middleware.csrf.CsrfViewMiddleware"],
            ROOT_URLCONF=__name__,
            SECRET_KEY="django-key-for-tests",
        )
        django.setup()


def _django(router: WebhookRouter) -> Any:
    configure_django()
    from django.core.wsgi import get_wsgi_application

    from postmark_sdk.integrations.django import webhook_view

    _django_urls(webhook_view(router))
    return get_wsgi_application()


def _django_async(router: WebhookRouter) -> Any:
    configure_django()
    from django.core.asgi import get_asgi_application

    from postmark_sdk.integrations.django import async_webhook_view

    _django_urls(async_webhook_view(router))
    application = get_asgi_application()

    async def without_lifespan(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "lifespan":
            await application(scope, receive, send)

    return without_lifespan


APPS: dict[str, tuple[Callable[[WebhookRouter], Any], Callable[[Any], Any]]] = {
    "asgi": (_asgi, asgi_server),
    "starlette": (_starlette, asgi_server),
    "fastapi": (_fastapi, asgi_server),
    "django-async": (_django_async, asgi_server),
    "wsgi": (_wsgi, wsgi_server),
    "flask": (_flask, werkzeug_server),
    "django": (_django, wsgi_server),
}


@contextlib.contextmanager
def serving(name: str, router: WebhookRouter) -> Iterator[str]:
    """The URL of the webhook, while the application runs under a real server."""
    make, server = APPS[name]
    if server is asgi_server:
        pytest.importorskip("uvicorn", reason="uvicorn is not installed")
    with server(make(router)) as address:
        yield f"{address}{PATH}"

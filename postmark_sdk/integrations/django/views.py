"""A webhook endpoint as a view of Django, with or without async."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, TypeVar

from ..._webhooks.errors import WebhookError
from ..._webhooks.router import WebhookAnswer, WebhookRouter
from .._extras import missing
from ..wsgi import read, read_body

try:
    from asgiref.sync import sync_to_async
    from django.db import connections, transaction
    from django.http import HttpRequest, HttpResponse
except ImportError as _why:
    raise missing("django", _why) from _why

__all__ = ["async_webhook_view", "webhook_view"]

V = TypeVar("V")

_FIRST_SERVER_STATUS = 500


def webhook_view(router: WebhookRouter) -> Callable[[HttpRequest], HttpResponse]:
    """Make a view for ``urlpatterns``, exempt from CSRF checks and logins: Postmark has no token and no session.

    ``max_bytes`` of the router counts, not ``DATA_UPLOAD_MAX_MEMORY_SIZE``, and a body that says it is larger is not
    read. With ``ATOMIC_REQUESTS`` the transaction is rolled back when the handler fails.

    Args:
        router: What handles the events.
    """

    def postmark_webhook(request: HttpRequest) -> HttpResponse:
        answer = _refusal(router, request)
        if answer is None:
            body = _body(router, request)
            answer = router.dispatch(body, _headers(request)) if isinstance(body, bytes) else body
        if answer.status >= _FIRST_SERVER_STATUS:
            _roll_back()
        return _response(answer)

    return _exempt(postmark_webhook)


def async_webhook_view(router: WebhookRouter) -> Callable[[HttpRequest], Awaitable[HttpResponse]]:
    """Make the same view as a coroutine function, for projects that run under ASGI.

    Plain functions as handlers run where Django runs its ORM, as with ``sync_to_async``. Django itself reads a body
    before it calls a view here, to disk if it is large: limit its size in the server or in a proxy.

    Args:
        router: What handles the events.
    """

    async def postmark_webhook(request: HttpRequest) -> HttpResponse:
        answer = _refusal(router, request)
        if answer is None:
            body = await sync_to_async(_body, thread_sensitive=False)(router, request)
            if isinstance(body, bytes):
                answer = await router.dispatch_async(body, _headers(request), _in_django_thread)
            else:
                answer = body
        return _response(answer)

    return _exempt(postmark_webhook)


def _exempt(view: V) -> V:
    # What Django's decorators set; those of before 5.0 hide coroutine functions.
    view.csrf_exempt = True  # type: ignore[attr-defined]
    view.login_required = False  # type: ignore[attr-defined]  # for LoginRequiredMiddleware
    return view


def _refusal(router: WebhookRouter, request: HttpRequest) -> WebhookAnswer | None:
    return router.refusal(request.method or "", _headers(request), request.META.get("REMOTE_ADDR"))


def _headers(request: Any) -> Mapping[str, str]:
    headers: Mapping[str, str] = request.headers
    return headers


def _body(router: WebhookRouter, request: HttpRequest) -> bytes | WebhookAnswer:
    environ: Any = getattr(request, "environ", None)
    try:
        if environ is not None and not request.META.get("CONTENT_LENGTH"):
            # Django takes such a body for empty; the server has joined its chunks.
            return read_body(environ, None, router.max_bytes)
        return read(request.read, None, router.max_bytes)
    except WebhookError as error:
        return router.refused(error)


def _in_django_thread(call: Callable[[], Any]) -> Awaitable[Any]:
    awaitable: Awaitable[Any] = sync_to_async(call, thread_sensitive=True)()
    return awaitable


def _roll_back() -> None:
    """An answer of 5xx is no exception, which is what Django would roll back for."""
    databases: Any = connections.settings
    for alias, settings in databases.items():
        if settings.get("ATOMIC_REQUESTS") and connections[alias].in_atomic_block:
            transaction.set_rollback(True, using=alias)


def _response(answer: WebhookAnswer) -> HttpResponse:
    return HttpResponse(answer.body, "application/json", answer.status, headers=dict(answer.headers))

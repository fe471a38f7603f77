"""A client for each application of Flask, and a webhook endpoint as a view. Extra: ``postmark-sdk[flask]``."""

from __future__ import annotations

import weakref
from collections.abc import Callable
from typing import Any

from .. import PostmarkClient
from .._core.schema.lazy import public
from .._webhooks.router import WebhookRouter
from ..errors import ConfigurationError
from ._extras import missing
from ._options import OPTIONS, nearest
from .wsgi import answer_call

try:
    from flask import Flask, Response, current_app, request
except ImportError as _why:
    raise missing("flask", _why) from _why

__all__ = ["Postmark", "webhook_view"]
__dir__: Callable[[], list[str]] = public(__name__)

_NAME = "postmark"
_PREFIX = "POSTMARK_"
_NEAR = 0.85
"""How like one of ours a name must be to be no name of the application's own."""


class Postmark:
    """The extension: ``postmark = Postmark()`` beside the application's factory, ``postmark.init_app(app)`` in it.

    Arguments of ``PostmarkClient`` are taken from the application's configuration, each under its name in upper case
    behind ``POSTMARK_``, such as ``POSTMARK_SERVER_TOKEN``; what is not there comes from the environment. Each
    application has a client of its own, in ``app.extensions["postmark"]``; it is closed with the application.

    Args:
        app: The application, if there is one already.

    Raises:
        ConfigurationError: As of ``init_app``.
    """

    def __init__(self, app: Flask | None = None) -> None:
        if app is not None:
            self.init_app(app)

    def init_app(self, app: Flask) -> None:
        """Make the client of an application.

        Raises:
            ConfigurationError: The configuration holds a wrong value or a misspelt name, or there is a client already.
        """
        if _NAME in app.extensions:
            raise ConfigurationError("this application has a client already; call init_app once")
        client = app.extensions[_NAME] = PostmarkClient(**_options(app.config.get_namespace(_PREFIX)))
        weakref.finalize(app, client.close)

    @property
    def client(self) -> PostmarkClient:
        """The client of the application that runs.

        Raises:
            ConfigurationError: ``init_app`` was not called for it.
        """
        client: PostmarkClient | None = current_app.extensions.get(_NAME)
        if client is None:
            raise ConfigurationError("this application has no client; call init_app with it")
        return client


def _options(given: dict[str, Any]) -> dict[str, Any]:
    """Arguments of a client among what an application has under our prefix."""
    for name in given.keys() - OPTIONS:
        meant = nearest(name, OPTIONS, _NEAR)
        if meant:
            wrong, right = (f"{_PREFIX}{each.upper()}" for each in (name, meant))
            raise ConfigurationError(f"{wrong} in the configuration: did you mean {right!r}?")
    return {name: value for name, value in given.items() if name in OPTIONS and value is not None}


def webhook_view(router: WebhookRouter) -> Callable[[], Response]:
    """Make a view, for ``app.add_url_rule("/postmark", view_func=webhook_view(router), methods=["POST"])``.

    ``max_bytes`` of the router counts, not ``MAX_CONTENT_LENGTH`` of the application. With Flask-WTF's ``CSRFProtect``,
    exempt the view.

    Args:
        router: What handles the events.
    """

    def postmark_webhook() -> Response:
        answer = answer_call(router, request.environ)
        return Response(answer.body, answer.status, dict(answer.headers), content_type="application/json")

    return postmark_webhook

"""A webhook endpoint as a view of Flask. Extra: ``postmark-sdk[flask]``."""

from __future__ import annotations

from collections.abc import Callable

from .._webhooks.router import WebhookRouter
from ._extras import missing
from .wsgi import answer_call

try:
    from flask import Response, request
except ImportError as _why:
    raise missing("flask", _why) from _why

__all__ = ["webhook_view"]


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

"""A webhook endpoint as a route of Starlette. Extra: ``postmark-sdk[starlette]``."""

from __future__ import annotations

from collections.abc import Callable

from .._core.schema.lazy import public
from .._webhooks.router import WebhookRouter
from ._extras import missing
from .asgi import WebhookApp, checked_path

try:
    from starlette.routing import Route
except ImportError as _why:
    raise missing("starlette", _why) from _why

__all__ = ["webhook_route"]
__dir__: Callable[[], list[str]] = public(__name__)


def webhook_route(router: WebhookRouter, path: str, *, name: str = "postmark_webhook") -> Route:
    """A route that answers the calls of webhooks.

    Args:
        router: What handles the events.
        path: Path of the URL that Postmark was told.
        name: Name of the route.

    Raises:
        ConfigurationError: The path begins with no slash.
    """
    return Route(checked_path(path), WebhookApp(router), name=name)

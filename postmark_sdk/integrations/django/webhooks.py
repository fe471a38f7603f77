"""A router whose events are signals of Django."""

from __future__ import annotations

from typing import Any

from ...errors import ConfigurationError
from ...webhooks import MAX_BODY_BYTES, EventStore, InboundEvent, WebhookAuth, WebhookEvent, WebhookRouter
from .._extras import missing
from .._options import checked_options
from .errors import InvalidOptionsError
from .signals import inbound, tracking

try:
    from django.conf import settings
except ImportError as _why:
    raise missing("django", _why) from _why

__all__ = ["signal_router"]

_OPTIONS = ("auth", "store", "max_bytes")


def signal_router(
    *,
    auth: WebhookAuth | tuple[str, str] | None = None,
    store: EventStore | None = None,
    max_bytes: int = MAX_BODY_BYTES,
) -> WebhookRouter:
    """Make a router that sends each event as the signal ``tracking``, and each mail that comes in as ``inbound``.

    Args:
        auth: What a call must show; a pair is a user and password. None: nothing, with a warning.
        store: Where to remember handled events, so that one that arrives again is not sent again. None: nowhere.
        max_bytes: Bytes that a body may have.

    Raises:
        ConfigurationError: ``auth`` is something else.

    Warns:
        OpenWebhookWarning: ``auth`` is None.
    """
    router = WebhookRouter(auth=auth, store=store, max_bytes=max_bytes)
    router.fallback(_tell)
    return router


def _tell(event: WebhookEvent) -> None:
    signal = inbound if isinstance(event, InboundEvent) else tracking
    for _, answer in signal.send_robust(type(event), event=event):
        if isinstance(answer, Exception):
            raise answer


def webhook_options() -> dict[str, Any]:
    """What the setting ``POSTMARK_WEBHOOKS`` says.

    Raises:
        InvalidOptionsError: It is no dict, or says something that there is not.
    """
    given = getattr(settings, "POSTMARK_WEBHOOKS", {})
    try:
        found: dict[str, Any] = checked_options(given, "POSTMARK_WEBHOOKS in the settings", _OPTIONS, "WebhookRouter")
    except ConfigurationError as error:
        raise InvalidOptionsError(str(error)) from error.__cause__
    return found

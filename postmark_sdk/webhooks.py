"""Webhooks and inbound mail: read, check and route what Postmark posts.

``parse`` reads a body into an event; ``WebhookAuth`` says what a call must show; ``WebhookRouter`` hands events to your
functions. Adapters for web frameworks are in ``postmark_sdk.integrations``.

The names of events without ``Event``, such as ``Bounce`` for ``BounceEvent``, are deprecated and go away in 2.0:
``Bounce`` in ``postmark_sdk.models`` is another class, the record of the bounces API.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any, TypeAlias
from warnings import warn

from ._core.schema.lazy import public
from ._webhooks.auth import WebhookAuth
from ._webhooks.errors import OpenWebhookWarning, WebhookError
from ._webhooks.networks import POSTMARK_NETWORKS, POSTMARK_NETWORKS_DATE
from ._webhooks.parsing import MAX_BODY_BYTES, parse
from ._webhooks.router import WebhookAnswer, WebhookRouter
from ._webhooks.stores import Claim, EventStore, MemoryStore
from .errors import DecodeError

if TYPE_CHECKING:
    from collections.abc import Callable

    from ._behavior.inbound.headers import SpamReport
    from ._generated.models.bounce_event import BounceEvent
    from ._generated.models.click_event import ClickEvent
    from ._generated.models.delivery_event import DeliveryEvent
    from ._generated.models.inbound_attachment import InboundAttachment
    from ._generated.models.inbound_event import InboundEvent
    from ._generated.models.open_event import OpenEvent
    from ._generated.models.smtp_api_error_event import SmtpApiErrorEvent
    from ._generated.models.spam_complaint_event import SpamComplaintEvent
    from ._generated.models.subscription_change_event import SubscriptionChangeEvent
    from ._webhooks.ensure import WebhookChange
    from ._webhooks.event import WebhookEvent
    from ._webhooks.unknown_event import UnknownEvent

    Bounce: TypeAlias = BounceEvent
    Click: TypeAlias = ClickEvent
    Delivery: TypeAlias = DeliveryEvent
    Inbound: TypeAlias = InboundEvent
    Open: TypeAlias = OpenEvent
    SmtpApiError: TypeAlias = SmtpApiErrorEvent
    SpamComplaint: TypeAlias = SpamComplaintEvent
    SubscriptionChange: TypeAlias = SubscriptionChangeEvent

__all__ = [
    "MAX_BODY_BYTES",
    "POSTMARK_NETWORKS",
    "POSTMARK_NETWORKS_DATE",
    "BounceEvent",
    "Claim",
    "ClickEvent",
    "DecodeError",
    "DeliveryEvent",
    "EventStore",
    "InboundAttachment",
    "InboundEvent",
    "MemoryStore",
    "OpenEvent",
    "OpenWebhookWarning",
    "SmtpApiErrorEvent",
    "SpamComplaintEvent",
    "SpamReport",
    "SubscriptionChangeEvent",
    "UnknownEvent",
    "WebhookAnswer",
    "WebhookAuth",
    "WebhookChange",
    "WebhookError",
    "WebhookEvent",
    "WebhookRouter",
    "parse",
]
__dir__: Callable[[], list[str]] = public(__name__)

_KINDS = (
    "DeliveryEvent",
    "BounceEvent",
    "SpamComplaintEvent",
    "OpenEvent",
    "ClickEvent",
    "SubscriptionChangeEvent",
    "SmtpApiErrorEvent",
    "InboundEvent",
)
_ORIGINS = {
    "UnknownEvent": "._webhooks.unknown_event",
    "SpamReport": "._behavior.inbound.headers",
    "WebhookChange": "._webhooks.ensure",
    "WebhookEvent": "._webhooks.event",
}


if not TYPE_CHECKING:  # checkers know the names from above; a module's __getattr__ would hide misspelt ones

    def __getattr__(name: str) -> Any:
        """Models and the rest are imported on first use: reading one kind of event needs one of them."""
        if name in _ORIGINS:
            value = getattr(import_module(_ORIGINS[name], __package__), name)
        elif name in __all__:
            value = getattr(import_module("._generated.models", __package__), name)
        elif f"{name}Event" in _KINDS:
            warn(f"Use {name}Event. {name} goes away in 2.0.", DeprecationWarning, stacklevel=2)
            return __getattr__(f"{name}Event")
        else:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        globals()[name] = value
        return value

"""What an event can be. Annotations name it; whoever evaluates one imports all kinds."""

from __future__ import annotations

from typing import TypeAlias

from .._generated.models.bounce_event import BounceEvent
from .._generated.models.click_event import ClickEvent
from .._generated.models.delivery_event import DeliveryEvent
from .._generated.models.inbound_event import InboundEvent
from .._generated.models.open_event import OpenEvent
from .._generated.models.smtp_api_error_event import SmtpApiErrorEvent
from .._generated.models.spam_complaint_event import SpamComplaintEvent
from .._generated.models.subscription_change_event import SubscriptionChangeEvent
from .unknown_event import UnknownEvent

WebhookEvent: TypeAlias = (
    DeliveryEvent
    | BounceEvent
    | SpamComplaintEvent
    | OpenEvent
    | ClickEvent
    | SubscriptionChangeEvent
    | SmtpApiErrorEvent
    | InboundEvent
    | UnknownEvent
)

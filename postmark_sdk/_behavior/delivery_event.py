"""What ``DeliveryEvent`` has in common with the other events."""

from __future__ import annotations

from typing import ClassVar

from .._webhooks.event import Event


class DeliveryEventMixin(Event):
    """Tells one event from another."""

    __slots__ = ()

    __kind__: ClassVar[str] = "Delivery"
    __identity__: ClassVar[tuple[tuple[str, ...], ...]] = (("message_id", "recipient", "delivered_at"),)

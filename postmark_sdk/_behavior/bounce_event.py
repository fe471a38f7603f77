"""What ``BounceEvent`` has in common with the other events."""

from __future__ import annotations

from typing import ClassVar

from .._webhooks.event import Event


class BounceEventMixin(Event):
    """Tells one event from another."""

    __slots__ = ()

    __kind__: ClassVar[str] = "Bounce"
    __identity__: ClassVar[tuple[tuple[str, ...], ...]] = (("id",), ("message_id", "email", "bounced_at"))

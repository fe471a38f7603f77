"""What ``OpenEvent`` has in common with the other events."""

from __future__ import annotations

from typing import ClassVar

from .._webhooks.event import Event


class OpenEventMixin(Event):
    """Tells one event from another."""

    __slots__ = ()

    __kind__: ClassVar[str] = "Open"
    __identity__: ClassVar[tuple[tuple[str, ...], ...]] = (("message_id", "recipient", "received_at"),)

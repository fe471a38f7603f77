"""What all events can do, whatever kind they are."""

from __future__ import annotations

import datetime as _dt
import hashlib
import json
from typing import TYPE_CHECKING, Any, ClassVar

from attrs import define

from .._core.schema.model import Model

_TEST_MESSAGE_IDS = frozenset({"00000000-0000-0000-0000-000000000000", "10000000-0000-0000-0000-000000000000"})
_MAX_TRACE_ID = 64


@define(kw_only=True, eq=False, repr=False)
class Event(Model):
    """One call of a webhook."""

    __kind__: ClassVar[str] = "Unknown"
    __identity__: ClassVar[tuple[tuple[str, ...], ...]] = ()

    trace_id: str | None = None
    """``X-PM-Webhook-Trace-Id`` of the call, the same on every try. None if ``parse`` was not given the headers."""

    retries_remaining: int | None = None
    """``X-PM-Retries-Remaining`` of the call: how often Postmark will try again. None as for ``trace_id``."""

    if not TYPE_CHECKING:

        def __getattr__(self, name: str) -> object:
            """What is not in the body has no value in an event that was read without its HTTP headers."""
            if name in {"trace_id", "retries_remaining"}:
                return None
            return object.__getattribute__(self, name)  # raises what was raised before

    @property
    def dedupe_key(self) -> str:
        """A short text that is the same for every try of one event, and another for every other event.

        It begins with the kind. What follows is the trace id where the call had one, else a hash (no address can be
        read from it) of

        * Delivery: message id, recipient, time
        * Bounce, SMTP API error, spam complaint: bounce id, else message id, address and time
        * Open: message id, recipient, time
        * Click: message id, recipient, time, link
        * Subscription change: stream, recipient, time
        * Inbound: message id
        * anything else, test calls, and an event in which one of these is missing: the whole payload.

        An inbound mail that was handed over once more by ``inbound.retry`` has its old key, unless there is a new
        trace id.
        """
        return f"{self.__kind__}:{self._trace() or self._identity()}"

    @property
    def is_test(self) -> bool:
        """Whether it comes from a check of the URL and not from a message: its message id is made of zeros."""
        message_id: Any = getattr(self, "message_id", None)
        return isinstance(message_id, str) and message_id in _TEST_MESSAGE_IDS

    def _trace(self) -> str | None:
        trace = self.trace_id
        if not trace:
            return None
        return trace if len(trace) <= _MAX_TRACE_ID and trace.isascii() and trace.isprintable() else _digest([trace])

    def _identity(self) -> str:
        for names in () if self.is_test else self.__identity__:
            values = [getattr(self, name) for name in names]
            if all(_identifies(value) for value in values):
                return _digest([str(value) for value in values])
        return _digest(_members(self))


class DeliveryEventMixin(Event):
    """What tells one such event from another."""

    __slots__ = ()

    __kind__: ClassVar[str] = "Delivery"
    __identity__: ClassVar[tuple[tuple[str, ...], ...]] = (("message_id", "recipient", "delivered_at"),)


class BounceEventMixin(Event):
    """What tells one such event from another."""

    __slots__ = ()

    __kind__: ClassVar[str] = "Bounce"
    __identity__: ClassVar[tuple[tuple[str, ...], ...]] = (("id",), ("message_id", "email", "bounced_at"))


class SpamComplaintEventMixin(Event):
    """What tells one such event from another."""

    __slots__ = ()

    __kind__: ClassVar[str] = "SpamComplaint"
    __identity__: ClassVar[tuple[tuple[str, ...], ...]] = (("id",), ("message_id", "email", "bounced_at"))


class SmtpApiErrorEventMixin(Event):
    """What tells one such event from another."""

    __slots__ = ()

    __kind__: ClassVar[str] = "SmtpApiError"
    __identity__: ClassVar[tuple[tuple[str, ...], ...]] = (("id",), ("message_id", "email", "bounced_at"))


class OpenEventMixin(Event):
    """What tells one such event from another."""

    __slots__ = ()

    __kind__: ClassVar[str] = "Open"
    __identity__: ClassVar[tuple[tuple[str, ...], ...]] = (("message_id", "recipient", "received_at"),)


class ClickEventMixin(Event):
    """What tells one such event from another."""

    __slots__ = ()

    __kind__: ClassVar[str] = "Click"
    __identity__: ClassVar[tuple[tuple[str, ...], ...]] = (("message_id", "recipient", "received_at", "original_link"),)


class SubscriptionChangeEventMixin(Event):
    """What tells one such event from another."""

    __slots__ = ()

    __kind__: ClassVar[str] = "SubscriptionChange"
    __identity__: ClassVar[tuple[tuple[str, ...], ...]] = (("message_stream", "recipient", "changed_at"),)


def _identifies(value: object) -> bool:
    return isinstance(value, str | int | _dt.datetime) and value != ""


def _digest(value: object) -> str:
    text = json.dumps(value, sort_keys=True, default=_members)
    return hashlib.sha256(text.encode("ascii")).hexdigest()[:32]


def _members(value: object) -> object:
    """The parts of a model, odd ones as they came; the text of anything else that JSON does not know."""
    if isinstance(value, Model):
        return {**{wire: getattr(value, name) for name, wire in value.__wire__.items()}, **value.extra}
    return str(value)

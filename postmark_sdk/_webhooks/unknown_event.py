"""Events of a kind that this version of the package does not know."""

from __future__ import annotations

from typing import Any, ClassVar

from attrs import define

from .._behavior.events import Event
from .._core.schema.model import new, unknown, unreadable

__all__ = ["UnknownEvent"]


@define(kw_only=True, eq=False, repr=False)
class UnknownEvent(Event):
    """A call of a kind that this version does not know. Everything in it is in ``extra``, under its wire names."""

    __wire__: ClassVar[dict[str, str]] = {"record_type": "RecordType"}

    record_type: str | None = None
    """What Postmark calls the kind; None if it does not say."""

    @property
    def payload(self) -> dict[str, Any]:
        """The whole JSON object."""
        return dump_unknown_event(self)


MODEL = UnknownEvent
_KNOWN = frozenset(UnknownEvent.__wire__.values())


def load_unknown_event(o: Any, _: Any = None) -> UnknownEvent:
    """Read it from JSON."""
    if o.__class__ is not dict:
        return unreadable(UnknownEvent, o)
    self = new(UnknownEvent)
    self.record_type = o.get("RecordType")
    self.extra = unknown(o, _KNOWN)
    return self


def dump_unknown_event(o: UnknownEvent) -> dict[str, Any]:
    """Its JSON form."""
    return {**({} if o.record_type is None else {"RecordType": o.record_type}), **o.extra}

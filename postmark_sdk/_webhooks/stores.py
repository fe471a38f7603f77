"""Which events were handled already."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from typing import Literal, Protocol, TypeAlias

__all__ = ["Claim", "EventStore", "MemoryStore"]

Claim: TypeAlias = Literal["new", "busy", "done"]
"""``new``: it is yours now. ``busy``: another call is handling it. ``done``: it was handled."""


class EventStore(Protocol):
    """Remembers events by their ``dedupe_key``. Both methods may be coroutines for routers that are used with async.

    Three states and not two, because an event may arrive again while its first call is still being handled: Postmark
    must hear "try again" then, for the first call may yet fail.
    """

    def claim(self, key: str, /) -> Claim | Awaitable[Claim]:
        """Take an event, in one indivisible step.

        A claim must end by itself after some minutes (longer than any handler runs): the process may die before it
        settles.
        """
        ...

    def settle(self, key: str, /, *, handled: bool) -> Awaitable[None] | None:
        """End a claim: remember the event as handled, for longer than Postmark repeats it, or forget it."""


class MemoryStore:
    """Remembers events in this process. Several worker processes need a shared store: each would have its own memory.

    Args:
        max_events: Events to remember; the oldest are forgotten first.
        ttl: Seconds to remember a handled event; Postmark repeats inbound mail for 10 hours 21 minutes at most.
        lease: Seconds after which a claim that was not settled ends.
        clock: Seconds that only grow.
    """

    def __init__(
        self,
        *,
        max_events: int = 100_000,
        ttl: float = 24 * 3600.0,
        lease: float = 600.0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._max_events = max_events
        self._ttl = ttl
        self._lease = lease
        self._clock = clock
        self._lock = threading.Lock()
        self._events: OrderedDict[str, tuple[Claim, float]] = OrderedDict()

    def claim(self, key: str) -> Claim:
        """Take an event; see :class:`EventStore`."""
        now = self._clock()
        with self._lock:
            state, ends = self._events.get(key, ("new", 0.0))
            if state != "new" and ends > now:
                return state
            self._put(key, "busy", now + self._lease)
        return "new"

    def settle(self, key: str, *, handled: bool) -> None:
        """End a claim; see :class:`EventStore`."""
        with self._lock:
            if handled:
                self._put(key, "done", self._clock() + self._ttl)
            else:
                self._events.pop(key, None)

    def __len__(self) -> int:
        """Events that are remembered, those past their time included."""
        return len(self._events)

    def _put(self, key: str, state: Claim, ends: float) -> None:
        self._events.pop(key, None)
        while len(self._events) >= self._max_events:
            self._events.popitem(last=False)
        self._events[key] = (state, ends)

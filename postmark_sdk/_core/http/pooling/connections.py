"""The connections of one client: at most a hundred, the last used first; whoever finds none waits in order.

Waiting is no part of a request: none of its timeouts runs, and who waited too long has sent nothing.
"""

from __future__ import annotations

import contextlib
import threading
import time
import weakref
from collections import deque
from typing import TYPE_CHECKING, Any

from . import idle

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

MAX_CONNECTIONS = 100
LOOK_SECONDS = 1.0
"""How often who waits looks for itself: whoever should have handed a connection over may have been interrupted."""


class NoConnectionError(Exception):
    """All connections were in use until the time for the call was over. Nothing was sent."""

    def __init__(self, ahead: int) -> None:
        super().__init__(ahead)
        self.ahead = ahead

    def __str__(self) -> str:
        """How long the queue was."""
        return (
            f"no free connection in time: all {MAX_CONNECTIONS} were in use, and "
            f"{self.ahead} other call{'' if self.ahead == 1 else 's'} waited longer"
        )


class _Waiter:
    """A call that waits; whoever ends hands its connection over."""

    __slots__ = ("connection", "event")

    def __init__(self, event: Any) -> None:
        self.event = event
        self.connection: Any = None


class Connections:
    """For any number of threads.

    Args:
        make: Makes a connection that is not open yet.
    """

    def __init__(self, make: Callable[[], Any]) -> None:
        self._make = make
        self._lock = threading.Lock()
        self._idle: list[Any] = []
        # Weak, so that a call which is interrupted between two lines does not keep its place for ever.
        self._busy: weakref.WeakSet[Any] = weakref.WeakSet()
        self._waiting: deque[_Waiter] = deque()
        self._closed = False

    @property
    def is_used(self) -> bool:
        """Whether a call is under way or waits."""
        return bool(self._busy or self._waiting)

    def take(self, seconds: float) -> Any:
        """A connection to send one request with; ``give`` it back when the answer was read.

        Args:
            seconds: How long to wait for one.

        Raises:
            NoConnectionError: There was none.
        """
        with self._lock:
            connection = self._free()
        if connection is None:
            connection = self._wait(seconds)
        if not connection.is_fit():
            connection.close()
        return connection

    def _free(self) -> Any:
        if self._idle:
            connection = self._idle.pop()
        elif len(self._busy) < MAX_CONNECTIONS:
            connection = self._make()
        else:
            return None
        self._busy.add(connection)
        return connection

    def _wait(self, seconds: float) -> Any:
        waiter, ends = _Waiter(threading.Event()), time.monotonic() + seconds
        try:
            while not self._is_served(waiter) and (left := ends - time.monotonic()) > 0:
                waiter.event.wait(min(left, LOOK_SECONDS))
            ahead = self._leave(waiter)
        except BaseException:
            self._leave(waiter)
            if waiter.connection is not None:
                self.give(waiter.connection, whole=True)
            raise
        if waiter.connection is None:
            raise NoConnectionError(ahead)
        return waiter.connection

    def _is_served(self, waiter: _Waiter) -> bool:
        """Whether a connection was handed over, or is there for the first in the queue."""
        with self._lock:
            if waiter.connection is None:
                if waiter not in self._waiting:
                    self._waiting.append(waiter)
                if self._waiting[0] is waiter:
                    waiter.connection = self._free()
            return waiter.connection is not None

    def _leave(self, waiter: _Waiter) -> int:
        """Wait no longer. How many were ahead."""
        with self._lock, contextlib.suppress(ValueError):
            ahead = self._waiting.index(waiter)
            del self._waiting[ahead]
            return ahead
        return 0

    def give(self, connection: Any, *, whole: bool) -> None:
        """Take it back for the next call; ``whole`` is whether an answer was read to its end."""
        kept = False
        try:
            kept = whole and connection.is_exact()
            if not kept:
                connection.close()
        finally:
            self._put(connection, kept=kept)
        if self._closed:
            self.close()
        elif kept:
            idle.watch(self)

    def _put(self, connection: Any, *, kept: bool) -> None:
        with self._lock:
            if self._waiting:
                self._waiting[0].connection = connection
                self._waiting.popleft().event.set()
                return
            self._busy.discard(connection)
            if kept:
                self._idle.append(connection)

    def close(self) -> None:
        """Close what nobody uses, now and whenever a call ends."""
        self._closed = True
        self._close(float("inf"))
        idle.look()

    def close_idle(self) -> float | None:
        """Close what nobody has used for a while. In how many seconds to look again, None if nothing is left."""
        self._close(time.monotonic() - idle.KEEP_ALIVE_SECONDS)
        with self._lock:
            if not self._idle:
                return None
            oldest: float = self._idle[0].since
        return max(0.0, oldest + idle.KEEP_ALIVE_SECONDS - time.monotonic())

    def _close(self, before: float) -> None:
        while True:
            with self._lock:
                if not self._idle or self._idle[0].since > before:
                    return
                connection = self._idle.pop(0)
            connection.close()

    def leave(self) -> object:
        """In a forked child: close its handles of what nobody used. What comes back must be kept as it is."""
        if self._lock.locked():  # by a thread that this process does not have
            return self
        for connection in self._idle:
            connection.close()  # neither TCP nor TLS tells the other side
        return None


class AsyncConnections:
    """For the tasks of one event loop.

    Args:
        make: Makes a connection that is not open yet.
        later: Runs something in this loop after so many seconds, or never if the loop ends before.
    """

    def __init__(self, make: Callable[[], Any], later: Callable[[float, Callable[[], Awaitable[None]]], None]) -> None:
        self._make = make
        self._later = later
        self._idle: list[Any] = []
        self._busy: set[Any] = set()
        self._waiting: deque[_Waiter] = deque()
        self._watched = False
        self._closed = False

    @property
    def is_used(self) -> bool:
        """Whether a call is under way or waits."""
        return bool(self._busy or self._waiting)

    async def take(self, seconds: float) -> Any:
        """A connection to send one request with; ``give`` it back when the answer was read.

        Args:
            seconds: How long to wait for one.

        Raises:
            NoConnectionError: There was none.
        """
        if self._idle:
            connection = self._idle.pop()
        elif len(self._busy) < MAX_CONNECTIONS:
            connection = self._make()
        else:
            connection = await self._wait(seconds)
        self._busy.add(connection)
        if not connection.is_fit():
            try:
                await connection.aclose()
            except BaseException:
                self._put(connection, kept=False)
                raise
        return connection

    async def _wait(self, seconds: float) -> Any:
        import anyio  # noqa: PLC0415 - comes with httpx; only bursts need it

        waiter = _Waiter(anyio.Event())
        self._waiting.append(waiter)
        try:
            with anyio.move_on_after(max(seconds, 0.0)):
                await waiter.event.wait()
        except BaseException:
            if self._abandon(waiter) is None:
                self._put(waiter.connection, kept=True)
            raise
        ahead = None if waiter.connection is not None else self._abandon(waiter)
        if ahead is not None:
            raise NoConnectionError(ahead)
        return waiter.connection

    def _abandon(self, waiter: _Waiter) -> int | None:
        """Wait no longer. How many were ahead; None if a connection has come meanwhile."""
        try:
            ahead = self._waiting.index(waiter)
        except ValueError:
            return None
        del self._waiting[ahead]
        return ahead

    async def give(self, connection: Any, *, whole: bool) -> None:
        """Take it back for the next call; ``whole`` is whether an answer was read to its end."""
        kept = whole and connection.is_exact()
        try:
            if not kept and connection.is_open:
                await _close(connection)
        finally:
            self._put(connection, kept=kept)
        if self._closed:
            await self.close()

    def _put(self, connection: Any, *, kept: bool) -> None:
        if self._waiting:
            waiter = self._waiting.popleft()
            waiter.connection = connection
            waiter.event.set()
            return
        self._busy.discard(connection)
        if kept:
            self._idle.append(connection)
            if not self._watched:
                self._watched = True
                self._later(idle.KEEP_ALIVE_SECONDS, self._close_idle)

    async def _close_idle(self) -> None:
        """Close what nobody has used for a while."""
        self._watched = False
        before = time.monotonic() - idle.KEEP_ALIVE_SECONDS
        while self._idle and self._idle[0].since <= before:
            await _close(self._idle.pop(0))
        if self._idle and not self._watched:
            self._watched = True
            self._later(self._idle[0].since - before, self._close_idle)

    async def close(self) -> None:
        """Close what nobody uses, now and whenever a call ends."""
        self._closed = True
        while self._idle:
            await _close(self._idle.pop())

    async def close_all(self) -> None:
        """Close everything: the loop ends, and calls that are under way with it."""
        while self._busy:
            await _close(self._busy.pop())
        await self.close()


async def _close(connection: Any) -> None:
    """Close it although the call, or all of trio's loop, may be cancelled: the next one would stay open."""
    import anyio  # noqa: PLC0415 - as above

    with anyio.CancelScope(shield=True):
        await connection.aclose()

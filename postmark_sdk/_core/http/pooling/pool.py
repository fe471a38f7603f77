"""The connections of a client and its copies: made at the first call, never shared by two processes or event loops."""

from __future__ import annotations

import contextlib
import functools
import os
import sys
import threading
import warnings
import weakref
from typing import TYPE_CHECKING, Any, TypeAlias

from ....errors import ConfigurationError
from .connections import AsyncConnections, Connections
from .lent import AsyncLentClient, AsyncSharedTransport, LentClient, SharedTransport
from .opening import async_opener, sync_opener

if TYPE_CHECKING:
    import asyncio
    from collections.abc import AsyncGenerator, Awaitable, Callable

    from ...call.link import Site
    from .connection import AsyncConnection, Connection

Lease: TypeAlias = "tuple[AsyncConnection | AsyncLentClient, AsyncConnections | None]"
"""What to send with, and where it goes back to."""

_pools: weakref.WeakSet[SyncPool | AsyncPool] = weakref.WeakSet()
_inherited: list[object] = []
"""What a forked child must neither use nor close: calls of the parent were under way on it."""


def closed() -> ConfigurationError:
    """What a call on a closed client raises."""
    return ConfigurationError("this client is closed: make a new one, or call it inside its with block")


def _foreign() -> ConfigurationError:
    return ConfigurationError(
        "this http_client was used before the process was forked: two processes on one connection read each other's "
        "answers. Make the client with its http_client in each process, or leave http_client out"
    )


class SyncPool:
    """Hands out connections, or what the caller brought in their place.

    Args:
        given: An HTTP client of the caller's; it is never closed here.
        site: The line where the client was made.
        base_url: Where it calls.
        factory: Makes a transport of the caller's.
    """

    _closed = True  # until all of it is there

    def __init__(
        self,
        given: Any,
        site: Site | None = None,
        base_url: str = "https://",
        factory: Callable[[], Any] | None = None,
    ) -> None:
        self._given = None if given is None else LentClient(given)
        self._factory = factory
        self._site = site
        self._base_url = base_url
        self._own: Connections | None = None
        self._process = 0
        self._lock = threading.Lock()
        self._closed = False
        _pools.add(self)

    @property
    def timeout(self) -> Any:
        """What the HTTP client that was given says, if it does."""
        return None if self._given is None else self._given.timeout

    @property
    def library(self) -> Any:
        """The HTTP library of the client that was given; None for our own connections, which are httpx's."""
        return None if self._given is None else self._given.library

    def acquire(self, seconds: float) -> Connection | LentClient:
        """What to send a request with; ``release`` it when the answer was read.

        Args:
            seconds: How long to wait for it.

        Raises:
            ConfigurationError: The client is closed, or came over from another process.
            NoConnectionError: None became free.
        """
        if self._closed:
            raise closed()
        if self._given is not None:
            return self._usable(self._given)
        connection: Connection = (self._own or self._make()).take(seconds)
        return connection

    def _make(self) -> Connections:
        with self._lock:
            if self._own is None and self._factory is not None:
                self._own = SharedTransport(self._factory)
            elif self._own is None:
                self._own = Connections(sync_opener(self._base_url))
            return self._own

    def _usable(self, given: LentClient) -> LentClient:
        """The client that was handed in, in the process that used it first."""
        if self._process not in {0, os.getpid()}:
            raise _foreign()
        given.check()
        self._process = os.getpid()
        return given

    def release(self, used: Connection | LentClient, *, whole: bool) -> None:
        """The call is over; ``whole`` is whether an answer was read to its end."""
        if self._own is not None and used is not self._given:
            self._own.give(used, whole=whole)

    def close(self) -> None:
        """Refuse further calls; the connections close now, or with the last call that is under way."""
        self._closed = True
        if self._own is not None:
            self._own.close()

    def forget(self) -> None:
        """In a forked child: leave the parent's connections alone."""
        own, self._own = self._own, None
        self._lock = threading.Lock()
        if own is not None:
            _inherited.append(own.leave())

    def __del__(self, ending: Callable[[], bool] = sys.is_finalizing) -> None:
        """Say where the client was made that nobody closed."""
        if not self._closed and self._own is not None:
            _warn_unclosed(self._site, "close()", "with")
            if not ending():  # else the end of the process closes what is left, without modules that are gone
                self._own.close()


class _InLoop:
    """The connections of one event loop."""

    __slots__ = ("connections", "ending", "keeper")

    def __init__(
        self, connections: AsyncConnections, keeper: AsyncGenerator[None, None], ending: list[asyncio.Event]
    ) -> None:
        self.connections = connections
        self.keeper = keeper
        self.ending = ending

    async def end(self) -> None:
        """Close the connections, or let the last call that is under way do so."""
        await self.connections.close()
        if not self.connections.is_used:
            await self.keeper.aclose()

    async def end_from_elsewhere(self) -> None:
        """The same under asyncio, where the loop may be about to end as well and then waits for this."""
        import asyncio  # noqa: PLC0415 - it runs

        ended = asyncio.Event()
        self.ending.append(ended)
        try:
            await self.connections.close()
        finally:
            ended.set()
        if not self.connections.is_used:
            with contextlib.suppress(RuntimeError):  # the loop itself has begun to
                await self.keeper.aclose()


class AsyncPool:
    """The same for the async client: its connections belong to an event loop, and close when that ends.

    Every runner (``asyncio.run``, uvloop, trio, anyio) finishes the async generators of its loop before it ends. So a
    generator that waits for nothing else closes the connections in time, in their own loop.
    """

    _closed = True  # until all of it is there

    def __init__(
        self,
        given: Any,
        site: Site | None = None,
        base_url: str = "https://",
        factory: Callable[[], Any] | None = None,
    ) -> None:
        self._given = None if given is None else AsyncLentClient(given)
        self._factory = factory
        self._site = site
        self._base_url = base_url
        self._used_in = 0
        self._process = os.getpid()
        self._own: dict[Any, _InLoop] = {}
        self._closed = False
        _pools.add(self)

    @property
    def timeout(self) -> Any:
        """What the HTTP client that was given says, if it does."""
        return None if self._given is None else self._given.timeout

    @property
    def library(self) -> Any:
        """The HTTP library of the client that was given; None for our own connections, which are httpx's."""
        return None if self._given is None else self._given.library

    async def acquire(self, seconds: float) -> Lease:
        """What to send a request with; ``release`` it when the answer was read.

        Args:
            seconds: How long to wait for it.

        Raises:
            ConfigurationError: The client is closed, or came over from another process.
            NoConnectionError: None became free.
        """
        if self._closed:
            raise closed()
        if self._given is not None:
            return self._usable(self._given), None
        loop = running_loop()
        connections = (self._own.get(loop) or self._make(loop)).connections
        return await connections.take(seconds), connections

    def _usable(self, given: AsyncLentClient) -> AsyncLentClient:
        if self._used_in not in {0, os.getpid()}:
            raise _foreign()
        given.check()
        self._used_in = os.getpid()
        return given

    def _make(self, loop: Any) -> _InLoop:
        for other in list(self._own):
            if getattr(other, "is_closed", bool)():
                self._own.pop(other, None)
        later = functools.partial(_later, loop)
        connections = (
            AsyncConnections(async_opener(self._base_url), later)
            if self._factory is None
            else AsyncSharedTransport(self._factory, later)
        )
        ending: list[asyncio.Event] = []
        keeper = _keep(weakref.ref(self), loop, connections, ending)
        with contextlib.suppress(StopIteration):
            keeper.__anext__().send(None)  # up to its yield; that makes it known to the loop
        self._own[loop] = _InLoop(connections, keeper, ending)
        return self._own[loop]

    def drop(self, loop: Any) -> None:
        """Forget a loop that ends."""
        self._own.pop(loop, None)

    async def release(self, lease: Lease, *, whole: bool) -> None:
        """The call is over; ``whole`` is whether an answer was read to its end."""
        used, connections = lease
        if connections is not None:
            await connections.give(used, whole=whole)

    async def close(self) -> None:
        """Refuse further calls; the connections close now, or with the last call that is under way.

        Those of other loops, in other threads, are closed there.
        """
        self._closed = True
        mine = self._own.pop(running_loop(), None)
        others, self._own = self._own, {}
        for loop, used in others.items():
            _end_there(loop, used)
        if mine is not None:
            await mine.end()

    def forget(self) -> None:
        """In a forked child: leave the parent's connections alone."""
        _inherited.append(self._own)
        self._own = {}
        self._process = os.getpid()

    def __del__(self) -> None:
        """Say where the client was made that nobody closed."""
        if not self._closed and self._used_here():
            _warn_unclosed(self._site, "await aclose()", "async with")

    def _used_here(self) -> bool:
        return bool(self._own) and self._process == os.getpid()


async def _keep(
    pool: weakref.ref[AsyncPool], loop: Any, connections: AsyncConnections, ending: list[asyncio.Event]
) -> AsyncGenerator[None, None]:
    try:
        yield
    finally:
        alive = pool()
        if alive is not None:
            alive.drop(loop)
        for ended in ending:
            await ended.wait()
        await connections.close_all()


def _later(loop: Any, seconds: float, work: Callable[[], Awaitable[None]]) -> None:
    """Do some work in the running loop, as long as that runs."""
    if hasattr(loop, "run_sync_soon"):
        import trio  # noqa: PLC0415 - this is a token of it

        async def wait() -> None:
            await trio.sleep(seconds)
            with contextlib.suppress(Exception):  # an error here would end the whole loop
                await work()

        trio.lowlevel.spawn_system_task(wait)
    else:
        loop.call_later(seconds, lambda: loop.create_task(work()))


def _end_there(loop: Any, used: _InLoop) -> None:
    """Close the connections of another loop in it."""
    if hasattr(loop, "run_sync_soon"):
        _end_in_trio(loop, used)
    else:
        with contextlib.suppress(RuntimeError):  # the loop is over, and has closed them itself
            loop.call_soon_threadsafe(_end_in_asyncio, loop, used)


def _end_in_asyncio(loop: Any, used: _InLoop) -> None:
    import asyncio  # noqa: PLC0415 - it runs

    class Enduring(asyncio.Task[None]):
        """A loop that is just ending cancels its tasks, and waits; half of the connections would stay open."""

        def cancel(self, msg: object = None) -> bool:
            del msg
            return False

    Enduring(used.end_from_elsewhere(), loop=loop)


def _end_in_trio(loop: Any, used: _InLoop) -> None:
    import trio  # noqa: PLC0415 - this is a token of it

    async def end() -> None:
        with contextlib.suppress(Exception):  # an error here would end the whole loop
            await used.end()

    def begin() -> None:
        with contextlib.suppress(RuntimeError):  # the loop is just ending, and closes them itself
            trio.lowlevel.spawn_system_task(end)

    with contextlib.suppress(trio.RunFinishedError):
        loop.run_sync_soon(begin)


def _warn_unclosed(site: Site | None, how: str, block: str) -> None:
    text = f"a Postmark client was not closed: call {how}, or use it in a {block!r} block"
    if site is None:
        warnings.warn(text, ResourceWarning, stacklevel=3)
    else:
        warnings.warn_explicit(f"{text}; it was made here", ResourceWarning, site.file, site.line)


def running_loop() -> Any:
    """The event loop of asyncio, or trio's token for its own."""
    import sniffio  # noqa: PLC0415 - the async client's alone

    if sniffio.current_async_library() == "trio":
        import trio  # noqa: PLC0415 - it runs, so it is there

        return trio.lowlevel.current_trio_token()
    import asyncio  # noqa: PLC0415 - the async client's alone

    return asyncio.get_running_loop()


def _forget_all() -> None:
    for pool in list(_pools):
        pool.forget()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget_all)

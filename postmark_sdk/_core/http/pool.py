"""The connections of a client and its copies: made at the first call, never shared by two processes or event loops."""

from __future__ import annotations

import contextlib
import os
import threading
import warnings
import weakref
from typing import TYPE_CHECKING, Any

import httpx

from ...errors import ConfigurationError
from .transport import tls_context

if TYPE_CHECKING:
    import asyncio
    from collections.abc import AsyncGenerator, Iterator

    from ..call.link import Site

_LIMITS = httpx.Limits(max_connections=100, max_keepalive_connections=100)
"""httpx keeps 20: with more threads than that, connections would be opened and closed all the time."""

_pools: weakref.WeakSet[SyncPool | AsyncPool] = weakref.WeakSet()
_inherited: list[object] = []
"""What a forked child must neither use nor close: calls of the parent were under way on it."""


class _NoCookies(httpx.Cookies):
    """Keeps none: the token is all that a call needs, and looking for cookies takes a noticeable part of its time."""

    def extract_cookies(self, response: httpx.Response) -> None:
        """Leave them in the answer."""


class _Client(httpx.Client):
    cookies = _NoCookies()  # type: ignore[override]  # a constant in place of a property


class _AsyncClient(httpx.AsyncClient):
    cookies = _NoCookies()  # type: ignore[override]  # a constant in place of a property


def closed() -> ConfigurationError:
    """What a call on a closed client raises."""
    return ConfigurationError("this client is closed: make a new one, or call it inside its with block")


def _foreign() -> ConfigurationError:
    return ConfigurationError(
        "this http_client was used before the process was forked: two processes on one connection read each other's "
        "answers. Make the client with its http_client in each process, or leave http_client out"
    )


@contextlib.contextmanager
def _blaming_the_environment() -> Iterator[None]:
    """Our HTTP clients are all made alike, so one that cannot be made met something odd in its environment."""
    try:
        yield
    except Exception as error:
        raise ConfigurationError(
            "no HTTP client can be made with what the environment says of proxies (HTTPS_PROXY, ALL_PROXY, NO_PROXY) "
            f"and certificates (SSL_CERT_FILE, SSLKEYLOGFILE): {type(error).__name__}, the cause of this error"
        ) from error


def _check_open(given: httpx.Client | httpx.AsyncClient | None) -> None:
    """Refuse to send with a closed client: the HTTP library's error would leave open whether anything was sent."""
    if getattr(given, "is_closed", False):
        raise ConfigurationError("the http_client that was given is closed: keep it open for as long as this client")


class SyncPool:
    """Hands out the HTTP client and counts the calls on it, so that closing waits for the last of them.

    Args:
        given: An ``httpx.Client`` of the caller's; it is never closed here.
        site: The line where the client was made.
        base_url: Where it calls.
    """

    def __init__(self, given: httpx.Client | None, site: Site | None = None, base_url: str = "https://") -> None:
        self._given = given
        self._site = site
        self._base_url = base_url
        self._closed = False
        self._own: httpx.Client | None = None
        self._process = 0
        self._begin()
        _pools.add(self)

    def _begin(self) -> None:
        self._lock = threading.Lock()
        self._users = 0

    def acquire(self) -> httpx.Client:
        """The client to send with; ``release`` when the answer was read.

        Raises:
            ConfigurationError: It is closed, or came over from another process.
        """
        with self._lock:
            if self._closed:
                raise closed()
            client = self._usable() if self._given is not None else self._own or self._make()
            self._users += 1
            return client

    @_blaming_the_environment()
    def _make(self) -> httpx.Client:
        self._own = _Client(verify=tls_context(self._base_url), limits=_LIMITS)
        return self._own

    def _usable(self) -> httpx.Client:
        """The client that was handed in, in the process that used it first."""
        if self._process not in {0, os.getpid()}:
            raise _foreign()
        _check_open(self._given)
        self._process = os.getpid()
        return self._given  # type: ignore[return-value]  # asked for only where there is one

    def release(self) -> None:
        """The call is over."""
        with self._lock:
            self._users -= 1
            last = self._closed and self._users == 0
        if last:
            self._close_own()

    def close(self) -> None:
        """Refuse further calls; the connections close now, or with the last call that is under way."""
        with self._lock:
            self._closed = True
            idle = self._users == 0
        if idle:
            self._close_own()

    def _close_own(self) -> None:
        own, self._own = self._own, None
        if own is not None:
            own.close()

    def forget(self) -> None:
        """In a forked child: leave the parent's connections alone."""
        busy = self._users > 0 or self._lock.locked()
        own, self._own = self._own, None
        self._begin()
        if busy:
            _inherited.append(own)
        elif own is not None:
            own.close()  # only this process's handles: neither TCP nor TLS tells the other side

    def __del__(self) -> None:
        """Say where the client was made that nobody closed."""
        if self._own is not None and not self._closed:
            _warn_unclosed(self._site, "close()", "with")
            self._close_own()


class _InLoop:
    """The HTTP client of one event loop."""

    __slots__ = ("client", "ending", "keeper", "users")

    def __init__(
        self, client: httpx.AsyncClient, keeper: AsyncGenerator[None, None] | None, ending: list[asyncio.Event]
    ) -> None:
        self.client = client
        self.keeper = keeper
        self.ending = ending
        self.users = 0

    async def end(self) -> None:
        """Close the connections, if they are ours and no call is under way."""
        if self.keeper is not None and self.users == 0:
            await self.keeper.aclose()

    async def end_from_elsewhere(self) -> None:
        """The same under asyncio, where the loop may be about to end as well and then waits for this."""
        import asyncio  # noqa: PLC0415 - it runs

        if self.keeper is None or self.users > 0:
            return
        ended = asyncio.Event()
        self.ending.append(ended)
        try:
            await self.client.aclose()
        finally:
            ended.set()
        with contextlib.suppress(RuntimeError):  # the loop itself has begun to
            await self.keeper.aclose()


class AsyncPool:
    """The same for the async client: one HTTP client for each event loop, closed when its loop ends.

    Every runner (``asyncio.run``, uvloop, trio, anyio) finishes the async generators of its loop before it ends. So a
    generator that waits for nothing else closes the connections in time, in their own loop.
    """

    def __init__(self, given: httpx.AsyncClient | None, site: Site | None = None, base_url: str = "https://") -> None:
        self._given = None if given is None else _InLoop(given, None, [])
        self._site = site
        self._base_url = base_url
        self._closed = False
        self._used_in = 0
        self._process = os.getpid()
        self._own: dict[Any, _InLoop] = {}
        _pools.add(self)

    def acquire(self) -> _InLoop:
        """The client of the running loop; ``release`` when the answer was read.

        Raises:
            ConfigurationError: It is closed, or came over from another process.
        """
        if self._closed:
            raise closed()
        chosen = self._given
        if chosen is None:
            loop = running_loop()
            chosen = self._own.get(loop) or self._make(loop)
        elif self._used_in != os.getpid():
            if self._used_in:
                raise _foreign()
            self._used_in = os.getpid()
        if chosen is self._given:
            _check_open(chosen.client)
        chosen.users += 1
        return chosen

    @_blaming_the_environment()
    def _make(self, loop: Any) -> _InLoop:
        for other in list(self._own):
            if getattr(other, "is_closed", bool)():
                self._own.pop(other, None)
        client = _AsyncClient(verify=tls_context(self._base_url), limits=_LIMITS)
        ending: list[asyncio.Event] = []
        keeper = _keep(weakref.ref(self), loop, client, ending)
        with contextlib.suppress(StopIteration):
            keeper.__anext__().send(None)  # up to its yield; that makes it known to the loop
        self._own[loop] = _InLoop(client, keeper, ending)
        return self._own[loop]

    def drop(self, loop: Any) -> None:
        """Forget a loop that ends."""
        self._own.pop(loop, None)

    async def release(self, used: _InLoop) -> None:
        """The call is over."""
        used.users -= 1
        if self._closed:
            await used.end()

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
        if self._used_here() and not self._closed:
            _warn_unclosed(self._site, "await aclose()", "async with")

    def _used_here(self) -> bool:
        return bool(self._own) and self._process == os.getpid()


async def _keep(
    pool: weakref.ref[AsyncPool], loop: Any, client: httpx.AsyncClient, ending: list[asyncio.Event]
) -> AsyncGenerator[None, None]:
    try:
        yield
    finally:
        alive = pool()
        if alive is not None:
            alive.drop(loop)
        for ended in ending:
            await ended.wait()
        await client.aclose()


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

"""One connection that is used again only after an answer that left nothing behind.

The pool of the HTTP library walks over all its connections at every step of every request. So it is asked for single
connections only, and ``connections`` keeps them.
"""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING, Any

import httpcore
import httpx

from . import idle
from .leftover import has_read_more, parser_of
from .network import AsyncBackend, Backend

if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable


class _Kept:
    """What both kinds of connection know of themselves."""

    is_lent = False
    _pool: Any = None  # what the HTTP library's transports send through: one connection instead
    _open: Callable[[], Any]
    _stream: Any
    _parser: Any
    _new: bool
    since: float
    """When it became idle."""

    @property
    def is_open(self) -> bool:
        """Whether there is something to close."""
        return not self._new and not self._pool.is_closed()

    def _renew(self) -> Any:
        """Forget the connection; the next request opens another one."""
        before, self._pool = self._pool, self._open()
        self._stream = self._parser = None
        self._new = True
        return before

    def begin(self) -> None:
        """A request is about to be sent."""
        self._new = False
        if self._stream is not None:
            self._stream.begin()

    def answered(self, response: httpx.Response) -> None:
        """The head of an answer is complete, and its body has its own time."""
        stream = response.extensions.get("network_stream")
        self._stream = stream if hasattr(stream, "begin") else None
        if self._stream is not None:
            self._stream.begin()

    def is_exact(self) -> bool:
        """Whether the last answer was whole and nothing came after it."""
        if self._stream is None or not self._pool.is_idle():
            return False
        if self._parser is None:
            self._parser = parser_of(self._pool)
        if has_read_more(self._parser):
            return False
        self.since = time.monotonic()
        return True

    def is_fit(self) -> bool:
        """Whether it is open to the next request: not too old, not closed by the other side, with nothing to read."""
        if self._new:
            return True
        if not self._pool.is_idle():
            return False
        return time.monotonic() - self.since < idle.KEEP_ALIVE_SECONDS and not self._pool.has_expired()


class Connection(_Kept, httpx.HTTPTransport):
    """A transport with one connection."""

    def __init__(self, opened: Callable[[], httpcore.ConnectionInterface]) -> None:
        self._open = opened
        self._pool = opened()
        self._stream = self._parser = None
        self._new = True
        self.since = 0.0

    def send(self, request: httpx.Request) -> httpx.Response:
        """Send, and read the head of the answer."""
        self.begin()
        response = self.handle_request(request)
        self.answered(response)
        return response

    def close(self) -> None:
        """Close what is open."""
        self._pool.close()
        self._renew()

    def __del__(self, ending: Callable[[], bool] = sys.is_finalizing) -> None:
        """Close what an interruption left behind between two lines."""
        if self._pool is not None and not ending():
            self._pool.close()


class AsyncConnection(_Kept, httpx.AsyncHTTPTransport):
    """The same for the async client."""

    def __init__(self, opened: Callable[[], httpcore.AsyncConnectionInterface]) -> None:
        self._open = opened
        self._pool = opened()
        self._stream = self._parser = None
        self._new = True
        self.since = 0.0

    async def send(self, request: httpx.Request) -> httpx.Response:
        """Send, and read the head of the answer."""
        self.begin()
        response = await self.handle_async_request(request)
        self.answered(response)
        return response

    async def aclose(self) -> None:
        """Close what is open."""
        await self._renew().aclose()


_ONE = httpx.Limits(max_connections=1, max_keepalive_connections=1, keepalive_expiry=None)


def opener(url: httpx.URL, verify: ssl.SSLContext, proxy: str | None) -> Callable[[], Connection]:
    """Makes connections to one host."""
    pool: Any = httpx.HTTPTransport(verify=verify, limits=_ONE, proxy=proxy)._pool  # noqa: SLF001
    pool._network_backend = Backend()  # noqa: SLF001 - its transports do not take one
    origin = _origin(url)

    def opened() -> httpcore.ConnectionInterface:
        connection: httpcore.ConnectionInterface = pool.create_connection(origin)
        return connection

    return lambda: Connection(opened)


def async_opener(url: httpx.URL, verify: ssl.SSLContext, proxy: str | None) -> Callable[[], AsyncConnection]:
    """The same for the async client."""
    pool: Any = httpx.AsyncHTTPTransport(verify=verify, limits=_ONE, proxy=proxy)._pool  # noqa: SLF001
    pool._network_backend = AsyncBackend(pool._network_backend)  # noqa: SLF001 - as above
    origin = _origin(url)

    def opened() -> httpcore.AsyncConnectionInterface:
        connection: httpcore.AsyncConnectionInterface = pool.create_connection(origin)
        return connection

    return lambda: AsyncConnection(opened)


def _origin(url: httpx.URL) -> httpcore.Origin:
    """Its port is always given: as the HTTP library tells a request's."""
    return httpcore.URL(scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=b"/").origin

"""The HTTP library: its clients, its timeouts, and what its errors mean. Nothing else knows it but the two shells."""

from __future__ import annotations

import functools
import os
import threading
import weakref
from typing import TYPE_CHECKING, Any

import httpx

from ..errors import ConfigurationError
from .retry import Failure

if TYPE_CHECKING:
    import ssl

CONNECT_SECONDS = 5.0
MAX_ANSWER_BYTES = 128 * 1024 * 1024


class AnswerTooLargeError(Exception):
    """More bytes than any answer of Postmark has."""


class AnswerTooSlowError(Exception):
    """The answer began, but did not end in time."""


@functools.lru_cache(1)
def _ssl_context(process: int) -> ssl.SSLContext:  # noqa: ARG001 - one for each process
    """Loading the certificates takes longer than a call, so clients share them."""
    return httpx.create_ssl_context()


def timeouts(value: float | httpx.Timeout | None, seconds: float) -> dict[str, float | None]:
    """The four timeouts of a try: the caller's, else the operation's ``seconds``; connecting gets at most 5."""
    if isinstance(value, httpx.Timeout):
        return value.as_dict()
    wait = seconds if value is None else value
    return {"connect": min(wait, CONNECT_SECONDS), "read": wait, "write": wait, "pool": wait}


_NOT_SENT: tuple[type[Exception], ...] = (
    httpx.ConnectError,
    httpx.ConnectTimeout,
    httpx.PoolTimeout,
    httpx.ProxyError,
    httpx.UnsupportedProtocol,
    httpx.InvalidURL,
)
_NEVER_BETTER: tuple[type[Exception], ...] = (
    httpx.UnsupportedProtocol,
    httpx.InvalidURL,
    httpx.LocalProtocolError,
)

_REASONS: tuple[tuple[type[Exception], str], ...] = (
    (httpx.ConnectTimeout, "no connection in time"),
    (httpx.PoolTimeout, "no free connection in the pool in time"),
    (httpx.ConnectError, "no connection (name not found, refused, or TLS failed)"),
    (httpx.ProxyError, "the proxy refused the connection"),
    (httpx.WriteTimeout, "sending the request took too long"),
    (httpx.ReadTimeout, "no answer in time"),
    (AnswerTooSlowError, "the answer began but did not end in time"),
    (AnswerTooLargeError, f"the answer is larger than {MAX_ANSWER_BYTES} bytes"),
    (httpx.DecodingError, "the answer's compression is broken"),
    (httpx.RemoteProtocolError, "the connection was closed in the middle, or the answer is not HTTP"),
    (httpx.NetworkError, "the connection was lost"),
)


def failure_of(error: Exception) -> Failure:
    """What an exception of the HTTP library means for the call."""
    reason = next(
        (text for kind, text in _REASONS if isinstance(error, kind)),
        f"the call failed ({type(error).__name__})",
    )
    return Failure(
        reason=reason,
        sent=not isinstance(error, _NOT_SENT),
        timed_out=isinstance(error, httpx.TimeoutException | AnswerTooSlowError),
        error=error,
        repeatable=not isinstance(error, (*_NEVER_BETTER, AnswerTooLargeError)),
    )


def _closed() -> ConfigurationError:
    return ConfigurationError("this client is closed; make a new one, or call it inside its with block")


class SyncPool:
    """The connections of a client and its copies: made at the first send, and again in a forked child."""

    def __init__(self, given: httpx.Client | None) -> None:
        self._given = given
        self._lock = threading.Lock()
        self._own: httpx.Client | None = None
        self._process = 0
        self._closed = False

    def client(self) -> httpx.Client:
        """The client to send with."""
        if self._closed:
            raise _closed()
        if self._given is not None:
            return self._given
        own = self._own
        return own if own is not None and self._process == os.getpid() else self._make()

    def _make(self) -> httpx.Client:
        with self._lock:
            if self._own is None or self._process != os.getpid():
                self._process = os.getpid()
                self._own = httpx.Client(verify=_ssl_context(self._process))
            return self._own

    def close(self) -> None:
        """Close what is ours; a client that was handed in stays open."""
        self._closed = True
        if self._own is not None and self._process == os.getpid():
            self._own.close()


class AsyncPool:
    """The same for the async client: one client for each event loop, since connections belong to a loop."""

    def __init__(self, given: httpx.AsyncClient | None) -> None:
        self._given = given
        self._own: weakref.WeakKeyDictionary[Any, tuple[int, httpx.AsyncClient]] = weakref.WeakKeyDictionary()
        self._closed = False

    def client(self) -> httpx.AsyncClient:
        """The client to send with in the running loop."""
        if self._closed:
            raise _closed()
        if self._given is not None:
            return self._given
        loop = _running_loop()
        made = self._own.get(loop)
        if made is None or made[0] != os.getpid():
            made = (os.getpid(), httpx.AsyncClient(verify=_ssl_context(os.getpid())))
            self._own[loop] = made
        return made[1]

    async def close(self) -> None:
        """Close what belongs to the running loop; connections of loops that are gone went with them."""
        self._closed = True
        made = self._own.pop(_running_loop(), None)
        if made is not None and made[0] == os.getpid():
            await made[1].aclose()


def _running_loop() -> Any:
    """The event loop of asyncio, or trio's token for its own."""
    import sniffio  # noqa: PLC0415 - the async client's alone

    if sniffio.current_async_library() == "trio":
        import trio  # noqa: PLC0415 - it runs, so it is there

        return trio.lowlevel.current_trio_token()
    import asyncio  # noqa: PLC0415 - the async client's alone

    return asyncio.get_running_loop()

"""The HTTP library: its timeouts, and what its errors mean. Its clients are in ``pool``."""

from __future__ import annotations

import functools
import os
import socket
import ssl
from typing import TYPE_CHECKING

import httpx

from .outcome import Failure

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from ..body.payload import Payload

CONNECT_SECONDS = 5.0
MAX_ANSWER_BYTES = 128 * 1024 * 1024


class AnswerTooLargeError(Exception):
    """More bytes than any answer of Postmark has."""


class AnswerTooSlowError(Exception):
    """The answer began, but did not end in time."""


class _PayloadStream(httpx.SyncByteStream, httpx.AsyncByteStream):
    """A body whose attachments become base64 while it is sent; either client can send it, and send it again."""

    def __init__(self, payload: Payload) -> None:
        self._payload = payload

    def __iter__(self) -> Iterator[bytes]:
        return self._payload.chunks()

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for chunk in self._payload.chunks():
            yield chunk


def body_stream(payload: Payload | None) -> httpx.ByteStream | _PayloadStream:
    """The stream of a request's body."""
    if payload is None:
        return httpx.ByteStream(b"")
    return _PayloadStream(payload) if payload.has_contents else httpx.ByteStream(payload.content)


def tls_context(base_url: str) -> ssl.SSLContext:
    """Whom to trust: the usual authorities; nobody at all where only plain http is spoken, to the emulator for example.

    Loading the certificates takes longer than a call, so clients of one process share them.
    """
    return _trust_nobody(os.getpid()) if base_url.startswith("http://") else _trust_authorities(os.getpid())


@functools.lru_cache(1)
def _trust_authorities(process: int) -> ssl.SSLContext:  # noqa: ARG001 - one for each process
    return httpx.create_ssl_context()


@functools.lru_cache(1)
def _trust_nobody(process: int) -> ssl.SSLContext:  # noqa: ARG001 - one for each process
    return ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)  # it verifies, and knows no authority: https would fail


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
_AIOHTTP_NOT_SENT = frozenset(
    {
        "ClientConnectorCertificateError",
        "ClientConnectorDNSError",
        "ClientConnectorError",
        "ClientConnectorSSLError",
        "ClientProxyConnectionError",
        "ConnectionTimeoutError",
        "InvalidUrlClientError",
        "NonHttpUrlClientError",
        "UnixClientConnectorError",
    }
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
    (httpx.DecodingError, "the answer's compression is broken, or was not asked for"),
    (httpx.RemoteProtocolError, "the connection was closed in the middle, or the answer is not HTTP"),
    (httpx.NetworkError, "the connection was lost"),
)


def _never_left(error: Exception) -> bool:
    """Whether certainly nothing of the request was written.

    A transport of the caller's names its errors as it likes: httpx-aiohttp calls a connection that was lost after the
    request a timeout of connecting. So it is the error behind it that counts, and one that nobody knows proves nothing.
    """
    cause = error.__cause__
    library = type(cause).__module__.partition(".")[0]
    if library == "aiohttp":
        return type(cause).__name__ in _AIOHTTP_NOT_SENT
    known = cause is None or library == "httpcore" or isinstance(cause, socket.gaierror | ConnectionRefusedError)
    return known and isinstance(error, _NOT_SENT)


def failure_of(error: Exception, handled: BaseException | None = None) -> Failure:
    """What an exception of the HTTP library means for the call; ``handled`` as for :func:`without_frames`."""
    sent = not _never_left(error)
    reason = next(
        (text for kind, text in _REASONS if isinstance(error, kind)),
        f"the call failed ({type(error).__name__})",
    )
    if sent and isinstance(error, _NOT_SENT):
        reason = "the connection was lost"
    return Failure(
        reason=reason,
        sent=sent,
        timed_out=isinstance(error, httpx.TimeoutException | AnswerTooSlowError),
        error=without_frames(error, handled),
        repeatable=not isinstance(error, (*_NEVER_BETTER, AnswerTooLargeError)),
    )


def without_frames(error: BaseException, handled: BaseException | None) -> BaseException:
    """The exception and what led to it, without tracebacks.

    Their frames hold the request with its token for whoever prints local variables, and the connection in a cycle.
    What the caller was handling when it made the call is the caller's own and stays whole.
    """
    seen = {id(handled)}
    left: list[BaseException | None] = [error]
    while left:
        each = left.pop()
        if each is not None and id(each) not in seen:
            seen.add(id(each))
            each.__traceback__ = None
            left += [each.__cause__, each.__context__]
    return error

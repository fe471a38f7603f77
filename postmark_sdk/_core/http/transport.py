"""Requests in the terms of an HTTP library: bodies, timeouts, certificates. What its errors mean is in ``failures``."""

from __future__ import annotations

import functools
import os
import ssl
from typing import TYPE_CHECKING, Any

import httpx

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ..body.payload import Payload

CONNECT_SECONDS = 5.0
MAX_ANSWER_BYTES = 128 * 1024 * 1024


class AnswerTooLargeError(Exception):
    """More bytes than any answer of Postmark has."""


class AnswerTooSlowError(Exception):
    """The answer began, but did not end in time."""


def body_stream(payload: Payload | None, library: Any = httpx) -> Any:
    """The stream of a request's body."""
    if payload is None:
        return _bytes_stream(library)(b"")
    return _payload_stream(library)(payload) if payload.has_contents else _bytes_stream(library)(payload.content)


class _Steps:
    """Chunks one after another. A generator that is not read to its end would have to be closed in its event loop."""

    __slots__ = ("_chunks",)

    def __init__(self, chunks: Iterator[bytes]) -> None:
        self._chunks = chunks

    def __aiter__(self) -> _Steps:
        return self

    async def __anext__(self) -> bytes:
        for chunk in self._chunks:
            return chunk
        raise StopAsyncIteration


@functools.cache
def _bytes_stream(library: Any) -> type:
    class BytesStream(library.ByteStream):  # type: ignore[misc]  # either library's
        """A body as it stands."""

        def __aiter__(self) -> _Steps:
            return _Steps(iter(self))

    return BytesStream


@functools.cache
def _payload_stream(library: Any) -> type:
    class PayloadStream(library.SyncByteStream, library.AsyncByteStream):  # type: ignore[misc]  # either library's
        """A body whose attachments become base64 while it is sent; either client can send it, and send it again."""

        def __init__(self, payload: Payload) -> None:
            self.payload = payload

        def __iter__(self) -> Iterator[bytes]:
            return self.payload.chunks()

        def __aiter__(self) -> _Steps:
            return _Steps(self.payload.chunks())

    return PayloadStream


def translated(request: httpx.Request, library: Any) -> Any:
    """The same request for a client or transport of another library."""
    if library is httpx:
        return request
    payload = getattr(request.stream, "payload", None)
    other = library.Request(
        request.method,
        str(request.url),
        headers=request.headers.raw,
        stream=body_stream(payload, library) if payload is not None else _bytes_stream(library)(request.content),
        extensions=request.extensions,
    )
    if payload is None:
        other.read()  # transports and mocks look at .content
    return other


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


def timeouts(value: Any, seconds: float) -> dict[str, float | None]:
    """The four timeouts of a try: the caller's, else the operation's ``seconds``; connecting gets at most 5."""
    if value is not None and not isinstance(value, float | int):
        parts: dict[str, float | None] = value.as_dict()
        return parts
    wait = seconds if value is None else value
    return {"connect": min(wait, CONNECT_SECONDS), "read": wait, "write": wait, "pool": wait}

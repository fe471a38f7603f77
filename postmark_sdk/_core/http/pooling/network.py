"""Sockets below the HTTP library: each part of a try ends in its time, and no answer is mistaken for the next one's.

The HTTP library gives its timeouts to single reads and writes, so a peer that moves a byte now and then could hold a
call for ever. Here they are for all of connecting, all of writing, the head of an answer, and its body.
"""

from __future__ import annotations

import socket
import time
from typing import TYPE_CHECKING, Any

import httpcore

from .leftover import holds_more

if TYPE_CHECKING:
    import ssl
    from collections.abc import Iterable

_PIECE_BYTES = 64 * 1024
"""Written in one go. Head and body of a mail are shorter: they leave together, in one packet and one system call."""


class _Timed:
    """What is left for a part of a try, and the bytes that wait for others to leave with."""

    __slots__ = ("_ends", "_held", "_part", "_stream")

    def __init__(self, stream: Any, ends: float | None) -> None:
        self._stream = stream
        self._held = b""
        self._part: type[Exception] | None = None if ends is None else httpcore.ConnectTimeout
        self._ends = ends or 0.0

    def begin(self) -> None:
        """What follows has its own time, even if it is the same kind of work as before."""
        self._part = None
        self._held = b""

    def _left(self, part: type[Exception], seconds: float | None) -> float | None:
        """Seconds of the ``part``, which is named by the error for having none."""
        if seconds is None:
            return None
        now = time.monotonic()
        if part is not self._part:
            self._part, self._ends = part, now + seconds
        elif now >= self._ends:
            raise part
        return self._ends - now

    def get_extra_info(self, info: str) -> Any:
        """Of the socket below; ``is_readable`` knows of what was read from there already."""
        return holds_more(self._stream) if info == "is_readable" else self._stream.get_extra_info(info)


class Stream(_Timed, httpcore.NetworkStream):
    """A connection, plain or TLS."""

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        """Read what is there."""
        if self._held:
            self._flush(timeout)
        data: bytes = self._stream.read(max_bytes, self._left(httpcore.ReadTimeout, timeout))
        return data

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        """Write, or hold back what is short until more comes or, as an empty write says, the request is complete."""
        if buffer and len(self._held) + len(buffer) <= _PIECE_BYTES:
            self._held += buffer
            return
        self._flush(timeout)
        pieces = memoryview(buffer)
        for at in range(0, len(buffer), _PIECE_BYTES):
            self._stream.write(pieces[at : at + _PIECE_BYTES], self._left(httpcore.WriteTimeout, timeout))

    def _flush(self, timeout: float | None) -> None:
        held, self._held = self._held, b""
        if held:
            self._stream.write(held, self._left(httpcore.WriteTimeout, timeout))

    def close(self) -> None:
        """Close it."""
        self._stream.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> Stream:
        """Encrypt what follows, in what is left of the time for connecting."""
        left = self._left(httpcore.ConnectTimeout, timeout)
        return Stream(self._stream.start_tls(ssl_context, server_hostname, left), None)


class Backend(httpcore.SyncBackend):
    """Connects within one time to a name, however many addresses it has."""

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> Stream:
        """Try the addresses one after another; those that do not answer share the time."""
        ends = None if timeout is None else time.monotonic() + timeout
        addresses = _addresses(host, port)
        failed: Exception = httpcore.ConnectError(f"no address of {host}")
        for index, address in enumerate(addresses):
            share = None if ends is None else (ends - time.monotonic()) / (len(addresses) - index)
            if share is not None and share <= 0:
                raise httpcore.ConnectTimeout
            try:
                return Stream(super().connect_tcp(address, port, share, local_address, socket_options), ends)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failed = error
        try:
            raise failed
        finally:
            del failed  # its traceback holds this frame


def _addresses(host: str, port: int) -> list[str]:
    """Where a name leads to, without doubles."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except OSError as error:
        raise httpcore.ConnectError(str(error)) from error
    return list(dict.fromkeys(str(each[4][0]) for each in found))


class AsyncStream(_Timed, httpcore.AsyncNetworkStream):
    """The same for the async client, over the stream of the async library that runs."""

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        """Read what is there."""
        if self._held:
            await self._flush(timeout)
        data: bytes = await self._stream.read(max_bytes, self._left(httpcore.ReadTimeout, timeout))
        return data

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:
        """Write, or hold back what is short until more comes or, as an empty write says, the request is complete."""
        if buffer and len(self._held) + len(buffer) <= _PIECE_BYTES:
            self._held += buffer
            return
        await self._flush(timeout)
        if buffer:
            await self._stream.write(buffer, self._left(httpcore.WriteTimeout, timeout))

    async def _flush(self, timeout: float | None) -> None:
        held, self._held = self._held, b""
        if held:
            await self._stream.write(held, self._left(httpcore.WriteTimeout, timeout))

    async def aclose(self) -> None:
        """Close it."""
        await self._stream.aclose()

    async def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> AsyncStream:
        """Encrypt what follows, in what is left of the time for connecting."""
        left = self._left(httpcore.ConnectTimeout, timeout)
        return AsyncStream(await self._stream.start_tls(ssl_context, server_hostname, left), None)


class AsyncBackend(httpcore.AsyncNetworkBackend):
    """Connects as the HTTP library's own backend does, in whichever async library runs."""

    def __init__(self, usual: httpcore.AsyncNetworkBackend) -> None:
        self._usual = usual

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> AsyncStream:
        """Connect."""
        ends = None if timeout is None else time.monotonic() + timeout
        return AsyncStream(
            await self._usual.connect_tcp(host, port, timeout, local_address, socket_options),
            ends,
        )

    async def sleep(self, seconds: float) -> None:
        """Pause."""
        await self._usual.sleep(seconds)

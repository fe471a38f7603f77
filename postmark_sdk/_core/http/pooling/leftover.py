"""What is left on a connection after an answer: it would pass for the answer to the next call.

The HTTP library looks at the socket before it uses a connection again, and not at what was read from there before: by
its parser, by TLS, by the stream of the event loop. Where that cannot be seen the connection is used once.
"""

from __future__ import annotations

import contextlib
import functools
import socket
import ssl
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    import httpx

_INNER = ("_connection", "_httpcore_stream", "_stream")


def parser_of(value: Any) -> Any:
    """What reads the answers of a connection, or of the one that an answer's stream belongs to. None is unknown."""
    while value is not None and not hasattr(value, "_h11_state"):
        value = next((inner for name in _INNER if (inner := getattr(value, name, None)) is not None), None)
    return getattr(value, "_h11_state", None)


def has_read_more(parser: Any) -> bool:
    """Whether bytes came with an answer that are not part of it; a parser that nobody knows may have some."""
    return parser is None or bool(parser.trailing_data[0])


def holds_more(stream: Any) -> bool:
    """Whether a network stream has something to read: in the socket, in TLS above it, or already taken from it."""
    return bool(
        stream.get_extra_info("is_readable")
        or _decrypts_more(stream.get_extra_info("ssl_object"))
        or _is_queued(getattr(stream, "_stream", None))
    )


def _decrypts_more(encrypted: ssl.SSLSocket | ssl.SSLObject | None) -> bool:
    """Whether TLS has more to give, if only the news that the other side is going."""
    if not isinstance(encrypted, ssl.SSLObject):
        return encrypted is not None and encrypted.pending() > 0
    try:
        encrypted.read(1)  # in memory: what it has received and not decrypted counts as well
    except ssl.SSLWantReadError:
        return False
    except (ssl.SSLError, OSError, ValueError):
        return True
    return True


def _is_queued(stream: Any) -> bool:
    """Whether asyncio gave anyio more bytes at a time than were asked for."""
    while (inner := getattr(stream, "transport_stream", None)) is not None:  # TLS
        stream = inner
    return bool(getattr(getattr(stream, "_protocol", None), "read_queue", ()))


# --- connections of the caller's HTTP library -----------------------------------------------------------------------


def watch(response: httpx.Response, library: Any) -> None:
    """Have the connection of an answer used no more if something is left after it."""
    network = response.extensions.get("network_stream")
    if network is None or response.extensions.get("http_version") == b"HTTP/2":  # that numbers its answers
        return
    parser = parser_of(response.stream)
    if not response.is_closed:
        response.stream = _watching(library)(response.stream, network, parser)
    elif parser is not None and has_read_more(parser):  # a hook of the caller's has read it
        _end(network)


def _end(network: Any) -> None:
    """Make a connection look as if the other side had gone; the HTTP library will not use it then."""
    connection = network.get_extra_info("socket")
    if connection is not None:
        with contextlib.suppress(OSError):
            connection.shutdown(socket.SHUT_RDWR)


@functools.cache
def _watching(library: Any) -> type:
    class WatchingStream(library.SyncByteStream, library.AsyncByteStream):  # type: ignore[misc]  # either library's
        """The body of an answer. When it is closed, its connection goes back to others."""

        def __init__(self, stream: Any, network: Any, parser: Any) -> None:
            self._stream = stream
            self._network = network
            self._parser = parser

        def __iter__(self) -> Iterator[bytes]:
            return iter(self._stream)

        def __aiter__(self) -> AsyncIterator[bytes]:
            return aiter(self._stream)

        def close(self) -> None:
            self._look()
            self._stream.close()

        async def aclose(self) -> None:
            self._look()
            await self._stream.aclose()

        def _look(self) -> None:
            if has_read_more(self._parser) or holds_more(self._network):
                _end(self._network)

    return WatchingStream


# --- aiohttp below the caller's HTTP library ------------------------------------------------------------------------


def transports_of(client: Any) -> list[Any]:
    """What an HTTP client sends with."""
    return [getattr(client, "_transport", None), *getattr(client, "_mounts", {}).values()]


def close_answered(transports: list[Any]) -> None:
    """Close idle connections of aiohttp on which an answer came that nobody asked for.

    aiohttp goes on reading from them, and looks at what came only when it puts one away.
    """
    for transport in transports:
        connector = getattr(getattr(transport, "client", None), "connector", None)
        for idle in getattr(connector, "_conns", {}).values():
            for protocol, _ in idle:
                if protocol.should_close:
                    protocol.close()

"""A server that does as little as possible: reads a request to its end, writes a ready answer. Run as a script.

Arguments: the folder with the answers. Prints its address, and ends when its standard input does.
"""

from __future__ import annotations

import asyncio
import itertools
import sys
from pathlib import Path

_NAMES = {
    b"POST /email": "mail",
    b"POST /slow/email": "mail",
    b"POST /email/batch": "batch",
    b"POST /attachments/email/batch": "attachments",
    b"GET /messages/outbound": "page",
}
_DISTANCE_SECONDS = 0.02
_IDS = b'"00000000-'
_MISSING = b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"


def ready(folder: Path) -> dict[bytes, bytes]:
    """Complete answers by method and path."""
    return {request: _answer((folder / f"{name}.json").read_bytes()) for request, name in _NAMES.items()}


def _answer(body: bytes) -> bytes:
    head = (
        "HTTP/1.1 200 OK\r\nContent-Type: application/json; charset=utf-8\r\n"
        f"Date: Sun, 01 Nov 2026 12:00:00 GMT\r\nServer: benchmark\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode("ascii") + body


_numbers = itertools.count(1)


class Connection(asyncio.Protocol):
    """One kept-alive connection, one request at a time."""

    def __init__(self, answers: dict[bytes, bytes]) -> None:
        self._answers = answers
        self._buffer = bytearray()
        self._transport: asyncio.WriteTransport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Remember where to write."""
        assert isinstance(transport, asyncio.WriteTransport)  # noqa: S101 - TCP transports are
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        """Answer as soon as a request is whole."""
        self._buffer += data
        end = self._buffer.find(b"\r\n\r\n")
        if end < 0:
            return
        head = bytes(self._buffer[:end])
        if len(self._buffer) < end + 4 + _content_length(head):
            return
        self._buffer.clear()
        route = _route(head)
        if route.startswith(b"POST /slow/"):
            asyncio.get_running_loop().call_later(_DISTANCE_SECONDS, self._answer, route)
        else:
            self._answer(route)

    def _answer(self, route: bytes) -> None:
        if self._transport is not None:
            answer = self._answers.get(route, _MISSING)
            self._transport.write(answer.replace(_IDS, b'"%08x-' % next(_numbers)))  # no mail has the id of another one


def _content_length(head: bytes) -> int:
    at = head.lower().find(b"content-length:")
    return 0 if at < 0 else int(head[at + 15 :].split(b"\r\n", 1)[0])


def _route(head: bytes) -> bytes:
    method, target, _ = head.split(b" ", 2)
    return method + b" " + target.split(b"?", 1)[0]


async def serve(folder: Path) -> None:
    """Serve until standard input ends, so that no server outlives whoever started it."""
    answers = ready(folder)
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: Connection(answers), "127.0.0.1", 0)
    host, port = server.sockets[0].getsockname()
    print(f"http://{host}:{port}", flush=True)
    await loop.run_in_executor(None, sys.stdin.read)
    server.close()


if __name__ == "__main__":
    asyncio.run(serve(Path(sys.argv[1])))

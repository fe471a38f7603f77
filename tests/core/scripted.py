"""A server that answers with bytes as they stand in a script, whatever they are."""

from __future__ import annotations

import contextlib
import json
import socket
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    Step = bytes | Callable[[socket.socket], None]


def answer(value: Any, status: int = 200, headers: str = "") -> bytes:
    body = json.dumps(value).encode()
    head = f"HTTP/1.1 {status} X\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n{headers}\r\n"
    return head.encode() + body


def chunked(value: Any) -> bytes:
    body = json.dumps(value).encode()
    return b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n%x\r\n%s\r\n0\r\n\r\n" % (len(body), body)


def accepted(mark: str) -> dict[str, Any]:
    return {"To": "a@example.org", "MessageID": mark, "ErrorCode": 0, "Message": "OK"}


class Scripted:
    """``requests`` holds a number for each request: that of its connection."""

    def __init__(self, steps: list[Step], context: Any) -> None:
        self.steps = steps
        self.requests: list[int] = []
        self.answered = 0
        self.closed: list[int] = []
        self.changed = threading.Condition()
        self._context = context
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=200)
        scheme = "http" if context is None else "https"
        self.url = f"{scheme}://localhost:{self._listener.getsockname()[1]}"
        threading.Thread(target=self._listen, daemon=True).start()

    def _listen(self) -> None:
        for number in range(1_000_000):
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._talk, args=(number, connection), daemon=True).start()

    def _talk(self, number: int, plain: socket.socket) -> None:
        with contextlib.suppress(OSError), contextlib.ExitStack() as stack:
            connection = stack.enter_context(plain)
            plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)  # what was sent has arrived
            if self._context is not None:
                connection = stack.enter_context(self._context.wrap_socket(plain, server_side=True))
            while self._read(connection):
                with self.changed:
                    self.requests.append(number)
                    step = self.steps.pop(0) if len(self.steps) > 1 else self.steps[0]
                    self.changed.notify_all()
                if callable(step):
                    step(connection)
                else:
                    connection.sendall(step)
                with self.changed:
                    self.answered += 1
                    self.changed.notify_all()
        with self.changed:
            self.closed.append(number)
            self.changed.notify_all()

    def _read(self, connection: socket.socket) -> bool:
        data = b""
        while b"\r\n\r\n" not in data:
            piece = connection.recv(65536)
            if not piece:
                return False
            data += piece
        head, _, body = data.partition(b"\r\n\r\n")
        lengths = [line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")]
        wanted = int(lengths[0].split(b":")[1]) if lengths else 0
        while len(body) < wanted:
            body += connection.recv(65536)
        return True

    def wait_for(self, happened: Callable[[], bool]) -> None:
        with self.changed:
            assert self.changed.wait_for(happened, 60)

    def close(self) -> None:
        self._listener.close()


@contextmanager
def scripted(*steps: Step, context: Any = None) -> Iterator[Scripted]:
    """Each step answers one request, on whichever connection it comes; the last one answers all further ones."""
    server = Scripted(list(steps), context)
    try:
        yield server
    finally:
        server.close()

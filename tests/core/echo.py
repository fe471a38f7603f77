"""A server on loopback that answers every send with what was sent, so that a wrong answer is seen."""

from __future__ import annotations

import json
import socketserver
import threading
import time
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

    from postmark_sdk.models import EmailParams


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: Echo  # pyright: ignore[reportIncompatibleVariableOverride] - it is the only one

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.seen.append(body)
        self.server.cookies.append(self.headers["Cookie"])
        self.server.arrived.set()
        if self.server.delay:
            time.sleep(self.server.delay)
        self.server.go_on.wait(60)
        self._answer({"To": body["To"], "MessageID": body["Subject"], "ErrorCode": 0, "Message": "OK"})

    def do_GET(self) -> None:
        self._answer({"InactiveMails": 0, "Bounces": []})

    def _answer(self, value: Any) -> None:
        content = json.dumps(value).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.send_header("Set-Cookie", "visit=1")
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


class Echo(socketserver.ThreadingTCPServer):
    daemon_threads = True
    allow_reuse_address = True
    request_queue_size = 128

    def __init__(self, delay: float) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.delay = delay
        self.seen: list[Any] = []
        self.cookies: list[str | None] = []
        self.arrived = threading.Event()
        self.go_on = threading.Event()
        self.go_on.set()
        self.connections = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"

    def process_request(self, request: Any, client_address: Any) -> None:
        self.connections += 1
        super().process_request(request, client_address)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that hangs up is no news."""


@contextmanager
def echo(delay: float = 0.0, *, silent: bool = False) -> Iterator[Echo]:
    """Run one: it answers after ``delay`` seconds, or, where ``silent``, not before ``go_on`` is set."""
    with Echo(delay) as server:
        if silent:
            server.go_on.clear()
        thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        try:
            yield server
        finally:
            server.go_on.set()
            server.shutdown()
            thread.join()


def message(mark: str) -> EmailParams:
    return {"from_": "from@example.com", "to": f"{mark}@example.com", "subject": mark, "text_body": "Hello"}

"""A slow and unreliable Postmark, as a process that tells its port: ``python -m tests.jobs.faults.server SEED``."""

from __future__ import annotations

import contextlib
import json
import sys
import time
from collections import defaultdict
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from random import Random
from typing import TYPE_CHECKING, Any

import httpx

from tests.jobs.postmark import Postmark

if TYPE_CHECKING:
    from collections.abc import Iterator

_WORDS = {"accept": 1000, "lost after": 60, "lost before": 40, "429": 20, "500": 10, "no connection": 5, "503": 2}
"""What a call meets, and how often."""
_MOST_SECONDS = 0.15
_LONG_SECONDS = 2.5
_LONG_ONE_OF = 60


class Unreliable(Postmark):
    """It accepts, and may break the connection, before that or after, at once or later."""

    def __init__(self, seed: int) -> None:
        super().__init__()
        self._dice = Random(seed)  # noqa: S311 - dice that can be thrown again

    def _next(self) -> str:
        with self._lock:
            return self._dice.choices(list(_WORDS), list(_WORDS.values()))[0]

    def _take(self, given: Any) -> list[dict[str, Any]]:
        rows = super()._take(given)
        with self._lock:
            is_long = not self._dice.randrange(_LONG_ONE_OF)
            seconds = _LONG_SECONDS if is_long else self._dice.uniform(0, _MOST_SECONDS)
        time.sleep(seconds)  # the mails are taken: whoever dies now does not know it
        return rows

    def told(self) -> dict[str, Any]:
        """How many calls there were, and the ids of each recipient's mails."""
        ids = defaultdict(list)
        with self._lock:
            for mail in self.taken:
                ids[mail["To"]].append(mail["MessageID"])
        return ids


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    postmark: Unreliable

    def do_GET(self) -> None:
        if self.path == "/calls":
            self._say(200, json.dumps(self.postmark.calls.total()).encode(), {})
        elif self.path == "/told":
            self._say(200, json.dumps(self.postmark.told()).encode(), {})
        else:
            self.do_POST()

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        request = httpx.Request(self.command, f"http://localhost{self.path}", content=body)
        try:
            answer = self.postmark.handle_request(request)
        except httpx.TransportError:
            self.close_connection = True
            return
        self._say(answer.status_code, answer.content, dict(answer.headers))

    def _say(self, status: int, body: bytes, headers: dict[str, str]) -> None:
        self.send_response(status)
        for name, value in {**headers, "content-length": str(len(body))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing."""


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Nobody is there to answer: it was killed."""


@contextlib.contextmanager
def served(postmark: Unreliable) -> Iterator[ThreadingHTTPServer]:
    """A server of it, which serves when it is told to."""
    handler = type("Handler", (_Handler,), {"postmark": postmark})
    with _Server(("127.0.0.1", 0), handler) as server:
        yield server


def main(seed: str) -> None:
    """Serve until the end."""
    with served(Unreliable(int(seed))) as server:
        print(server.server_port, flush=True)  # noqa: T201 - that is how it is found
        server.serve_forever()


if __name__ == "__main__":
    main(*sys.argv[1:])

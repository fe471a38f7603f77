"""A webhook endpoint for the client programs: remembers what was posted, answers 200."""

from __future__ import annotations

import json
import queue
import threading
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

WAIT = 10.0


class Receiver:
    """Listens while the ``with`` block runs."""

    def __init__(self) -> None:
        self._posts: queue.Queue[dict[str, Any]] = queue.Queue()
        posts = self._posts

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                posts.put(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
                self.send_response(200)
                self.end_headers()

            def log_message(self, format: str, *args: object) -> None:
                """Say nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}/hook"

    def __enter__(self) -> Receiver:  # noqa: PYI034 - Self is not in the oldest typing, and nothing else is installed
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    def wait_for(self, message_id: str) -> dict[str, Any]:
        """The first post about a message; samples of the verification are about none."""
        while True:
            payload = self._posts.get(timeout=WAIT)
            if payload.get("MessageID") == message_id:
                return payload


def control(base_url: str, verb: str, **body: object) -> dict[str, Any]:
    """Say something to the emulator itself."""
    request = urllib.request.Request(  # noqa: S310 - loopback
        f"{base_url}/_emulator/{verb}", json.dumps(body).encode(), {"Content-Type": "application/json"}
    )
    with urllib.request.urlopen(request, timeout=WAIT) as answer:  # noqa: S310 - loopback
        return json.load(answer)  # type: ignore[no-any-return]  # checked by whoever asks

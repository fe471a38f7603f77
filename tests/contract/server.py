"""A server on loopback that checks what it is sent against the description and answers with its examples."""

from __future__ import annotations

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any, NamedTuple

from tests.description import examples

from .checking import matching, problems

if TYPE_CHECKING:
    from types import TracebackType

    from typing_extensions import Self


class Seen(NamedTuple):
    """One request as it came."""

    operation: str | None
    method: str
    target: str
    headers: dict[str, str]
    body: bytes
    problems: list[str]

    @property
    def json(self) -> Any:
        return json.loads(self.body)


class DescribedServer:
    """Start it with ``with``. ``example`` names the example to answer with, None for the first of each operation."""

    def __init__(self) -> None:
        self.seen: list[Seen] = []
        self.connections = 0
        self.example: str | None = None
        self.arrived = threading.Event()
        self.held = threading.Event()
        self.held.set()
        self._http = ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (_Handler,), {"described": self}))
        self._thread = threading.Thread(target=self._http.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._http.server_address[1]}"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.held.set()
        self._http.shutdown()
        self._http.server_close()
        self._thread.join()

    def hold(self) -> None:
        """Leave the following requests without an answer until ``held`` is set."""
        self.held.clear()

    def answer(self, method: str, target: str, headers: dict[str, str], body: bytes) -> tuple[int, Any]:
        """Note a request, and say status and JSON."""
        operation, _ = matching(method, target)
        found = [] if operation is None else problems(operation, target, headers, body)
        self.seen.append(Seen(operation.id if operation else None, method, target, headers, body, found))
        self.arrived.set()
        if operation is None:
            return 404, {"ErrorCode": 501, "Message": "no such operation"}
        if found:
            return 422, {"ErrorCode": 403, "Message": "; ".join(found)}
        answers = examples(operation.answer)
        return 200, answers[self.example or next(iter(answers))]


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1
    described: DescribedServer

    def setup(self) -> None:
        super().setup()
        self.described.connections += 1

    def _serve(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        headers = {name.title(): value for name, value in self.headers.items()}
        status, value = self.described.answer(self.command, self.path, headers, body)
        self.described.held.wait(60)
        content = json.dumps(value).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json; charset=utf-8")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    do_GET = do_PUT = do_POST = do_DELETE = do_PATCH = _serve  # noqa: N815 - http.server looks for these names

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing."""

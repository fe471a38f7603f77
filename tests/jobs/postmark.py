"""A Postmark in memory behind the client's transport: it counts what it accepted, can be searched, and fails when told.

Both clients can use it. What it does to each batch is decided by ``plan``: a list of words, the first for the next
call; an empty one means that all is well.
"""

from __future__ import annotations

import json
import threading
import uuid
from collections import Counter
from typing import TYPE_CHECKING, Any

import anyio
import httpx

if TYPE_CHECKING:
    from collections.abc import Callable

NOW = "2026-11-29T12:00:00.1234567-05:00"


class Death(BaseException):
    """The process ends here, as far as the code under test can tell."""


class Postmark(httpx.BaseTransport, httpx.AsyncBaseTransport):
    """A server without a socket."""

    def __init__(self) -> None:
        self.plan: list[str | Callable[[], object]] = []
        self.taken: list[dict[str, Any]] = []
        self.calls: Counter[str] = Counter()
        self.show = True
        """Whether a search finds what was taken."""
        self._lock = threading.Lock()

    @property
    def counts(self) -> Counter[str]:
        """How many mails each recipient got."""
        return Counter(mail["To"] for mail in self.taken)

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Of the sync client."""
        return self._answer(request, b"".join(request.stream))  # type: ignore[arg-type]  # a sync stream

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Of the async client."""
        return self._answer(request, b"".join([piece async for piece in request.stream]))  # type: ignore[union-attr]

    def _answer(self, request: httpx.Request, body: bytes) -> httpx.Response:
        with self._lock:
            self.calls[f"{request.method} {request.url.path}"] += 1
        if request.method == "GET":
            return self._searched(request) if request.url.path == "/messages/outbound" else self._streams()
        what = self._next()
        before = _BEFORE.get(what) if isinstance(what, str) else None
        if before is not None:
            return before(request)
        rows = self._take(json.loads(body))
        if callable(what):
            what()
        after = _AFTER.get(what) if isinstance(what, str) else None
        return httpx.Response(200, json=rows) if after is None else after(request, rows)

    def _next(self) -> str | Callable[[], object]:
        with self._lock:
            return self.plan.pop(0) if self.plan else "accept"

    def _take(self, given: Any) -> list[dict[str, Any]]:
        with self._lock:
            return [self._one(mail) for mail in (given if isinstance(given, list) else given["Messages"])]

    def _one(self, mail: dict[str, Any]) -> dict[str, Any]:
        if "inactive" in mail["To"]:
            return {"To": mail["To"], "ErrorCode": 406, "Message": "You tried to send to an inactive recipient."}
        message_id = str(uuid.uuid4())
        self.taken.append({**mail, "MessageID": message_id})
        return {"To": mail["To"], "SubmittedAt": NOW, "MessageID": message_id, "ErrorCode": 0, "Message": "OK"}

    def _searched(self, request: httpx.Request) -> httpx.Response:
        wanted = {name[9:]: value for name, value in request.url.params.items() if name.startswith("metadata_")}
        found = [mail for mail in self.taken if self.show and wanted.items() <= mail["Metadata"].items()]
        first, count = (int(request.url.params[name]) for name in ("offset", "count"))
        page = [_record(mail) for mail in found[first : first + count]]
        return httpx.Response(200, json={"TotalCount": len(found), "Messages": page})

    def _streams(self) -> httpx.Response:
        return httpx.Response(200, json={"TotalCount": 1, "MessageStreams": [{"ID": "outbound"}]})


class Waiting(Postmark):
    """It has taken the mails when ``took`` is set, and answers after ``answer`` is. Make it in a loop."""

    def __init__(self) -> None:
        super().__init__()
        self.took = anyio.Event()
        self.answer = anyio.Event()

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        answer = await super().handle_async_request(request)
        self.took.set()
        await self.answer.wait()
        return answer


def _record(mail: dict[str, Any]) -> dict[str, Any]:
    return {"MessageID": mail["MessageID"], "ReceivedAt": NOW, "Metadata": mail["Metadata"], "To": []}


def _refused(status: int, code: int, **headers: str) -> Callable[..., httpx.Response]:
    return lambda *_: httpx.Response(status, json={"ErrorCode": code, "Message": "No."}, headers=headers)


def _lost(request: httpx.Request, _: object = None) -> httpx.Response:
    raise httpx.ReadError("lost", request=request)


def _no_connection(request: httpx.Request) -> httpx.Response:
    raise httpx.ConnectError("refused", request=request)


def _die(*_: object) -> httpx.Response:
    raise Death


_BEFORE: dict[str, Callable[[httpx.Request], httpx.Response]] = {
    "no connection": _no_connection,
    "lost before": _lost,
    "die before": _die,
    "429": _refused(429, 429, **{"retry-after": "0"}),
    "429 for 30 s": _refused(429, 429, **{"retry-after": "30"}),
    "429 for 3600 s": _refused(429, 429, **{"retry-after": "3600"}),
    "503": _refused(503, 100),
    "401": _refused(401, 10),
    "422": _refused(422, 402),
    "500": _refused(500, 0),
}
_AFTER: dict[str, Callable[[httpx.Request, list[dict[str, Any]]], httpx.Response]] = {
    "lost after": _lost,
    "die after": _die,
    "garbage": lambda *_: httpx.Response(200, text="<html>"),
    "one row less": lambda _, rows: httpx.Response(200, json=rows[1:]),
    "nothing in row 0": lambda _, rows: httpx.Response(200, json=[{}, *rows[1:]]),
    "credit": lambda _, rows: httpx.Response(200, json=[{"ErrorCode": 405, "Message": "No credits."} for _ in rows]),
}

"""Faults of whole answers: statuses, contents, and rows that are not those of the mails."""

from __future__ import annotations

import email.utils
import gzip
import json
import threading
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from tests.faults.wire import NOBODYS, Request, response, stale, success

if TYPE_CHECKING:
    import socket

    from tests.faults.server import Case

Act = Callable[["Case", "socket.socket", Request], bool]


def _worthless(status: int, body: bytes, headers: str = "", kind: str = "application/json") -> Act:
    """An answer that tells nothing: the mails may have been taken, so here they were."""

    def answer(case: Case, connection: socket.socket, request: Request) -> bool:
        case.take(request)
        connection.sendall(response(status, body, headers, kind))
        return True

    return answer


def _refuses(status: int, code: int, headers: Callable[[], str] = str) -> Act:
    """Postmark's own word that it did not take them."""

    def answer(_: Case, connection: socket.socket, __: Request) -> bool:
        body = json.dumps({"ErrorCode": code, "Message": "No."}).encode() if code else b"<html>Slow down</html>"
        connection.sendall(response(status, body, headers()))
        return True

    return answer


def _refuses_each(_: Case, connection: socket.socket, request: Request) -> bool:
    no = {"ErrorCode": 300, "Message": "No."}
    connection.sendall(response(200, json.dumps([no] * len(request.recipients) if request.is_batch else no).encode()))
    return True


def _truncated(case: Case, connection: socket.socket, request: Request) -> bool:
    body = success(request, case.take(request))
    connection.sendall(response(200, body[: len(body) // 2]))
    return True


def _packed(case: Case, connection: socket.socket, request: Request) -> bool:
    body = gzip.compress(success(request, case.take(request)))
    connection.sendall(response(200, body + b"x", "Content-Encoding: gzip\r\n"))
    return True


def _followed_by_a_body(status: int) -> Act:
    """A status that has no body, with one: what comes would be the next answer."""

    def answer(case: Case, connection: socket.socket, request: Request) -> bool:
        case.take(request)
        connection.sendall(f"HTTP/1.1 {status} X\r\n\r\n".encode() + stale(request))
        return True

    return answer


def _again(case: Case, connection: socket.socket, request: Request) -> bool:
    """The answer to an earlier call, if there was one."""
    body = success(request, case.take(request))
    connection.sendall(case.said[-1] if case.said else response(200, body))
    return True


def _exchanged(case: Case, connection: socket.socket, request: Request) -> bool:
    """What belongs to a call that comes at the same time, if one does."""
    mine: list[bytes] = [response(200, success(request, case.take(request)))]
    connection.sendall(case.exchange.trade(mine))
    return True


class Exchange:
    """Where two calls get each other's answers."""

    def __init__(self) -> None:
        self._here = threading.Condition()
        self._waiting: list[bytes] | None = None

    def trade(self, mine: list[bytes]) -> bytes:
        """The answer of whoever is here as well, or one's own after a while."""
        with self._here:
            if self._waiting is None:
                self._waiting = mine
                own = mine[0]
                if not self._here.wait_for(lambda: mine[0] is not own, _TOGETHER_SECONDS):
                    self._waiting = None
            else:
                mine[0], self._waiting[0] = self._waiting[0], mine[0]
                self._waiting = None
                self._here.notify_all()
            return mine[0]


def _rows(changed: Callable[[list[Any]], list[Any]]) -> Act:
    """The mails are taken; of what became of each, the answer tells something else."""

    def answer(case: Case, connection: socket.socket, request: Request) -> bool:
        rows = case.take(request)
        connection.sendall(response(200, success(request, changed(rows) if request.is_batch else rows)))
        return True

    return answer


def _row(**changed: Any) -> Callable[[list[Any]], list[Any]]:
    return lambda rows: [*rows[:-1], {**rows[-1], **changed}]


def _same_id(rows: list[Any]) -> list[Any]:
    return [{**row, "MessageID": rows[0]["MessageID"]} for row in rows]


def _date() -> str:
    return f"Retry-After: {email.utils.formatdate(time.time() + 1, usegmt=True)}\r\n"


_TOGETHER_SECONDS = 0.1
_FAULT = b'{"ErrorCode": 101, "Message": "Unexpected."}'

ANSWERS: dict[str, Act] = {
    "408": _worthless(408, b""),
    "500 with code 101": _worthless(500, _FAULT),
    "502": _worthless(502, b"<html>Bad gateway</html>", kind="text/html"),
    "503 without code": _worthless(503, b"<html>Unavailable</html>", kind="text/html"),
    "504": _worthless(504, b""),
    "520": _worthless(520, b"<html>Unknown error</html>", kind="text/html"),
    "202": _worthless(202, b"{}"),
    "204 with a body": _followed_by_a_body(204),
    "304 with a body": _followed_by_a_body(304),
    "302": _worthless(302, b"", "Location: /elsewhere\r\n"),
    "307 to this very place": _worthless(307, b"", "Location: /email\r\n"),
    "200 with HTML": _worthless(200, b"<html>Welcome</html>", kind="text/html"),
    "200, empty": _worthless(200, b""),
    "200, truncated JSON": _truncated,
    "200, not UTF-8": _worthless(200, b'{"Message": "\xff\xfe"}'),
    "200, an empty object": _worthless(200, b"{}"),
    "200, an empty array": _worthless(200, b"[]"),
    "200, an array of nulls": _worthless(200, b"[null, null]"),
    "200, null": _worthless(200, b"null"),
    "200, a number": _worthless(200, b"7"),
    "200, gzip that is none": _worthless(200, b"plain", "Content-Encoding: gzip\r\n"),
    "200, gzip and a byte more": _packed,
    "200, an encoding not asked for": _worthless(200, b"plain", "Content-Encoding: br\r\n"),
    "200, each refused": _refuses_each,
    "200, an error envelope": _refuses(200, 300),
    "a row too many": _rows(lambda rows: [*rows, {**rows[-1], "MessageID": NOBODYS}]),
    "a row too few": _rows(lambda rows: rows[:-1]),
    "rows in another order": _rows(lambda rows: rows[::-1]),
    "rows with the same id": _rows(_same_id),
    "rows with the same id, no names": _rows(lambda rows: [{**row, "To": None} for row in _same_id(rows)]),
    "rows are texts": _rows(lambda rows: [json.dumps(row) for row in rows]),
    "a row of null": _rows(lambda rows: [*rows[:-1], None]),
    "a code as text": _rows(_row(ErrorCode="0")),
    "a code that is no number": _rows(_row(ErrorCode="none")),
    "a code that is null, no id": _rows(_row(ErrorCode=None, MessageID=None)),
    "the answer of the call before": _again,
    "answers of two calls exchanged": _exchanged,
    "429": _refuses(429, 0),
    "429, Retry-After in seconds": _refuses(429, 429, lambda: "Retry-After: 1\r\n"),
    "429, Retry-After as a date": _refuses(429, 429, _date),
    "429, Retry-After of an hour": _refuses(429, 429, lambda: "Retry-After: 3600\r\n"),
    "429 for minutes": _refuses(429, 429, lambda: "Retry-After: 25\r\n"),
    "503 with code 100": _refuses(503, 100),
    "401": _refuses(401, 10),
    "422": _refuses(422, 300),
    "413": _refuses(413, 0),
}

LASTING = {"429 for minutes", "answers of two calls exchanged"}
"""Faults that hit many times in a row."""
OF_SEVERAL_CALLS = {"the answer of the call before", "answers of two calls exchanged"}
"""What is seen only where several calls are known."""

"""Requests read from a socket, answers written to one, and what Postmark says when all is well."""

from __future__ import annotations

import itertools
import json
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    import socket
    from collections.abc import Iterator

NOBODYS = "b7bc2f4a-e38e-4336-af7d-ffffffffffff"
"""An id that no mail has."""


class Head(NamedTuple):
    """A request whose body may still be on its way."""

    path: str
    length: int
    rest: bytes
    """What came of the body with it."""


class Request(NamedTuple):
    """A whole request."""

    path: str
    recipients: list[str]
    """Of each mail."""

    @property
    def is_batch(self) -> bool:
        """Whether each mail is answered by a row."""
        return "batch" in self.path.lower()

    @property
    def is_bulk(self) -> bool:
        """Whether all are answered together."""
        return "bulk" in self.path.lower()


def read_head(connection: socket.socket) -> Head | None:
    """The next request's; None when the client has gone, or speaks TLS."""
    data = b""
    while b"\r\n\r\n" not in data:
        piece = connection.recv(65536)
        if not piece or piece.startswith(b"\x16\x03"):
            return None
        data += piece
    head, _, rest = data.partition(b"\r\n\r\n")
    first, *lines = head.decode("latin-1").split("\r\n")
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    return Head(first.split(" ")[1], int(headers.get("content-length", 0)), rest)


def read_body(connection: socket.socket, head: Head) -> Request | None:
    """The rest of a request; None when the client has gone."""
    pieces, missing = [head.rest], head.length - len(head.rest)
    while missing > 0:
        piece = connection.recv(min(missing, 1 << 20))  # what follows may be the next request
        if not piece:
            return None
        pieces.append(piece)
        missing -= len(piece)
    return Request(head.path, [mail["To"] for mail in _mails(json.loads(b"".join(pieces)))])


def _mails(body: Any) -> list[Any]:
    mails: list[Any] = body.get("Messages", [body]) if isinstance(body, dict) else body
    return mails


def response(
    status: int, body: bytes, headers: str = "", kind: str = "application/json", *, length: str | None = None
) -> bytes:
    """An HTTP answer, whatever ``length`` it says that it has; none where that is empty."""
    said = f"Content-Length: {len(body)}\r\n" if length is None else length
    return f"HTTP/1.1 {status} X\r\nContent-Type: {kind}\r\n{said}{headers}\r\n".encode() + body


def chunked(body: bytes, headers: str = "") -> bytes:
    """The same in two chunks."""
    half = len(body) // 2
    pieces = b"".join(b"%x\r\n%s\r\n" % (len(piece), piece) for piece in (body[:half], body[half:], b""))
    return response(200, pieces, f"Transfer-Encoding: chunked\r\n{headers}", length="")


def rows_for(request: Request, ids: Iterator[str]) -> list[dict[str, Any]]:
    """A row for each mail that is accepted; those of a bulk request share its id."""
    given = itertools.repeat(next(ids)) if request.is_bulk else ids
    usual = {"SubmittedAt": "2026-11-26T12:01:05.1794748-05:00", "ErrorCode": 0, "Message": "OK"}
    return [{"To": to, "MessageID": next(given), **usual} for to in request.recipients]


def success(request: Request, rows: list[Any]) -> bytes:
    """What Postmark answers with these rows."""
    if request.is_bulk:
        return json.dumps({"Id": rows[0]["MessageID"], "Status": "Accepted"}).encode()
    return json.dumps(rows if request.is_batch or len(rows) != 1 else rows[0]).encode()


def stale(request: Request) -> bytes:
    """An answer to somebody else's request of the same kind."""
    return response(200, success(request, [{"MessageID": NOBODYS, "ErrorCode": 0} for _ in request.recipients]))

"""Faults of connections and of HTTP: what comes is cut, late, too much, or no answer at all.

Whatever breaks after a request was read, its mails were taken.
"""

from __future__ import annotations

import json
import re
import socket
import struct
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from tests.faults.wire import Head, Request, chunked, read_body, response, stale, success

if TYPE_CHECKING:
    from tests.faults.server import Case

SLOW_SECONDS = 0.6
"""How long a silent connection is kept: longer than any client of these tests waits."""
_STEP_SECONDS = 0.01

# --- before a request is read: nothing is taken ---------------------------------------------------------------------


def _cut(connection: socket.socket) -> None:
    connection.close()


def _reset(connection: socket.socket) -> None:
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()


def _keep(connection: socket.socket) -> None:  # noqa: ARG001 - kept open by the caller
    time.sleep(SLOW_SECONDS)


def _reset_after_the_head(connection: socket.socket) -> None:
    data = b""
    while b"\r\n\r\n" not in data and (piece := connection.recv(4096)):
        data += piece
    _reset(connection)


def _greets_first(greeting: bytes) -> Callable[[socket.socket], None]:
    return lambda connection: connection.sendall(greeting)


BEFORE_READING: dict[str, Callable[[socket.socket], None]] = {
    "closed before reading": _cut,
    "reset before reading": _reset,
    "silent, nothing read": _keep,
    "reset after the headers": _reset_after_the_head,
    "speaks no HTTP": _greets_first(b"220 smtp.example.com ESMTP\r\n"),
    "speaks HTTP/2": _greets_first(bytes.fromhex("000000040000000000")),  # its settings
}

# --- before the body of a request is read: nothing is taken, unless it says so --------------------------------------

_TO = re.compile(rb'"To":"([^"]+)"')
_NO = json.dumps({"ErrorCode": 10, "Message": "No."}).encode()


def _drained(status: int) -> Callable[[Case, socket.socket, Head], bool]:
    def answer(_: Case, connection: socket.socket, head: Head) -> bool:
        connection.sendall(response(status, _NO))
        return read_body(connection, head) is not None

    return answer


def _refused_early(_: Case, connection: socket.socket, __: Head) -> bool:
    connection.sendall(response(413, b"", "Connection: close\r\n"))
    return False


def _taken_for_a_request(case: Case, connection: socket.socket, head: Head) -> bool:
    """Answers before the body comes, and takes that for another request, which it does not understand."""
    connection.sendall(response(401, _NO))
    case.later.append((connection, response(400, _NO)))
    return read_body(connection, head) is not None


def _accepted_early(case: Case, connection: socket.socket, head: Head) -> bool:
    if head.path not in {"/email", "/email/withTemplate"}:  # how many mails there are is known from the body alone
        return _drained(401)(case, connection, head)
    while (to := _TO.search(head.rest)) is None:
        head = head._replace(rest=head.rest + connection.recv(4096))
    (row,) = case.take(Request(head.path, [to[1].decode()]))
    connection.sendall(response(200, json.dumps(row).encode()))
    return read_body(connection, head) is not None


EARLY: dict[str, Callable[[Case, socket.socket, Head], bool]] = {
    "early 401, then read": _drained(401),
    "early 413, then closed": _refused_early,
    "early 401, body for a request": _taken_for_a_request,
    "early 200": _accepted_early,
}

# --- after a request was read ---------------------------------------------------------------------------------------

Act = Callable[["Case", socket.socket, Request], bool]


def _taken_then(act: Callable[[socket.socket, bytes], object], *, goes_on: bool = False) -> Act:
    """Take the mails; then whatever happens to the body of the answer."""

    def answer(case: Case, connection: socket.socket, request: Request) -> bool:
        act(connection, success(request, case.take(request)))
        return goes_on

    return answer


def _says(written: Callable[[bytes], bytes], *, goes_on: bool = True) -> Act:
    """An answer in an odd form."""
    return _taken_then(lambda connection, body: connection.sendall(written(body)), goes_on=goes_on)


def _followed(whole: Callable[[bytes], bytes], more: Callable[[Request], bytes], *, later: bool = False) -> Act:
    """An answer, and more than that."""

    def answer(case: Case, connection: socket.socket, request: Request) -> bool:
        said = whole(success(request, case.take(request)))
        if later:
            connection.sendall(said)
            case.later.append((connection, more(request)))
        else:
            connection.sendall(said + more(request))
        return True

    return answer


def _plain(body: bytes) -> bytes:
    return response(200, body)


def _trickling(whole: Callable[[bytes], bytes]) -> Act:
    def act(connection: socket.socket, body: bytes) -> None:
        for byte in whole(body):
            connection.sendall(bytes([byte]))
            time.sleep(_STEP_SECONDS)

    return _taken_then(act)


def _endless(first: bytes, again: bytes) -> Act:
    """For as long as the client listens, and a while at most: timeouts of an HTTP client are for single reads."""

    def act(connection: socket.socket, _: bytes) -> None:
        connection.sendall(first)
        for _unused in range(100):
            connection.sendall(again)
            time.sleep(_STEP_SECONDS)

    return _taken_then(act)


def _stalled(written: Callable[[bytes], bytes]) -> Act:
    def act(connection: socket.socket, body: bytes) -> None:
        connection.sendall(written(body))
        time.sleep(SLOW_SECONDS)

    return _taken_then(act)


def _length(said: Callable[[int], str], headers: str = "") -> Callable[[bytes], bytes]:
    return lambda body: response(200, body, headers, length=said(len(body)))


def _old(headers: str = "", *, length: str | None = "") -> Callable[[bytes], bytes]:
    return lambda body: response(200, body, headers, length=length).replace(b"HTTP/1.1", b"HTTP/1.0", 1)


def _half(written: Callable[[bytes], bytes]) -> Callable[[bytes], bytes]:
    def half(body: bytes) -> bytes:
        whole = written(body)
        return whole[: len(whole) - len(body) // 2]

    return half


_HINTS = b"HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n"
_CHUNKED = "Transfer-Encoding: chunked\r\n"

BREAKS: dict[str, Act] = {
    "closed after the body": _taken_then(lambda connection, _: _cut(connection)),
    "reset after the body": _taken_then(lambda connection, _: _reset(connection)),
    "silent after the body": _taken_then(lambda connection, _: _keep(connection)),
    "half an answer": _says(_half(_plain), goes_on=False),
    "half the answer's headers": _says(lambda body: _plain(body)[:30], goes_on=False),
    "answer trickles": _trickling(_plain),
    "head trickles": _trickling(lambda body: response(200, body, f"X-Long: {'x' * 400}\r\n")),
    "head without end": _endless(b"HTTP/1.1 200 X\r\nX-Long: ", b"x"),
    "headers without end": _endless(b"HTTP/1.1 200 X\r\n", b"X-Long: " + b"x" * 4096 + b"\r\n"),
    "interim answers": _says(lambda body: b"HTTP/1.1 100 X\r\n\r\n" + _HINTS * 3 + _plain(body)),
    "interim answers without end": _endless(b"", _HINTS),
    "another protocol": _says(lambda body: b"HTTP/1.1 101 X\r\nUpgrade: x\r\n\r\n" + _plain(body)),
    "a byte too many": _followed(_plain, lambda _: b"x"),
    "a line too many": _followed(_plain, lambda _: b"\r\n"),
    "two answers at once": _followed(_plain, stale),
    "two answers, one in chunks": _followed(chunked, stale),
    "an interim answer too many": _followed(_plain, lambda _: _HINTS),
    "a second answer later": _followed(_plain, stale, later=True),
    "length twice, alike": _says(_length(lambda n: f"Content-Length: {n}\r\n" * 2)),
    "length twice, apart": _says(_length(lambda n: f"Content-Length: {n}\r\nContent-Length: {n + 5}\r\n")),
    "length and chunks": _says(lambda body: chunked(body, f"Content-Length: {len(body)}\r\n")),
    "length and no chunks": _says(_length(lambda n: f"Content-Length: {n}\r\n{_CHUNKED}"), goes_on=False),
    "length too long": _stalled(_length(lambda n: f"Content-Length: {n + 5}\r\n")),
    "length too long, closed": _says(_length(lambda n: f"Content-Length: {n + 5}\r\n"), goes_on=False),
    "length too short": _says(_length(lambda n: f"Content-Length: {n - 5}\r\n")),
    "length that is none": _says(_length(lambda n: f"Content-Length: -{n}\r\n")),
    "chunks of no length": _says(lambda body: response(200, b"x\r\n" + body, _CHUNKED, length="")),
    "chunks cut": _says(_half(chunked), goes_on=False),
    "chunks too many": _followed(chunked, lambda _: b"5\r\nhello\r\n0\r\n\r\n"),
    "no length, closed": _says(_length(lambda _: ""), goes_on=False),
    "no length, cut": _says(_half(_length(lambda _: "")), goes_on=False),
    "HTTP/1.0": _says(_old(length=None)),
    "HTTP/1.0, kept open": _says(_old("Connection: keep-alive\r\n", length=None)),
    "HTTP/1.0, closed": _says(_old(), goes_on=False),
    "HTTP/1.0, cut": _says(_half(_old()), goes_on=False),
}

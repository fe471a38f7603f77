"""A TCP server that goes wrong on purpose, in a process of its own, and counts the messages it took.

It is told what to do by lines of JSON on its standard input and answers with lines of JSON on its standard output:
``{"fault": "silent", "always": false}`` opens a port, ``{"count": 40123}`` tells what came in on it.
"""

from __future__ import annotations

import contextlib
import email.utils
import json
import socket
import struct
import sys
import threading
import time
from collections.abc import Callable
from typing import Any

SLOW_SECONDS = 0.6
"""How long a silent connection is kept: longer than any client of these tests waits."""

Handler = Callable[["Case", socket.socket], None]


class Case:
    """One port with one fault. Unless it always fails, only its first connection or request does."""

    def __init__(self, fault: str, *, always: bool) -> None:
        self.fault = fault
        self.always = always
        self.accepted = 0
        self.requests = 0
        self.failed = 0
        self._lock = threading.Lock()
        self.listener = socket.socket()
        self.listener.bind(("127.0.0.1", 0))
        self.port: int = self.listener.getsockname()[1]
        if fault == "refused":  # bound, so that nobody else gets the port, and deaf
            return
        self.listener.listen()
        threading.Thread(target=self._listen, daemon=True).start()

    def _listen(self) -> None:
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def fails_now(self) -> bool:
        """Whether this one goes wrong."""
        with self._lock:
            if self.always or self.failed == 0:
                self.failed += 1
                return True
            return False

    def take(self, body: bytes) -> int:
        """Take the messages of a request, as Postmark would."""
        count = messages_in(body)
        with self._lock:
            self.accepted += count
        return count

    def _serve(self, connection: socket.socket) -> None:
        with connection, contextlib.suppress(OSError):
            connection.settimeout(5)
            if self.fault in BEFORE_READING and self.fails_now():
                BEFORE_READING[self.fault](self, connection)
                return
            while (request := read_request(connection)) is not None:
                self.requests += 1
                if not self._answer(connection, *request):
                    return

    def _answer(self, connection: socket.socket, path: str, body: bytes) -> bool:
        if self.fault in AFTER_READING and self.fails_now():
            return AFTER_READING[self.fault](self, connection, path, body)
        connection.sendall(response(200, success(path, self.take(body))))
        return True


def messages_in(body: bytes) -> int:
    """How many mails a body asks for."""
    value = json.loads(body)
    if isinstance(value, dict):
        value = value.get("Messages", [value])
    return len(value)


def read_headers(connection: socket.socket) -> tuple[str, dict[str, str], bytes] | None:
    """The request's path, its headers, and what came of its body with them."""
    data = b""
    while b"\r\n\r\n" not in data:
        piece = connection.recv(65536)
        if not piece:
            return None
        data += piece
    head, _, rest = data.partition(b"\r\n\r\n")
    first, *lines = head.decode("latin-1").split("\r\n")
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    return first.split(" ")[1], headers, rest


def read_request(connection: socket.socket) -> tuple[str, bytes] | None:
    """The path and body of a whole request; None when the client has gone."""
    begun = read_headers(connection)
    if begun is None:
        return None
    path, headers, body = begun
    while len(body) < int(headers.get("content-length", 0)):
        piece = connection.recv(65536)
        if not piece:
            return None
        body += piece
    return path, body


def response(status: int, body: bytes, headers: str = "", kind: str = "application/json") -> bytes:
    """An HTTP answer."""
    lines = f"HTTP/1.1 {status} X\r\nContent-Type: {kind}\r\nContent-Length: {len(body)}\r\n{headers}\r\n"
    return lines.encode() + body


def success(path: str, count: int) -> bytes:
    """What Postmark answers when all is well."""
    row = {
        "To": "receiver@example.org",
        "SubmittedAt": "2026-11-26T12:01:05.1794748-05:00",
        "MessageID": "b7bc2f4a-e38e-4336-af7d-e6c392c2f817",
        "ErrorCode": 0,
        "Message": "OK",
    }
    answer: Any = row
    if "batch" in path.lower():
        answer = [{**row, "MessageID": f"b7bc2f4a-e38e-4336-af7d-{number:012x}"} for number in range(count)]
    elif "bulk" in path.lower():
        answer = {"Id": "b7bc2f4a-e38e-4336-af7d-e6c392c2f817", "Status": "Accepted"}
    return json.dumps(answer).encode()


# --- before a request is read: nothing is taken ---------------------------------------------------------------------


def _reset(connection: socket.socket) -> None:
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()


def _cut_at_once(_: Case, connection: socket.socket) -> None:
    connection.close()


def _reset_at_once(_: Case, connection: socket.socket) -> None:
    _reset(connection)


def _silent_unread(_: Case, connection: socket.socket) -> None:  # noqa: ARG001 - kept open by the caller
    time.sleep(SLOW_SECONDS)


def _cut_after_headers(_: Case, connection: socket.socket) -> None:
    read_headers(connection)
    _reset(connection)


def _garbage(_: Case, connection: socket.socket) -> None:
    connection.sendall(b"220 smtp.example.com ESMTP\r\n")


BEFORE_READING: dict[str, Handler] = {
    "closed before reading": _cut_at_once,
    "reset before reading": _reset_at_once,
    "silent, nothing read": _silent_unread,
    "reset after the headers": _cut_after_headers,
    "speaks no HTTP": _garbage,
}

# --- after a request was read: the fault decides whether its messages were taken ------------------------------------

Answerer = Callable[[Case, socket.socket, str, bytes], bool]


def _taken_then(act: Callable[[socket.socket, bytes], None]) -> Answerer:
    def answer(case: Case, connection: socket.socket, path: str, body: bytes) -> bool:
        act(connection, success(path, case.take(body)))
        return False

    return answer


def _cut(connection: socket.socket, _: bytes) -> None:
    connection.close()


def _rst(connection: socket.socket, _: bytes) -> None:
    _reset(connection)


def _silence(connection: socket.socket, _: bytes) -> None:  # noqa: ARG001 - kept open by the caller
    time.sleep(SLOW_SECONDS)


def _half(connection: socket.socket, answer: bytes) -> None:
    whole = response(200, answer)
    connection.sendall(whole[: len(whole) - len(answer) // 2])


def _half_headers(connection: socket.socket, answer: bytes) -> None:
    connection.sendall(response(200, answer)[:30])


def _trickle(connection: socket.socket, answer: bytes) -> None:
    for byte in response(200, answer):
        connection.sendall(bytes([byte]))
        time.sleep(0.01)


def _answers(status: int, body: bytes, headers: str = "", kind: str = "application/json") -> Answerer:
    """An answer that is worth nothing: the messages may have been taken, so here they were."""
    return _taken_then(lambda connection, _: connection.sendall(response(status, body, headers, kind)))


def _truncated(connection: socket.socket, answer: bytes) -> None:
    connection.sendall(response(200, answer[: len(answer) // 2]))


def _refuses(status: int, code: int, headers: Callable[[], str] = str) -> Answerer:
    """Postmark's own word that it did not take them."""

    def answer(_: Case, connection: socket.socket, __: str, ___: bytes) -> bool:
        body = json.dumps({"ErrorCode": code, "Message": "No."}).encode() if code else b"<html>Slow down</html>"
        connection.sendall(response(status, body, headers()))
        return True

    return answer


def _date() -> str:
    return f"Retry-After: {email.utils.formatdate(time.time() + 1, usegmt=True)}\r\n"


_FAULT = b'{"ErrorCode": 101, "Message": "Unexpected."}'
AFTER_READING: dict[str, Answerer] = {
    "closed after the body": _taken_then(_cut),
    "reset after the body": _taken_then(_rst),
    "silent after the body": _taken_then(_silence),
    "half an answer": _taken_then(_half),
    "half the answer's headers": _taken_then(_half_headers),
    "answer trickles": _taken_then(_trickle),
    "408": _answers(408, b""),
    "500 with code 101": _answers(500, _FAULT),
    "502": _answers(502, b"<html>Bad gateway</html>", kind="text/html"),
    "503 without code": _answers(503, b"<html>Unavailable</html>", kind="text/html"),
    "504": _answers(504, b""),
    "520": _answers(520, b"<html>Unknown error</html>", kind="text/html"),
    "202": _answers(202, b"{}"),
    "302": _answers(302, b"", "Location: /elsewhere\r\n"),
    "200 with HTML": _answers(200, b"<html>Welcome</html>", kind="text/html"),
    "200, empty": _answers(200, b""),
    "200, truncated JSON": _taken_then(_truncated),
    "200, not UTF-8": _answers(200, b'{"Message": "\xff\xfe"}'),
    "200, an empty object": _answers(200, b"{}"),
    "200, an empty array": _answers(200, b"[]"),
    "200, an array of nulls": _answers(200, b"[null, null]"),
    "200, null": _answers(200, b"null"),
    "200, a number": _answers(200, b"7"),
    "200, gzip that is none": _answers(200, b"plain", "Content-Encoding: gzip\r\n"),
    "429": _refuses(429, 0),
    "429, Retry-After in seconds": _refuses(429, 429, lambda: "Retry-After: 1\r\n"),
    "429, Retry-After as a date": _refuses(429, 429, _date),
    "429, Retry-After of an hour": _refuses(429, 429, lambda: "Retry-After: 3600\r\n"),
    "503 with code 100": _refuses(503, 100),
    "401": _refuses(401, 10),
    "422": _refuses(422, 300),
    "413": _refuses(413, 0),
}

UNREACHABLE = ("refused", "TLS against plain text")
FAULTS = (*UNREACHABLE, *BEFORE_READING, *AFTER_READING)


def _say(**answer: int) -> None:
    sys.stdout.write(json.dumps(answer) + "\n")
    sys.stdout.flush()


def main() -> None:
    """Do as the lines on standard input say until they end."""
    cases: dict[int, Case] = {}
    for line in sys.stdin:
        order = json.loads(line)
        if "fault" in order:
            case = Case(order["fault"], always=order["always"])
            cases[case.port] = case
            _say(port=case.port)
        else:
            case = cases[order["count"]]
            case.listener.close()
            _say(accepted=case.accepted, requests=case.requests)


if __name__ == "__main__":
    main()

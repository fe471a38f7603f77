"""A TCP server that goes wrong on purpose, in a process of its own, and keeps the ids of the mails it took.

It is told what to do by lines of JSON on its standard input and answers with lines of JSON on its standard output:
``{"fault": "silent", "when": "first"}`` opens a port, ``{"settle": 40123}`` has it send what it kept for later, and
``{"taken": 40123}`` tells the ids of each recipient's mails.
"""

from __future__ import annotations

import contextlib
import itertools
import json
import socket
import sys
import threading
from typing import Any

from tests.faults.answers import ANSWERS, LASTING, Exchange
from tests.faults.breaks import BEFORE_READING, BREAKS, EARLY
from tests.faults.wire import Request, read_body, read_head, response, rows_for, success

LASTS = 9
"""How many requests a fault refuses that lasts for minutes."""
SMALL_BYTES = 64 * 1024
"""How far the other side can write ahead of who does not read it."""

AFTER_READING = {**BREAKS, **ANSWERS}
UNREACHABLE = ("refused", "TLS against plain text")
FAULTS = (*UNREACHABLE, *BEFORE_READING, *EARLY, *AFTER_READING)


class Case:
    """One port with one fault, which hits the first or second time that it could, or always."""

    def __init__(self, fault: str, when: str) -> None:
        self.fault = fault
        self.when = when
        self.later: list[tuple[socket.socket, bytes]] = []
        self.taken: dict[str, list[str]] = {}
        self.said: list[bytes] = []
        self.exchange = Exchange()
        self._lock = threading.Lock()
        self._turns = 0
        self._ids = (f"b7bc2f4a-e38e-4336-af7d-{number:012x}" for number in itertools.count(1))
        self.listener = socket.socket()
        if fault in EARLY:
            self.listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, SMALL_BYTES)
        self.listener.bind(("127.0.0.1", 0))
        self.port: int = self.listener.getsockname()[1]
        if fault == "refused":  # bound, so that nobody else gets the port, and deaf
            return
        self.listener.listen()
        threading.Thread(target=self._listen, daemon=True).start()

    def close(self) -> None:
        """Listen no more; closing alone does not wake who listens, and so keeps the socket."""
        with contextlib.suppress(OSError):  # nobody does
            self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()

    def _listen(self) -> None:
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _hits(self) -> bool:
        """Whether this one goes wrong."""
        with self._lock:
            self._turns += 1
            if self.fault in LASTING:
                return self._turns <= LASTS or self.when == "always"
            return self.when == "always" or self._turns == {"first": 1, "second": 2}[self.when]

    def take(self, request: Request) -> list[dict[str, Any]]:
        """Take the mails of a request, as Postmark would: a row for each."""
        with self._lock:
            rows = rows_for(request, self._ids)
            for row in rows:
                self.taken.setdefault(row["To"], []).append(row["MessageID"])
        return rows

    def _serve(self, connection: socket.socket) -> None:
        with connection, contextlib.suppress(OSError):
            connection.settimeout(5)
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            for number in itertools.count():
                if not self._serve_one(connection, is_first=not number):
                    return

    def _serve_one(self, connection: socket.socket, *, is_first: bool) -> bool:
        """Answer one request; whether another one may come."""
        if self.fault in BEFORE_READING and (is_first or connection.recv(1, socket.MSG_PEEK)) and self._hits():
            BEFORE_READING[self.fault](connection)
            return False
        head = read_head(connection)
        if head is None:
            return False
        if self.fault in EARLY and self._hits():
            return EARLY[self.fault](self, connection, head)
        request = read_body(connection, head)
        if request is None:
            return False
        if self.fault in AFTER_READING and self._hits():
            return AFTER_READING[self.fault](self, connection, request)
        answer = response(200, success(request, self.take(request)))
        self.said.append(answer)
        connection.sendall(answer)
        return True

    def settle(self) -> None:
        """Send what was kept for later."""
        while self.later:
            connection, late = self.later.pop()
            with contextlib.suppress(OSError):
                connection.sendall(late)


def _say(**answer: Any) -> None:
    sys.stdout.write(json.dumps(answer) + "\n")
    sys.stdout.flush()


def main() -> None:
    """Do as the lines on standard input say until they end."""
    cases: dict[int, Case] = {}
    for line in sys.stdin:
        order = json.loads(line)
        if "fault" in order:
            case = Case(order["fault"], order["when"])
            cases[case.port] = case
            _say(port=case.port)
        elif "settle" in order:
            cases[order["settle"]].settle()
            _say(settled=True)
        else:
            case = cases.pop(order["taken"])
            case.close()
            _say(taken=case.taken)


if __name__ == "__main__":
    main()

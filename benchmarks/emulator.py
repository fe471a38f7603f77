"""How much the emulator bears: ``python -m benchmarks.emulator``.

Mails per second, one by one and in batches, with the inbox open; then resets, and searches over many stored messages.
Everything stays on this machine, and ends by itself.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import os
import statistics
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlencode, urlsplit

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_PREPARE = 500
_SEARCHES = 40
_RESETS = 300
_AIM_MAILS = 1000
_AIM_SEARCH = 50.0
_AIM_RESET = 1.0
_TAGS = ("welcome", "receipt", "reminder", "news")


@dataclass(frozen=True)
class Target:
    """A running emulator in a process of its own."""

    process: subprocess.Popen[str]
    host: str
    port: int
    token: str

    def request(self, method: str, path: str, body: bytes = b"") -> bytes:
        """The bytes of a request."""
        return (
            f"{method} {path} HTTP/1.1\r\nHost: {self.host}:{self.port}\r\nAccept: application/json\r\n"
            f"Content-Type: application/json\r\nX-Postmark-Server-Token: {self.token}\r\n"
            f"Content-Length: {len(body)}\r\n\r\n"
        ).encode() + body

    def cpu_seconds(self) -> float:
        """What the process has used so far; 0 where the system does not tell."""
        try:
            fields = Path(f"/proc/{self.process.pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
        except OSError:
            return 0.0
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


@contextlib.contextmanager
def emulator(*options: str) -> Iterator[Target]:
    """Start one on a free port; killed at the end."""
    command = [sys.executable, "-m", "postmark_sdk.emulator", "--port", "0", *options]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:  # noqa: S603 - our own command
        try:
            assert process.stdout is not None  # noqa: S101 - it is a pipe
            said = [process.stdout.readline() for _ in range(4)]
            values = dict(line.removeprefix("export ").strip().split("=", 1) for line in said if "export" in line)
            url = urlsplit(values["POSTMARK_BASE_URL"])
            yield Target(process, url.hostname or "", url.port or 0, values["POSTMARK_SERVER_TOKEN"])
        finally:
            process.kill()


class Connection:
    """One kept connection that does no more than a load generator must."""

    def __init__(self, target: Target) -> None:
        self._target = target
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def ask(self, request: bytes) -> tuple[int, bytes]:
        """Send a request; status and body of the answer."""
        if self._streams is None:
            self._streams = await asyncio.open_connection(self._target.host, self._target.port, limit=2**24)
        reader, writer = self._streams
        writer.write(request)
        head = await reader.readuntil(b"\r\n\r\n")
        length = int(head.lower().split(b"content-length:", 1)[1].split(b"\r\n", 1)[0])
        return int(head[9:12]), await reader.readexactly(length)

    async def close(self) -> None:
        """Close it."""
        if self._streams is not None:
            self._streams[1].close()
            await self._streams[1].wait_closed()


def mail(number: int) -> dict[str, object]:
    """One of many different mails."""
    return {
        "From": "Shop <shop@example.com>",
        "To": f"customer-{number % 5000}@example.org",
        "Subject": f"Order {number} is on its way",
        "TextBody": f"Hello, order {number} has left our house.",
        "HtmlBody": f"<p>Hello, order <b>{number}</b> has left our house.</p>",
        "Tag": _TAGS[number % len(_TAGS)],
        "Metadata": {"order": str(number)},
    }


@dataclass
class Load:
    """What came of a stretch of sending."""

    accepted: int = 0
    refused: int = 0
    seconds: float = 0.0
    cpu: float = 0.0
    pages: int = 0

    def __str__(self) -> str:
        """One line."""
        rate, cost = self.accepted / self.seconds, 1000 * self.cpu / max(1, self.accepted)
        core = 100 * self.cpu / self.seconds
        return (
            f"{rate:7.0f} mails/s  ({self.accepted} in {self.seconds:.0f} s, {self.refused} refused;"
            f" {cost:.2f} ms of CPU for each, {core:.0f} % of a core; the inbox was shown {self.pages} times)"
        )


async def send_for(target: Target, seconds: float, connections: int, per_call: int) -> Load:
    """Send as fast as it takes it, with the inbox open in one browser."""
    load = Load()
    browser = asyncio.create_task(_watch_inbox(target, load))
    started, cpu = time.perf_counter(), target.cpu_seconds()
    end = started + seconds
    await asyncio.gather(*(_send(target, load, end, first, per_call) for first in range(connections)))
    load.seconds, load.cpu = time.perf_counter() - started, target.cpu_seconds() - cpu
    browser.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await browser
    return load


async def _send(target: Target, load: Load, end: float, first: int, per_call: int) -> None:
    connection = Connection(target)
    number = first * 1_000_000
    while time.perf_counter() < end:
        mails = [mail(number + each) for each in range(per_call)]
        path, body = ("/email", mails[0]) if per_call == 1 else ("/email/batch", mails)
        status, answer = await connection.ask(target.request("POST", path, json.dumps(body).encode()))
        taken = answer.count(b'"ErrorCode":0') if status == 200 else 0  # noqa: PLR2004 - HTTP OK
        load.accepted += taken
        load.refused += per_call - taken
        number += per_call
    await connection.close()


async def _watch_inbox(target: Target, load: Load) -> None:
    """As the page does: told of changes by events, and then loads the list anew."""
    reader, writer = await asyncio.open_connection(target.host, target.port)
    writer.write(target.request("GET", "/inbox/events"))
    page = Connection(target)
    try:
        while line := await reader.readline():
            if line.startswith(b"event: change"):
                status, _ = await page.ask(target.request("GET", "/"))
                load.pages += status == 200  # noqa: PLR2004 - HTTP OK
    finally:
        writer.close()
        await page.close()


async def store(target: Target, count: int) -> None:
    """Fill it by batches."""
    connection = Connection(target)
    for first in range(0, count, _PREPARE):
        body = json.dumps([mail(number) for number in range(first, min(first + _PREPARE, count))]).encode()
        status, answer = await connection.ask(target.request("POST", "/email/batch", body))
        if status != 200:  # noqa: PLR2004 - HTTP OK
            raise RuntimeError(answer.decode())
    await connection.close()


def searches(count: int) -> dict[str, Callable[[int], dict[str, object]]]:
    """Kinds of searches; each takes the number of the try, so that no two are alike."""
    window: dict[str, object] = {"count": 50, "offset": 0}
    return {
        "no filter, 50 messages": lambda _try: window,
        "no filter, 500 messages": lambda _try: {**window, "count": 500},
        "the last page of the window": lambda _try: {"count": 50, "offset": 9950},
        "recipient": lambda each: {**window, "recipient": f"customer-{each * 7}@example.org"},
        "tag": lambda each: {**window, "tag": _TAGS[each % len(_TAGS)]},
        "part of the subject, rare": lambda each: {**window, "subject": f"order {count - 1 - each} "},
        "part of the subject, everywhere": lambda _try: {**window, "subject": "on its way"},
        "part of the subject, nowhere": lambda each: {**window, "subject": f"no such thing {each}"},
        "metadata": lambda each: {**window, "metadata_order": str(each * 11)},
        "from, tag and status": lambda _try: {
            **window,
            "fromemail": "shop@example.com",
            "tag": "news",
            "status": "sent",
        },
    }


def inbox_pages(count: int) -> dict[str, Callable[[int], dict[str, object]]]:
    """What one types into the inbox; each takes the number of the try, so that no two are alike."""
    return {
        "the newest": lambda _try: {},
        "rare": lambda each: {"text": f"order {count - 1 - each * 97} "},
        "everywhere": lambda _try: {"text": "on its way"},
        "nowhere": lambda each: {"text": f"no such thing {each}"},
        "a letter": lambda each: {"text": "etaoinshrdlu"[each % 12]},
        "an address": lambda each: {"text": f"customer-{each * 7}@"},
        "rare, tag and stream": lambda each: {"text": f"er {each * 4}1", "tag": "receipt", "stream": "outbound"},
        "nowhere, delivered": lambda each: {"text": f"no such thing {each}", "status": "Delivered"},
        "opened": lambda _try: {"status": "Opened"},
    }


@dataclass(frozen=True)
class Timed:
    """What one kind of request took, in milliseconds."""

    name: str
    aim: float
    median: float
    slowest: float
    cpu: float

    def __str__(self) -> str:
        """One line of the table."""
        verdict = "" if self.median <= self.aim else "  OVER"
        return f"  {self.name:34} {self.median:8.2f} {self.slowest:8.2f} {self.cpu:8.2f}{verdict}"


async def search(target: Target, path: str, kinds: dict[str, Callable[[int], dict[str, object]]]) -> list[Timed]:
    """Every kind of search, one after the other."""
    found = []
    for name, query in kinds.items():
        paths = [f"{path}?{urlencode(query(each))}" for each in range(_SEARCHES)]
        found.append(await timed(target, name, _AIM_SEARCH, [target.request("GET", each) for each in paths]))
    return found


async def timed(target: Target, name: str, aim: float, requests: list[bytes]) -> Timed:
    """The same kind of request, one after the other."""
    connection = Connection(target)
    times, cpu = [], target.cpu_seconds()
    for request in requests:
        started = time.perf_counter()
        status, answer = await connection.ask(request)
        times.append(1000 * (time.perf_counter() - started))
        if status != 200:  # noqa: PLR2004 - HTTP OK
            raise RuntimeError(answer.decode())
    used = 1000 * (target.cpu_seconds() - cpu) / len(requests)
    await connection.close()
    return Timed(name, aim, statistics.median(times), max(times), used)


def main() -> int:
    """Print the figures."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.emulator", description=__doc__)
    parser.add_argument("--seconds", type=float, default=30.0, help="of each stretch (default %(default)s)")
    parser.add_argument("--connections", type=int, default=16, help="senders at a time (default %(default)s)")
    parser.add_argument("--messages", type=int, default=100_000, help="stored for the searches (default %(default)s)")
    parser.add_argument("--db", metavar="FILE", help="keep it in a file; in memory without it")
    options = parser.parse_args()
    kept = ("--db", options.db) if options.db else ()
    for per_call in (1, 50):
        with emulator(*kept) as target:
            load = asyncio.run(send_for(target, min(options.seconds, 120), options.connections, per_call))
        print(f"{per_call:3} a call: {load}", flush=True)
    print(f"The aim is {_AIM_MAILS} mails/s.\n")
    with emulator(*kept) as target:
        reset = target.request("POST", "/_emulator/reset")
        print("Milliseconds: median and slowest of many, CPU of each:")
        print(asyncio.run(timed(target, "reset", _AIM_RESET, [reset] * _RESETS)))
        asyncio.run(store(target, options.messages))
        for name, path, kinds in (
            ("Searches", "/messages/outbound", searches(options.messages)),
            ("Pages of the inbox", "/", inbox_pages(options.messages)),
        ):
            print(f"{name} over {options.messages} messages:")
            print("\n".join(map(str, asyncio.run(search(target, path, kinds)))), flush=True)
    print(f"The aim is {_AIM_SEARCH:.0f} ms, and {_AIM_RESET:.0f} ms for a reset.")
    return 0


if __name__ == "__main__":
    sys.exit(main())

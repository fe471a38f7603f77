"""Iterating over 10,000 messages: CPU and memory against bare httpx with ``json.loads``, and pages asked for ahead.

``python -m benchmarks.iteration``. All ratios come from one run, each the median of several rounds that take turns.
"""

from __future__ import annotations

import asyncio
import gc
import json
import multiprocessing
import statistics
import sys
import time
import tracemalloc
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

import httpx

from postmark_sdk import AsyncPostmarkClient, PostmarkClient

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from multiprocessing.connection import Connection

TOKEN = "server-token-for-benchmarks"  # noqa: S105 - obviously none
MESSAGES, PAGE, ROUNDS = 10_000, 500, 7
DELAY_SECONDS = 0.02
CPU_LIMIT, AHEAD_LIMIT, MEMORY_LIMIT_MB = 1.5, 0.5, 15.0


def _message(number: int) -> dict[str, Any]:
    address = f"recipient{number}@example.com"
    return {
        "Tag": "welcome",
        "MessageID": f"{number:08d}-5f1c-4d55-8b1e-2f4e1a6b9c3d",
        "MessageStream": "outbound",
        "To": [{"Email": address, "Name": "A Recipient"}],
        "Cc": [],
        "Bcc": [],
        "Recipients": [address],
        "ReceivedAt": f"2026-05-{1 + number // 1000:02d}T{number % 24:02d}:{number % 60:02d}:01.4178645-04:00",
        "From": '"The Sender" <sender@example.com>',
        "Subject": f"Message {number}",
        "Attachments": [],
        "Status": "Sent",
        "TrackOpens": True,
        "TrackLinks": "None",
        "Metadata": {"order": str(number)},
        "Sandboxed": False,
    }


PAGES = {
    offset: json.dumps(
        {"TotalCount": MESSAGES, "Messages": [_message(offset + place) for place in range(PAGE)]}
    ).encode()
    for offset in range(0, MESSAGES, PAGE)
}


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    delay = 0.0


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: _Server  # pyright: ignore[reportIncompatibleVariableOverride] - it is the only one

    def do_GET(self) -> None:
        """A page, as late as from some way off."""
        time.sleep(self.server.delay)
        content = PAGES[int(parse_qs(urlsplit(self.path).query)["offset"][0])]
        self.send_response(200)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


def _serve(delay: float, told: Connection) -> None:
    server = _Server(("127.0.0.1", 0), _Handler)
    server.delay = delay
    told.send(server.server_port)
    server.serve_forever()


@contextmanager
def serving(delay: float) -> Iterator[str]:
    """A server in a process of its own, so that its work counts for nobody."""
    context = multiprocessing.get_context("spawn")
    heard, told = context.Pipe(duplex=False)
    process = context.Process(target=_serve, args=(delay, told), daemon=True)
    process.start()
    told.close()  # the server has the only one: if it ends, so does the waiting
    try:
        yield f"http://127.0.0.1:{heard.recv()}"
    finally:
        process.terminate()
        process.join()


def bare(http: httpx.Client, url: str) -> int:
    """What a loop by hand does."""
    number = 0
    for offset in range(0, MESSAGES, PAGE):
        response = http.get(
            f"{url}/messages/outbound",
            params={"count": PAGE, "offset": offset},
            headers={"X-Postmark-Server-Token": TOKEN, "Accept": "application/json"},
        )
        number += sum(1 for _ in json.loads(response.content)["Messages"])
    return number


def iterated(http: httpx.Client, url: str) -> int:
    """The same through the SDK, into models."""
    with PostmarkClient(TOKEN, http_client=http, base_url=url) as client:
        return sum(1 for _ in client.outbound.iterate(page_size=PAGE))


def cpu(work: Callable[[], int]) -> float:
    """Seconds of processor time."""
    gc.collect()
    started = time.process_time()
    if work() != MESSAGES:
        raise AssertionError("records are missing")
    return time.process_time() - started


def peak_mb(work: Callable[[], int]) -> float:
    """The most memory at once, in MB."""
    gc.collect()
    tracemalloc.start()
    work()
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return most / 1e6


def one_page(http: httpx.Client, url: str) -> int:
    """A single page as models."""
    with PostmarkClient(TOKEN, http_client=http, base_url=url) as client:
        return len(client.outbound.list(count=PAGE))


def wall_sync(url: str, prefetch: int) -> float:
    """Seconds on the clock for all pages."""
    with PostmarkClient(TOKEN, base_url=url) as client:
        client.outbound.list(count=PAGE)
        started = time.perf_counter()
        sum(1 for _ in client.outbound.iterate(page_size=PAGE, prefetch=prefetch))
        return time.perf_counter() - started


def wall_async(url: str, prefetch: int) -> float:
    """The same with the async client."""

    async def main() -> float:
        async with AsyncPostmarkClient(TOKEN, base_url=url) as client:
            await client.outbound.list(count=PAGE)
            started = time.perf_counter()
            async for _ in client.outbound.iterate(page_size=PAGE, prefetch=prefetch):
                pass
            return time.perf_counter() - started

    return asyncio.run(main())


def against_bare() -> tuple[float, float, float]:
    """CPU seconds of both, and MB above one page."""
    with serving(0.0) as url, httpx.Client() as http:
        iterated(http, url)
        bare(http, url)
        rounds = [(cpu(lambda: bare(http, url)), cpu(lambda: iterated(http, url))) for _ in range(ROUNDS)]
        extra = peak_mb(lambda: iterated(http, url)) - peak_mb(lambda: one_page(http, url))
    return statistics.median(first for first, _ in rounds), statistics.median(last for _, last in rounds), extra


def ahead(measure: Callable[[str, int], float]) -> tuple[float, float]:
    """Wall seconds page after page, and with four pages ahead."""
    with serving(DELAY_SECONDS) as url:
        rounds = [(measure(url, 0), measure(url, 4)) for _ in range(ROUNDS)]
    return statistics.median(first for first, _ in rounds), statistics.median(last for _, last in rounds)


def main() -> int:
    """Print the ratios; 1 if one is above its limit."""
    by_hand, by_sdk, extra = against_bare()
    lines = [
        ("iterate / bare httpx + json.loads, CPU", by_sdk / by_hand, CPU_LIMIT),
        ("peak memory above one page, MB", extra, MEMORY_LIMIT_MB),
    ]
    for name, measure in (("sync", wall_sync), ("async", wall_async)):
        one_by_one, four_ahead = ahead(measure)
        lines.append((f"four pages ahead / page after page, wall, {name}", four_ahead / one_by_one, AHEAD_LIMIT))
    for name, value, limit in lines:
        print(f"{name:55} {value:6.2f}  (limit {limit})")
    return int(any(value > limit for _, value, limit in lines))


if __name__ == "__main__":
    sys.exit(main())

"""What jobs cost: ``make bench-jobs``; ``python -m benchmarks.jobs --end-to-end 1000000`` has four processes send them.

Adding, working and the ledger's size, on SQLite and PostgreSQL, against a server that answers at once. CPU time counts,
so that a busy machine changes little; PostgreSQL's own is not in it, the wall clock is told beside.
"""

from __future__ import annotations

import argparse
import contextlib
import multiprocessing
import os
import resource
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from sqlalchemy import create_engine, text

from postmark_sdk import Email, PostmarkClient
from postmark_sdk.jobs import Jobs
from tests.jobs.databases import Servers

from .canned import write_answers
from .clients import running_server
from .contestants.form import BATCH
from .contestants.mail import RECEIVER, SMALL_TEXT

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_WORKERS = 4
_CALLS_AT_A_TIME = 32
_CALL_SECONDS = 1.0
"""What a call of 500 mails is taken to last at Postmark, where the arithmetic goes on."""
_TABLES = ("postmark_chunks", "postmark_jobs", "postmark_messages")
_MEMORY_KB = 1024 if sys.platform != "darwin" else 1024 * 1024


class Line(NamedTuple):
    """One figure and its limit."""

    name: str
    value: float
    unit: str
    limit: str

    def __str__(self) -> str:
        """A row of the table."""
        return f"| {self.name} | {self.value:,.1f} {self.unit} | {self.limit} |"


def mails(count: int) -> Iterator[Email]:
    """Small ones, to whom the server says that it took them for."""
    for number in range(count):
        to = RECEIVER.format(number % BATCH)
        yield Email(from_="sender@example.com", to=to, subject=f"News {number}", text_body=SMALL_TEXT)


def clocked(work: Callable[[], object]) -> tuple[float, float]:
    """CPU and wall-clock seconds of some work in this process."""
    cpu, wall = time.process_time(), time.perf_counter()
    work()
    return time.process_time() - cpu, time.perf_counter() - wall


def peak() -> float:
    """The most memory of this process so far, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / _MEMORY_KB


def measured(kind: str, url: str, base_url: str, count: int) -> Iterator[Line]:
    """Everything on one database, in a process that has done nothing else."""
    with Jobs(url) as jobs, PostmarkClient("token-for-tests", base_url=base_url) as client:
        jobs.add("warm-up", mails(20_000))
        jobs.work(client, concurrency=2)
        before = peak()
        cpu, wall = clocked(lambda: jobs.add("news", mails(count)))
        yield Line(f"{kind}: added a second", count / wall, f"(CPU alone: {count / cpu:,.0f})", "at least 20,000")
        yield Line(f"{kind}: memory for {count:,} added, beyond 20,000", peak() - before, "MB", "constant")
        alone, _ = clocked(lambda: client.emails.send_many(mails(count), trace=True))
        prepared, _ = clocked(lambda: client.emails.send_many(mails(count)))
        cpu, wall = clocked(lambda: jobs.work(client, concurrency=2))
        assert jobs.get("news").progress().accepted == count  # noqa: S101 - else the figures mean nothing
        yield Line(f"{kind}: CPU of working, a message", cpu / count * 1e6, "µs", "30 beyond send_many")
        yield Line(
            f"{kind}: CPU of send_many with and without trace",
            alone / count * 1e6,
            f"and {prepared / count * 1e6:.1f} µs",
            "",
        )
        yield Line(
            f"{kind}: ledger beside contents, a message", beside(kind, url) / (count + 20_000), "bytes", "at most 150"
        )


def beside(kind: str, url: str) -> float:
    """Bytes of the ledger without contents, with indexes and whatever was left free in between."""
    size = (
        "SELECT sum(pgsize) FROM dbstat WHERE name NOT LIKE '%postmark_contents'"
        if kind == "sqlite"
        else f"SELECT {' + '.join(f'pg_total_relation_size({name!r})' for name in _TABLES)}"
    )
    engine = create_engine(url)
    with engine.connect() as connection:
        found = float(connection.execute(text(size)).scalar_one())
    engine.dispose()
    return found


def show(kind: str, url: str, base_url: str, count: int) -> None:
    """Print what was measured on one database."""
    for line in measured(kind, url, base_url, count):
        print(line, flush=True)


def work(url: str, base_url: str) -> None:
    """One of several workers."""
    with Jobs(url) as jobs, PostmarkClient("token-for-tests", base_url=base_url) as client:
        jobs.work(client, concurrency=2)


def end_to_end(kind: str, url: str, base_url: str, count: int) -> None:
    """Add so many and have four processes send them; then what ten and a hundred million would be."""
    with Jobs(url) as jobs:
        cpu, wall = clocked(lambda: jobs.add("news", mails(count)))
        print(f"{kind}: {count:,} added in {wall:,.0f} s ({cpu:,.0f} s of CPU)", flush=True)
        workers = [
            multiprocessing.get_context("spawn").Process(target=work, args=(url, base_url)) for _ in range(_WORKERS)
        ]
        began = time.perf_counter()
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()
        took, progress = time.perf_counter() - began, jobs.get("news").progress()
    assert progress.accepted == count, progress  # noqa: S101 - as above
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = used.ru_utime + used.ru_stime
    size = beside(kind, url) / count
    print(f"{kind}: sent by {_WORKERS} workers in {took:,.0f} s, {count / took:,.0f}/s, {cpu:,.0f} s of CPU")
    print("| messages | calls | hours, 32 calls of 1 s at a time | hours of CPU | rows | ledger beside contents |")
    print("|---|---|---|---|---|---|")
    for million in (10, 100):
        number = million * 1_000_000
        calls = number // BATCH
        hours, busy = calls * _CALL_SECONDS / _CALLS_AT_A_TIME / 3600, cpu / count * number / 3600
        rows, bytes_ = number + 2 * calls, size * number / 1e9
        print(f"| {million} million | {calls:,} | {hours:.1f} | {busy:.1f} | {rows:,} | {bytes_:.1f} GB |")


@contextlib.contextmanager
def databases(kinds: list[str]) -> Iterator[list[tuple[str, str]]]:
    """Empty ones, with their kinds."""
    with tempfile.TemporaryDirectory() as name:
        servers = Servers(Path(name))
        try:
            yield [
                (kind, f"sqlite:///{Path(name) / 'ledger.db'}" if kind == "sqlite" else servers.url(kind))
                for kind in kinds
            ]
        finally:
            servers.stop()


def main() -> None:
    """Measure as the arguments say."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--messages", type=int, default=100_000)
    parser.add_argument("--end-to-end", type=int, metavar="MESSAGES", help="with four worker processes")
    parser.add_argument("--database", action="append", choices=["sqlite", "postgresql"])
    given = parser.parse_args()
    kinds = given.database or ["sqlite", "postgresql"]
    print(f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}")
    with databases(kinds) as found, tempfile.TemporaryDirectory() as folder:
        write_answers(Path(folder))
        with running_server(Path(folder)) as base_url:
            for kind, url in found:
                if given.end_to_end:
                    end_to_end(kind, url, base_url, given.end_to_end)
                    continue
                alone = multiprocessing.get_context("spawn").Process(
                    target=show, args=(kind, url, base_url, given.messages)
                )
                alone.start()
                alone.join()


if __name__ == "__main__":
    main()

"""One row of the matrix: kill at random moments, let fresh workers finish, and compare."""

from __future__ import annotations

import contextlib
import itertools
import json
import os
import signal
import time
import urllib.request
from collections import Counter
from random import Random
from typing import TYPE_CHECKING, Any, NamedTuple

from tests.jobs.faults.brokers import BROKERS
from tests.jobs.faults.comparing import Finding, asked, compare
from tests.jobs.faults.enqueue import ledger
from tests.jobs.faults.processes import Process

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

_FINISH_SECONDS = 240.0
_LOOK_SECONDS = 0.02
_QUIET_SECONDS = 10.0
"""After so long without a call the next one is killed anyway."""
_MOST_CALLS = 6
"""At most so many calls between two kills."""


class Row(NamedTuple):
    """Who works, and on what."""

    engine: str
    """``own`` or a broker of Celery's."""
    database: str
    pool: str = "prefork"
    """Of Celery's workers."""

    def __str__(self) -> str:
        """As the table has it."""
        if self.engine == "own":
            return f"own worker, {self.database}"
        pool = "" if self.pool == "prefork" else f" {self.pool}"
        return f"Celery{pool}, {self.engine}, {self.database}"


ROWS = (
    Row("own", "SQLite"),
    Row("own", "PostgreSQL"),
    Row("Redis", "PostgreSQL"),
    Row("RabbitMQ", "PostgreSQL"),
    Row("Redis", "PostgreSQL", "gevent"),
)
BROKER_DIES = ("broker", "emptied broker")


class Trial:
    """The processes of a row, and who is killed next."""

    def __init__(self, row: Row, url: str, folder: Path, seed: int, victims: Sequence[str] = ()) -> None:
        self._row = row
        self._url = url
        self._folder = folder
        self._dice = Random(seed)  # noqa: S311 - dice that can be thrown again
        self._victims = victims or self._usual()
        self._broker = None if row.engine == "own" else BROKERS[row.engine](folder)
        self._numbers = itertools.count(1)
        self._server = Process(folder / "server.log", {}, "tests.jobs.faults.server", str(seed))
        self._all = [self._server]
        self._workers: list[Process] = []
        self._others: list[Process] = []

    # --- processes --------------------------------------------------------------------------------------------------

    def _new(self, *words: str) -> Process:
        variables = {"LEDGER_URL": self._url, "POSTMARK_SERVER_TOKEN": "token-for-tests", "POSTMARK_BASE_URL": self._at}
        if self._broker is not None:
            variables["BROKER_URL"] = self._broker.url
        process = Process(self._folder / f"{next(self._numbers)}.log", variables, *words)
        self._all.append(process)
        return process

    @property
    def _at(self) -> str:
        return f"http://127.0.0.1:{self._server.said[0]}"

    def _enqueuer(self, first: int, *last: int) -> Process:
        return self._new("tests.jobs.faults.enqueue", self._url, str(first), *map(str, last))

    def _worker(self, *once: str) -> Process:
        if self._broker is None:
            return self._new("tests.jobs.faults.worker", self._url, *once)
        number = next(self._numbers)
        named = "-n", f"w{number}@localhost"
        return self._celery("worker", "-P", self._row.pool, "-c", "3", *named, "--without-gossip", "--without-mingle")

    def _celery(self, *words: str) -> Process:
        return self._new("celery", "-q", "-A", "tests.jobs.faults.carried", *words, "-l", "WARNING")

    def _beat(self) -> list[Process]:
        if self._broker is None:
            return []
        return [self._celery("beat", "-s", str(self._folder / f"beat{next(self._numbers)}"), "--pidfile=")]

    def run(self, kills: int) -> Finding:
        """Kill so often, then finish and compare."""
        started = time.monotonic()
        try:
            self._server.wait_until_ready(_FINISH_SECONDS)
            if self._broker is not None:
                self._broker.start()
            with ledger(self._url) as jobs:
                jobs.create_tables()
            finding = Finding(kills=Counter())
            last = self._chaos(kills, finding.kills)
            self._finish(last)
            compare(self._url, last, self._ask("told"), finding)
        finally:
            for process in self._all:
                process.end()
            if self._broker is not None:
                self._broker.kill()
        finding.seconds = time.monotonic() - started
        return finding

    # --- killing ----------------------------------------------------------------------------------------------------

    def _chaos(self, kills: int, counted: Counter[str]) -> int:
        """Kill, and start again; the number of steps that the enqueuing process has to have done in the end."""
        self._workers = [self._worker(), self._worker()]
        self._others = [self._enqueuer(0), *self._beat()]
        for process in (*self._workers, *self._others):
            process.wait_until_ready(_FINISH_SECONDS)
        while counted.total() < kills:
            self._wait_for_calls(self._dice.randint(1, _MOST_CALLS))
            for process in (*self._workers, *self._others):
                process.check()
            name = self._dice.choice(self._victims)
            if self._kill(name):
                counted[name.rstrip("01")] += 1
        for process in (*self._workers, *self._others):
            process.end()
        return self._next_step() + 2

    def _usual(self) -> list[str]:
        if self._row.engine == "own":
            return ["worker0", "worker1", "enqueuer"]
        workers = ["child0", "child1"] * 8 if self._row.pool == "prefork" else ["worker0", "worker1"] * 4
        return [*workers, "worker0", "worker1", "parent0", "parent1", *["enqueuer"] * 5, "beat", *BROKER_DIES * 2]

    def _kill(self, name: str) -> bool:
        """Kill it if it is there; whether it was."""
        kind = name.rstrip("01")
        if kind in BROKER_DIES:
            return self._kill_broker(empty=kind != "broker")
        if kind in {"enqueuer", "beat"}:
            return self._kill_other(kind)
        worker = self._workers[int(name[-1])]
        if not worker.is_ready:
            return False
        if kind == "child":
            return self._kill_child(worker)
        worker.kill(alone=kind == "parent")
        worker.start()
        return True

    def _kill_child(self, worker: Process) -> bool:
        children = worker.children()
        if not children:
            return False
        with contextlib.suppress(ProcessLookupError):
            os.kill(self._dice.choice(children), signal.SIGKILL)
            return True
        return False

    def _kill_other(self, kind: str) -> bool:
        place = ("enqueuer", "beat").index(kind)
        process = self._others[place]
        if not process.is_ready:
            return False
        process.kill()
        if kind == "beat":
            process.start()
        else:
            self._others[place] = self._enqueuer(self._next_step())
        return True

    def _kill_broker(self, *, empty: bool) -> bool:
        """It comes back with what it had written, or with nothing."""
        assert self._broker is not None
        self._broker.kill()
        if empty:
            self._broker.forget()
        self._broker.start()
        return True

    def _next_step(self) -> int:
        """The first step that no enqueuing process said it has done."""
        said = (line for process in self._all for line in process.said if process.words[0].endswith("enqueue"))
        return max((int(line) for line in said if line.isdigit()), default=-1) + 1

    def _wait_for_calls(self, count: int) -> None:
        ends, wanted = time.monotonic() + _QUIET_SECONDS, self._ask("calls") + count
        while self._ask("calls") < wanted and time.monotonic() < ends:
            time.sleep(_LOOK_SECONDS)

    def _ask(self, what: str) -> Any:
        with urllib.request.urlopen(f"{self._at}/{what}", timeout=60) as answer:  # noqa: S310 - our own server
            return json.load(answer)

    # --- finishing --------------------------------------------------------------------------------------------------

    def _finish(self, last: int) -> None:
        """Add what is missing, and let fresh workers do what is left."""
        self._enqueuer(self._next_step(), last).finish(_FINISH_SECONDS)
        fresh = [self._worker("once"), self._worker("once"), *self._beat()]
        if self._broker is None:
            for process in fresh:
                process.finish(_FINISH_SECONDS)
        ends = time.monotonic() + _FINISH_SECONDS
        while self._left() and time.monotonic() < ends:
            time.sleep(_LOOK_SECONDS * 10)
        for process in fresh:
            process.end()

    def _left(self) -> int:
        """Chunks that somebody has to do something about, or has to look for once at least."""
        states = "state IN ('waiting', 'claimed', 'sending') OR (state = 'unknown' AND looks = 0)"
        return int(asked(self._url, f"SELECT count(*) FROM postmark_chunks WHERE {states}")[0][0])  # noqa: S608 - our own words

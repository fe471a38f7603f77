"""Rounds: in each of them everybody does everything once, so that a busy moment of the machine hits all alike."""

from __future__ import annotations

import contextlib
import statistics
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from .canned import MESSAGE_ID, write_answers
from .clients import Client, running_client, running_server
from .environments import PEER_PACKAGES, ROOT, client_python, fast_python, peer_python
from .rows import FIRST_MAIL, FIRST_MAIL_ASYNC, IMPORT, PEAKS, WORKS, Peak, Work
from .starts import FIRST_MAIL as FIRST_MAIL_SCRIPTS
from .starts import FIRST_MAIL_ASYNC as FIRST_MAIL_ASYNC_SCRIPTS
from .starts import IMPORT as IMPORT_SCRIPTS
from .starts import cpu_seconds

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from .rows import Row
    from .table import Samples

OURS: tuple[str, ...] = ("bare", "sdk")
PEER_EVERY = 5
"""Peers run in every fifth round: they are there to compare, and the slowest takes twenty times as long."""
PEAK_PROCESSES = 3

VENUES = {"plain": client_python, "many": client_python, "fast": fast_python}
"""The client processes in which bare httpx and the package take turns, and the environment of each."""

Clients = dict[str, dict[str, Client]]
"""By venue and contestant."""


class Bench:
    """Samples of all contestants, taken in rounds.

    Args:
        base_url: The server.
        pythons: The interpreter of each contestant.
        clients: The client process of each contestant, by venue.
        folder: Where to keep bytecode.
        rows: What to measure.
    """

    def __init__(
        self,
        base_url: str,
        pythons: dict[str, Path],
        clients: Clients,
        folder: Path,
        rows: Sequence[Row],
    ) -> None:
        self._base_url = base_url
        self._pythons = pythons
        self._clients = clients
        self._folder = folder
        self._rows = rows
        self._nothing: list[float] = []
        self.samples: Samples = {}

    def warm_up(self) -> None:
        """Do everything once: connections, bytecode, lazy imports."""
        self._round(list(self._pythons))
        self._nothing.clear()
        self.samples.clear()

    def round(self, number: int) -> None:
        """One round; who goes first changes."""
        names = [name for name in self._pythons if name in OURS or number % PEER_EVERY == 0]
        self._round(names if number % 2 else names[::-1])

    def _round(self, names: list[str]) -> None:
        if IMPORT in self._rows:
            self._imports(names)
        if FIRST_MAIL in self._rows:
            self._record(FIRST_MAIL.name, names, lambda name: self._start(name, FIRST_MAIL_SCRIPTS[name]))
        if FIRST_MAIL_ASYNC in self._rows:
            both = [name for name in names if name in FIRST_MAIL_ASYNC_SCRIPTS]
            self._record(FIRST_MAIL_ASYNC.name, both, lambda name: self._start(name, FIRST_MAIL_ASYNC_SCRIPTS[name]))
        for work in WORKS:
            if work.row in self._rows:
                self._work(work, names)

    def _work(self, work: Work, names: list[str]) -> None:
        """In turn, block by block: a busy moment of the machine is longer than a block."""
        clients = self._clients[work.venue]
        seconds = {name: 0.0 for name in names if name in clients}
        for _ in range(work.blocks):
            for name in list(seconds):
                block = clients[name].seconds(name, work.row.name, work.times, work.proof)
                if block is None:
                    del seconds[name]
                else:
                    seconds[name] += block
        self._record(work.row.name, seconds, seconds.get)

    def _imports(self, names: list[str]) -> None:
        """An import's cost is what it adds to an interpreter that does nothing."""
        self._nothing.append(self._start("bare", IMPORT_SCRIPTS["nothing"]))
        nothing = statistics.median(self._nothing)
        self._record(IMPORT.name, names, lambda name: self._start(name, IMPORT_SCRIPTS[name]) - nothing)

    def _start(self, name: str, script: str) -> float:
        return cpu_seconds(self._pythons[name], script, self._base_url, ROOT, self._folder)

    def _record(self, row: str, names: Iterable[str], measure: Callable[[str], float | None]) -> None:
        samples = {name: measure(name) for name in names}
        yardstick = samples["bare"]
        for name, sample in samples.items():
            if sample is not None and yardstick:
                self.samples.setdefault((row, name), []).append(sample / yardstick)

    def peaks(self, peak: Peak) -> None:
        """The most memory of each in fresh processes."""
        for name in OURS:
            self.samples[peak.row.name, name] = [self._peak_mb(name, peak) for _ in range(PEAK_PROCESSES)]

    def _peak_mb(self, name: str, peak: Peak) -> float:
        most = self._fresh_peak_mb(name, peak.work, peak.times, peak.proof)
        return most if peak.beyond is None else most - self._fresh_peak_mb(name, peak.work, peak.beyond, peak.beyond)

    def _fresh_peak_mb(self, name: str, work: str, times: int, proof: object) -> float:
        with running_client(self._pythons[name], self._base_url, [name]) as client:
            client.seconds(name, "send", 1, MESSAGE_ID)  # imports and a connection belong to the state before
            return client.peak_mb(name, work, times, proof)


def run(
    rounds: int, rows: Sequence[Row], *, peers: bool, report: Callable[[str], None]
) -> tuple[Samples, dict[str, str]]:
    """All samples, and the head of each peer's column."""
    report("Preparing environments below build/ ...")
    ours = client_python()
    found = {name: peer_python(name) for name in PEER_PACKAGES} if peers else {}
    heads = {name: PEER_PACKAGES[name] + ("" if python else " (not installable)") for name, python in found.items()}
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        write_answers(folder)
        base_url = stack.enter_context(running_server(folder))
        pythons = dict.fromkeys(OURS, ours) | {name: python for name, python in found.items() if python}
        clients: Clients = {}
        for venue in {work.venue for work in WORKS if work.row in rows}:
            client = stack.enter_context(running_client(VENUES[venue](), base_url, OURS))
            clients[venue] = dict.fromkeys(OURS, client)
        for name in pythons.keys() - set(OURS) if "plain" in clients else ():
            clients["plain"][name] = stack.enter_context(running_client(pythons[name], base_url, [name]))
        bench = Bench(base_url, pythons, clients, folder / "bytecode", rows)
        report("Warming up ...")
        bench.warm_up()
        for number in range(rounds):
            report(f"Round {number + 1} of {rounds} ...")
            bench.round(number)
        for peak in PEAKS:
            if peak.row in rows:
                report(f"Fresh processes for {peak.row.name} ...")
                bench.peaks(peak)
    return bench.samples, heads

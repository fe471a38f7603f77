"""Rounds: in each of them everybody does everything once, so that a busy moment of the machine hits all alike."""

from __future__ import annotations

import contextlib
import statistics
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from .canned import write_answers
from .clients import Client, running_client, running_server
from .environments import PEER_PACKAGES, ROOT, client_python, peer_python
from .rows import FIRST_MAIL, IMPORT, WORKS, Work
from .starts import FIRST_MAIL as FIRST_MAIL_SCRIPTS
from .starts import IMPORT as IMPORT_SCRIPTS
from .starts import cpu_seconds

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from .rows import Row
    from .table import Ratios

OURS: tuple[str, ...] = ("bare", "sdk")
PEER_EVERY = 5
"""Peers run in every fifth round: they are there to compare, and the slowest takes twenty times as long."""


class Bench:
    """Samples of all contestants, taken in rounds.

    Args:
        base_url: The server.
        pythons: The interpreter of each contestant.
        clients: The client process of each contestant.
        folder: Where to keep bytecode.
        rows: What to measure.
    """

    def __init__(
        self,
        base_url: str,
        pythons: dict[str, Path],
        clients: dict[str, Client],
        folder: Path,
        rows: Sequence[Row],
    ) -> None:
        self._base_url = base_url
        self._pythons = pythons
        self._clients = clients
        self._folder = folder
        self._rows = rows
        self._nothing: list[float] = []
        self.ratios: Ratios = {}

    def warm_up(self) -> None:
        """Do everything once: connections, bytecode, lazy imports."""
        self._round(list(self._pythons))
        self._nothing.clear()
        self.ratios.clear()

    def round(self, number: int) -> None:
        """One round; who goes first changes."""
        names = [name for name in self._pythons if name in OURS or number % PEER_EVERY == 0]
        self._round(names if number % 2 else names[::-1])

    def _round(self, names: list[str]) -> None:
        if IMPORT in self._rows:
            self._imports(names)
        if FIRST_MAIL in self._rows:
            self._record(FIRST_MAIL.name, names, lambda name: self._start(name, FIRST_MAIL_SCRIPTS[name]))
        for work in WORKS:
            if work.row in self._rows:
                self._work(work, names)

    def _work(self, work: Work, names: list[str]) -> None:
        """In turn, block by block: a busy moment of the machine is longer than a block."""
        seconds = dict.fromkeys(names, 0.0)
        for _ in range(work.blocks):
            for name in names:
                block = self._clients[name].seconds(name, work.row.name, work.times, work.proof)
                if block is None:
                    seconds.pop(name, None)
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
                self.ratios.setdefault((row, name), []).append(sample / yardstick)


def run(
    rounds: int, rows: Sequence[Row], *, peers: bool, report: Callable[[str], None]
) -> tuple[Ratios, dict[str, str]]:
    """All ratios, and the head of each peer's column."""
    report("Preparing environments below build/ ...")
    ours = client_python()
    found = {name: peer_python(name) for name in PEER_PACKAGES} if peers else {}
    heads = {name: PEER_PACKAGES[name] + ("" if python else " (not installable)") for name, python in found.items()}
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        write_answers(folder)
        base_url = stack.enter_context(running_server(folder))
        pythons = dict.fromkeys(OURS, ours) | {name: python for name, python in found.items() if python}
        clients = dict.fromkeys(OURS, stack.enter_context(running_client(ours, base_url, OURS)))
        for name in pythons.keys() - clients.keys():
            clients[name] = stack.enter_context(running_client(pythons[name], base_url, [name]))
        bench = Bench(base_url, pythons, clients, folder / "bytecode", rows)
        report("Warming up ...")
        bench.warm_up()
        for number in range(rounds):
            report(f"Round {number + 1} of {rounds} ...")
            bench.round(number)
    return bench.ratios, heads

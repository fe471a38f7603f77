"""``python -m tests.jobs.faults [KILLS]``: the table; the exit status tells, too."""

from __future__ import annotations

import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

from tests.jobs.databases import Servers
from tests.jobs.faults.trial import ROWS, Trial

if TYPE_CHECKING:
    from tests.jobs.faults.comparing import Finding
    from tests.jobs.faults.trial import Row

KILLS = (50, 50, 50, 50, 25)
"""In each row."""
_HEAD = ("kills", "mails", "accepted", "unknown", "doubled", "lost", "torn", "different", "seconds")


def line(name: str, *cells: object) -> str:
    """A line of the table."""
    return f"{name:<34}" + "".join(f"{cell:>10}" for cell in cells)


def told(row: Row, finding: Finding) -> str:
    """A row's line, and below it who was killed how often."""
    numbers = (getattr(finding, name) for name in ("messages", *_HEAD[2:-1]))
    victims = ", ".join(f"{name} {count}" for name, count in sorted(finding.kills.items()))
    return line(str(row), finding.kills.total(), *numbers, f"{finding.seconds:.0f}") + f"\n  {victims}"


def main(*given: str) -> int:
    """Kill in every row."""
    wrong = False
    print(line("who works, where the ledger is", *_HEAD), flush=True)  # noqa: T201 - a command prints
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="faults-")))
        servers = Servers(folder)
        stack.callback(servers.stop)
        for number, row in enumerate(ROWS):
            own = folder / str(number)
            own.mkdir()
            url = f"sqlite:///{own / 'ledger.db'}" if row.database == "SQLite" else servers.url("postgresql")
            finding = Trial(row, url, own, seed=number).run(int(given[0]) if given else KILLS[number])
            print(told(row, finding), flush=True)  # noqa: T201 - as above
            wrong |= finding.is_wrong
    return int(wrong)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))

"""What a worker's look costs does not grow with what lies in the ledger."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import create_engine, event, insert, update

from postmark_sdk.jobs import Jobs
from postmark_sdk.jobs.adding import chunk_row
from postmark_sdk.jobs.ledger import Ledger
from postmark_sdk.jobs.tables import chunks
from postmark_sdk.jobs.tables import jobs as jobs_

from .trials import LONG_AGO

if TYPE_CHECKING:
    from pathlib import Path

_STEPS = 10
_FAR = LONG_AGO.replace(year=2999)


def steps_of_a_take(path: Path, count: int, *, running: str, others: str, pace: float | None) -> int:
    """How much SQLite does for a look, in steps of its virtual machine: one job runs, another does not."""
    url = f"sqlite:///{path / f'{count}.db'}"
    taken = [0]

    def step() -> int:
        taken[0] += 1
        return 0

    with Jobs(url) as jobs:
        names = [jobs.add(name, []).id for name in ("news", "other")]
        jobs.set_pace(messages_per_second=pace)
    engine = create_engine(url)
    with engine.begin() as connection:
        for job_id, state in zip(names, (running, others), strict=True):
            rows: list[dict[str, Any]] = [
                {**chunk_row(job_id, "batch", [number]), "state": state, "due_at": LONG_AGO} for number in range(count)
            ]
            rows[-1] |= {"state": "claimed", "due_at": _FAR}
            connection.execute(insert(chunks), rows)
        connection.execute(update(jobs_).where(jobs_.c.id == names[1]).values(state="paused"))

    @event.listens_for(engine, "connect")
    def _(connection: Any, _: object) -> None:
        connection.set_progress_handler(step, _STEPS)

    engine.dispose()
    with Jobs(engine) as jobs:
        ledger = Ledger(jobs._database, "worker", 60.0)
        ledger.take()
        taken[0] = 0
        ledger.take()
    engine.dispose()
    return taken[0]


@pytest.mark.parametrize(
    ("running", "others", "pace"),
    [
        ("waiting", "waiting", None),
        ("waiting", "waiting", 1e-6),
        ("done", "waiting", None),
        ("done", "held", None),
        ("held", "done", None),
    ],
)
def test_a_look_costs_the_same_however_much_there_is(
    running: str, others: str, pace: float | None, tmp_path: Path
) -> None:
    few, many = (steps_of_a_take(tmp_path, count, running=running, others=others, pace=pace) for count in (50, 2000))
    assert many < few * 1.5

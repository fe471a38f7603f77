"""How far a job is, and showing it while work goes on."""

from __future__ import annotations

import datetime as _dt
import sys
import time
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from attrs import field, frozen
from sqlalchemy import func, select

from . import states
from .database import now
from .states import CANCELLED, DONE, HELD, RUNNING, SENDING, UNKNOWN, WAITING, JobState
from .tables import chunks, jobs

if TYPE_CHECKING:
    from sqlalchemy import Connection

_RATE_SECONDS = 300.0


@frozen(kw_only=True)
class Progress:
    """How far a job is. Each message is counted once."""

    state: JobState
    """``adding``, ``running``, ``paused``, ``cancelled`` or ``done``: nothing more happens by itself."""
    total: int
    """Messages added so far."""
    waiting: int
    """Not sent yet; those of chunks that are held are among them."""
    sending: int
    """On their way now; if everything stops, they are unknown until they are looked up."""
    accepted: int
    refused: int
    """By Postmark, or when they were added."""
    unknown: int
    """They may have left, and nobody knows."""
    cancelled: int
    held: int
    """Of the waiting ones: Postmark refused their chunk as a whole, and a person has to look."""
    chunks: Mapping[str, int] = field(repr=False)
    """Number of chunks by state."""
    rate: float | None
    """Messages answered a second in the last five minutes; None: none were."""
    remaining_seconds: float | None
    """Until all that waits is sent, at this rate; None: nobody can tell."""

    @property
    def finished(self) -> bool:
        """Whether nothing more happens by itself."""
        return self.state in {DONE, CANCELLED} and not self.sending

    def __str__(self) -> str:
        """One line for people."""
        told = [f"{self.state}: {self.accepted:,} of {self.total:,} accepted"]
        counted = ((name, getattr(self, name)) for name in ("refused", "unknown", "cancelled", "held"))
        told += [f"{count:,} {name}" for name, count in counted if count]
        if self.rate is not None and self.waiting:
            told.append(f"{self.rate:,.0f}/s")
        if self.remaining_seconds is not None and self.waiting:
            told.append(f"{_dt.timedelta(seconds=round(self.remaining_seconds))} left")
        return ", ".join(told)


def progress(connection: Connection, job_id: int) -> Progress:
    """How far a job is."""
    job = connection.execute(select(jobs).where(jobs.c.id == job_id)).one()
    counted = [func.sum(each) for each in (chunks.c.size, chunks.c.accepted, chunks.c.refused, chunks.c.unknown)]
    by_state = select(chunks.c.state, func.count(), *counted).where(chunks.c.job_id == job_id).group_by(chunks.c.state)
    rows = {row[0]: [int(each) for each in row[1:]] for row in connection.execute(by_state)}
    size, accepted, refused, unknown = (sum(row[at] for row in rows.values()) for at in (1, 2, 3, 4))

    def open_in(*names: str) -> int:
        return sum(row[1] - row[2] - row[3] - row[4] for name, row in rows.items() if name in names)

    going = [name for name in (*states.OPEN, HELD) if name in rows] or _looked_for(connection, job_id)
    waiting, rate = open_in(WAITING, states.CLAIMED, HELD), _rate(connection, job_id)
    return Progress(
        state=DONE if job.state == RUNNING and not (going or job.standing) else job.state,
        total=size + job.refused,
        waiting=waiting,
        sending=open_in(SENDING),
        accepted=accepted,
        refused=refused + job.refused,
        unknown=unknown + open_in(UNKNOWN),
        cancelled=open_in(CANCELLED),
        held=open_in(HELD),
        chunks={name: row[0] for name, row in rows.items()},
        rate=rate,
        remaining_seconds=None if rate is None or job.state != RUNNING else (waiting - open_in(HELD)) / rate,
    )


def _looked_for(connection: Connection, job_id: int) -> bool:
    due = chunks.c.job_id == job_id, chunks.c.state == UNKNOWN, chunks.c.due_at.is_not(None)
    return connection.execute(select(chunks.c.id).where(*due).limit(1)).first() is not None


def _rate(connection: Connection, job_id: int) -> float | None:
    moment = now(connection)
    recent = (
        chunks.c.job_id == job_id,
        chunks.c.state == DONE,
        chunks.c.sent_at > moment - _dt.timedelta(seconds=_RATE_SECONDS),
    )
    count, since = connection.execute(select(func.sum(chunks.c.size), func.min(chunks.c.sent_at)).where(*recent)).one()
    seconds = 0.0 if since is None else (moment - since).total_seconds()
    return int(count) / seconds if count and seconds > 0 else None


_SHOWN_SECONDS = 1.0
_PLAIN_SECONDS = 15.0
_CLEAR = "\r\x1b[K"


class Display:
    """Shows a line on stderr: in place in a terminal, now and then in a log.

    Args:
        tell: What gives the line.
    """

    def __init__(self, tell: Callable[[], str]) -> None:
        self._tell = tell
        self._in_place = sys.stderr.isatty()
        self._next = time.monotonic()

    def show(self, *, last: bool = False) -> None:
        """Show it if it is time to, and the last one anyway."""
        if not last and time.monotonic() < self._next:
            return
        self._next = time.monotonic() + (_SHOWN_SECONDS if self._in_place else _PLAIN_SECONDS)
        ends = "" if self._in_place and not last else "\n"
        sys.stderr.write(f"{_CLEAR if self._in_place else ''}{self._tell()}{ends}")
        sys.stderr.flush()

"""How far a job is, and showing it while work goes on."""

from __future__ import annotations

import contextlib
import datetime as _dt
import os
import shutil
import sys
import time
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

from attrs import field, frozen
from sqlalchemy import func, select
from sqlalchemy.exc import SQLAlchemyError

from . import states
from .database import LedgerError, now
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
    """How far a job is.

    Raises:
        LedgerError: It was deleted.
    """
    job = connection.execute(select(jobs).where(jobs.c.id == job_id)).first()
    if job is None:
        raise LedgerError("there is no such job any more")
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
_LOGGED_SECONDS = 15.0
_COST = 20
"""A look at how far jobs are may take one such part of the time."""
_LONGEST_BAR = 40
_SHORTEST_BAR = 5
_LONGEST_NAME = 30

Tell = Callable[[], Sequence[tuple[str, Progress]]]


class Display:
    """Shows how far jobs are on stderr: a bar for each in a terminal, and a line now and then in a log.

    Args:
        tell: What gives the names of jobs and how far each is.
    """

    def __init__(self, tell: Tell) -> None:
        self._tell = tell
        self._in_place = _is_terminal()
        self._drawn = 0
        self._logged: dict[str, str] = {}
        self.seconds: float = 0.0
        """Until it is worth another look."""

    def show(self) -> None:
        """Show it; what cannot be read or written now is not shown."""
        began = time.monotonic()
        with contextlib.suppress(SQLAlchemyError, OSError, ValueError):  # work goes on without it
            told = self._tell()
            if sys.stderr is not None:
                sys.stderr.write(self._bars(told) if self._in_place else self._lines(told))
                sys.stderr.flush()
        least = _SHOWN_SECONDS if self._in_place else _LOGGED_SECONDS
        self.seconds = max(least, _COST * (time.monotonic() - began))

    def _bars(self, told: Sequence[tuple[str, Progress]]) -> str:
        """Over those that were drawn last. Each line is ended, so that whatever is written next begins its own."""
        width, height = shutil.get_terminal_size()
        marks = "█░" if _can_write("█░") else "#."
        lines = [bar(name, progress, width - 1, marks) for name, progress in told[: height - 2]]
        up = f"\x1b[{self._drawn}A" if self._drawn else ""
        # What is finished is not told again, and stays above.
        self._drawn = sum(not progress.finished for _, progress in told[: height - 2])
        ordered = sorted(zip(told, lines, strict=False), key=lambda pair: not pair[0][1].finished)
        return up + "".join(f"\r\x1b[K{line}\n" for _, line in ordered) + "\x1b[J"

    def _lines(self, told: Sequence[tuple[str, Progress]]) -> str:
        """Those that tell something new."""
        lines = {name: str(progress) for name, progress in told}
        new = [f"{name}: {line}\n" for name, line in lines.items() if self._logged.get(name) != line]
        self._logged = lines
        return "".join(new)


def bar(name: str, progress: Progress, width: int, marks: str) -> str:
    """A job in a line that is not wider: its name, a bar, per cent, and as much else as has room."""
    total = progress.total or 1
    share = 1.0 if not progress.total else (progress.total - progress.waiting - progress.sending) / total
    parts = [f"{int(share * 100)}%", *str(progress).removeprefix("running: ").split(", ")]
    if not parts[1].startswith(progress.state) and progress.state != RUNNING:
        parts.insert(1, progress.state)
    name = _shortened(name, min(_LONGEST_NAME, max(1, width // 3)))
    while len(parts) > 1 and _cells(name) + _SHORTEST_BAR + 2 + len("  ".join(parts)) > width:
        parts.pop()
    told = "  ".join(parts)
    room = width - _cells(name) - len(told) - 2
    if room < _SHORTEST_BAR:
        return _shortened(f"{name} {told}", width)
    length = min(room, _LONGEST_BAR)
    full = int(share * length)
    return f"{name} {marks[0] * full}{marks[1] * (length - full)} {told}"


def _cells(text: str) -> int:
    """How wide a text is in a terminal."""
    return sum(0 if unicodedata.combining(each) else 1 + (unicodedata.east_asian_width(each) in "WF") for each in text)


def _shortened(text: str, width: int) -> str:
    if _cells(text) <= width:
        return text
    while text and _cells(text) >= width:
        text = text[:-1]
    return f"{text}~"


def _is_terminal() -> bool:
    return sys.stderr is not None and sys.stderr.isatty() and os.environ.get("TERM") != "dumb"


def _can_write(text: str) -> bool:
    try:
        text.encode(sys.stderr.encoding or "ascii")
    except UnicodeError:
        return False
    return True

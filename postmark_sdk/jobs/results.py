"""What became of each message of a job: one record each, streamed, and as CSV or JSON lines."""

from __future__ import annotations

import csv
import datetime as _dt
import functools
import json
from collections.abc import Iterator, Sequence
from typing import IO, TYPE_CHECKING, Any

from attrs import asdict, fields, frozen
from sqlalchemy import func, select

from . import content
from .states import ACCEPTED, CANCELLED, DONE, REFUSED, SENDING, UNKNOWN, WAITING, MessageState
from .tables import chunks, messages

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from .database import Database

_WINDOW = 5_000


@frozen(kw_only=True)
class Result:
    """What became of one message."""

    number: int
    """Its place in what was added, from 0; in an outbox, what ``enqueue`` gave."""
    status: MessageState
    """``waiting``, ``accepted``, ``refused``, ``unknown`` (it may have left, and nobody knows) or ``cancelled``."""
    message_id: str | None = None
    """Postmark's id, of an accepted message."""
    submitted_at: _dt.datetime | None = None
    """When Postmark took it, in UTC."""
    error_code: int | None = None
    """Postmark's code, of a refused message; None if it was refused here and never sent."""
    text: str | None = None
    """Postmark's words about it, or what is wrong with it; may name addresses."""

    def __repr__(self) -> str:
        """Without text."""
        return f"Result(number={self.number}, status={self.status!r}, message_id={self.message_id!r})"

    def to_dict(self) -> dict[str, object]:
        """A dict that JSON can hold: the time as ISO 8601 text."""
        time = None if self.submitted_at is None else self.submitted_at.isoformat()
        return {**asdict(self), "submitted_at": time}


def results(database: Database, job_id: int, status: MessageState | None) -> Iterator[Result]:
    """The messages of a job in order, or those of one status; a few thousand of them are in memory."""
    if status in {ACCEPTED, REFUSED}:
        yield from _rows(database, job_id, status)
        return
    waiting: dict[int, MessageState] = {}
    at: int | None = 0
    while at is not None:
        ends = at + _WINDOW
        more, told, at = database.read(functools.partial(_window, job_id=job_id, first=at, ends=ends))
        waiting |= more
        here = sorted({number for number in waiting if number < ends} | {*told})
        for number in here:
            result = told.get(number) or Result(number=number, status=waiting[number])
            waiting.pop(number, None)
            if status in {None, result.status}:
                yield result
        left = min(waiting, default=None)
        at = left if at is None else at if left is None else min(at, left)


def _window(
    connection: Connection, job_id: int, first: int, ends: int
) -> tuple[dict[int, MessageState], dict[int, Result], int | None]:
    """What chunks say of messages, what rows say, and where to go on; what a done chunk knows is in the rows."""
    without_rows = _without_rows(connection, job_id, first, ends)
    within = messages.c.job_id == job_id, messages.c.number.between(first, ends - 1)
    told = {row.number: _result(row) for row in connection.execute(select(messages).where(*within))}
    return without_rows, told, _next(connection, job_id, ends)


def result_of(database: Database, job_id: int, number: int) -> Result | None:
    """What became of one message; None: there is none of this number."""
    row = select(messages).where(messages.c.job_id == job_id, messages.c.number == number)
    around = chunks.c.job_id == job_id, chunks.c.first <= number, chunks.c.last >= number
    found, told = database.read(
        lambda connection: (
            connection.execute(select(chunks.c.state, chunks.c.numbers).where(*around)).all(),
            connection.execute(row).first(),
        )
    )
    if told is not None:
        return _result(told)
    own = (each.state for each in found if number in content.read(each.numbers))
    return next((Result(number=number, status=_STATES.get(state, WAITING)) for state in own), None)


def _rows(database: Database, job_id: int, status: MessageState) -> Iterator[Result]:
    """Messages in a state that only a row can tell."""
    last = -1
    while True:
        later = messages.c.job_id == job_id, messages.c.state == status, messages.c.number > last
        page = select(messages).where(*later).order_by(messages.c.number).limit(_WINDOW)
        rows = database.read(functools.partial(_all, page))
        yield from map(_result, rows)
        if len(rows) < _WINDOW:
            return
        last = rows[-1].number


def _all(page: Any, connection: Connection) -> Sequence[Any]:
    return connection.execute(page).all()


def _without_rows(connection: Connection, job_id: int, first: int, ends: int) -> dict[int, MessageState]:
    """The state of messages, as their chunk says, in chunks that begin here; a row says more."""
    here = chunks.c.job_id == job_id, chunks.c.first >= first, chunks.c.first < ends, chunks.c.state != DONE
    found = connection.execute(select(chunks.c.state, chunks.c.numbers).where(*here))
    return {number: _STATES.get(row.state, WAITING) for row in found for number in content.read(row.numbers)}


_STATES: dict[str, MessageState] = {CANCELLED: CANCELLED, SENDING: UNKNOWN, UNKNOWN: UNKNOWN}
"""Of a message without a row in a chunk of this state; any other chunk's waits."""


def _next(connection: Connection, job_id: int, at: int) -> int | None:
    """The next number from here of which there is something to tell: those of an outbox are far apart."""
    row = select(func.min(messages.c.number)).where(messages.c.job_id == job_id, messages.c.number >= at)
    chunk = select(func.min(chunks.c.first)).where(chunks.c.job_id == job_id, chunks.c.first >= at)
    numbers = [connection.execute(each).scalar() for each in (row, chunk)]
    return min((number for number in numbers if number is not None), default=None)


def _result(row: Any) -> Result:
    time = None if row.submitted_at is None else row.submitted_at.replace(tzinfo=_dt.timezone.utc)
    return Result(
        number=row.number,
        status=row.state,
        message_id=row.message_id,
        submitted_at=time,
        error_code=row.error_code,
        text=row.text,
    )


_COLUMNS = tuple(each.name for each in fields(Result))


def write_csv(found: Iterator[Result], file: IO[str]) -> int:
    """A line of names, then one for each; how many."""
    writer = csv.writer(file)
    writer.writerow(_COLUMNS)
    count = 0
    for count, each in enumerate(found, 1):  # noqa: B007 - the last number is what is wanted
        writer.writerow(each.to_dict().values())
    return count


def write_jsonl(found: Iterator[Result], file: IO[str]) -> int:
    """A JSON object in each line; how many."""
    count = 0
    for count, each in enumerate(found, 1):  # noqa: B007 - as above
        file.write(json.dumps(each.to_dict(), ensure_ascii=False) + "\n")
    return count

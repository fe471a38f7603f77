"""How messages get into the ledger: a job in portions, a single mail at once; checked, marked, and never sent here."""

from __future__ import annotations

import contextlib
import datetime as _dt
import os
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from attrs import define, field
from sqlalchemy import delete, insert, select, update
from sqlalchemy.exc import SQLAlchemyError

from .._core.body.coerce import coerce
from .._core.body.encode import kind, pack
from .._core.body.payload import Payload
from .._core.call.many import source_of
from .._core.mail.chunks import Chunker, operation_of
from .._core.mail.prepare import preparation, refusal
from .._core.mail.trace import Trace
from ..errors import InvalidMessageError, Problem
from . import content, states
from .content import storable
from .database import LedgerError, insert_new, now
from .pace import BEATS_A_LEASE
from .tables import MOST_CHARACTERS, chunks, contents, jobs, messages

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from .._core.mail.chunk import Chunk
    from .._core.mail.guard import Guard
    from .._core.schema.operation import Operation

T = TypeVar("T")
Run = Callable[[Callable[["Connection"], T]], T]

_CHUNK_BYTES = 10_000_000
"""A chunk has to fit into a packet of MySQL, and several of them into a worker's memory."""
_PORTION = 10_000
_PORTION_BYTES = 20_000_000
"""Messages, and bytes of them, in a transaction: so many that commits cost little, so few that they stay small."""


class Adder:
    """Adds to a ledger.

    Args:
        run: What does some work in a transaction of its own, or in the caller's.
        lease: Seconds after which an adder that was not heard of is dead.
        defaults: What is filled into every message that does not say otherwise.
        guard: Who may get mail.
    """

    def __init__(self, run: Run[Any], lease: float, defaults: Mapping[str, Any], guard: Guard | None) -> None:
        self._run = run
        self._lease = _dt.timedelta(seconds=lease)
        self._defaults = defaults
        self._guard = guard

    def add(self, name: str, given: Iterable[Any], resend_not_found_after: float | None) -> int:
        """Add a job with its messages, unless there is one of that name; its id.

        Raises:
            LedgerError: Somebody else is adding to it now, or has begun anew meanwhile.
        """
        token = os.urandom(16).hex()
        source = source_of(given)
        if not isinstance(source, Iterator):
            raise InvalidMessageError([Problem("messages", "an async iterable; it takes a plain one")])
        job = self._run(lambda connection: self._begun(connection, name, token, resend_not_found_after))
        number: int = job.id
        if job.adder != token:
            return number
        try:
            while self._run(lambda connection: _emptied(connection, job.id, token)):
                pass
            portion = Portion(job.id, token)
            prepared = preparation(self._defaults, self._guard, Trace(job.mark, drawn=True))
            for chunk in Chunker(portion, prepared, _CHUNK_BYTES).chunks(self._alive(source, token)):
                portion.take(chunk)
                prepared.forget(chunk.places)
                if portion.is_full:
                    self._store(portion)
            self._store(portion)
            self._run(lambda connection: _sealed(connection, job.id, token))
        except BaseException:
            with contextlib.suppress(SQLAlchemyError):  # whoever tries again need not wait for the lease
                self._run(lambda connection: _left(connection, token))
            raise
        return number

    def _alive(self, source: Iterator[Any], token: str) -> Iterator[Any]:
        """The messages; where they come slowly, it is said in between that this adder lives."""
        pause = self._lease.total_seconds() / BEATS_A_LEASE
        due = time.monotonic() + pause
        for message in source:
            yield message
            del message  # who reads on shall not hold it
            if time.monotonic() >= due:
                self._run(lambda connection: _renewed(connection, token, self._lease))
                due = time.monotonic() + pause

    def _begun(self, connection: Connection, name: str, token: str, resend: float | None) -> Any:
        moment = now(connection)
        ends = moment + self._lease
        fixed = {"name": name, "standing": False, "created_at": moment, "mark": os.urandom(16).hex()}
        mine = {"state": states.ADDING, "adder": token, "adder_until": ends, "resend_not_found_after": resend}
        insert_new(connection, jobs, {**fixed, **mine})
        row = connection.execute(select(jobs).where(jobs.c.name == name).with_for_update()).one()
        if row.standing:
            raise LedgerError(f"{name!r} is an outbox: jobs.enqueue adds to it")
        if row.state != states.ADDING or row.adder == token:
            return row
        if row.adder_until > moment:
            left = (row.adder_until - moment).total_seconds()
            raise LedgerError(
                f"somebody else is adding to {name!r}; if that process is dead, try again in {left:.0f} s"
            )
        connection.execute(update(jobs).where(jobs.c.id == row.id).values(total=0, refused=0, **mine))
        return connection.execute(select(jobs).where(jobs.c.id == row.id)).one()

    def _store(self, portion: Portion) -> None:
        if portion.messages:
            self._run(lambda connection: portion.store(connection, self._lease))
            portion.empty()

    def enqueue(self, message: Any, name: str, key: str | None) -> int:
        """Add one mail to a standing job; its number there. A key that the job has already adds nothing.

        Raises:
            InvalidMessageError: Something is wrong with it.
            LedgerError: The job is no outbox, or was cancelled.
        """
        mark = os.urandom(16).hex()
        operation = operation_of(message)
        rows = self._written(message, operation, mark)
        number: int = self._run(lambda connection: _enqueued(connection, name, key or mark, operation, rows))
        return number

    def _written(self, message: Any, operation: Any, mark: str) -> bytes:
        found: list[Problem] = []
        name = operation.body.model
        prepared = preparation(self._defaults, self._guard, Trace(mark, drawn=True))
        model = coerce(kind(name).cls, message, "", found)
        parts = [] if model is None else pack(name, model, None, "", found, prepared)
        if found:
            del message, model  # nobody who prints a traceback's variables shall see it
            raise refusal(found, operation)
        return Payload(parts).content


@define(eq=False, repr=False)
class Portion:
    """Messages on their way into the ledger, in one transaction; what the chunker keeps account in."""

    job_id: int
    token: str
    drawn: list[Any] = field(factory=list)
    stored: int = 0
    """Messages of the job that are in the ledger."""
    _counted: int = 0
    _chunks: list[tuple[dict[str, Any], bytes]] = field(factory=list)
    _wrong: list[dict[str, Any]] = field(factory=list)

    def __len__(self) -> int:
        """Messages of the input so far."""
        return self._counted + len(self.drawn)

    def count_drawn(self) -> None:
        """All drawn messages are held in chunks."""
        self._counted += len(self.drawn)
        self.drawn = []

    def complete(self) -> None:
        """Nothing is left of the input."""

    def hold(self, chunk: Chunk) -> None:
        """It is the chunker's until it is full."""

    def let_go(self, chunk: Chunk) -> None:
        """As above."""

    def wrong(self, index: int, message: Any, problems: list[Problem]) -> None:  # noqa: ARG002 - it stays the caller's
        """A message that is never sent, and keeps nobody back."""
        text = storable("\n".join(str(problem) for problem in problems))
        self._wrong.append({"job_id": self.job_id, "number": index, "state": states.REFUSED, "text": text})

    def take(self, chunk: Chunk) -> None:
        """A full chunk."""
        rows = Payload(chunk.parts[:-1]).content
        self._chunks.append(
            (chunk_row(self.job_id, content.operation_name(chunk.operation), chunk.places), content.packed(rows))
        )

    @property
    def messages(self) -> int:
        """How many are to be stored."""
        return sum(int(row["size"]) for row, _ in self._chunks) + len(self._wrong)

    @property
    def is_full(self) -> bool:
        """Whether it should be stored now."""
        return self.messages >= _PORTION or sum(len(packed) for _, packed in self._chunks) >= _PORTION_BYTES

    def store(self, connection: Connection, lease: _dt.timedelta) -> None:
        """Write them, if the job is still this adder's.

        Raises:
            LedgerError: It is not.
        """
        moment, after = now(connection), self.stored + self.messages
        mine = jobs.c.id == self.job_id, jobs.c.adder == self.token
        values = {"total": after, "refused": jobs.c.refused + len(self._wrong), "adder_until": moment + lease}
        counted = update(jobs).where(*mine, jobs.c.total == self.stored).values(values)
        if connection.execute(counted).rowcount != 1:
            if connection.execute(select(jobs.c.total).where(*mine)).scalar() == after:
                return  # the answer to the commit was lost, and it is tried again
            raise _begun_anew()
        for row, packed in self._chunks:
            _insert_chunk(connection, {**row, "due_at": moment}, packed)
        if self._wrong:
            connection.execute(insert(messages), self._wrong)

    def empty(self) -> None:
        """They are in the ledger."""
        self.stored += self.messages
        self._chunks, self._wrong = [], []


def chunk_row(job_id: int, operation: str, numbers: list[int]) -> dict[str, Any]:
    """A new chunk of these messages of a job."""
    return {
        "job_id": job_id,
        "state": states.WAITING,
        "operation": operation,
        "size": len(numbers),
        "first": numbers[0],
        "last": numbers[-1],
        "numbers": content.written(numbers),
    }


def _insert_chunk(connection: Connection, row: dict[str, Any], packed: bytes) -> None:
    added = connection.execute(insert(chunks).values(row)).inserted_primary_key
    assert added is not None  # noqa: S101 - of a table with a key
    connection.execute(insert(contents).values(chunk_id=added[0], messages=packed))


def _begun_anew() -> LedgerError:
    return LedgerError("another process began to add the same job anew meanwhile; this one has stopped")


_EMPTIED_AT_ONCE = 100


def _emptied(connection: Connection, job_id: int, token: str) -> bool:
    """Take out some of what a dead adder left behind; whether there may be more.

    Raises:
        LedgerError: The job is not this adder's any more.
    """
    mine = jobs.c.id == job_id, jobs.c.adder == token, jobs.c.state == states.ADDING
    if connection.execute(select(jobs.c.id).where(*mine).with_for_update()).first() is None:
        raise _begun_anew()
    ids = (
        connection.execute(select(chunks.c.id).where(chunks.c.job_id == job_id).limit(_EMPTIED_AT_ONCE)).scalars().all()
    )
    if not ids:
        connection.execute(delete(messages).where(messages.c.job_id == job_id))
        return False
    connection.execute(delete(contents).where(contents.c.chunk_id.in_(ids)))
    connection.execute(delete(chunks).where(chunks.c.id.in_(ids)))
    return True


def _sealed(connection: Connection, job_id: int, token: str) -> None:
    mine = jobs.c.id == job_id, jobs.c.adder == token
    sealed = update(jobs).where(*mine, jobs.c.state == states.ADDING).values(state=states.RUNNING)
    if connection.execute(sealed).rowcount != 1 and connection.execute(select(jobs.c.id).where(*mine)).first() is None:
        raise _begun_anew()


def _renewed(connection: Connection, token: str, lease: _dt.timedelta) -> None:
    mine = jobs.c.adder == token, jobs.c.state == states.ADDING
    ends = now(connection) + lease
    if connection.execute(update(jobs).where(*mine).values(adder_until=ends)).rowcount != 1:
        raise _begun_anew()


def _left(connection: Connection, token: str) -> None:
    mine = jobs.c.adder == token, jobs.c.state == states.ADDING
    connection.execute(update(jobs).where(*mine).values(adder_until=now(connection)))


def _enqueued(connection: Connection, name: str, key: str, operation: Operation[Any], rows: bytes) -> int:
    moment = now(connection)
    job = connection.execute(select(jobs).where(jobs.c.name == name)).first()
    if job is None:
        fixed = {"name": name, "standing": True, "state": states.RUNNING, "created_at": moment}
        insert_new(connection, jobs, {**fixed, "mark": os.urandom(16).hex()})
        job = connection.execute(select(jobs).where(jobs.c.name == name).with_for_update(read=True)).one()
    if not job.standing:
        raise LedgerError(f"{name!r} is a job of many mails and takes no more; name another one")
    if job.state == states.CANCELLED:
        raise LedgerError(f"{name!r} was cancelled and takes no more mails; delete it, or name another one")
    row = chunk_row(job.id, content.operation_name(operation), [0])
    insert_new(connection, chunks, {**row, "due_at": moment, "key": key})
    # Locking shows what others have committed meanwhile, in transactions too that otherwise see what was there before.
    same = select(chunks.c.id, chunks.c.first).where(chunks.c.job_id == job.id, chunks.c.key == key)
    added = connection.execute(same.with_for_update(read=True)).one()
    if added.first:
        return int(added.first)
    own = {"first": added.id, "last": added.id, "numbers": str(added.id)}
    connection.execute(update(chunks).where(chunks.c.id == added.id).values(own))
    connection.execute(insert(contents).values(chunk_id=added.id, messages=content.packed(rows)))
    return int(added.id)


def checked_name(value: Any, what: str) -> str:
    """The name of a job, or a key. Some databases know no difference between one and the same with blanks behind it.

    Raises:
        InvalidMessageError: No text, empty, too long, or with blanks at an end.
    """
    if not isinstance(value, str) or not 0 < len(value) <= MOST_CHARACTERS or not value.isprintable():
        raise InvalidMessageError([Problem(what, f"it takes a text of 1 to {MOST_CHARACTERS} visible characters")])
    if value != value.strip():
        raise InvalidMessageError([Problem(what, "it begins or ends with a blank: leave that out")])
    return value

"""The steps of a chunk in SQL. Each is one transaction, and a conditional update decides who may take it."""

from __future__ import annotations

import datetime as _dt
from collections.abc import Collection, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from sqlalchemy import and_, bindparam, case, exists, func, or_, select, update

from . import content, pace, states
from .database import clock, insert_rows, now
from .states import ACCEPTED, CLAIMED, DONE, REFUSED, RUNNING, SENDING, UNKNOWN, WAITING, MessageState, Step
from .tables import chunks, contents, jobs, ledger, messages

if TYPE_CHECKING:
    from sqlalchemy import Connection, ScalarSelect
    from sqlalchemy.sql.elements import ColumnElement

    from .database import Database


class Outcome(NamedTuple):
    """What became of one message."""

    state: MessageState
    message_id: str | None = None
    submitted_at: _dt.datetime | None = None
    """In UTC, without a zone, as the ledger holds it."""
    error_code: int | None = None
    text: str | None = None


class Taken(NamedTuple):
    """A chunk in a worker's hands."""

    id: int
    job_id: int
    attempt: int
    state: states.ChunkState
    """``claimed``: to be sent. ``sending`` and ``unknown``: to be looked for."""
    operation: str
    numbers: Sequence[int]
    content: bytes
    known: Collection[int]
    """The numbers of messages that are accepted or refused already, and never go again."""

    def __repr__(self) -> str:
        """Without content."""
        return f"Taken(id={self.id}, state={self.state!r}, attempt={self.attempt})"


class Nothing(NamedTuple):
    """There is nothing to take."""

    seconds: float | None
    """Until there may be something; None: all that is here is settled."""


class Ledger:
    """What one worker does to chunks.

    Args:
        database: Where they are.
        owner: A name that no other worker has.
        lease: Seconds after which a chunk that was not heard of is somebody else's.
    """

    def __init__(self, database: Database, owner: str, lease: float) -> None:
        self.database = database
        self.owner = owner
        self.lease = lease

    # --- taking -----------------------------------------------------------------------------------------------------

    def take(self, chunk_id: int | None = None) -> Taken | Nothing:
        """Take the chunk that is due next, or this one if it is due."""
        return self.database.transaction(lambda connection: self._take(connection, chunk_id))

    def _take(self, connection: Connection, chunk_id: int | None) -> Taken | Nothing:
        state = connection.execute(select(clock(connection).label("moment"), ledger)).one()
        only = () if chunk_id is None else (chunks.c.id == chunk_id,)
        moment, blocked = state.moment, state.blocked_until
        if blocked is not None and blocked > moment:
            return self._nothing(connection, moment, only, (blocked - moment).total_seconds())
        overdue = self._overdue(connection, moment, only)
        if overdue is not None:
            return overdue
        pausing = None if state.rate is None else self._pausing(connection, moment)
        if pausing is None:
            row = self._next(connection, moment, only)
            if row is not None and self._move(connection, states.TAKE, row.id, moment, **self._mine(moment)):
                if state.rate is not None:
                    connection.execute(update(ledger).values(tokens=ledger.c.tokens - row.size))
                return self._taken(connection, row.id)
            finish_jobs(connection)
        return self._nothing(connection, moment, only, pausing)

    def _overdue(self, connection: Connection, moment: _dt.datetime, only: Sequence[Any]) -> Taken | None:
        """A chunk whose owner died when a request may have left, or that has to be looked for again."""
        due = chunks.c.state.in_((CLAIMED, SENDING, UNKNOWN)), chunks.c.due_at <= moment, *only
        found = select(chunks.c.id, chunks.c.state).where(*due).limit(1).with_for_update(skip_locked=True)
        while (row := connection.execute(found).first()) is not None:
            if row.state != CLAIMED:
                step = states.TAKE_OVER if row.state == SENDING else states.LOOK_AGAIN
                moved = self._move(connection, step, row.id, moment, **self._mine(moment))
                return self._taken(connection, row.id) if moved else None
            if not self._move(connection, states.EXPIRE, row.id, moment, due_at=moment, owner=None):
                return None
        return None

    def _next(self, connection: Connection, moment: _dt.datetime, only: Sequence[Any]) -> Any:
        """A waiting chunk of the first running job that has one; mails that were queued by themselves go first.

        Job by job, since an index tells the first of one job, and of several together only when all are sorted.
        """
        due = chunks.c.state == WAITING, chunks.c.due_at <= moment, *only
        ready = jobs.c.state == RUNNING, _first(chunks.c.id, *due).is_not(None)
        in_turn = select(jobs.c.id).where(*ready).order_by(jobs.c.standing.desc(), jobs.c.id)
        for job_id in connection.execute(in_turn).scalars().all():
            first = select(chunks.c.id, chunks.c.size).where(chunks.c.job_id == job_id, *due).order_by(chunks.c.due_at)
            row = connection.execute(first.limit(1).with_for_update(skip_locked=True)).first()
            if row is not None:
                return row
        return None

    def _pausing(self, connection: Connection, moment: _dt.datetime) -> float | None:
        """Seconds until the pace allows for another chunk, None if it does now."""
        row = connection.execute(select(ledger).with_for_update()).one()
        if row.rate is None:
            return None
        seconds = None if row.tokens_at is None else (moment - row.tokens_at).total_seconds()
        tokens = pace.refilled(row.tokens, row.rate, seconds)
        if tokens < 0:
            return float(-tokens / row.rate)
        connection.execute(update(ledger).values(tokens=tokens, tokens_at=moment))
        return None

    def _mine(self, moment: _dt.datetime) -> dict[str, Any]:
        return {"owner": self.owner, "attempt": chunks.c.attempt + 1, "due_at": self._end(moment)}

    def _end(self, moment: _dt.datetime) -> _dt.datetime:
        return moment + _dt.timedelta(seconds=self.lease)

    def _taken(self, connection: Connection, chunk_id: int) -> Taken:
        row = connection.execute(
            select(chunks, contents.c.messages)
            .outerjoin(contents, contents.c.chunk_id == chunks.c.id)
            .where(chunks.c.id == chunk_id)
        ).one()
        numbers = content.read(row.numbers)
        known = [number for number, state in _rows(connection, row).items() if state != UNKNOWN]
        return Taken(row.id, row.job_id, row.attempt, row.state, row.operation, numbers, row.messages, frozenset(known))

    def _nothing(
        self, connection: Connection, moment: _dt.datetime, only: Sequence[Any], pausing: float | None
    ) -> Nothing:
        held = or_(chunks.c.state.in_((CLAIMED, SENDING)), and_(chunks.c.state == UNKNOWN, chunks.c.looks == 0))
        first = _first(chunks.c.due_at, chunks.c.state == WAITING, *only)
        found = (
            connection.execute(select(func.min(chunks.c.due_at)).where(held, *only)).scalar_one(),
            connection.execute(select(func.min(first)).where(jobs.c.state == RUNNING)).scalar_one(),
        )
        due = min((each for each in found if each is not None), default=None)
        if due is None:
            return Nothing(None)
        return Nothing(max(0.0, (due - moment).total_seconds(), pausing or 0.0))

    def left(self, chunk_id: int) -> Nothing:
        """When there is something to do about a chunk again."""

        def work(connection: Connection) -> Nothing:
            return self._nothing(connection, now(connection), (chunks.c.id == chunk_id,), None)

        return self.database.transaction(work)

    def hand_again(self, chunk_id: int) -> None:
        """Note that no task queue has a chunk any more."""
        mine = update(chunks).where(chunks.c.id == chunk_id).values(handed_at=None)
        self.database.transaction(lambda connection: connection.execute(mine))

    # --- one step ---------------------------------------------------------------------------------------------------

    def _move(
        self,
        connection: Connection,
        step: Step,
        chunk_id: int,
        moment: _dt.datetime,
        taken: Taken | None = None,
        **values: Any,
    ) -> bool:
        """Take a step if the machine allows for it now; whether it did."""
        where: list[ColumnElement[bool]] = [chunks.c.id == chunk_id, chunks.c.state.in_(step.before)]
        if step.owner:
            assert taken is not None  # noqa: S101 - an owner's step is asked for with what the owner has
            where += [chunks.c.owner == self.owner, chunks.c.attempt == taken.attempt]
        if step.due:
            where.append(chunks.c.due_at <= moment)
        if step.running:
            where.append(exists().where(jobs.c.id == chunks.c.job_id, jobs.c.state == RUNNING))
        return connection.execute(update(chunks).where(*where).values(state=step.after, **values)).rowcount == 1

    def begin(self, taken: Taken) -> bool:
        """Note that a request is about to leave; False: it must not."""

        def work(connection: Connection) -> bool:
            moment = now(connection)
            values = {"due_at": self._end(moment), "sent_at": moment, "reason": None}
            if self._move(connection, states.BEGIN, taken.id, moment, taken, **values):
                return True
            # A commit whose answer was lost is tried again, and then it is in this state already.
            mine = chunks.c.id == taken.id, chunks.c.owner == self.owner, chunks.c.attempt == taken.attempt
            return connection.execute(select(chunks.c.state).where(*mine)).scalar() == SENDING

        return self.database.transaction(work)

    def give_back(
        self, taken: Taken, step: Step, reason: str | None = None, *, seconds: float = 0.0, everybody: bool = False
    ) -> None:
        """Let others have a chunk of which certainly nothing was taken, after a pause; ``everybody`` pauses then."""

        def work(connection: Connection) -> None:
            moment = now(connection)
            due = moment + _dt.timedelta(seconds=seconds)
            self._leave(connection, taken, step, moment, due, reason)
            if everybody:
                earlier = or_(ledger.c.blocked_until.is_(None), ledger.c.blocked_until < due)
                connection.execute(update(ledger).where(earlier).values(blocked_until=due))

        self.database.transaction(work)

    def hold(self, taken: Taken, reason: str) -> None:
        """Keep a chunk that Postmark refuses as a whole until a person has looked."""

        def work(connection: Connection) -> None:
            self._leave(connection, taken, states.HOLD, now(connection), None, reason)

        self.database.transaction(work)

    def _leave(
        self, connection: Connection, taken: Taken, step: Step, moment: _dt.datetime, due: Any, reason: str | None
    ) -> None:
        """Leave a chunk to others, or to nobody if its job was cancelled when it was on its way."""
        job = select(jobs.c.state).where(jobs.c.id == taken.job_id).with_for_update(read=True)
        if connection.execute(job).scalar() == states.CANCELLED:
            step, due = step._replace(after=states.CANCELLED), None
        values = {"owner": None, "due_at": due, "reason": content.storable(reason)}
        self._move(connection, step, taken.id, moment, taken, **values)

    def renew(self, ids: Collection[int]) -> None:
        """Say that these chunks are still in these hands."""

        def work(connection: Connection) -> None:
            mine = chunks.c.id.in_(ids), chunks.c.owner == self.owner
            connection.execute(update(chunks).where(*mine).values(due_at=self._end(now(connection))))

        self.database.transaction(work)

    # --- what was learned -------------------------------------------------------------------------------------------

    def record(
        self, taken: Taken, outcomes: Mapping[int, Outcome], *, looked: bool = False, reason: str | None = None
    ) -> Collection[int]:
        """Write what became of messages, by number; the numbers of all whose outcome is known then.

        It may come late: what is known stays, what is unknown is completed, and no chunk is taken from its owner.
        """

        def work(connection: Connection) -> Collection[int]:
            return self._record(connection, taken, outcomes, looked=looked, reason=reason)

        return self.database.transaction(work)

    def _record(
        self, connection: Connection, taken: Taken, outcomes: Mapping[int, Outcome], *, looked: bool, reason: str | None
    ) -> Collection[int]:
        own = select(chunks, clock(connection).label("moment")).where(chunks.c.id == taken.id)
        row = connection.execute(own.with_for_update()).first()
        if row is None:
            return ()
        known = _rows(connection, row)
        news = {number: each for number, each in outcomes.items() if states.supersedes(each.state, known.get(number))}
        _write(connection, row.job_id, known, news)
        known = {**known, **{number: each.state for number, each in news.items()}}
        told = [*known.values()]
        open_messages = row.size - told.count(ACCEPTED) - told.count(REFUSED)
        is_owner = row.owner == self.owner and row.attempt == taken.attempt
        state = states.after_answer(row.state, open_messages=open_messages, is_owner=is_owner)
        values: dict[str, Any] = {name: told.count(name) for name in (ACCEPTED, REFUSED, UNKNOWN)}
        if state == DONE:
            values |= {"due_at": None, "owner": None}
        elif is_owner and state == UNKNOWN:
            values |= self._unknown(connection, row, looked=looked) | {
                "owner": None,
                "reason": content.storable(reason),
            }
            state = values.pop("state")
        connection.execute(update(chunks).where(chunks.c.id == row.id).values(state=state, **values))
        return {number for number, each in known.items() if each != UNKNOWN}

    def _unknown(self, connection: Connection, row: Any, *, looked: bool) -> dict[str, Any]:
        """When to look again, or that the rest goes again because the job says so."""
        going = jobs.c.id == row.job_id, jobs.c.state != states.CANCELLED
        after = connection.execute(select(jobs.c.resend_not_found_after).where(*going)).scalar()
        moment: _dt.datetime = row.moment
        age, looks = (moment - row.sent_at).total_seconds(), row.looks + looked
        if looked and after is not None and age >= after:
            return {"state": states.RESEND.after, "due_at": moment, "looks": 0}
        seconds = pace.next_look(looks, age, self.lease, after)
        due = None if seconds is None else moment + _dt.timedelta(seconds=seconds)
        return {"state": UNKNOWN, "due_at": due, "looks": looks}


def _rows(connection: Connection, chunk: Any) -> dict[int, MessageState]:
    """Number -> state of the chunk's messages of which something is known."""
    if not chunk.accepted + chunk.refused + chunk.unknown:
        return {}
    within = messages.c.job_id == chunk.job_id, messages.c.number.between(chunk.first, chunk.last)
    own = frozenset(content.read(chunk.numbers))
    found = connection.execute(select(messages.c.number, messages.c.state).where(*within))
    return {row.number: row.state for row in found if row.number in own}


_COMPLETE = (
    update(messages)
    .where(messages.c.job_id == bindparam("in_job"), messages.c.number == bindparam("at"))
    .values({name: bindparam(name) for name in Outcome._fields})
)


def _write(connection: Connection, job_id: int, known: Collection[int], news: Mapping[int, Outcome]) -> None:
    fresh = [
        (each.submitted_at, at, job_id, each.error_code, each.state, each.message_id, each.text)
        for at, each in news.items()
        if at not in known
    ]
    changed = [{"in_job": job_id, "at": at, **each._asdict()} for at, each in news.items() if at in known]
    if fresh:
        insert_rows(connection, messages, fresh)
    if changed:
        connection.execute(_COMPLETE, changed)


def due(connection: Connection, limit: int, again_after: float | None) -> Sequence[int]:
    """The ids of chunks that are due, at most so many; those that a task queue has are left out for a while.

    Mails that were queued by themselves go first.
    """
    moment = now(connection)
    running = select(jobs.c.id).where(jobs.c.state == RUNNING)
    waits = (chunks.c.state == WAITING) & chunks.c.job_id.in_(running)
    ready = or_(waits, chunks.c.state.in_((CLAIMED, SENDING, UNKNOWN))) & (chunks.c.due_at <= moment)
    is_single = chunks.c.job_id.in_(select(jobs.c.id).where(jobs.c.standing.is_(True)))
    found = select(chunks.c.id).where(ready).order_by(case((is_single, 0), else_=1), chunks.c.due_at, chunks.c.id)
    if again_after is None:
        return connection.execute(found.limit(limit)).scalars().all()
    # Whatever comes of a chunk moves its due_at.
    lost = moment - _dt.timedelta(seconds=again_after)
    queued = and_(chunks.c.handed_at >= chunks.c.due_at, chunks.c.handed_at > lost)
    left = limit - connection.execute(select(func.count()).where(ready, queued)).scalar_one()
    fresh = found.where(or_(chunks.c.handed_at.is_(None), ~queued)).limit(max(0, left))
    ids = connection.execute(fresh.with_for_update(skip_locked=True)).scalars().all()
    connection.execute(update(chunks).where(chunks.c.id.in_(ids)).values(handed_at=moment))
    return ids


def finish_jobs(connection: Connection) -> None:
    """Note which jobs are done: nothing more will happen to them by itself."""
    going = [chunks.c.state == state for state in (*states.OPEN, states.HELD)]
    looked_for = (chunks.c.state == UNKNOWN) & chunks.c.due_at.is_not(None)
    nothing = [_first(chunks.c.id, each).is_(None) for each in (*going, looked_for)]
    finished = jobs.c.state == RUNNING, jobs.c.standing.is_(False), *nothing
    connection.execute(update(jobs).where(*finished).values(state=DONE))


def _first(column: ColumnElement[Any], *where: ColumnElement[bool]) -> ScalarSelect[Any]:
    """A column of a job's first chunk in one state, as the index has them; for EXISTS PostgreSQL may read them all."""
    own = select(column).where(chunks.c.job_id == jobs.c.id, *where).order_by(chunks.c.due_at).limit(1)
    return own.correlate(jobs).scalar_subquery()

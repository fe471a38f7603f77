"""One job: how far it is, what became of its messages, and what a person can do about it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import IO, TYPE_CHECKING

from sqlalchemy import delete, exists, select, update

from . import states
from .database import Database, LedgerError, now
from .ledger import finish_jobs
from .progress import Progress, progress
from .results import Result, result_of, results, write_csv, write_jsonl
from .states import ADDING, CANCELLED, DONE, PAUSED, RUNNING, JobState, MessageState
from .tables import chunks, contents, jobs, messages

if TYPE_CHECKING:
    from sqlalchemy import Connection
    from sqlalchemy.sql.elements import ColumnElement


class Job:
    """A job in the ledger. It holds no state of its own: what it tells is read when it is asked for."""

    def __init__(self, database: Database, id: int, name: str) -> None:
        self._database = database
        self.id = id
        self.name = name

    def __repr__(self) -> str:
        """Which one."""
        return f"Job({self.name!r})"

    def progress(self) -> Progress:
        """How far it is. It costs a look at the job's chunks, not at its messages.

        Raises:
            LedgerError: It was deleted.
        """
        return self._database.read(lambda connection: progress(connection, self.id))

    @property
    def state(self) -> JobState:
        """``adding``, ``running``, ``paused``, ``cancelled`` or ``done``."""
        return self.progress().state

    def pause(self) -> None:
        """Let no further chunk leave; what is on its way is finished, and what is unknown is still looked for.

        Raises:
            LedgerError: It is being added, or was cancelled.
        """
        self._turn(PAUSED, (RUNNING, PAUSED))

    def resume(self) -> None:
        """Go on after ``pause``, and give chunks that were held another try.

        Raises:
            LedgerError: It is being added, or was cancelled.
        """
        self._turn(RUNNING, (RUNNING, PAUSED), states.RESUME)

    def cancel(self) -> None:
        """Send nothing of it that has not left. What is on its way is finished, and what is unknown is looked for.

        Raises:
            LedgerError: It is being added.
        """
        self._turn(CANCELLED, (RUNNING, PAUSED, CANCELLED), states.CANCEL)

    def resend_unknown(self) -> int:
        """Send messages again of which nobody knows whether Postmark took them: who got one may get it twice.

        Returns:
            How many chunks have such messages; only these of their messages go again.

        Raises:
            LedgerError: It is being added, or was cancelled.
        """
        return self._turn(RUNNING, (RUNNING, PAUSED, DONE), states.RESEND_BY_HAND)

    def _turn(self, state: JobState, allowed: tuple[JobState, ...], step: states.Step | None = None) -> int:
        """Change the job's state, and have its chunks take a step; how many did. One that is done stays as it is."""

        def work(connection: Connection) -> int:
            finish_jobs(connection)
            turned = update(jobs).where(jobs.c.id == self.id, jobs.c.state.in_(allowed)).values(state=state)
            if connection.execute(turned).rowcount != 1:
                found = connection.execute(select(jobs.c.state).where(jobs.c.id == self.id)).scalar()
                if found == DONE:
                    return 0
                raise LedgerError(f"{self.name!r} is {found or 'gone'}; for that it has to be {' or '.join(allowed)}")
            if step is None:
                return 0
            if state == RUNNING:  # tasks that came meanwhile found nothing to do
                waiting = chunks.c.job_id == self.id, chunks.c.state == states.WAITING
                connection.execute(update(chunks).where(*waiting).values(handed_at=None))
            due = None if step.after == states.CANCELLED else now(connection)
            own = chunks.c.job_id == self.id, chunks.c.state.in_(step.before)
            moved = update(chunks).where(*own).values(state=step.after, due_at=due, owner=None, looks=0)
            return connection.execute(moved).rowcount

        return self._database.transaction(work)

    def results(self, status: MessageState | None = None) -> Iterator[Result]:
        """What became of each message, in order, streamed.

        Args:
            status: Only those of this status.
        """
        return results(self._database, self.id, status)

    def result(self, number: int) -> Result:
        """What became of one message: the place in what was added, or what ``enqueue`` gave.

        Raises:
            LedgerError: There is no such message.
        """
        found = result_of(self._database, self.id, number)
        if found is None:
            raise LedgerError(f"{self.name!r} has no message {number}")
        return found

    def write_csv(self, file: IO[str], status: MessageState | None = None) -> int:
        """Write the results as CSV with a line of names into a file opened with ``newline=""``; how many."""
        return write_csv(self.results(status), file)

    def write_jsonl(self, file: IO[str], status: MessageState | None = None) -> int:
        """Write the results as a JSON object in each line; how many."""
        return write_jsonl(self.results(status), file)

    def delete(self) -> None:
        """Take everything about it out of the ledger; its name may be used again, so may its messages be sent again.

        Raises:
            LedgerError: Something of it waits, is on its way, or is being looked for: cancel it first.
        """
        while self._database.transaction(self._deleted):
            pass

    def _deleted(self, connection: Connection) -> bool:
        """Take out some; whether there may be more."""
        job = connection.execute(select(jobs.c.state).where(jobs.c.id == self.id).with_for_update()).first()
        if job is None:
            return False
        going = chunks.c.state.in_((*states.OPEN, states.HELD))
        looked_for = (chunks.c.state == states.UNKNOWN) & chunks.c.due_at.is_not(None)
        if (
            job.state == ADDING
            or connection.execute(select(exists().where(chunks.c.job_id == self.id, going | looked_for))).scalar()
        ):
            raise LedgerError(f"{self.name!r} is not finished; cancel it first, and let workers finish what has left")
        own = select(chunks.c.id, chunks.c.first, chunks.c.last).where(chunks.c.job_id == self.id).order_by(chunks.c.id)
        rows = connection.execute(own.limit(AT_ONCE)).all()
        which = [messages.c.job_id == self.id]
        if rows:
            which.append(messages.c.number.between(min(row.first for row in rows), max(row.last for row in rows)))
        drop(connection, [row.id for row in rows], *which)
        if not rows:
            connection.execute(delete(jobs).where(jobs.c.id == self.id))
        return bool(rows)


AT_ONCE = 100


def drop(connection: Connection, ids: list[int], *which: ColumnElement[bool]) -> None:
    """Take out chunks with their contents, and these messages."""
    connection.execute(delete(contents).where(contents.c.chunk_id.in_(ids)))
    connection.execute(delete(chunks).where(chunks.c.id.in_(ids)))
    connection.execute(delete(messages).where(*which))

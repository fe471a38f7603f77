"""The ledger as its users see it: add, work, look."""

from __future__ import annotations

import datetime as _dt
import threading
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from sqlalchemy import URL, Connection, Engine, and_, delete, or_, select, update
from sqlalchemy.orm import Session

from .. import _types as _t
from .._client import AsyncPostmarkClient, PostmarkClient
from .._core.mail.defaults import checked_defaults
from .._core.mail.guard import guard_from
from ..errors import ConfigurationError, InvalidMessageError, Problem
from . import states
from .adding import Adder, checked_name
from .database import Database, LedgerError, now
from .desk import Desk
from .job import AT_ONCE, Job, drop
from .ledger import due
from .progress import Display, Progress, Tell
from .tables import chunks, contents, ledger, messages
from .tables import jobs as _jobs

OUTBOX = "outbox"
_LEAST_LEASE_SECONDS = 1.0
"""A commit takes a part of it, and who is late has to give back what was taken."""
_LEAST_RESEND_SECONDS = 600.0
"""A call may be on its way for minutes."""
_LEAST_RATE = 1e-6
_MOST_WHOLE = {"concurrency": 1_000, "limit": 1_000_000}
_MOST = 1e9
"""Of seconds, that is some thirty years: what lies far beyond is in no calendar."""


class Jobs:
    """Mails that wait in a database until they are sent, each of them once.

    Args:
        database: URL, such as ``sqlite:///mail.db`` or ``postgresql+psycopg://...``, or a SQLAlchemy engine of yours.
            SQLite, PostgreSQL, MySQL or MariaDB. Nothing is opened before the first call; missing tables are made then.
            A path with ``?`` or ``%`` in it takes ``sqlalchemy.URL.create("sqlite", database=path)``.
        defaults: Sender, stream, tracking, tag, metadata and headers for every mail added that does not name its own.
        guard: Who may get mail, for use outside production. None: as the environment says, as for a client.
        lease: Seconds after which the chunk of a worker, or the job of an adder, that was not heard of is another's.
        patience: Seconds for which a step is tried again while the database is away.
    """

    def __init__(
        self,
        database: str | URL | Engine,
        *,
        defaults: _t.Defaults | None = None,
        guard: _t.Guard | None = None,
        lease: float = 60.0,
        patience: float = 60.0,
    ) -> None:
        check_numbers(_LEAST_LEASE_SECONDS, lease=lease)
        check_numbers(patience=patience)
        self._database = Database(database, patience=patience)
        self._defaults = checked_defaults(defaults)
        self._guard = guard_from(guard)
        self._lease = float(lease)

    # --- adding -----------------------------------------------------------------------------------------------------

    def add(
        self,
        name: str,
        messages: Iterable[_t.Mail],
        *,
        resend_not_found_after: float | None = None,
        connection: Connection | None = None,
        session: Session | None = None,
    ) -> Job:
        """Add a job with its messages, plain and templated ones in any order. Nothing is sent.

        They are checked, marked in ``metadata`` and written in portions, so a generator may yield millions. A message
        that is wrong is refused in the results, and keeps the others back as little as it is ever sent. If there is a
        job of that name, nothing is added, and no message is read.

        Args:
            name: 1 to 200 characters. After a crash in the middle, the same call begins anew.
            messages: Any iterable of messages, as models, dicts or messages of the standard library.
            resend_not_found_after: Send messages of unknown outcome again, if they are not found so many seconds after
                they were sent: at least 600. None: never, since nobody knows how long Postmark takes to show a mail.
            connection: A SQLAlchemy connection of yours: the job is there exactly if its transaction commits.
            session: Likewise, a session.

        Raises:
            LedgerError: Another process is adding to it right now.
            InvalidMessageError: The name, or no iterable of messages.
        """
        checked_name(name, "name")
        if resend_not_found_after is not None:
            check_numbers(_LEAST_RESEND_SECONDS, resend_not_found_after=resend_not_found_after)
        added = self._adder(connection, session).add(name, messages, resend_not_found_after)
        return Job(self._database, added, name)

    def enqueue(
        self,
        message: _t.Mail,
        *,
        key: str | None = None,
        job: str = OUTBOX,
        connection: Connection | None = None,
        session: Session | None = None,
    ) -> int:
        """Add one mail to a standing job, which is made when it is first named. It goes before those of jobs.

        Args:
            message: As a model, a dict or a message of the standard library.
            key: 1 to 200 characters. If the job has a mail of that key, nothing is added.
            job: Which standing job.
            connection: A SQLAlchemy connection of yours: the mail is queued exactly if its transaction commits.
            session: Likewise, a session.

        Returns:
            Its number: ``jobs.get("outbox").result(number)`` tells what became of it.

        Raises:
            InvalidMessageError: Something is wrong with the mail.
            LedgerError: The job is none for single mails, or was cancelled.
        """
        checked_name(job, "job")
        if key is not None:
            checked_name(key, "key")
        return self._adder(connection, session).enqueue(message, job, key)

    def _adder(self, connection: Connection | None, session: Session | None) -> Adder:
        theirs = _theirs(connection, session)
        if theirs is None:
            return Adder(self._database.transaction, self._lease, self._defaults, self._guard)
        self._database.check(theirs)

        def inside(work: Callable[[Connection], Any]) -> Any:
            return work(theirs)

        return Adder(inside, self._lease, self._defaults, self._guard)

    # --- looking ----------------------------------------------------------------------------------------------------

    def get(self, name: str) -> Job:
        """The job of a name.

        Raises:
            LedgerError: There is none.
        """
        which = select(_jobs.c.id).where(_jobs.c.name == name)
        found = self._database.read(lambda connection: connection.execute(which).scalar())
        if found is None:
            raise LedgerError(f"there is no job {name!r}")
        return Job(self._database, found, name)

    def list(self) -> Sequence[Job]:
        """All jobs, in the order in which they were added."""
        every = select(_jobs.c.id, _jobs.c.name).order_by(_jobs.c.id)
        rows = self._database.read(lambda connection: connection.execute(every).all())
        return [Job(self._database, row.id, row.name) for row in rows]

    # --- working ----------------------------------------------------------------------------------------------------

    def work(
        self,
        client: PostmarkClient,
        *,
        concurrency: int = 4,
        wait: bool = False,
        look_up_first: bool = False,
        progress: bool = False,
        stop: threading.Event | None = None,
        poll: float = 1.0,
    ) -> None:
        """Send what waits, look for what is unknown, and write what comes of it; in as many processes as you like.

        Ctrl-C, SIGTERM and ``stop`` let calls that are on their way finish and be written; a second Ctrl-C does not.

        Args:
            client: Of the server that all mails of this ledger go through. Its guard looks at every mail once more.
            concurrency: Calls on their way at a time, each in a thread of its own; at most 1,000.
            wait: Go on for ever. False: return when no running job has anything left to do, which includes what other
                workers have in hands; what is unknown then is looked for by whoever works later.
            look_up_first: Look for the messages of each chunk before it is sent. That is for a ledger restored from a
                backup, which may think that something waits that was sent since.
            progress: Show how far the jobs are, on stderr: bars in a terminal, elsewhere a line now and then.
            stop: Set it to stop.
            poll: Seconds between two looks into the ledger when nothing is due.

        Raises:
            PostmarkError: What every other chunk would meet as well, such as a wrong token. Nothing is lost: work again
                when it is mended.
            UnrecordedError: The ledger went away and did not come back; it has the ids that could not be written.
            sqlalchemy.exc.SQLAlchemyError: It went away at another time.
        """
        from .work import work  # noqa: PLC0415 - adding does without

        _check_client(client, PostmarkClient)
        check_numbers(poll=poll)
        desk = self._desk(client, concurrency, look_up_first=look_up_first)
        display = Display(self._telling()) if progress else None
        work(desk, client, concurrency=concurrency, wait=wait, poll=poll, stop=stop, display=display)

    async def work_async(
        self,
        client: AsyncPostmarkClient,
        *,
        concurrency: int = 4,
        wait: bool = False,
        look_up_first: bool = False,
        stop: Any = None,
        poll: float = 1.0,
    ) -> None:
        """The same with an async client, in asyncio or trio; the ledger is read and written in threads.

        Cancellation lets calls that are on their way finish and be written. ``stop`` is any event with ``is_set()``.
        """
        from .awork import work  # noqa: PLC0415 - as above

        _check_client(client, AsyncPostmarkClient)
        check_numbers(poll=poll)
        desk = self._desk(client, concurrency, look_up_first=look_up_first)
        await work(desk, client, concurrency=concurrency, wait=wait, poll=poll, stop=stop)

    def due(self, limit: int = 100, *, again_after: float | None = None) -> Sequence[int]:
        """The ids of chunks that are due now, for a task queue that carries them to ``work_on``; single mails first.

        Args:
            limit: At most so many.
            again_after: Note that they are handed to a queue now. A chunk that was is left out, and takes its place in
                ``limit``, until something came of it, or until so many seconds later its task is taken for lost. None:
                note nothing, and tell all.
        """
        _check_whole(limit=limit)
        if again_after is not None:
            check_numbers(again_after=again_after)
        return self._database.transaction(lambda connection: due(connection, limit, again_after))

    def work_on(
        self, client: PostmarkClient, chunk_id: int, *, wait: float | None = None, look_up_first: bool = False
    ) -> float | None:
        """Do what is due about one chunk; any number of times, by any number of workers, in any order.

        Args:
            client: As for :meth:`work`.
            chunk_id: Which chunk.
            wait: Seconds to wait, here, for a chunk that may not go yet, because of the pace or a 429. If they are not
                enough, :meth:`due` hands it out again. None: do not wait; you call again after the seconds told.
            look_up_first: As for :meth:`work`.

        Returns:
            Seconds after which it is worth another call; None if nothing is left to do about it.

        Raises:
            As :meth:`work`.
        """
        from .work import work_on  # noqa: PLC0415 - as above

        _check_client(client, PostmarkClient)
        if wait is not None:
            check_numbers(wait=wait)
        return work_on(self._desk(client, 1, look_up_first=look_up_first), client, chunk_id, wait)

    async def work_on_async(
        self, client: AsyncPostmarkClient, chunk_id: int, *, wait: float | None = None, look_up_first: bool = False
    ) -> float | None:
        """The same with an async client. Cancellation lets a call that is on its way finish and be written."""
        from .awork import work_on  # noqa: PLC0415 - as above

        _check_client(client, AsyncPostmarkClient)
        if wait is not None:
            check_numbers(wait=wait)
        return await work_on(self._desk(client, 1, look_up_first=look_up_first), client, chunk_id, wait)

    def _desk(self, client: Any, concurrency: Any, *, look_up_first: bool) -> Desk:
        _check_whole(concurrency=concurrency)
        core = client.with_options(retries=0)._link.core()  # noqa: SLF001 - of this package
        return Desk(self._database, core, lease=self._lease, look_up_first=look_up_first)

    def _telling(self) -> Tell:
        """What tells how far the jobs are that are going, and of each once how it ended."""
        shown: dict[int, Job] = {}
        going = select(_jobs.c.id, _jobs.c.name).where(_jobs.c.state.not_in((states.DONE, states.CANCELLED)))

        def tell() -> Sequence[tuple[str, Progress]]:
            rows = self._database.read(lambda connection: connection.execute(going.order_by(_jobs.c.id)).all())
            shown.update({row.id: Job(self._database, row.id, row.name) for row in rows})
            told = []
            for job in [*shown.values()]:
                try:
                    progress = job.progress()
                except LedgerError:  # it was deleted
                    del shown[job.id]
                    continue
                told.append((job.name, progress))
                if progress.finished:
                    del shown[job.id]
            return told

        return tell

    def set_pace(self, *, messages_per_second: float | None) -> None:
        """How fast all workers together send, on average; a chunk goes as a whole. None: as fast as they can."""
        if messages_per_second is not None:
            check_numbers(_LEAST_RATE, messages_per_second=messages_per_second)
        values = {"rate": messages_per_second, "tokens": 0.0, "tokens_at": None}
        self._database.transaction(lambda connection: connection.execute(update(ledger).values(values)))

    # --- keeping ----------------------------------------------------------------------------------------------------

    def prune(self, older_than: _dt.timedelta) -> int:
        """Drop the contents of mails that were sent so long ago, and of outboxes everything about them.

        A mail that was cancelled before it was sent is as old as its job. What became of a job's messages stays until
        ``job.delete()``. What waits, is held or unknown stays.

        Returns:
            How many chunks were pruned.
        """
        _check_age(older_than)
        pruned = 0
        while count := self._database.transaction(lambda connection: _pruned(connection, older_than)):
            pruned += count
        return pruned

    def create_tables(self) -> None:
        """Make the tables that are missing; the first call of anything else does that, too."""
        self._database.read(lambda _: None)

    def close(self) -> None:
        """Close the connections to the database, unless they are of an engine of yours; a later call opens new ones."""
        self._database.close()

    def __enter__(self) -> _t.Self:
        """Itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close."""
        self.close()


def check_numbers(least: float = 0.0, **given: Any) -> None:
    """Each has to be a number above 0, and not below the least.

    Raises:
        ConfigurationError: One is not.
    """
    for name, value in given.items():
        is_number = isinstance(value, int | float) and not isinstance(value, bool)
        if not (is_number and least <= value <= _MOST and value > 0):
            told = f"from {least:g} to" if least else "above 0, at most"
            raise ConfigurationError(f"{name}: it takes a number {told} {_MOST:,.0f}")


def _check_whole(**given: Any) -> None:
    for name, value in given.items():
        if isinstance(value, bool) or not isinstance(value, int) or not 0 < value <= _MOST_WHOLE[name]:
            raise InvalidMessageError([Problem(name, f"it takes a whole number from 1 to {_MOST_WHOLE[name]:,}")])


def _check_age(value: Any) -> None:
    if not isinstance(value, _dt.timedelta) or not 0 <= value.total_seconds() <= _MOST:
        problem = "it takes a datetime.timedelta of 0 to 30 years, such as timedelta(days=30)"
        raise InvalidMessageError([Problem("older_than", problem)])


def _check_client(client: Any, kind: type) -> None:
    if not isinstance(client, kind):
        problem = f"it takes the client of this way of working, {kind.__name__}"
        raise InvalidMessageError([Problem("client", problem)])


def _theirs(connection: Connection | None, session: Session | None) -> Connection | None:
    if session is not None and connection is not None:
        raise InvalidMessageError([Problem("session", "given beside a connection; one of the two is enough")])
    return session.connection() if session is not None else connection


def _pruned(connection: Connection, older_than: _dt.timedelta) -> int:
    """Drop some; how many."""
    settled, limit = chunks.c.state.in_((states.DONE, states.CANCELLED)), now(connection) - older_than
    is_over = or_(chunks.c.state == states.CANCELLED, _jobs.c.standing.is_(False))
    never_sent = and_(chunks.c.sent_at.is_(None), _jobs.c.created_at < limit, is_over)
    with_content = (
        select(contents.c.chunk_id)
        .join(chunks, chunks.c.id == contents.c.chunk_id)
        .join(_jobs, _jobs.c.id == chunks.c.job_id)
        .where(settled, or_(chunks.c.sent_at < limit, never_sent))
    )
    ids = list(connection.execute(with_content.limit(AT_ONCE)).scalars())
    connection.execute(delete(contents).where(contents.c.chunk_id.in_(ids)))
    standing = select(_jobs.c.id).where(_jobs.c.standing.is_(True))
    single = select(chunks.c.id, chunks.c.job_id).where(chunks.c.id.in_(ids), chunks.c.job_id.in_(standing))
    for row in connection.execute(single).all():
        drop(connection, [row.id], messages.c.job_id == row.job_id, messages.c.number == row.id)
    return len(ids)

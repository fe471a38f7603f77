"""The way to the database: its engine, its clock, and transactions that survive a short absence of it."""

from __future__ import annotations

import datetime as _dt
import json
import os
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, suppress
from typing import TYPE_CHECKING, Any, TypeVar

from sqlalchemy import URL, Engine, create_engine, event, func, inspect, literal_column, select
from sqlalchemy.dialects import mysql, postgresql, sqlite
from sqlalchemy.exc import (
    IntegrityError,
    InterfaceError,
    InternalError,
    OperationalError,
    ProgrammingError,
)
from sqlalchemy.exc import (
    TimeoutError as _PoolTimeout,
)

from ..errors import PostmarkError
from . import tables

if TYPE_CHECKING:
    from sqlalchemy import Connection, Table
    from sqlalchemy.sql.elements import ColumnElement

T = TypeVar("T")

_FIRST_PAUSE_SECONDS = 0.05
_MAX_PAUSE_SECONDS = 5.0
_PASSING = (OperationalError, InterfaceError, InternalError, _PoolTimeout)
"""Errors that may be over in a moment: a database that is gone, locked or full, a deadlock, no free connection."""

_CLOCKS: dict[str, ColumnElement[Any]] = {
    "sqlite": literal_column("strftime('%Y-%m-%d %H:%M:%f000', 'now')", tables.jobs.c.created_at.type),
    "postgresql": func.timezone("utc", func.clock_timestamp()),
    "mysql": func.utc_timestamp(6),
    "mariadb": func.utc_timestamp(6),
}


class LedgerError(PostmarkError):
    """The ledger cannot be used as asked: it is of a newer version, or the job is in the wrong state for that."""

    _shown = ("args",)


class Database:
    """An engine and what this package needs of it.

    Args:
        target: URL or engine.
        patience: Seconds for which a transaction is tried again while the database is away.
        sleep: What pauses.
        clock: What tells how long it took.
    """

    def __init__(
        self,
        target: str | URL | Engine,
        *,
        patience: float = 60.0,
        sleep: Callable[[float], None] = time.sleep,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._target = target
        self._patience = patience
        self._sleep = sleep
        self._clock = clock
        self._opened: tuple[int, Engine, Engine] | None = None
        self._are_there = False
        self._opening: tuple[int, threading.Lock] = os.getpid(), threading.Lock()

    @property
    def name(self) -> str:
        """The dialect's name."""
        return self._engines()[0].dialect.name

    def read(self, work: Callable[[Connection], T]) -> T:
        """Read something, and again while the database is away.

        Raises:
            DBAPIError: It stayed away for longer than ``patience``.
        """
        return self._patiently(self._engines()[0].connect, work)

    def check(self, connection: Connection) -> None:
        """Whether the tables are there, in a transaction of the caller's, which must not be the one that makes them.

        Raises:
            LedgerError: They are not.
        """
        if not self._are_there and not inspect(connection).has_table(tables.ledger.name):
            raise LedgerError("the ledger has no tables yet: call jobs.create_tables() once, outside of a transaction")
        self._are_there = True

    def transaction(self, work: Callable[[Connection], T]) -> T:
        """Do it in one transaction, and again while the database is away or somebody else was first.

        Raises:
            DBAPIError: As for :meth:`read`.
        """
        return self._patiently(self._engines()[1].begin, work)

    def _patiently(
        self, opened: Callable[[], AbstractContextManager[Connection]], work: Callable[[Connection], T]
    ) -> T:
        ends, pause = self._clock() + self._patience, _FIRST_PAUSE_SECONDS
        while True:
            try:
                with opened() as connection:
                    return work(connection)
            except _PASSING:
                if self._clock() + pause > ends:
                    raise
            self._sleep(pause)
            pause = min(pause * 2, _MAX_PAUSE_SECONDS)

    def close(self) -> None:
        """Close the connections, unless the engine is the caller's; the next call opens new ones."""
        if self._opened is not None and not isinstance(self._target, Engine):
            self._opened[1].dispose()
        self._opened = None

    def _prepare(self, engine: Engine) -> None:
        """Make what is missing of the tables."""
        _prepare(engine)

    def _engines(self) -> tuple[Engine, Engine]:
        """For reading and for writing; a forked child shares neither connections nor the lock of its parent."""
        if self._opened is None or self._opened[0] != os.getpid():
            if self._opening[0] != os.getpid():
                self._opening = os.getpid(), threading.Lock()
            with self._opening[1]:  # threads that begin together: the others wait for the tables
                if self._opened is None or self._opened[0] != os.getpid():
                    self._opened = os.getpid(), *self._open()
        return self._opened[1:]

    def _open(self) -> tuple[Engine, Engine]:
        if self._opened is not None:
            self._opened[1].dispose(close=False)
        engine = self._target if isinstance(self._target, Engine) else _made(self._target)
        try:
            _check_kind(engine)
            if engine.dialect.name == "sqlite":
                reading, writing = engine, engine.execution_options()
                event.listen(writing, "begin", _begin_immediate)
            else:
                reading = writing = engine.execution_options(isolation_level="READ COMMITTED")
            if not self._are_there:
                self._prepare(writing)
                self._are_there = True
        except BaseException:
            if not isinstance(self._target, Engine):
                engine.dispose()
            raise
        return reading, writing


def clock(connection: Connection) -> ColumnElement[Any]:
    """What tells the database's time, in UTC: machines' own may differ."""
    return _CLOCKS[connection.dialect.name]


def now(connection: Connection) -> _dt.datetime:
    """The database's time."""
    told: _dt.datetime = connection.execute(select(clock(connection))).scalar_one()
    return told


def insert_new(connection: Connection, table: Table, values: dict[str, Any]) -> bool:
    """Insert a row unless its unique key is taken; whether it was inserted."""
    name = connection.dialect.name
    if name == "sqlite":
        statement: Any = sqlite.insert(table).on_conflict_do_nothing()
    elif name == "postgresql":
        statement = postgresql.insert(table).on_conflict_do_nothing()
    else:
        statement = mysql.insert(table).prefix_with("IGNORE")
    return connection.execute(statement.inline().values(**values)).rowcount == 1


def insert_rows(connection: Connection, table: Table, rows: Sequence[tuple[Any, ...]]) -> None:
    """Insert rows with all columns in the table's order, the time first, for a third of what SQLAlchemy takes."""
    names, dialect = [*table.c.keys()], connection.dialect.name
    columns = ", ".join(names)
    if dialect in {"postgresql", "sqlite"}:
        texts = {time: None if time is None else time.isoformat(" ", "microseconds") for time, *_ in rows}
        rows = [(texts[time], *rest) for time, *rest in rows]
    if dialect == "postgresql":
        given = json.dumps([dict(zip(names, row, strict=True)) for row in rows])
        source = f"json_populate_recordset(CAST(NULL AS {table.name}), CAST(%s AS json))"
        insert_all = f"INSERT INTO {table.name} ({columns}) SELECT {columns} FROM {source}"  # noqa: S608 - our own names
        connection.exec_driver_sql(insert_all, (given,))
        return
    marks = ", ".join("?" if dialect == "sqlite" else "%s" for _ in names)
    insert_each = f"INSERT INTO {table.name} ({columns}) VALUES ({marks})"  # noqa: S608 - as above
    connection.exec_driver_sql(insert_each, list(rows))


def _begin_immediate(connection: Connection) -> None:
    """Lock at once: a transaction that begins by reading could not write later if another one has written meanwhile."""
    connection.exec_driver_sql("BEGIN IMMEDIATE")


def _made(url: str | URL) -> Engine:
    engine = create_engine(url, pool_pre_ping=True, hide_parameters=True)  # readers do not try again
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _set_up_sqlite)
    return engine


def _check_kind(engine: Engine) -> None:
    """Whether a ledger can be there.

    Raises:
        LedgerError: It cannot.
    """
    name = engine.dialect.name
    if name not in _CLOCKS:
        raise LedgerError(f"{name} is no database of jobs: take SQLite, PostgreSQL, MySQL or MariaDB")
    if name == "sqlite":
        with engine.connect() as connection:
            files = [row[2] for row in connection.exec_driver_sql("PRAGMA database_list") if row[1] == "main"]
        if not any(files):
            raise LedgerError("SQLite in memory dies with its process, and a ledger must not: name a file")


def _set_up_sqlite(connection: Any, _: object) -> None:
    """Readers beside a writer, patience with other processes, and commits that survive a power cut."""
    for pragma in ("busy_timeout=30000", "journal_mode=WAL", "synchronous=FULL"):
        connection.execute(f"PRAGMA {pragma}")


_TRIES = 5


def _prepare(engine: Engine) -> None:
    """Make what is missing of the tables; another process may do the same now.

    Raises:
        LedgerError: They are of a newer version.
    """
    for _ in range(_TRIES - 1):
        with suppress(OperationalError, ProgrammingError, IntegrityError):
            return _make_tables(engine)
        time.sleep(_FIRST_PAUSE_SECONDS)
    return _make_tables(engine)


def _make_tables(engine: Engine) -> None:
    tables.metadata.create_all(engine)
    with engine.begin() as connection:
        version = connection.execute(select(func.max(tables.ledger.c.version))).scalar()
        if version is None:
            insert_new(connection, tables.ledger, {"version": tables.VERSION})
    if version is not None and version > tables.VERSION:
        raise LedgerError(f"the ledger is of version {version}, newer than {tables.VERSION}: update the package")

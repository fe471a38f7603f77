"""A database of ``DATABASES`` as the ledger uses it: in Django's transaction, or by connections of its own."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import TYPE_CHECKING, Any, TypeVar

from ..._extras import missing

try:
    from sqlalchemy import Connection, DateTime, Engine, NullPool, QueuePool, create_engine, inspect, make_url, update
    from sqlalchemy.dialects import sqlite
    from sqlalchemy.exc import DBAPIError
except ImportError as _why:
    raise missing("django,jobs", _why) from _why

from django.db import connections, transaction

from ....errors import ConfigurationError
from ....jobs.database import Database, LedgerError
from ....jobs.tables import ledger

if TYPE_CHECKING:
    from sqlalchemy.engine import Dialect

T = TypeVar("T")

_KINDS = {"sqlite": "sqlite+pysqlite", "postgresql": "postgresql", "mysql": "mysql"}
"""Django's word -> SQLAlchemy's."""
_OPTIONS = {"postgresql": {"use_native_hstore": False}}
"""Its types are not looked up: nothing here is of them."""


def checked_kind(alias: str) -> str:
    """What SQLAlchemy calls a database and its driver.

    Raises:
        ConfigurationError: The ledger takes no such database, or there is none of that name.
    """
    if alias not in connections:
        raise ConfigurationError(f"POSTMARK_JOBS: DATABASES has no {alias!r}")
    wrapper = connections[alias]
    name = _KINDS.get(wrapper.vendor)
    if name is None:
        told = f"DATABASES[{alias!r}] is of {wrapper.vendor}"
        raise ConfigurationError(f"{told}, which is no database of jobs: take SQLite, PostgreSQL, MySQL or MariaDB")
    return name if "+" in name else f"{name}+{wrapper.Database.__name__.lower()}"


def atomic(alias: str) -> AbstractContextManager[None]:
    """A part of the transaction that is open in a database, or one of its own."""
    made: Any = transaction.atomic(using=alias)
    block: AbstractContextManager[None] = made
    return block


class DjangoDatabase(Database):
    """A database through Django's own connection: whatever is done there belongs to Django's transaction.

    Args:
        alias: Its key in ``DATABASES``.
    """

    def __init__(self, alias: str) -> None:
        super().__init__(alias)
        self.alias = alias

    def read(self, work: Callable[[Connection], T]) -> T:
        """Read something; what is not committed yet is seen.

        Raises:
            LedgerError: The tables are not there.
            django.db.DatabaseError: What Django raises, too.
        """
        with self._joined() as connection:
            return work(connection)

    @contextmanager
    def _joined(self) -> Iterator[Connection]:
        """Django's connection."""
        wrapper = connections[self.alias]
        wrapper.ensure_connection()
        wrapper.validate_no_broken_transaction()
        try:
            with _borrowing(self.alias).connect() as connection:
                self.check(connection)
                yield connection
        except DBAPIError as error:
            with wrapper.wrap_database_errors:
                raise error.orig or error from None

    def check(self, connection: Connection) -> None:
        """Whether the tables are there.

        Raises:
            LedgerError: They are not.
        """
        _check(self.alias, connection)

    def transaction(self, work: Callable[[Connection], T]) -> T:
        """Do it in ``transaction.atomic``: a part of the transaction that is open, or one of its own.

        Raises:
            LedgerError: The tables are not there.
            django.db.DatabaseError: What Django raises, too.
        """
        with atomic(self.alias), self._joined() as connection:
            if connection.dialect.name == "sqlite":  # who begins by reading cannot write after somebody else has
                connection.execute(update(ledger).values(version=ledger.c.version))
            return work(connection)

    def close(self) -> None:
        """Nothing: the connection is Django's."""


_migrated: set[str] = set()


def _check(alias: str, connection: Connection) -> None:
    if alias in _migrated:
        return
    if not inspect(connection).has_table(ledger.name):
        raise LedgerError(f"the database {alias!r} has no ledger yet: run manage.py migrate")
    _migrated.add(alias)


class WorkersDatabase(Database):
    """The same database by connections of its own, which are made as Django makes them."""

    def __init__(self, alias: str, *, patience: float) -> None:
        options = _OPTIONS.get(connections[alias].vendor, {})
        self.engine: Engine = create_engine(
            f"{checked_kind(alias)}://",
            creator=lambda: _opened(alias),
            poolclass=QueuePool,
            pool_pre_ping=True,
            max_overflow=-1,
            hide_parameters=True,
            **options,
        )
        _adapt(self.engine.dialect)
        super().__init__(self.engine, patience=patience)
        self._alias = alias

    def _prepare(self, engine: Engine) -> None:
        with engine.connect() as connection:
            _check(self._alias, connection)


def _opened(alias: str) -> Any:
    wrapper = connections[alias].copy()
    wrapper.settings_dict["OPTIONS"].pop("pool", None)
    wrapper.connect()
    wrapper.set_autocommit(False)
    return wrapper.connection


@functools.cache
def _borrowing(alias: str) -> Engine:
    """An engine that has no connections but Django's, each in its thread."""
    url = make_url(f"{checked_kind(alias)}://")
    cls: Any = url.get_dialect()
    dialect = cls(dbapi=cls.import_dbapi(), **_OPTIONS.get(connections[alias].vendor, {}))
    _adapt(dialect)
    pool = NullPool(lambda: _borrowed(alias), dialect=dialect, reset_on_return=None)
    engine = Engine(pool, dialect, url, hide_parameters=True)
    with engine.connect() as connection:
        dialect.initialize(connection)
    return engine


def _borrowed(alias: str) -> Any:
    return _Borrowed(connections[alias].connection)


class _Borrowed:
    """A connection of Django's, which alone begins and ends its transactions."""

    def __init__(self, connection: Any) -> None:
        self._connection = connection

    def __getattr__(self, name: str) -> Any:
        return getattr(self._connection, name)

    def commit(self) -> None:
        """Nothing."""

    def rollback(self) -> None:
        """Nothing."""

    def close(self) -> None:
        """Nothing."""


def _adapt(dialect: Any) -> None:
    if dialect.name == "sqlite":
        dialect.colspecs = {**dialect.colspecs, DateTime: _Time}


class _Time(sqlite.DATETIME):
    """Django's connections to SQLite have read columns of times already, and expressions of them not."""

    def result_processor(self, dialect: Dialect, coltype: object) -> Any:
        """Read what is a text."""
        read: Any = super().result_processor(dialect, coltype)
        return lambda value: read(value) if isinstance(value, str) else value

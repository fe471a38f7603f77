"""The SQLite database behind the emulator: schema, transactions, nothing else."""

from __future__ import annotations

import sqlite3
import threading
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

Row = Any
"""One row; column types are those of the schema."""

_SCHEMA = """
CREATE TABLE IF NOT EXISTS records (
    kind TEXT NOT NULL, server INTEGER NOT NULL, id TEXT NOT NULL, data TEXT NOT NULL,
    PRIMARY KEY (kind, server, id)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS messages (
    key INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL, server INTEGER NOT NULL, stream TEXT NOT NULL,
    at INTEGER NOT NULL, day TEXT NOT NULL, tag TEXT, sender TEXT NOT NULL, sender_address TEXT NOT NULL,
    subject TEXT, status TEXT NOT NULL, recipients INTEGER NOT NULL, opens_tracked INTEGER NOT NULL,
    links_tracked INTEGER NOT NULL
);
CREATE UNIQUE INDEX IF NOT EXISTS messages_id ON messages (id);
CREATE INDEX IF NOT EXISTS messages_search ON messages (
    server, stream, at, tag, sender_address, status, subject
);
CREATE INDEX IF NOT EXISTS messages_days ON messages (
    server, day, stream, tag, recipients, opens_tracked, links_tracked
);
CREATE TABLE IF NOT EXISTS contents (
    message INTEGER PRIMARY KEY, summary TEXT NOT NULL, operation TEXT NOT NULL, request TEXT NOT NULL,
    rendered TEXT
);
CREATE TABLE IF NOT EXISTS recipients (message INTEGER NOT NULL, address TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS recipients_address ON recipients (address);
CREATE TABLE IF NOT EXISTS metadata (message INTEGER NOT NULL, name TEXT NOT NULL, value TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS metadata_pair ON metadata (name, value);
CREATE TABLE IF NOT EXISTS events (
    key INTEGER PRIMARY KEY AUTOINCREMENT, message INTEGER NOT NULL, recipient TEXT NOT NULL, type TEXT NOT NULL,
    at INTEGER NOT NULL, details TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS events_message ON events (message);
CREATE TABLE IF NOT EXISTS engagements (
    key INTEGER PRIMARY KEY AUTOINCREMENT, kind TEXT NOT NULL, message INTEGER NOT NULL, server INTEGER NOT NULL,
    stream TEXT NOT NULL, tag TEXT, at INTEGER NOT NULL, day TEXT NOT NULL, recipient TEXT NOT NULL,
    first INTEGER NOT NULL, data TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS engagements_message ON engagements (message, kind);
CREATE INDEX IF NOT EXISTS engagements_at ON engagements (server, kind, stream, at);
CREATE TABLE IF NOT EXISTS bounces (
    id INTEGER PRIMARY KEY, server INTEGER NOT NULL, stream TEXT NOT NULL, message TEXT NOT NULL, type TEXT NOT NULL,
    email TEXT NOT NULL, tag TEXT, at INTEGER NOT NULL, day TEXT NOT NULL, inactive INTEGER NOT NULL,
    can_activate INTEGER NOT NULL, counted INTEGER NOT NULL, data TEXT NOT NULL, dump TEXT
);
CREATE INDEX IF NOT EXISTS bounces_at ON bounces (server, stream, at);
CREATE TABLE IF NOT EXISTS suppressions (
    server INTEGER NOT NULL, stream TEXT NOT NULL, address TEXT NOT NULL, reason TEXT NOT NULL,
    origin TEXT NOT NULL, at INTEGER NOT NULL,
    PRIMARY KEY (server, stream, address)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS inbound (
    key INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL, server INTEGER NOT NULL, at INTEGER NOT NULL,
    status TEXT NOT NULL, sender TEXT NOT NULL, recipients TEXT NOT NULL, subject TEXT NOT NULL, tag TEXT NOT NULL,
    mailbox_hash TEXT NOT NULL, blocked_reason TEXT, payload TEXT NOT NULL
);
CREATE UNIQUE INDEX IF NOT EXISTS inbound_id ON inbound (id);
CREATE TABLE IF NOT EXISTS bulk (
    key INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL, server INTEGER NOT NULL, at INTEGER NOT NULL,
    status TEXT NOT NULL, total INTEGER NOT NULL, position INTEGER NOT NULL, released INTEGER NOT NULL,
    failed INTEGER NOT NULL, due INTEGER, subject TEXT, body TEXT NOT NULL
);
CREATE UNIQUE INDEX IF NOT EXISTS bulk_id ON bulk (id);
CREATE INDEX IF NOT EXISTS bulk_due ON bulk (due) WHERE due IS NOT NULL;
CREATE TABLE IF NOT EXISTS deliveries (
    key INTEGER PRIMARY KEY AUTOINCREMENT, trace TEXT NOT NULL, webhook INTEGER, server INTEGER NOT NULL,
    kind TEXT NOT NULL, message TEXT, url TEXT NOT NULL, headers TEXT NOT NULL, payload TEXT NOT NULL,
    state TEXT NOT NULL, retries INTEGER NOT NULL, due INTEGER, at INTEGER NOT NULL
);
CREATE INDEX IF NOT EXISTS deliveries_due ON deliveries (due) WHERE due IS NOT NULL;
CREATE INDEX IF NOT EXISTS deliveries_url ON deliveries (url, due, key) WHERE due IS NOT NULL;
CREATE INDEX IF NOT EXISTS deliveries_message ON deliveries (message);
CREATE TABLE IF NOT EXISTS attempts (
    key INTEGER PRIMARY KEY AUTOINCREMENT, delivery INTEGER NOT NULL, at INTEGER NOT NULL, status INTEGER,
    milliseconds REAL NOT NULL, answer TEXT NOT NULL, error TEXT, final INTEGER NOT NULL
);
CREATE INDEX IF NOT EXISTS attempts_delivery ON attempts (delivery);
CREATE TABLE IF NOT EXISTS refusals (
    key INTEGER PRIMARY KEY AUTOINCREMENT, at INTEGER NOT NULL, method TEXT NOT NULL, path TEXT NOT NULL,
    operation TEXT, server INTEGER, status INTEGER NOT NULL, code INTEGER NOT NULL, message TEXT NOT NULL,
    request TEXT NOT NULL, answer TEXT NOT NULL, item INTEGER
);
"""

_TABLES = [
    "records",
    "messages",
    "contents",
    "recipients",
    "metadata",
    "events",
    "engagements",
    "bounces",
    "suppressions",
    "inbound",
    "bulk",
    "deliveries",
    "attempts",
    "refusals",
]


_WAIT_SECONDS = 1.0
"""How long another emulator that is just ending is waited for."""


def _opened(path: str | None) -> sqlite3.Connection:
    try:
        connection = sqlite3.connect(
            path or ":memory:",
            timeout=_WAIT_SECONDS,
            isolation_level=None,
            check_same_thread=False,
            cached_statements=256,
        )
    except sqlite3.Error as error:
        raise unusable(path, error) from error
    try:
        if path is not None:
            _claim(connection, path)
        connection.executescript(_SCHEMA)
    except BaseException as error:
        connection.close()
        if isinstance(error, sqlite3.Error):
            raise unusable(path, error) from error
        raise
    return connection


def _claim(connection: sqlite3.Connection, path: str) -> None:
    """Keep the file for this emulator alone, because it keeps documents and numbers in memory; then look at it."""
    connection.execute("PRAGMA locking_mode = EXCLUSIVE")
    # WAL with NORMAL survives a killed process; FULL would only add a power cut.
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = NORMAL")
    connection.execute("BEGIN IMMEDIATE")
    found = connection.execute("PRAGMA quick_check(1)").fetchone()[0]
    tables = _tables(connection)
    connection.execute("COMMIT")
    if found != "ok":
        raise sqlite3.DatabaseError(found)
    foreign = sorted(tables.keys() - {*_TABLES, "sqlite_sequence"})
    if foreign:
        message = f"{path} is a database of something else: it has a table {foreign[0]!r}. Give another file."
        raise OSError(message)
    with closing(sqlite3.connect(":memory:")) as fresh:
        fresh.executescript(_SCHEMA)
        known = _tables(fresh)
    other = [name for name in tables if tables[name] != known[name]]
    if other:
        message = f"{path} is of another version of the emulator: its table {other[0]!r} differs. Give another file."
        raise OSError(message)


def _tables(connection: sqlite3.Connection) -> dict[str, str]:
    """Each with the statement that made it."""
    return dict(connection.execute("SELECT name, sql FROM sqlite_master WHERE type = 'table'").fetchall())


def unusable(path: str | None, error: Exception) -> OSError:
    """What to raise about a file that cannot be opened or read."""
    if "locked" in str(error):
        return OSError(f"{path} is in use by another emulator. Stop that one, or give this one a file of its own.")
    return OSError(f"{path} cannot be used as a database: {error}. Restore it, or give another file.")


class Store:
    """One connection, shared under one lock: SQLite writes from one place at a time anyway."""

    def __init__(self, path: str | None = None) -> None:
        self.path = path
        self.lock: threading.RLock = threading.RLock()
        self.revision: int = 0
        """Grows with every committed change, so that a reader can tell whether to look again."""
        self._depth = 0
        self._connection = _opened(path)

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All or nothing; committed when the outermost block ends."""
        with self.lock:
            if self._depth:
                yield
                return
            self._connection.execute("BEGIN")
            self._depth = 1
            try:
                yield
            except BaseException:
                self._connection.execute("ROLLBACK")
                raise
            else:
                self._connection.execute("COMMIT")
                self.revision += 1
            finally:
                self._depth = 0

    def write(self, sql: str, values: Sequence[object] = ()) -> int:
        """Run one changing statement; the new row's key."""
        return self._connection.execute(sql, values).lastrowid or 0

    def change(self, sql: str, values: Sequence[object] = ()) -> int:
        """Run one changing statement; how many rows it touched."""
        return self._connection.execute(sql, values).rowcount

    def write_many(self, sql: str, rows: Sequence[Sequence[object]]) -> None:
        """Run one changing statement for many rows."""
        self._connection.executemany(sql, rows)

    def rows(self, sql: str, values: Sequence[object] = ()) -> list[Row]:
        """All rows of a query."""
        with self.lock:
            return self._connection.execute(sql, values).fetchall()

    def row(self, sql: str, values: Sequence[object] = ()) -> Row | None:
        """The first row of a query, or None."""
        with self.lock:
            return self._connection.execute(sql, values).fetchone()

    def one(self, sql: str, values: Sequence[object] = ()) -> Row:
        """The single row of a query that always has one."""
        with self.lock:
            return self._connection.execute(sql, values).fetchone()

    def value(self, sql: str, values: Sequence[object] = ()) -> Any:
        """The single value of a query, or None."""
        row = self.row(sql, values)
        return row[0] if row else None

    def clear(self) -> None:
        """Empty every table and start counting from one again."""
        for table in _TABLES:
            self._connection.execute(f"DELETE FROM {table}")  # noqa: S608 - our own names
        self._connection.execute("DELETE FROM sqlite_sequence")

    def close(self) -> None:
        """Close the file."""
        with self.lock:
            self._connection.close()

"""The tables, as people read them too: states are words, times are UTC by the database's clock.

There are no foreign keys: with them every message written would lock its job's row.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    DateTime,
    Float,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    PrimaryKeyConstraint,
    String,
    Table,
    Text,
    UniqueConstraint,
)
from sqlalchemy.dialects import mysql

VERSION = 1
"""Of these tables; the ledger notes it when it makes them."""

metadata: MetaData = MetaData()

_Id = BigInteger().with_variant(Integer(), "sqlite")
"""SQLite numbers rows by itself only in a column of this very type."""
_Time = DateTime().with_variant(mysql.DATETIME(fsp=6), "mysql", "mariadb")
MOST_CHARACTERS = 200
"""Of the name of a job, or a key."""
_Name = String(MOST_CHARACTERS).with_variant(
    mysql.VARCHAR(MOST_CHARACTERS, collation="utf8mb4_bin"), "mysql", "mariadb"
)
"""What two mails or jobs are told apart by: to MySQL's own order, "order-a" and "order-A" would be one."""
_MOST_BYTES = 2**32 - 1
_MYSQL: dict[str, Any] = {
    "mysql_charset": "utf8mb4",
    "mysql_engine": "InnoDB",
    "mariadb_charset": "utf8mb4",
    "mariadb_engine": "InnoDB",
}

ledger: Table = Table(
    "postmark_ledger",
    metadata,
    Column("version", Integer, primary_key=True, autoincrement=False),
    Column("rate", Float, comment="messages a second for all workers together; NULL: as fast as they can"),
    Column("tokens", Float, nullable=False, default=0.0),
    Column("tokens_at", _Time),
    Column("blocked_until", _Time, comment="Postmark asked everybody to wait"),
    **_MYSQL,
)

jobs: Table = Table(
    "postmark_jobs",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("name", _Name, nullable=False, unique=True),
    Column("state", String(9), nullable=False),
    Column("standing", Boolean, nullable=False, comment="an outbox, which is never done"),
    Column("created_at", _Time, nullable=False),
    Column("mark", String(32), nullable=False),
    Column("resend_not_found_after", Float, comment="seconds; NULL: never by itself"),
    Column("total", BigInteger, nullable=False, default=0),
    Column("refused", BigInteger, nullable=False, default=0, comment="when it was added; these are in no chunk"),
    Column("adder", String(32), comment="who adds to it"),
    Column("adder_until", _Time),
    **_MYSQL,
)

chunks: Table = Table(
    "postmark_chunks",
    metadata,
    Column("id", _Id, primary_key=True),
    Column("job_id", Integer, nullable=False),
    Column("state", String(9), nullable=False),
    Column("due_at", _Time, comment="when anybody may act on it: not before, end of the lease, next look"),
    Column("handed_at", _Time, comment="to a task queue, last"),
    Column("owner", String(100)),
    Column("attempt", Integer, nullable=False, default=0),
    Column("looks", Integer, nullable=False, default=0),
    Column("sent_at", _Time),
    Column("operation", String(20), nullable=False),
    Column("size", Integer, nullable=False, comment="messages"),
    Column("accepted", Integer, nullable=False, default=0),
    Column("refused", Integer, nullable=False, default=0),
    Column("unknown", Integer, nullable=False, default=0),
    Column("first", BigInteger, nullable=False),
    Column("last", BigInteger, nullable=False),
    Column("numbers", Text, nullable=False, comment="of its messages in the job, such as 0-499 or 3,5-7"),
    Column("key", _Name, comment="of a mail that was queued by itself"),
    Column("reason", Text, comment="why it is held, or was not taken last"),
    UniqueConstraint("job_id", "key", name="postmark_chunks_key"),
    Index("postmark_chunks_due", "state", "job_id", "due_at"),
    Index("postmark_chunks_first", "job_id", "first"),
    sqlite_autoincrement=True,
    **_MYSQL,
)

contents: Table = Table(
    "postmark_contents",
    metadata,
    Column("chunk_id", _Id, primary_key=True, autoincrement=False),
    Column("messages", LargeBinary(_MOST_BYTES), nullable=False, comment="JSON as it is posted, zlib"),
    **_MYSQL,
)

messages: Table = Table(
    "postmark_messages",
    metadata,
    Column("submitted_at", _Time),
    Column("number", BigInteger, nullable=False),
    Column("job_id", Integer, nullable=False),
    Column("error_code", Integer),
    Column("state", String(9), nullable=False),
    Column("message_id", Text),
    Column("text", Text),
    PrimaryKeyConstraint("job_id", "number"),
    sqlite_with_rowid=False,
    **_MYSQL,
)
"""What is known of messages: one without a row waits, or was cancelled, as its chunk says. A row is written once, with
its outcome, so adding is cheap, and nothing has to be cleaned up behind."""

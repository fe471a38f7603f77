"""The tables of version 1, as ``postmark_sdk/jobs/tables.py`` made them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db import migrations, models, router

from ..models import UtcField

if TYPE_CHECKING:

    class Operation:
        """Django's, which has no types of its own."""

    class _Migration:
        """As above."""
else:
    from django.db.migrations import Migration as _Migration
    from django.db.migrations.operations.base import Operation

_TABLES = ("postmark_ledger", "postmark_jobs", "postmark_chunks", "postmark_contents", "postmark_messages")
_SQL = (
    """
    CREATE TABLE postmark_ledger (
        version INTEGER NOT NULL,
        rate FLOAT,
        tokens FLOAT NOT NULL,
        tokens_at {time},
        blocked_until {time},
        PRIMARY KEY (version)
    ){options}
    """,
    """
    CREATE TABLE postmark_jobs (
        id {number} NOT NULL,
        name VARCHAR(200){exact} NOT NULL,
        state VARCHAR(9) NOT NULL,
        standing BOOLEAN NOT NULL,
        created_at {time} NOT NULL,
        mark VARCHAR(32) NOT NULL,
        resend_not_found_after FLOAT,
        total BIGINT NOT NULL,
        refused BIGINT NOT NULL,
        adder VARCHAR(32),
        adder_until {time},
        PRIMARY KEY (id),
        UNIQUE (name)
    ){options}
    """,
    """
    CREATE TABLE postmark_chunks (
        id {large_number},
        job_id INTEGER NOT NULL,
        state VARCHAR(9) NOT NULL,
        due_at {time},
        handed_at {time},
        owner VARCHAR(100),
        attempt INTEGER NOT NULL,
        looks INTEGER NOT NULL,
        sent_at {time},
        operation VARCHAR(20) NOT NULL,
        size INTEGER NOT NULL,
        accepted INTEGER NOT NULL,
        refused INTEGER NOT NULL,
        unknown INTEGER NOT NULL,
        first BIGINT NOT NULL,
        last BIGINT NOT NULL,
        numbers TEXT NOT NULL,
        {key} VARCHAR(200){exact},
        reason TEXT,
        CONSTRAINT postmark_chunks_key UNIQUE (job_id, {key})
    ){options}
    """,
    "CREATE INDEX postmark_chunks_due ON postmark_chunks (state, job_id, due_at)",
    "CREATE INDEX postmark_chunks_first ON postmark_chunks (job_id, first)",
    """
    CREATE TABLE postmark_contents (
        chunk_id {id} NOT NULL,
        messages {bytes} NOT NULL,
        PRIMARY KEY (chunk_id)
    ){options}
    """,
    """
    CREATE TABLE postmark_messages (
        submitted_at {time},
        number BIGINT NOT NULL,
        job_id INTEGER NOT NULL,
        error_code INTEGER,
        state VARCHAR(9) NOT NULL,
        message_id TEXT,
        text TEXT,
        PRIMARY KEY (job_id, number)
    ){clustered}
    """,
    "INSERT INTO postmark_ledger (version, tokens) VALUES (1, 0.0)",
)
_WORDS = {
    "sqlite": {
        "time": "DATETIME",
        "number": "INTEGER",
        "large_number": "INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT",
        "id": "INTEGER",
        "key": '"key"',
        "exact": "",
        "bytes": "BLOB",
        "options": "",
        "clustered": " WITHOUT ROWID",
    },
    "postgresql": {
        "time": "TIMESTAMP WITHOUT TIME ZONE",
        "number": "SERIAL",
        "large_number": "BIGSERIAL PRIMARY KEY",
        "id": "BIGINT",
        "key": "key",
        "exact": "",
        "bytes": "BYTEA",
        "options": "",
        "clustered": "",
    },
    "mysql": {
        "time": "DATETIME(6)",
        "number": "INTEGER AUTO_INCREMENT",
        "large_number": "BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY",
        "id": "BIGINT",
        "key": "`key`",
        "exact": " COLLATE utf8mb4_bin",
        "bytes": "LONGBLOB",
        "options": " CHARSET=utf8mb4 ENGINE=InnoDB",
        "clustered": " CHARSET=utf8mb4 ENGINE=InnoDB",
    },
}


class CreateTables(Operation):
    """Make the tables, unless jobs were used in this database before they were used with Django."""

    reversible = True
    reduces_to_sql = True

    def state_forwards(self, app_label: str, state: Any) -> None:
        """Nothing."""

    def database_forwards(self, app_label: str, schema_editor: Any, _: object, __: object) -> None:
        """Make them."""
        connection = schema_editor.connection
        if not router.allow_migrate(connection.alias, app_label):
            return
        words = _WORDS.get(connection.vendor)
        if words is None:
            raise NotImplementedError(f"{connection.vendor} is no database of jobs: exclude the app with a router")
        if _TABLES[0] in connection.introspection.table_names():
            return
        for statement in _SQL:
            schema_editor.execute(statement.format_map(words))

    def database_backwards(self, app_label: str, schema_editor: Any, _: object, __: object) -> None:
        """Take them away, with all that they know."""
        if router.allow_migrate(schema_editor.connection.alias, app_label):
            for table in _TABLES:
                schema_editor.execute(f"DROP TABLE {table}")

    def describe(self) -> str:
        """What it does."""
        return "Create the tables of jobs"


_MODELS = [
    migrations.CreateModel(
        name="Job",
        fields=[
            ("id", models.AutoField(primary_key=True, serialize=False)),
            ("name", models.CharField(max_length=200, unique=True)),
            ("state", models.CharField(max_length=9)),
            ("standing", models.BooleanField(verbose_name="outbox")),
            ("created_at", UtcField()),
            ("mark", models.CharField(max_length=32)),
            ("resend_not_found_after", models.FloatField(null=True)),
            ("total", models.BigIntegerField()),
            ("refused", models.BigIntegerField()),
            ("adder", models.CharField(max_length=32, null=True)),
            ("adder_until", UtcField(null=True)),
        ],
        options={"db_table": "postmark_jobs"},
    ),
    migrations.CreateModel(
        name="Chunk",
        fields=[
            ("id", models.BigAutoField(primary_key=True, serialize=False)),
            ("job_id", models.IntegerField()),
            ("state", models.CharField(max_length=9)),
            ("due_at", UtcField(null=True)),
            ("handed_at", UtcField(null=True)),
            ("owner", models.CharField(max_length=100, null=True)),
            ("attempt", models.IntegerField()),
            ("looks", models.IntegerField()),
            ("sent_at", UtcField(null=True)),
            ("operation", models.CharField(max_length=20)),
            ("size", models.IntegerField()),
            ("accepted", models.IntegerField()),
            ("refused", models.IntegerField()),
            ("unknown", models.IntegerField()),
            ("first", models.BigIntegerField()),
            ("last", models.BigIntegerField()),
            ("numbers", models.TextField()),
            ("key", models.CharField(max_length=200, null=True)),
            ("reason", models.TextField(null=True)),
        ],
        options={"db_table": "postmark_chunks"},
    ),
    migrations.CreateModel(
        name="Content",
        fields=[
            ("chunk_id", models.BigIntegerField(primary_key=True, serialize=False)),
            ("messages", models.BinaryField()),
        ],
        options={"db_table": "postmark_contents"},
    ),
    migrations.CreateModel(
        name="Message",
        fields=[
            ("job_id", models.IntegerField()),
            ("number", models.BigIntegerField(primary_key=True, serialize=False)),
            ("state", models.CharField(max_length=9)),
            ("message_id", models.TextField(null=True)),
            ("submitted_at", UtcField(null=True)),
            ("error_code", models.IntegerField(null=True)),
            ("text", models.TextField(null=True)),
        ],
        options={"db_table": "postmark_messages"},
    ),
]
"""What Django shall think of the tables."""


class Migration(_Migration):
    """Tables by the SQL above, since Django has no words for some of it."""

    initial = True
    dependencies: tuple[()] = ()
    operations: Any = (migrations.SeparateDatabaseAndState([CreateTables()], _MODELS),)

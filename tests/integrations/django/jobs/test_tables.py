"""The tables are those of ``postmark_sdk.jobs``, whoever makes them."""

from __future__ import annotations

import io
from typing import Any

import pytest

from .project import ALIAS, migrate

from django.core.management import call_command  # isort: skip
from django.db import connections  # isort: skip
from sqlalchemy import Inspector, create_engine, inspect, text  # isort: skip

from postmark_sdk.jobs import tables


def described(url: str) -> dict[str, Any]:
    """All that a database knows of the ledger's tables, but comments and the order of columns in no index."""
    engine = create_engine(url)
    looking = inspect(engine)
    found: dict[str, Any] = {
        name: {
            "columns": [
                {key: str(value) for key, value in column.items() if key != "comment"}
                | {"collation": str(getattr(column["type"], "collation", None))}
                for column in looking.get_columns(name)
            ],
            "primary key": looking.get_pk_constraint(name)["constrained_columns"],
            "unique": sorted(each["column_names"] for each in looking.get_unique_constraints(name)),
            "indexes": sorted((str(each["name"]), each["column_names"]) for each in looking.get_indexes(name)),
            "options": options_of(looking, name),
        }
        for name in looking.get_table_names()
        if name in tables.metadata.tables
    }
    with engine.connect() as connection:
        if engine.dialect.name == "sqlite":
            numbered = "SELECT name FROM sqlite_master WHERE sql LIKE '%AUTOINCREMENT%' AND name LIKE 'postmark%'"
            found["numbered"] = connection.execute(text(numbered)).scalars().all()
        found["version"] = connection.execute(text("SELECT version, tokens FROM postmark_ledger")).all()
    engine.dispose()
    return found


def options_of(looking: Inspector, name: str) -> dict[str, str]:
    try:
        return {key: str(value) for key, value in looking.get_table_options(name).items() if "comment" not in key}
    except NotImplementedError:  # the lowest SQLAlchemy asks MySQL alone
        return {}


def made_here(url: str) -> dict[str, Any]:
    """The same of the tables as ``postmark_sdk.jobs`` makes them in an empty database."""
    from postmark_sdk.jobs import Jobs

    with Jobs(url) as jobs:
        jobs.create_tables()
    return described(url)


def test_a_migration_makes_the_same_tables(empty: str, tmp_path: Any, request: pytest.FixtureRequest) -> None:
    kind = empty.partition(":")[0].partition("+")[0]
    servers = request.getfixturevalue("shared_servers")
    other = (
        f"sqlite:///{tmp_path / 'other.db'}" if kind == "sqlite" else servers.url({"mysql": "mariadb"}.get(kind, kind))
    )
    migrate("postmark_jobs")
    made = described(empty)
    assert made == made_here(other)
    assert len(made) >= len(tables.metadata.tables)


@pytest.mark.usefixtures("empty")
def test_a_migration_goes_back() -> None:
    migrate("postmark_jobs")
    connections[ALIAS].close()
    migrate("postmark_jobs", "zero")
    assert not {*connections[ALIAS].introspection.table_names()} & {*tables.metadata.tables}


def test_a_ledger_that_is_there_is_kept(empty: str) -> None:
    before = made_here(empty)
    migrate("postmark_jobs")
    assert described(empty) == before


@pytest.mark.usefixtures("jobs")
def test_models_say_what_the_tables_are() -> None:
    out = io.StringIO()
    call_command("makemigrations", "postmark_jobs", "--check", "--dry-run", stdout=out)
    assert "No changes" in out.getvalue()
    from postmark_sdk.integrations.django.jobs import models

    every: list[Any] = [models.Job, models.Chunk, models.Content, models.Message]
    for meta in (model._meta for model in every):
        columns = tables.metadata.tables[meta.db_table].columns
        assert {field.column for field in meta.fields} == {*columns.keys()}
        nullable = {field.column for field in meta.fields if field.null}
        assert nullable == {name for name, column in columns.items() if column.nullable}


@pytest.mark.usefixtures("empty")
def test_sql_can_be_looked_at_before() -> None:
    out = io.StringIO()
    call_command("sqlmigrate", "postmark_jobs", "0001", stdout=out)
    assert out.getvalue().count("CREATE TABLE") == len(tables.metadata.tables)


@pytest.mark.usefixtures("empty", "settings_router")
def test_another_database_of_the_project_stays_as_it_is() -> None:
    migrate("postmark_jobs")
    assert "postmark_ledger" not in connections[ALIAS].introspection.table_names()


class _Elsewhere:
    def allow_migrate(self, db: str, app_label: str, **_: object) -> bool | None:
        return False if (db, app_label) == (ALIAS, "postmark_jobs") else None


@pytest.fixture(name="settings_router")
def _settings_router() -> Any:
    from django.test import override_settings

    with override_settings(DATABASE_ROUTERS=[_Elsewhere()]):
        yield


@pytest.mark.usefixtures("empty")
def test_without_a_migration_jobs_say_what_to_do() -> None:
    from postmark_sdk.integrations.django.jobs import Jobs
    from postmark_sdk.jobs import LedgerError

    with pytest.raises(LedgerError, match=r"run manage.py migrate"):
        Jobs().list()

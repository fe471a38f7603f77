"""Django's database, of every kind in turn, with the ledger's tables."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

pytest.importorskip("sqlalchemy", reason="SQLAlchemy is not installed")

from tests.jobs.conftest import _client, _postmark
from tests.jobs.databases import database_url, mariadb_url, postgresql_url, shared_servers

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from postmark_sdk.integrations.django.jobs import Jobs

__all__ = ["_client", "_postmark", "database_url", "mariadb_url", "postgresql_url", "shared_servers"]


@pytest.fixture(autouse=True)
def _forget() -> Iterator[None]:
    """Each test has another database of the same name."""
    from postmark_sdk.integrations.django.jobs import databases

    yield
    databases._migrated.clear()
    databases._borrowing.cache_clear()


@pytest.fixture(name="empty")
def _empty(database_url: str) -> Iterator[str]:
    """Without tables; its URL."""
    from .project import database, of_url

    with database(**of_url(database_url)):
        yield database_url


@pytest.fixture(name="jobs")
def _jobs(empty: str) -> Iterator[Jobs]:  # noqa: ARG001 - it is there
    """A ledger in Django's database, of every kind in turn."""
    from postmark_sdk.integrations.django.jobs import Jobs

    from .project import migrate

    migrate("postmark_jobs")
    with Jobs(patience=2) as jobs:
        yield jobs


@pytest.fixture(name="sqlite")
def _sqlite(tmp_path: Path) -> Iterator[Jobs]:
    """A ledger in a file."""
    from postmark_sdk.integrations.django.jobs import Jobs

    from .project import database, migrate

    with database(ENGINE="django.db.backends.sqlite3", NAME=str(tmp_path / "django.db")):
        migrate("postmark_jobs")
        with Jobs(patience=2) as jobs:
            yield jobs

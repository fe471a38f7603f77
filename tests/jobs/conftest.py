"""A server that counts by recipient what it accepted, a client of it, and ledgers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from postmark_sdk import PostmarkClient
from postmark_sdk.jobs import Jobs

from .databases import database_url, mariadb_url, postgresql_url, shared_servers
from .postmark import Postmark

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

__all__ = ["database_url", "mariadb_url", "postgresql_url", "shared_servers"]


@pytest.fixture(name="postmark")
def _postmark() -> Postmark:
    return Postmark()


@pytest.fixture(name="client")
def _client(postmark: Postmark) -> Iterator[PostmarkClient]:
    with PostmarkClient("token-for-tests", transport=lambda: postmark) as client:
        yield client


@pytest.fixture(name="jobs")
def _jobs(database_url: str) -> Iterator[Jobs]:
    """A ledger in an empty database, of every kind in turn."""
    with Jobs(database_url, patience=2) as jobs:
        yield jobs


@pytest.fixture(name="sqlite")
def _sqlite(ledger_url: str) -> Iterator[Jobs]:
    """A ledger in a file."""
    with Jobs(ledger_url, patience=2) as jobs:
        yield jobs


@pytest.fixture(name="ledger_url")
def _ledger_url(tmp_path: Path) -> str:
    """The address of that file."""
    return f"sqlite:///{tmp_path / 'ledger.db'}"

"""A few kills in each row of the matrix; ``make jobs-faults`` makes many."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest

pytest.importorskip("sqlalchemy", reason="jobs need SQLAlchemy")

from tests.jobs.faults.brokers import BROKERS
from tests.jobs.faults.trial import ROWS, Row, Trial

if TYPE_CHECKING:
    from pathlib import Path

_KILLS = 4
_CLIENTS = {"Redis": "redis", "RabbitMQ": "amqp"}


@pytest.mark.parametrize("row", ROWS, ids=str)
def test_kills_double_nothing_and_lose_nothing(row: Row, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    if row.engine != "own":
        pytest.importorskip("celery", reason="Celery is not installed")
        pytest.importorskip(_CLIENTS[row.engine], reason=f"Celery needs it for {row.engine}")
        if shutil.which(BROKERS[row.engine].program) is None:
            pytest.skip(f"{row.engine} is not installed")
    sqlite = f"sqlite:///{tmp_path / 'ledger.db'}"
    url = sqlite if row.database == "SQLite" else request.getfixturevalue("postgresql_url")
    finding = Trial(row, url, tmp_path, seed=1).run(_KILLS)
    assert not finding.is_wrong, finding
    assert finding.kills.total() == _KILLS
    assert finding.accepted + finding.unknown == finding.messages
    assert finding.accepted > 0

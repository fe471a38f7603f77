"""A few kills in each row of the matrix; ``make jobs-faults`` makes many."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest

pytest.importorskip("sqlalchemy", reason="jobs need SQLAlchemy")

from tests.jobs.faults.brokers import BROKERS
from tests.jobs.faults.trial import BROKER_DIES, ROWS, Row, Trial

if TYPE_CHECKING:
    from pathlib import Path

    from tests.jobs.faults.comparing import Finding

_KILLS = 4
_CLIENTS = {"Redis": "redis", "RabbitMQ": "amqp"}


@pytest.mark.parametrize("row", ROWS, ids=str)
def test_kills_double_nothing_and_lose_nothing(row: Row, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    finding = tried(row, _KILLS, tmp_path, request)
    assert finding.kills.total() == _KILLS


@pytest.mark.parametrize("broker", [*BROKERS])
def test_a_broker_that_comes_back_with_its_messages_or_without_doubles_nothing_and_loses_nothing(
    broker: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    finding = tried(Row(broker, "PostgreSQL"), 2, tmp_path, request, BROKER_DIES, seed=2)
    assert finding.kills == dict.fromkeys(BROKER_DIES, 1)


def tried(
    row: Row, kills: int, folder: Path, request: pytest.FixtureRequest, victims: tuple[str, ...] = (), seed: int = 1
) -> Finding:
    """What was found, with nothing wrong."""
    if row.engine != "own":
        pytest.importorskip("celery", reason="Celery is not installed")
        pytest.importorskip(_CLIENTS[row.engine], reason=f"Celery needs it for {row.engine}")
        if row.pool == "gevent":
            pytest.importorskip("gevent", reason="gevent is not installed")
        if shutil.which(BROKERS[row.engine].program) is None:
            pytest.skip(f"{row.engine} is not installed")
    sqlite = f"sqlite:///{folder / 'ledger.db'}"
    url = sqlite if row.database == "SQLite" else request.getfixturevalue("postgresql_url")
    finding = Trial(row, url, folder, seed=seed, victims=victims).run(kills)
    assert not finding.is_wrong, finding
    assert finding.accepted + finding.unknown == finding.messages
    assert finding.accepted > 0
    return finding

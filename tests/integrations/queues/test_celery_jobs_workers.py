"""The example of the page on jobs and Celery, run as that says, on a real broker."""

from __future__ import annotations

import contextlib
import shutil
import sqlite3
import time
from typing import TYPE_CHECKING, Any

import pytest

pytest.importorskip("celery", reason="Celery is not installed")
pytest.importorskip("redis", reason="Celery needs it for Redis")
pytest.importorskip("sqlalchemy", reason="jobs need SQLAlchemy")

from tests.integrations.queues.processes import SECONDS, celery
from tests.integrations.queues.scenario import EXAMPLES, load
from tests.jobs.faults.brokers import Redis

if TYPE_CHECKING:
    from collections.abc import Iterator
    from contextlib import AbstractContextManager
    from pathlib import Path

    from postmark_sdk.jobs import Job
    from postmark_sdk.testing import TestEmulator

kombu: Any = pytest.importorskip("kombu", reason="Celery brings it")  # typed in some versions only
_ADDRESSES = [f"reader-{number}@example.org" for number in range(1203)]


@pytest.fixture(name="redis")
def _redis(tmp_path: Path) -> Iterator[Redis]:
    if shutil.which(Redis.program) is None:
        pytest.skip(f"{Redis.program} is not installed")
    redis = Redis(tmp_path)
    redis.start()
    try:
        yield redis
    finally:
        redis.kill()


@pytest.fixture(name="shop")
def _shop(redis: Redis, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    monkeypatch.setenv("BROKER_URL", redis.url)
    monkeypatch.setenv("DATABASE_URL", f"sqlite:///{tmp_path / 'mail.db'}")
    module = load("jobs_celery", monkeypatch)
    yield module
    module.jobs.close()
    module.app.close()


def worker(folder: Path) -> AbstractContextManager[None]:
    """As the page says, with the token in the environment."""
    words = ("worker", "--beat", "--concurrency", "2", "--schedule", str(folder / "beat"))
    return celery("jobs_celery", *words, folder=EXAMPLES, log=folder / "worker.log", PYTHONPATH=str(EXAMPLES))


def _wait_until_done(job: Job) -> None:
    ends = time.monotonic() + SECONDS
    while job.state != "done":
        assert time.monotonic() < ends, job.progress()
        time.sleep(0.1)


def test_a_job_is_sent_by_a_worker(shop: Any, postmark: TestEmulator, tmp_path: Path) -> None:
    shop.send_news("november-news", _ADDRESSES)
    job = shop.jobs.get("november-news")
    with worker(tmp_path):
        _wait_until_done(job)
        shop.send_news("november-news", _ADDRESSES)
    assert sorted(mail.recipients[0] for mail in postmark.outbox) == sorted(_ADDRESSES)
    assert job.progress().accepted == len(_ADDRESSES)


def test_what_a_broker_forgot_is_found_by_beat(shop: Any, redis: Redis, postmark: TestEmulator, tmp_path: Path) -> None:
    shop.send_news("november-news", _ADDRESSES)
    shop.postmark_jobs.queue_due()
    assert _queued(redis) == 4
    redis.kill()
    redis.forget()
    redis.start()
    assert _queued(redis) == 0
    _wait_five_minutes(tmp_path / "mail.db")
    with worker(tmp_path):
        _wait_until_done(shop.jobs.get("november-news"))
    assert sorted(mail.recipients[0] for mail in postmark.outbox) == sorted(_ADDRESSES)


def _wait_five_minutes(path: Path) -> None:
    """As far as the ledger can tell."""
    with contextlib.closing(sqlite3.connect(path)) as ledger, ledger:
        ledger.execute("UPDATE postmark_chunks SET due_at = datetime(due_at, '-5 minutes') || '.000000'")
        ledger.execute("UPDATE postmark_chunks SET handed_at = datetime(handed_at, '-5 minutes') || '.000000'")


def _queued(redis: Redis) -> int:
    with kombu.Connection(redis.url) as connection:
        channel: Any = connection.default_channel
        return int(channel.client.llen("celery"))

"""Task queues carry the chunks of a job: each mail goes out once, also where a task is delivered twice."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

pytest.importorskip("sqlalchemy", reason="jobs need SQLAlchemy")

from postmark_sdk import AsyncPostmarkClient, Email
from tests.integrations.queues.scenario import EXAMPLES, load
from tests.jobs.conftest import _client, _postmark
from tests.jobs.databases import postgresql_url, shared_servers

if TYPE_CHECKING:
    from postmark_sdk import PostmarkClient
    from tests.jobs.postmark import Postmark

__all__ = ["_client", "_postmark", "postgresql_url", "shared_servers"]

COUNT = 1203
_SECONDS = 60


@pytest.fixture(autouse=True)
def _ledger(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", f"sqlite:///{tmp_path / 'ledger.db'}")
    monkeypatch.setenv("POSTMARK_SERVER_TOKEN", "token-for-tests")


def add(module: Any) -> Any:
    mails = (Email(from_="a@example.com", to=f"r{number}@example.org", text_body="Hi.") for number in range(COUNT))
    return module.jobs.add("news", mails)


def check(module: Any, job: Any, postmark: Postmark, chunks: list[int]) -> None:
    """All went out once, and the ledger says so."""
    assert len(chunks) == 3
    assert (len(postmark.counts), {*postmark.counts.values()}) == (COUNT, {1})
    assert (job.state, job.progress().accepted) == ("done", COUNT)
    module.jobs.close()


def test_rq(redis_url: str, monkeypatch: pytest.MonkeyPatch, client: PostmarkClient, postmark: Postmark) -> None:
    rq = pytest.importorskip("rq", reason="RQ is not installed")
    monkeypatch.setenv("REDIS_URL", redis_url)
    module = load("jobs_rq", monkeypatch)
    monkeypatch.setattr(module, "postmark", client)
    job = add(module)
    chunks = [*module.jobs.due()]
    module.hand_out()
    module.hand_out()  # what is handed out already is not handed out again
    assert module.queue.count == len(chunks)
    for chunk in chunks:
        module.queue.enqueue(module.carry, chunk)
    worker = rq.SimpleWorker([module.queue], connection=module.queue.connection)
    worker.work(burst=True, logging_level="CRITICAL")
    check(module, job, postmark, chunks)
    assert not module.queue.failed_job_registry.count


def test_rq_cron_hands_out(redis_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As the page says."""
    rq = pytest.importorskip("rq", reason="RQ is not installed")
    redis = pytest.importorskip("redis", reason="RQ needs it")
    monkeypatch.setenv("REDIS_URL", redis_url)
    command = [str(Path(sys.executable).with_name("rq")), "cron", "jobs_rq.py", "--url", redis_url]
    log = tmp_path / "cron.log"
    with log.open("wb") as file:
        cron = subprocess.Popen(command, stdout=file, stderr=file, cwd=EXAMPLES)  # noqa: S603 - our own words
    try:
        with redis.Redis.from_url(redis_url) as connection:
            queue = rq.Queue(connection=connection)
            ends = time.monotonic() + _SECONDS
            while not queue.count:
                assert cron.poll() is None, log.read_text(errors="replace")
                assert time.monotonic() < ends
                time.sleep(0.1)
            assert queue.jobs[0].func_name == "jobs_rq.hand_out"
    finally:
        cron.kill()
        cron.wait()


def test_dramatiq(monkeypatch: pytest.MonkeyPatch, client: PostmarkClient, postmark: Postmark) -> None:
    dramatiq = pytest.importorskip("dramatiq", reason="Dramatiq is not installed")
    pytest.importorskip("redis", reason="Dramatiq's broker for Redis needs it")
    monkeypatch.delenv("REDIS_URL", raising=False)
    module = load("jobs_dramatiq", monkeypatch)
    monkeypatch.setattr(module, "postmark", client)
    job = add(module)
    chunks = [*module.jobs.due()]
    broker = module.carry.broker
    module.hand_out.send()
    for chunk in chunks:
        module.carry.send(chunk)
    worker = dramatiq.Worker(broker, worker_threads=2, worker_timeout=10)
    worker.start()
    try:
        broker.join(module.carry.queue_name, timeout=60_000, fail_fast=True)
        worker.join()
    finally:
        worker.stop()
        broker.close()
    check(module, job, postmark, chunks)


def test_taskiq(monkeypatch: pytest.MonkeyPatch, postmark: Postmark) -> None:
    pytest.importorskip("taskiq", reason="Taskiq is not installed")
    module = load("jobs_taskiq", monkeypatch)
    job = add(module)
    chunks = [*module.jobs.due()]

    async def run() -> None:
        async with AsyncPostmarkClient("token-for-tests", transport=lambda: postmark) as client:
            monkeypatch.setattr(module, "postmark", client)
            await module.broker.startup()
            tasks = [await module.hand_out.kiq()]
            await module.broker.wait_all()  # for what runs now: not for what that queues
            tasks += [await module.carry.kiq(chunk) for chunk in chunks]
            await module.broker.wait_all()
            for task in tasks:
                assert not (await task.get_result()).is_err
            await module.broker.shutdown()

    asyncio.run(run())
    check(module, job, postmark, chunks)


def test_procrastinate(
    postgresql_url: str, monkeypatch: pytest.MonkeyPatch, client: PostmarkClient, postmark: Postmark
) -> None:
    pytest.importorskip("procrastinate", reason="procrastinate is not installed")
    monkeypatch.setenv("POSTGRESQL_URL", postgresql_url.replace("+psycopg", ""))
    module = load("jobs_procrastinate", monkeypatch)
    monkeypatch.setattr(module, "postmark", client)
    job = add(module)
    chunks = [*module.jobs.due()]

    async def run() -> None:
        async with module.app.open_async():
            await module.app.schema_manager.apply_schema_async()
            for chunk in chunks:
                await module.carry.defer_async(chunk_id=chunk)
            await module.hand_out.defer_async(timestamp=0)
            await module.app.run_worker_async(wait=False, install_signal_handlers=False, concurrency=2)

    asyncio.run(run())
    check(module, job, postmark, chunks)

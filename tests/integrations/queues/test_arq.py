from __future__ import annotations

import asyncio
import os
from typing import TYPE_CHECKING, Any

import pytest

pytest.importorskip("arq", reason="arq is not installed")

from arq import create_pool
from arq.worker import Worker, get_kwargs

from postmark_sdk import InactiveRecipientError, OutcomeUnknownError
from tests.integrations.queues.scenario import ADDRESSES, BUSY, GONE, LOST, check, load, prepare

if TYPE_CHECKING:
    from postmark_sdk.testing import TestEmulator

pytestmark = pytest.mark.filterwarnings("ignore:Call to deprecated close:DeprecationWarning")  # arq's own


async def work(module: Any, job_id: str, address: str) -> Any:
    """What became of a job, after a worker has done it."""
    pool = await create_pool(module.WorkerSettings.redis_settings)
    job = await pool.enqueue_job("welcome", address, _job_id=job_id)
    assert job is not None
    options: dict[str, Any] = {"burst": True, "poll_delay": 0, "handle_signals": False}
    worker = Worker(**{**get_kwargs(module.WorkerSettings), **options})
    await worker.main()
    await worker.close()
    done = await job.result_info()
    await pool.aclose(close_connection_pool=True)
    assert done is not None
    return done.result


@pytest.fixture(name="module")
def _module(redis_url: str, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setitem(os.environ, "REDIS_URL", redis_url)
    module = load("tasks_arq", monkeypatch)
    monkeypatch.setattr(module, "PAUSE_SECONDS", 0)
    return module


def test_what_did_not_go_out_is_tried_again_and_nothing_else(postmark: TestEmulator, module: Any) -> None:
    prepare(postmark)
    results = {address: asyncio.run(work(module, address, address)) for address in ADDRESSES}
    check(postmark)
    assert results[BUSY] == postmark.outbox.one(to=BUSY).message_id
    assert isinstance(results[LOST], OutcomeUnknownError)
    assert isinstance(results[GONE], InactiveRecipientError)


def test_a_job_whose_worker_was_stopped_is_not_sent_again(postmark: TestEmulator, module: Any) -> None:
    async def stopped() -> None:
        pool = await create_pool(module.WorkerSettings.redis_settings)
        ctx: dict[str, Any] = {"redis": pool, "job_id": "one", "job_try": 1}
        await module.startup(ctx)
        running = asyncio.ensure_future(module.welcome(ctx, BUSY))
        while not await pool.exists("welcome:one"):
            continue
        running.cancel()
        await asyncio.wait([running])
        await module.shutdown(ctx)
        await pool.aclose(close_connection_pool=True)

    postmark.fail_next(kind="timeout")  # so that it hangs, and nothing of it arrives
    asyncio.run(stopped())
    assert isinstance(asyncio.run(work(module, "one", BUSY)), RuntimeError)
    assert not postmark.outbox

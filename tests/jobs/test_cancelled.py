"""Who cancels an async worker, with anyio or with asyncio itself, gets what has left answered and written."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import anyio
import pytest

from postmark_sdk import AsyncPostmarkClient, AuthenticationError
from postmark_sdk.jobs import LedgerError

from .postmark import Postmark, Waiting
from .test_sending import mails

if TYPE_CHECKING:
    from postmark_sdk.jobs import Jobs


@pytest.mark.parametrize("way", ["work_async", "work_on_async"])
def test_asyncio_cancels_a_worker_that_waits_for_an_answer(sqlite: Jobs, way: str) -> None:
    job = sqlite.add("news", mails(3))
    (chunk,) = sqlite.due()

    async def run() -> None:
        postmark = Waiting()
        async with AsyncPostmarkClient("token-for-tests", transport=lambda: postmark) as client:
            arguments: tuple[Any, ...] = (client, chunk) if way == "work_on_async" else (client,)
            working = asyncio.ensure_future(getattr(sqlite, way)(*arguments))
            await postmark.took.wait()
            working.cancel()
            await asyncio.wait([working], timeout=0.05)
            assert not working.done(), "the answer is still to come"
            postmark.answer.set()
            await asyncio.wait([working])
            assert working.cancelled()

    asyncio.run(run())
    assert (job.progress().accepted, job.state) == (3, "done")


@pytest.mark.anyio
async def test_a_scope_that_times_out_does_not_cut_a_call(sqlite: Jobs) -> None:
    job = sqlite.add("news", mails(3))
    (chunk,) = sqlite.due()
    postmark = Waiting()
    client = AsyncPostmarkClient("token-for-tests", transport=lambda: postmark)
    async with client, anyio.create_task_group() as group:
        group.start_soon(sqlite.work_on_async, client, chunk)
        await postmark.took.wait()
        group.cancel_scope.cancel()
        postmark.answer.set()
    assert job.progress().accepted == 3


def test_what_stops_a_chunk_is_raised_as_it_is(sqlite: Jobs, postmark: Postmark, monkeypatch: Any) -> None:
    sqlite.add("news", mails(3))
    (chunk,) = sqlite.due()
    postmark.plan = ["401"]

    async def run() -> None:
        async with AsyncPostmarkClient("token-for-tests", transport=lambda: postmark) as client:
            with pytest.raises(AuthenticationError):
                await sqlite.work_on_async(client, chunk)
            monkeypatch.setattr("postmark_sdk.jobs.content.wires", _fail)
            with pytest.raises(LedgerError, match="torn"):
                await sqlite.work_on_async(client, chunk)

    asyncio.run(run())


def _fail(_: object) -> Any:
    raise LedgerError("torn")

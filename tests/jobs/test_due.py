"""What a task queue is given to carry: each chunk once as long as nothing came of it."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from postmark_sdk import AsyncPostmarkClient, ConfigurationError, PostmarkClient

from .test_sending import mails

if TYPE_CHECKING:
    from postmark_sdk.jobs import Jobs

    from .postmark import Postmark

_LONG = 3600.0
_AT_ONCE = 1e-6


def test_chunks_are_told_again_and_again_if_nothing_is_noted(jobs: Jobs) -> None:
    jobs.add("news", mails(1203))
    assert list(jobs.due(2)) == list(jobs.due())[:2]
    assert len(jobs.due()) == 3


def test_a_chunk_is_handed_to_a_queue_once(jobs: Jobs) -> None:
    jobs.add("news", mails(1203))
    first, second = jobs.due(2, again_after=_LONG), jobs.due(3, again_after=_LONG)
    assert (len(first), len(second)) == (2, 1)
    assert not {*first} & {*second}
    assert not jobs.due(again_after=_LONG)


def test_no_more_are_in_the_queue_than_the_limit(jobs: Jobs, client: PostmarkClient) -> None:
    jobs.add("news", mails(1203))
    (first,) = jobs.due(1, again_after=_LONG)
    assert not jobs.due(1, again_after=_LONG)
    jobs.work_on(client, first)
    assert len(jobs.due(1, again_after=_LONG)) == 1


def test_a_chunk_whose_task_was_lost_is_handed_again(jobs: Jobs) -> None:
    jobs.add("news", mails(3))
    assert jobs.due(again_after=_LONG)
    assert jobs.due(again_after=_AT_ONCE)


def test_a_chunk_that_was_given_back_is_handed_again(jobs: Jobs, client: PostmarkClient, postmark: Postmark) -> None:
    jobs.add("news", mails(3))
    (chunk,) = jobs.due(again_after=_LONG)
    postmark.plan = ["429"]
    assert jobs.work_on(client, chunk) == 0
    assert list(jobs.due(again_after=_LONG)) == [chunk]


def test_a_chunk_that_is_done_or_paused_is_not_handed(jobs: Jobs, client: PostmarkClient) -> None:
    job = jobs.add("news", mails(3))
    job.pause()
    assert not jobs.due(again_after=_LONG)
    job.resume()
    (chunk,) = jobs.due(again_after=_LONG)
    assert jobs.work_on(client, chunk) is None
    assert not jobs.due(again_after=_AT_ONCE)


def test_a_mail_that_was_queued_by_itself_goes_before_those_of_jobs(jobs: Jobs) -> None:
    jobs.add("news", mails(1203))
    number = jobs.enqueue(next(mails(1)))
    assert list(jobs.due(1)) == [number]
    assert list(jobs.due(1, again_after=_LONG)) == [number]


@pytest.mark.parametrize("seconds", [0, -1, True, float("inf")])
def test_a_queue_is_given_seconds(sqlite: Jobs, seconds: float) -> None:
    with pytest.raises(ConfigurationError, match="again_after"):
        sqlite.due(again_after=seconds)


def work_on(jobs: Jobs, client: PostmarkClient, chunk: int, way: str, postmark: Postmark, **options: Any) -> Any:
    """Sync or async."""
    if way == "sync":
        return jobs.work_on(client, chunk, **options)

    async def run() -> Any:
        async with AsyncPostmarkClient("token-for-tests", transport=lambda: postmark) as other:
            return await jobs.work_on_async(other, chunk, **options)

    return asyncio.run(run())


@pytest.mark.parametrize("way", ["sync", "async"])
def test_a_task_waits_for_the_pace(sqlite: Jobs, client: PostmarkClient, postmark: Postmark, way: str) -> None:
    sqlite.add("news", mails(1203))
    sqlite.set_pace(messages_per_second=5000)  # a chunk of 500 takes the tenth of a second
    first, second, third = sqlite.due(again_after=_LONG)
    told = [work_on(sqlite, client, chunk, way, postmark, wait=30) for chunk in (first, second, third)]
    assert told == [None, None, None]
    assert len(postmark.taken) == 1203


@pytest.mark.parametrize("way", ["sync", "async"])
def test_a_chunk_that_its_task_could_not_wait_for_is_handed_again(
    sqlite: Jobs, client: PostmarkClient, postmark: Postmark, way: str
) -> None:
    sqlite.add("news", mails(1203))
    sqlite.set_pace(messages_per_second=1)
    first, second, third = sqlite.due(again_after=_LONG)
    assert work_on(sqlite, client, first, way, postmark) is None
    assert work_on(sqlite, client, second, way, postmark) > 400, "whoever waits for nothing comes again by itself"
    assert work_on(sqlite, client, third, way, postmark, wait=0.01) > 400
    assert list(sqlite.due(again_after=_LONG)) == [third]


def test_a_chunk_whose_task_came_during_a_pause_is_handed_again(sqlite: Jobs, client: PostmarkClient) -> None:
    job = sqlite.add("news", mails(3))
    (chunk,) = sqlite.due(again_after=_LONG)
    job.pause()
    assert sqlite.work_on(client, chunk) is None
    job.resume()
    assert list(sqlite.due(again_after=_LONG)) == [chunk]


@pytest.mark.parametrize("seconds", [0, -1, True, float("inf")])
def test_a_task_waits_for_seconds(sqlite: Jobs, client: PostmarkClient, seconds: float) -> None:
    with pytest.raises(ConfigurationError, match="wait"):
        sqlite.work_on(client, 1, wait=seconds)

"""What a task queue is given to carry: each chunk once as long as nothing came of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from postmark_sdk import ConfigurationError, PostmarkClient

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

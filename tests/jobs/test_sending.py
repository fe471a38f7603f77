"""Adding, working and reading, on every database."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest

from postmark_sdk import AsyncPostmarkClient, AuthenticationError, Email, PostmarkClient, TemplatedEmail
from tests.description import ROOT

from .trials import check

if TYPE_CHECKING:
    from collections.abc import Iterator

    from postmark_sdk.jobs import Jobs

    from .postmark import Postmark


def mail(number: int) -> Email:
    return Email(from_="shop@example.com", to=f"r{number}@example.org", subject="News", text_body="News.")


def mails(count: int) -> Iterator[Email]:
    return map(mail, range(count))


def test_each_message_of_a_job_is_sent_once_and_told(jobs: Jobs, client: PostmarkClient, postmark: Postmark) -> None:
    job = jobs.add("news", mails(1203))
    assert (job.state, job.progress().waiting, postmark.taken) == ("running", 1203, [])
    jobs.work(client, concurrency=3)
    assert postmark.counts == Counter(f"r{number}@example.org" for number in range(1203))
    told = list(job.results())
    ids = {taken["To"]: taken["MessageID"] for taken in postmark.taken}
    assert [(each.number, each.message_id) for each in told] == [(n, ids[f"r{n}@example.org"]) for n in range(1203)]
    assert str(told[0].submitted_at) == "2026-11-29 17:00:00.123456+00:00"
    assert {each.status for each in told} == {"accepted"}
    assert (job.state, job.progress().accepted, job.progress().finished) == ("done", 1203, True)


@pytest.mark.anyio
async def test_the_async_worker_does_the_same(jobs: Jobs, postmark: Postmark) -> None:
    job = jobs.add("news", mails(1203))
    async with AsyncPostmarkClient("token-for-tests", transport=lambda: postmark) as client:
        await jobs.work_async(client, concurrency=3)
    assert postmark.counts == Counter(f"r{number}@example.org" for number in range(1203))
    assert Counter(each.status for each in job.results()) == {"accepted": 1203}


def test_a_job_of_a_name_is_added_once(jobs: Jobs, client: PostmarkClient, postmark: Postmark) -> None:
    first = jobs.add("news", mails(3))
    jobs.work(client)
    again = jobs.add("news", mails(5))
    jobs.work(client)
    assert (first.id, len(postmark.taken)) == (again.id, 3)
    assert [job.name for job in jobs.list()] == ["news"]


def test_a_wrong_message_is_refused_and_keeps_nobody_back(jobs: Jobs, client: PostmarkClient) -> None:
    wrong: Any = {"from": "shop@example.com", "to": "no address", "text_body": "News."}
    job = jobs.add("news", [mail(0), wrong, mail(2)])
    jobs.work(client)
    told = list(job.results())
    assert [each.status for each in told] == ["accepted", "refused", "accepted"]
    assert told[1].text is not None
    assert told[1].text.startswith("messages[1].to")
    assert (job.progress().total, job.progress().refused, job.state) == (3, 1, "done")


def test_plain_and_templated_messages_go_in_calls_of_their_own(
    jobs: Jobs, client: PostmarkClient, postmark: Postmark
) -> None:
    templated = TemplatedEmail(from_="a@example.com", to="t@example.org", template_alias="news", template_model={})
    job = jobs.add("news", [mail(0), templated, mail(2), templated])
    assert [each.status for each in job.results()] == ["waiting"] * 4
    jobs.work(client)
    assert [each.number for each in job.results("accepted")] == [0, 1, 2, 3]
    assert postmark.calls == {"POST /email/batch": 1, "POST /email/batchWithTemplates": 1}


def test_what_postmark_refuses_is_told_with_its_words(jobs: Jobs, client: PostmarkClient) -> None:
    inactive = Email(from_="a@example.com", to="inactive@example.org", text_body="News.")
    job = jobs.add("news", [mail(0), inactive])
    jobs.work(client)
    refused = list(job.results("refused"))
    assert [(each.number, each.error_code, each.text) for each in refused] == [
        (1, 406, "You tried to send to an inactive recipient.")
    ]
    assert job.result(0).status == "accepted"


@pytest.mark.anyio
async def test_single_chunks_are_carried_by_the_async_client_too(sqlite: Jobs, postmark: Postmark) -> None:
    job = sqlite.add("news", mails(3))
    (chunk,) = sqlite.due()
    async with AsyncPostmarkClient("token-for-tests", transport=lambda: postmark) as client:
        postmark.plan = ["lost after"]
        assert await sqlite.work_on_async(client, chunk) is not None
        assert job.progress().unknown == 3
        await sqlite.work_async(client, look_up_first=True)
        assert await sqlite.work_on_async(client, chunk) is None
    assert check(job, postmark, 3) == {"accepted": 3}


@pytest.mark.anyio
async def test_an_error_of_the_async_worker_comes_out_as_it_is(sqlite: Jobs, postmark: Postmark) -> None:
    job = sqlite.add("news", mails(3))
    postmark.plan = ["401"]
    async with AsyncPostmarkClient("token-for-tests", transport=lambda: postmark) as client:
        with pytest.raises(AuthenticationError):
            await sqlite.work_async(client, wait=True)
    assert job.progress().waiting == 3


def test_a_worker_stops_when_told_and_what_has_left_is_written(
    sqlite: Jobs, client: PostmarkClient, postmark: Postmark
) -> None:
    stop = threading.Event()
    job = sqlite.add("news", mails(1500))
    postmark.plan = [stop.set]
    sqlite.work(client, concurrency=1, wait=True, stop=stop)
    progress = job.progress()
    assert (progress.sending, progress.accepted + progress.waiting) == (0, 1500)
    assert progress.accepted >= 500
    assert check(job, postmark, 1500)["accepted"] == progress.accepted


SIGNALLED = """
import os, signal, sys, time
from postmark_sdk import PostmarkClient
from postmark_sdk.jobs import Jobs
from tests.jobs.postmark import Postmark

postmark = Postmark()
postmark.plan = [lambda: (os.kill(os.getpid(), getattr(signal, sys.argv[2])), time.sleep(0.5))]
with Jobs(sys.argv[1]) as jobs, PostmarkClient("token-for-tests", transport=lambda: postmark) as client:
    jobs.work(client, concurrency=1, wait=True)
"""


@pytest.mark.skipif(os.name == "nt", reason="signals of POSIX")
@pytest.mark.parametrize("name", ["SIGTERM", "SIGINT"])
def test_a_signal_ends_a_worker_after_its_answers_are_written(name: str, sqlite: Jobs, ledger_url: str) -> None:
    job = sqlite.add("news", mails(1500))
    command = [sys.executable, "-c", SIGNALLED, ledger_url, name]
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)  # noqa: S603
    assert ended.returncode == -getattr(signal, name), ended.stderr
    progress = job.progress()
    assert (progress.sending, progress.unknown, progress.accepted + progress.waiting) == (0, 0, 1500)
    assert progress.accepted >= 500

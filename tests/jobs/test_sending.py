"""Adding, working and reading, on every database."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import threading
from collections import Counter
from typing import TYPE_CHECKING, Any

import anyio
import httpx
import pytest
from sqlalchemy import create_engine, event, text

from postmark_sdk import AsyncPostmarkClient, AuthenticationError, Email, PostmarkClient, TemplatedEmail
from postmark_sdk.jobs import Jobs, UnrecordedError
from tests.description import ROOT

from .trials import check

if TYPE_CHECKING:
    from collections.abc import Iterator

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
import asyncio, os, signal, sys, time
import anyio
from postmark_sdk import AsyncPostmarkClient, PostmarkClient
from postmark_sdk.jobs import Jobs
from tests.jobs.postmark import Postmark

class Slow(Postmark):
    async def handle_async_request(self, request):
        try:
            return await super().handle_async_request(request)
        finally:
            await anyio.sleep(0.5)

async def work():
    async with AsyncPostmarkClient("token-for-tests", transport=lambda: postmark) as client:
        await jobs.work_async(client, concurrency=1, wait=True)

postmark = Slow()
postmark.plan = [lambda: (os.kill(os.getpid(), getattr(signal, sys.argv[2])), time.sleep(0.5))]
with Jobs(sys.argv[1]) as jobs:
    if sys.argv[3] == "threads":
        with PostmarkClient("token-for-tests", transport=lambda: postmark) as client:
            jobs.work(client, concurrency=1, wait=True)
    elif sys.argv[3] == "asyncio":
        asyncio.run(work())
    else:
        anyio.run(work, backend="trio")
"""


@pytest.mark.skipif(os.name == "nt", reason="signals of POSIX")
@pytest.mark.parametrize("how", ["threads", "asyncio", "trio"])
@pytest.mark.parametrize("name", ["SIGTERM", "SIGINT"])
def test_a_signal_ends_a_worker_after_its_answers_are_written(
    name: str, how: str, sqlite: Jobs, ledger_url: str
) -> None:
    job = sqlite.add("news", mails(1500))
    command = [sys.executable, "-c", SIGNALLED, ledger_url, name, how]
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)  # noqa: S603
    assert ended.returncode == -getattr(signal, name), ended.stderr
    progress = job.progress()
    assert (progress.sending, progress.unknown, progress.accepted + progress.waiting) == (0, 0, 1500)
    assert progress.accepted >= 500


@pytest.mark.skipif(os.name == "nt", reason="signals of POSIX")
def test_a_signal_waits_for_no_lock(sqlite: Jobs, client: PostmarkClient, monkeypatch: pytest.MonkeyPatch) -> None:
    """It may interrupt the very code that holds one."""
    stop, raised = threading.Event(), list[int]()
    stop.set()

    class Events(threading.Event):
        held = False

        def set(self) -> None:
            assert not self.held, "this would wait for ever"
            if threading.get_ident() == threading.main_thread().ident and not raised:
                self.held = True
                os.kill(os.getpid(), signal.SIGTERM)
                self.held = False
            super().set()

    sqlite.create_tables()
    monkeypatch.setattr(threading, "Event", Events)
    monkeypatch.setattr(signal, "raise_signal", raised.append)
    sqlite.work(client, concurrency=1, wait=True, stop=stop)
    assert raised == [signal.SIGTERM]


class _Slow(httpx.AsyncBaseTransport):
    """Says when a request is there, and takes its time."""

    def __init__(self, postmark: Postmark) -> None:
        self.there = anyio.Event()
        self._postmark = postmark

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        answer = await self._postmark.handle_async_request(request)
        self.there.set()
        await anyio.sleep(0.2)
        return answer


@pytest.mark.parametrize("name", ["work_async", "work_on_async"])
def test_a_task_that_is_cancelled_writes_what_has_left(name: str, sqlite: Jobs, postmark: Postmark) -> None:
    """By asyncio itself, which knows nothing of anyio's shields."""
    job = sqlite.add("news", mails(1500))
    first = sqlite.due()[0]

    async def work(slow: _Slow) -> None:
        async with AsyncPostmarkClient("token-for-tests", transport=lambda: slow) as client:
            await (
                sqlite.work_async(client, concurrency=1)
                if name == "work_async"
                else sqlite.work_on_async(client, first)
            )

    async def main() -> None:
        slow = _Slow(postmark)
        task = asyncio.ensure_future(work(slow))
        await slow.there.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(main())
    assert job.progress().chunks == {"done": 1, "waiting": 2}
    assert check(job, postmark, 1500)["accepted"] == 500


@pytest.mark.anyio
async def test_cancellation_while_a_chunk_is_taken_gives_it_back(sqlite: Jobs, postmark: Postmark) -> None:
    job = sqlite.add("news", mails(3))
    taking, cancelled = threading.Event(), threading.Event()
    engine = sqlite._database._engines()[1]

    @event.listens_for(engine, "commit")
    def _(_: object) -> None:
        taking.set()
        cancelled.wait(10)

    client = AsyncPostmarkClient("token-for-tests", transport=lambda: postmark)
    async with client, anyio.create_task_group() as group:
        group.start_soon(sqlite.work_async, client)
        await anyio.to_thread.run_sync(taking.wait, 10)
        group.cancel_scope.cancel()
        threading.Timer(0.2, cancelled.set).start()
    assert (job.progress().chunks, postmark.taken) == ({"waiting": 1}, [])


@pytest.mark.anyio
async def test_an_error_of_a_single_chunk_comes_out_as_it_is(sqlite: Jobs, postmark: Postmark, ledger_url: str) -> None:
    sqlite.add("news", mails(3))
    (chunk,) = sqlite.due()
    with Jobs(ledger_url, patience=0.01) as jobs:
        jobs.create_tables()
        engine = create_engine(ledger_url)
        with engine.begin() as connection:
            connection.execute(text("DROP TABLE postmark_messages"))
        engine.dispose()
        async with AsyncPostmarkClient("token-for-tests", transport=lambda: postmark) as client:
            with pytest.raises(UnrecordedError) as caught:
                await jobs.work_on_async(client, chunk)
    assert {*caught.value.message_ids.values()} == {mail["MessageID"] for mail in postmark.taken}

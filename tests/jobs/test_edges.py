"""What is rare: odd answers, a job that is cancelled while it is sent, many threads, slow input."""

from __future__ import annotations

import datetime as _dt
import json
import threading
import time
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from sqlalchemy import URL, create_engine, text

from postmark_sdk import PostmarkClient
from postmark_sdk.jobs import Jobs, LedgerError
from tests.description import ROOT

from .trials import check, pass_time, plain, scalar

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from postmark_sdk import Email

    from .postmark import Postmark


@pytest.mark.parametrize("what", ["429", "503", "no connection", "422"])
def test_what_was_not_taken_of_a_cancelled_job_is_cancelled(
    what: str, jobs: Jobs, client: PostmarkClient, postmark: Postmark
) -> None:
    job = jobs.add("news", [plain(0)])
    (chunk,) = jobs.due()
    answers = postmark._next

    def cancelled() -> Any:
        job.cancel()
        return answers()

    postmark._next = cancelled  # type: ignore[method-assign]  # before anything is taken
    postmark.plan = [what]
    assert jobs.work_on(client, chunk) is None
    assert (job.progress().chunks, [each.status for each in job.results()]) == ({"cancelled": 1}, ["cancelled"])
    job.delete()


@pytest.mark.parametrize("words", ["a\ud800b", "a\0b", "x" * 100_000, "\U0001f600"])
@pytest.mark.parametrize("status", [422, 429])
def test_odd_words_of_a_refusal_are_kept_as_a_database_takes_them(status: int, words: str, jobs: Jobs) -> None:
    def answer(_: httpx.Request) -> httpx.Response:
        content = json.dumps({"ErrorCode": 1, "Message": words})
        return httpx.Response(status, content=content, headers={"retry-after": "0"})

    job = jobs.add("news", [plain(0)])
    (chunk,) = jobs.due()
    with PostmarkClient("token-for-tests", transport=lambda: httpx.MockTransport(answer)) as client:
        jobs.work_on(client, chunk)
    assert job.progress().chunks == {"held" if status == 422 else "waiting": 1}


@pytest.mark.parametrize("seconds", ["1e12", "1e300", "99999999999"])
def test_nobody_waits_for_ever_because_an_answer_says_so(seconds: str, jobs: Jobs, database_url: str) -> None:
    def answer(_: httpx.Request) -> httpx.Response:
        return httpx.Response(429, json={"ErrorCode": 429, "Message": "No."}, headers={"retry-after": seconds})

    job = jobs.add("news", [plain(0)])
    (chunk,) = jobs.due()
    with PostmarkClient("token-for-tests", transport=lambda: httpx.MockTransport(answer)) as client:
        again = jobs.work_on(client, chunk)
    assert again is not None
    assert again <= 3600
    assert job.progress().chunks == {"waiting": 1}
    pass_time(database_url)


def test_contents_of_what_was_cancelled_are_dropped_in_time(jobs: Jobs, database_url: str) -> None:
    jobs.add("news", [plain(0)]).cancel()
    jobs.add("other", [plain(0)])
    assert jobs.prune(_dt.timedelta(days=1)) == 0
    assert jobs.prune(_dt.timedelta(0)) == 1
    assert scalar(database_url, "SELECT count(*) FROM postmark_contents") == 1


def test_more_threads_than_connections_work(sqlite: Jobs, ledger_url: str, postmark: Postmark) -> None:
    engine = create_engine(ledger_url, pool_size=1, max_overflow=0, pool_timeout=0.01)
    job = sqlite.add("news", [plain(0)])
    with PostmarkClient("token-for-tests", transport=lambda: postmark) as client, Jobs(engine, patience=20) as jobs:
        jobs.work(client, concurrency=20)
    engine.dispose()
    assert check(job, postmark, 1) == {"accepted": 1}


def test_threads_that_begin_together_wait_for_the_tables(database_url: str) -> None:
    opened: list[int] = []
    seen: list[Any] = []
    ready = threading.Barrier(8)
    with Jobs(database_url) as jobs:
        prepare = jobs._database._prepare

        def slow(engine: Any) -> None:
            opened.append(1)
            time.sleep(0.05)
            prepare(engine)

        jobs._database._prepare = slow  # type: ignore[method-assign]  # to see it

        def look() -> None:
            ready.wait()
            seen.append(jobs.list())

        threads = [threading.Thread(target=look) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert (opened, seen) == ([1], [[]] * 8)


def test_a_slow_input_keeps_its_job(ledger_url: str) -> None:
    """It says now and then that it lives, long before a portion is full."""
    with Jobs(ledger_url, lease=1) as jobs, Jobs(ledger_url, lease=1) as other:

        def slow() -> Iterator[Email]:
            for number in range(8):
                time.sleep(0.2)
                yield plain(number)
            with pytest.raises(LedgerError, match="somebody else is adding"):
                other.add("news", [])

        assert jobs.add("news", slow()).progress().waiting == 8


@pytest.mark.parametrize("url", ["sqlite://", "sqlite:///file:mail?mode=memory&cache=shared&uri=true"])
@pytest.mark.filterwarnings("ignore")
def test_memory_is_no_ledger_however_it_is_named(url: str) -> None:
    with pytest.raises(LedgerError, match="name a file"):
        Jobs(url).list()
    engine = create_engine(url)
    with pytest.raises(LedgerError, match="name a file"):
        Jobs(engine).list()
    engine.dispose()


def test_a_file_of_any_name_will_do(tmp_path: Path) -> None:
    path = tmp_path / "Ä b#c?%20.db"
    with Jobs(URL.create("sqlite", database=str(path))) as jobs:
        assert jobs.add("news", [plain(0)]).progress().waiting == 1
    assert path.exists()


def test_questions_of_the_manual_are_answered(jobs: Jobs, database_url: str, client: PostmarkClient) -> None:
    page = (ROOT / "docs" / "reference" / "jobs.md").read_text(encoding="utf-8")
    queries = page.partition("```sql\n")[2].partition("```")[0].split(";")[:-1]
    wrong: Any = {"to": "nobody"}
    jobs.add("news", [plain(0), plain(1), wrong])
    jobs.add("wrong", [wrong])
    jobs.work(client)
    engine = create_engine(database_url)
    with engine.connect() as connection:
        far, *_, refused = [connection.execute(text(query)).all() for query in queries]
    engine.dispose()
    assert sorted((name, state, int(count)) for name, state, count, _ in far) == [
        ("news", "done", 3),
        ("wrong", "done", 1),
    ]
    assert [tuple(row) for row in refused] == [(None, 2)]

"""What each answer, or none, does to a chunk and its messages; and what people can do about it."""

from __future__ import annotations

import csv
import datetime as _dt
import io
import json
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import create_engine, func, select, text
from sqlalchemy.orm import Session

from postmark_sdk import (
    AuthenticationError,
    Email,
    Guard,
    GuardError,
    InvalidMessageError,
    PostmarkClient,
)
from postmark_sdk.jobs import Jobs, LedgerError, StoppedError
from postmark_sdk.jobs.tables import metadata

from .trials import check, pass_time, plain, templated, two_chunks

if TYPE_CHECKING:
    from .postmark import Postmark


@pytest.mark.parametrize(
    ("what", "state", "then"),
    [
        ("429", "waiting", {"accepted": 3}),
        ("503", "waiting", {"accepted": 3}),
        ("no connection", "waiting", {"accepted": 3}),
        ("lost before", "unknown", {"unknown": 3}),
        ("500", "unknown", {"unknown": 3}),
        ("lost after", "unknown", {"accepted": 3}),
        ("garbage", "unknown", {"accepted": 3}),
        ("one row less", "unknown", {"accepted": 3}),
        ("nothing in row 0", "unknown", {"accepted": 3}),
        ("422", "held", {"waiting": 3}),
    ],
)
def test_a_call_does_to_its_chunk_what_is_certain(
    what: str,
    state: str,
    then: dict[str, int],
    jobs: Jobs,
    database_url: str,
    client: PostmarkClient,
    postmark: Postmark,
) -> None:
    job = jobs.add("news", map(plain, range(3)))
    (chunk,) = jobs.due()
    postmark.plan = [what]
    again = jobs.work_on(client, chunk)
    assert job.progress().chunks == {state: 1}
    assert (again is None) is (state == "held")
    pass_time(database_url)
    jobs.work(client)
    assert check(job, postmark, 3) == then
    assert job.state == {"accepted": "done", "unknown": "running", "waiting": "running"}[next(iter(then))]


@pytest.mark.parametrize(("what", "error"), [("401", AuthenticationError), ("credit", StoppedError)])
def test_what_every_chunk_would_meet_stops_the_worker_and_loses_nothing(
    what: str, error: type[Exception], sqlite: Jobs, client: PostmarkClient, postmark: Postmark
) -> None:
    job = sqlite.add("news", two_chunks())
    postmark.plan = [what]
    with pytest.raises(error):
        sqlite.work(client, concurrency=1)
    assert job.progress().chunks == {"waiting": 2}
    postmark.taken.clear()
    sqlite.work(client)
    assert check(job, postmark, 6) == {"accepted": 6}


def test_a_held_chunk_goes_when_a_person_says_so(sqlite: Jobs, client: PostmarkClient, postmark: Postmark) -> None:
    job = sqlite.add("news", two_chunks())
    postmark.plan = ["422"]
    sqlite.work(client, concurrency=1)
    assert (job.progress().held, job.progress().accepted, job.state) == (3, 3, "running")
    job.resume()
    sqlite.work(client)
    assert check(job, postmark, 6) == {"accepted": 6}


def test_a_rate_limit_of_one_worker_makes_all_of_them_wait(
    sqlite: Jobs, client: PostmarkClient, postmark: Postmark
) -> None:
    sqlite.add("news", two_chunks())
    first, second = sqlite.due()
    postmark.plan = ["503"]
    assert sqlite.work_on(client, first) is not None
    assert sqlite.work_on(client, second) is not None
    assert postmark.calls == {"POST /email/batch": 1}


def test_all_workers_keep_to_one_pace(sqlite: Jobs, client: PostmarkClient, postmark: Postmark) -> None:
    sqlite.set_pace(messages_per_second=1)
    sqlite.add("news", two_chunks())
    first, second = sqlite.due()
    assert sqlite.work_on(client, first) is None
    seconds = sqlite.work_on(client, second)
    assert seconds is not None
    assert 0 < seconds <= 2
    assert len(postmark.taken) == 3
    sqlite.set_pace(messages_per_second=None)
    assert sqlite.work_on(client, second) is None
    assert len(postmark.taken) == 6


def test_what_was_not_found_is_sent_again_only_if_the_job_says_so(
    sqlite: Jobs, ledger_url: str, client: PostmarkClient, postmark: Postmark
) -> None:
    careful = sqlite.add("careful", map(plain, range(3)))
    eager = sqlite.add("eager", map(plain, range(3)), resend_not_found_after=600)
    postmark.plan = ["lost before", "lost before"]
    for chunk in sqlite.due():
        sqlite.work_on(client, chunk)
    pass_time(ledger_url)
    sqlite.work(client)
    assert (careful.progress().unknown, eager.progress().unknown, len(postmark.taken)) == (3, 3, 0)
    _sent_earlier(ledger_url)
    sqlite.work(client)
    assert (careful.progress().unknown, eager.progress().accepted) == (3, 3)
    assert check(eager, postmark, 3) == {"accepted": 3}
    assert careful.resend_unknown() == 1
    postmark.taken.clear()
    sqlite.work(client)
    assert check(careful, postmark, 3) == {"accepted": 3}


def test_only_messages_of_unknown_outcome_go_again(sqlite: Jobs, client: PostmarkClient, postmark: Postmark) -> None:
    job = sqlite.add("news", map(plain, range(3)))
    postmark.plan = ["nothing in row 0"]
    sqlite.work_on(client, sqlite.due()[0])
    assert [each.status for each in job.results()] == ["unknown", "accepted", "accepted"]
    del postmark.taken[0]  # as if it had never come
    job.resend_unknown()
    sqlite.work(client)
    assert check(job, postmark, 3) == {"accepted": 3}


def test_looks_end_after_a_day(sqlite: Jobs, ledger_url: str, client: PostmarkClient, postmark: Postmark) -> None:
    job = sqlite.add("news", map(plain, range(3)))
    postmark.plan = ["lost before"]
    sqlite.work_on(client, sqlite.due()[0])
    _sent_earlier(ledger_url)
    sqlite.work(client)
    assert (job.state, job.progress().unknown, sqlite.due()) == ("done", 3, [])
    assert postmark.calls["GET /messages/outbound"] == 1


def _sent_earlier(url: str) -> None:
    """As if everything had been sent days ago."""
    pass_time(url)
    engine = create_engine(url)
    with engine.begin() as connection:
        connection.execute(text("UPDATE postmark_chunks SET sent_at = '2000-01-01 00:00:00.000000'"))
    engine.dispose()


def test_a_paused_job_sends_nothing_until_it_is_resumed(
    sqlite: Jobs, client: PostmarkClient, postmark: Postmark
) -> None:
    job = sqlite.add("news", two_chunks())
    postmark.plan = [job.pause]
    sqlite.work(client, concurrency=1)
    assert (job.state, len(postmark.taken), job.progress().accepted) == ("paused", 3, 3)
    job.resume()
    sqlite.work(client)
    assert check(job, postmark, 6) == {"accepted": 6}
    job.pause()
    assert job.state == "done"


def test_a_cancelled_job_finishes_what_has_left_and_sends_nothing_else(
    sqlite: Jobs, client: PostmarkClient, postmark: Postmark
) -> None:
    job = sqlite.add("news", two_chunks())
    postmark.plan = [job.cancel]
    sqlite.work(client, concurrency=1)
    assert check(job, postmark, 6) == {"accepted": 3, "cancelled": 3}
    assert (job.state, job.progress().finished) == ("cancelled", True)
    with pytest.raises(LedgerError, match="is cancelled; for that it has to be running or paused"):
        job.resume()


def test_a_deleted_job_is_gone_and_its_name_is_free(sqlite: Jobs, ledger_url: str, client: PostmarkClient) -> None:
    job = sqlite.add("news", two_chunks())
    with pytest.raises(LedgerError, match="cancel it first"):
        job.delete()
    sqlite.work(client)
    job.delete()
    engine = create_engine(ledger_url)
    with engine.connect() as connection:
        counts = {
            t.name: connection.execute(select(func.count()).select_from(t)).scalar() for t in metadata.sorted_tables
        }
    engine.dispose()
    assert counts == {"postmark_ledger": 1} | dict.fromkeys(
        ("postmark_jobs", "postmark_chunks", "postmark_contents", "postmark_messages"), 0
    )
    with pytest.raises(LedgerError, match="there is no job 'news'"):
        sqlite.get("news")
    assert sqlite.add("news", [plain(0)]).progress().total == 1


def test_contents_are_dropped_and_results_kept(sqlite: Jobs, client: PostmarkClient) -> None:
    job = sqlite.add("news", two_chunks())
    number = sqlite.enqueue(plain(7), key="order-7")
    sqlite.work(client)
    waiting = sqlite.add("later", [plain(8)])
    assert sqlite.prune(_dt.timedelta(days=1)) == 0
    assert sqlite.prune(_dt.timedelta(0)) == 3
    assert [each.status for each in job.results()] == ["accepted"] * 6
    with pytest.raises(LedgerError, match=f"has no message {number}"):
        sqlite.get("outbox").result(number)
    sqlite.work(client)
    assert waiting.progress().accepted == 1


# --- the outbox -----------------------------------------------------------------------------------------------------


def test_a_mail_is_queued_exactly_if_the_transaction_commits(
    jobs: Jobs, database_url: str, client: PostmarkClient, postmark: Postmark
) -> None:
    jobs.create_tables()
    engine = create_engine(database_url)
    with Session(engine) as session:
        jobs.enqueue(plain(1), session=session)
        session.rollback()
        number = jobs.enqueue(plain(2), session=session, key="order-2")
        session.commit()
    with engine.begin() as connection:
        jobs.add("news", [plain(3)], connection=connection)
        connection.rollback()
    engine.dispose()
    jobs.work(client)
    assert postmark.counts == {"r2@example.org": 1}
    assert jobs.get("outbox").result(number).message_id == postmark.taken[0]["MessageID"]
    assert [job.name for job in jobs.list()] == ["outbox"]


def test_a_key_queues_a_mail_once(jobs: Jobs, client: PostmarkClient, postmark: Postmark) -> None:
    first = jobs.enqueue(plain(1), key="order-1")
    jobs.work(client)
    assert jobs.enqueue(plain(1), key="order-1") == first
    other = jobs.enqueue(plain(2), job="other", key="order-1")
    assert other != first
    jobs.work(client)
    assert {*postmark.counts.values()} == {1}
    assert [each.status for each in jobs.get("other").results()] == ["accepted"]


def test_single_mails_go_before_those_of_jobs(sqlite: Jobs, client: PostmarkClient, postmark: Postmark) -> None:
    sqlite.add("news", two_chunks())
    sqlite.enqueue(plain(99))
    sqlite.work(client, concurrency=1)
    assert postmark.taken[0]["To"] == "r99@example.org"


def test_a_wrong_mail_is_refused_when_it_is_queued(sqlite: Jobs) -> None:
    wrong: Any = {"from": "shop@example.com", "to": "nobody", "text_body": "News."}
    with pytest.raises(InvalidMessageError, match="to: "):
        sqlite.enqueue(wrong)
    with pytest.raises(InvalidMessageError, match="key: it takes a text of 1 to 200 visible characters"):
        sqlite.enqueue(plain(0), key="")


def test_jobs_and_outboxes_keep_apart(sqlite: Jobs) -> None:
    sqlite.add("news", [plain(0)])
    sqlite.enqueue(plain(0))
    with pytest.raises(LedgerError, match="'news' is a job of many mails"):
        sqlite.enqueue(plain(0), job="news")
    with pytest.raises(LedgerError, match="'outbox' is an outbox"):
        sqlite.add("outbox", [plain(0)])


def test_a_transaction_of_the_caller_makes_no_tables(sqlite: Jobs, ledger_url: str) -> None:
    engine = create_engine(ledger_url)
    with engine.begin() as connection, pytest.raises(LedgerError, match=r"jobs\.create_tables"):
        sqlite.enqueue(plain(0), connection=connection)
    engine.dispose()


# --- the rest -------------------------------------------------------------------------------------------------------


def test_defaults_and_guard_count_when_a_job_is_added(
    ledger_url: str, client: PostmarkClient, postmark: Postmark
) -> None:
    guard = Guard(allow=["*@example.org"])
    with Jobs(ledger_url, defaults={"from_": "shop@example.com", "tag": "news"}, guard=guard) as jobs:
        mails = [{"to": "a@example.org", "text_body": "News."}, {"to": "b@example.net", "text_body": "News."}]
        job = jobs.add("news", mails)  # type: ignore[arg-type]  # the sender is a default
        jobs.work(client)
        assert [each.status for each in job.results()] == ["accepted", "refused"]
    assert [(mail["From"], mail["Tag"]) for mail in postmark.taken] == [("shop@example.com", "news")]


def test_a_guard_of_the_worker_stops_what_is_in_the_ledger(sqlite: Jobs, postmark: Postmark) -> None:
    job = sqlite.add("news", [plain(0), Email(from_="a@example.com", to="x@example.net", text_body="News."), plain(2)])
    guard = Guard(allow=["*@example.org"])
    with PostmarkClient("token-for-tests", transport=lambda: postmark, guard=guard) as client:
        sqlite.work(client)
    assert [each.status for each in job.results()] == ["accepted", "refused", "accepted"]
    assert "outside what the client's guard allows" in str(job.result(1).text)
    assert [mail["To"] for mail in postmark.taken] == ["r0@example.org", "r2@example.org"]


def test_a_guard_that_refuses_live_servers_stops_the_worker(sqlite: Jobs, postmark: Postmark) -> None:
    job = sqlite.add("news", [plain(0)])
    guard = Guard(allow=["*@*"], refuse_live_servers=True)
    with (
        PostmarkClient("token-for-tests", transport=lambda: postmark, guard=guard) as client,
        pytest.raises(GuardError),
    ):
        sqlite.work(client)
    assert (job.progress().chunks, postmark.taken) == ({"waiting": 1}, [])


def test_results_are_written_as_csv_and_as_lines_of_json(sqlite: Jobs, client: PostmarkClient) -> None:
    job = sqlite.add("news", map(plain, range(3)))
    sqlite.work(client)
    table, lines = io.StringIO(newline=""), io.StringIO()
    assert (job.write_csv(table), job.write_jsonl(lines, "accepted"), job.write_jsonl(io.StringIO(), "unknown")) == (
        3,
        3,
        0,
    )
    rows = list(csv.DictReader(io.StringIO(table.getvalue())))
    read = [json.loads(line) for line in lines.getvalue().splitlines()]
    assert [row["message_id"] for row in rows] == [each["message_id"] for each in read]
    assert read[2]["submitted_at"] == rows[2]["submitted_at"] == "2026-11-29T17:00:00.123456+00:00"


def test_a_ledger_of_a_newer_version_is_refused(sqlite: Jobs, ledger_url: str) -> None:
    sqlite.create_tables()
    engine = create_engine(ledger_url)
    with engine.begin() as connection:
        connection.execute(text("UPDATE postmark_ledger SET version = 99"))
    engine.dispose()
    with Jobs(ledger_url) as jobs, pytest.raises(LedgerError, match="version 99, newer than 1: update the package"):
        jobs.list()


def test_a_database_that_forgets_is_refused() -> None:
    with pytest.raises(LedgerError, match="name a file"):
        Jobs("sqlite://").list()


def test_progress_tells_in_a_line(sqlite: Jobs, client: PostmarkClient, capsys: pytest.CaptureFixture[str]) -> None:
    job = sqlite.add("news", two_chunks())
    assert str(job.progress()) == "running: 0 of 6 accepted"
    sqlite.work(client, progress=True)
    assert capsys.readouterr().err.splitlines()[-1] == "news: done: 6 of 6 accepted"
    assert str(job.progress()) == "done: 6 of 6 accepted"
    assert repr(job) == "Job('news')"


def test_results_of_many_windows_come_in_order_and_once(
    sqlite: Jobs, client: PostmarkClient, postmark: Postmark
) -> None:
    mails = ((templated if number % 7 == 0 else plain)(number) for number in range(12_003))
    job = sqlite.add("news", mails)
    for chunk in sqlite.due()[3:9]:
        sqlite.work_on(client, chunk)
    assert check(job, postmark, 12_003) == {"accepted": len(postmark.taken), "waiting": 12_003 - len(postmark.taken)}
    assert len(list(job.results("waiting"))) == 12_003 - len(postmark.taken)


@pytest.mark.parametrize(
    ("one", "other"), [("order-a", "order-A"), ("cafe", "café"), ("ß", "ss"), ("x-😀", "x-😁"), ("%", "%%")]
)
def test_two_keys_or_names_that_differ_are_two(one: str, other: str, jobs: Jobs) -> None:
    assert jobs.enqueue(plain(0), key=one) != jobs.enqueue(plain(0), key=other)
    assert jobs.add(one, [plain(0)]).id != jobs.add(other, [plain(0)]).id


@pytest.mark.parametrize("name", ["news ", "\u00a0news", " "])
def test_a_blank_at_an_end_of_a_name_is_refused(name: str, sqlite: Jobs) -> None:
    with pytest.raises(InvalidMessageError, match="name: "):
        sqlite.add(name, [])
    with pytest.raises(InvalidMessageError, match="key: "):
        sqlite.enqueue(plain(0), key=name)


def test_a_transaction_that_began_before_another_queued_the_same_is_told_so(jobs: Jobs, database_url: str) -> None:
    """MySQL shows such a transaction what was there when it began."""
    if database_url.startswith("sqlite"):
        pytest.skip("it has one writer at a time")
    jobs.create_tables()
    engine = create_engine(database_url)
    with engine.begin() as connection:
        connection.execute(text("SELECT count(*) FROM postmark_jobs"))
        number, job = jobs.enqueue(plain(0), key="order-1"), jobs.add("news", [plain(0)])
        assert jobs.enqueue(plain(0), key="order-1", connection=connection) == number
        assert jobs.add("news", [plain(0)], connection=connection).id == job.id
    engine.dispose()

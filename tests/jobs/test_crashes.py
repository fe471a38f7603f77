"""A process ends after every commit, and before and after every request; another one finishes what it left."""

from __future__ import annotations

import gc
import itertools
import shutil
import threading
import time
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import create_engine, event, text
from sqlalchemy.exc import OperationalError

from postmark_sdk import PostmarkClient
from postmark_sdk.jobs import Jobs, LedgerError, UnrecordedError
from postmark_sdk.jobs.desk import Desk
from postmark_sdk.jobs.ledger import Taken

from .postmark import Death, Postmark
from .trials import Dying, Steps, check, pass_time, plain, scalar, two_chunks

if TYPE_CHECKING:
    from collections import Counter
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from sqlalchemy import Engine

    from postmark_sdk import Email

TOTAL = 6
pytestmark = pytest.mark.filterwarnings("ignore::ResourceWarning")


@pytest.fixture(autouse=True)
def _connections_of_the_dead() -> Iterator[None]:
    """Nobody closes what a process had open when it died, or what a server cut."""
    yield
    gc.collect()


def client_of(steps: Steps) -> PostmarkClient:
    return PostmarkClient("token-for-tests", transport=lambda: steps)


def test_a_worker_that_dies_at_any_step_doubles_and_loses_nothing(database_url: str) -> None:
    seen: list[Counter[str]] = []
    at = 0
    for at in itertools.count(1):
        postmark = Postmark()
        name = f"news-{at}"
        with Jobs(database_url) as jobs:
            job = jobs.add(name, two_chunks())
            dying = Dying(postmark, at)
            engine = dying.engine(database_url)
            with client_of(dying) as client, Jobs(engine, patience=0.001) as mortal:
                died = dying_in(mortal, client)
                engine.dispose()
            pass_time(database_url)
            with PostmarkClient("token-for-tests", transport=lambda it=postmark: it) as client:  # type: ignore[misc]
                jobs.work(client)
            seen.append(check(job, postmark, TOTAL))
            assert "waiting" not in seen[-1]
        if not died:
            break
    # Two chunks: only who dies between the commit and the request leaves something that nobody can know of.
    assert [each["unknown"] for each in seen if each["unknown"]] == [3, 3]
    assert len(seen) > 12


def dying_in(jobs: Jobs, client: PostmarkClient) -> bool:
    """Work until the process ends or is done; whether it ended."""
    try:
        jobs.work(client, concurrency=1)
    except Death:
        return True
    return False


def test_an_adder_that_dies_at_any_step_leaves_a_job_that_can_be_added_again(sqlite: Jobs, ledger_url: str) -> None:
    """Two portions, so that one is there already when it dies."""
    total = 10_501
    messages = [plain(number) for number in range(total)]
    at = 0
    for at in itertools.count(1):
        postmark = Postmark()
        dying = Dying(postmark, at)
        with Jobs(engine := dying.engine(ledger_url), patience=0.001) as mortal:
            try:
                mortal.add(f"news-{at}", messages)
                died = False
            except Death:
                died = True
            engine.dispose()
        assert postmark.taken == []
        pass_time(ledger_url)
        job = sqlite.add(f"news-{at}", messages)
        assert (job.state, job.progress().waiting) == ("running", total)
        assert job.progress().chunks == {"waiting": 22}
        assert scalar(ledger_url, "SELECT count(*) FROM postmark_contents") == 22
        job.cancel()
        job.delete()
        if not died:
            break
    assert at > 8


def test_an_adder_that_wakes_up_late_stops(sqlite: Jobs, ledger_url: str) -> None:
    def slow() -> Iterator[Email]:
        yield from map(plain, range(10_500))
        pass_time(ledger_url)
        with Jobs(ledger_url) as other:
            other.add("news", map(plain, range(7)))
        yield from map(plain, range(10_500, 30_000))

    with pytest.raises(LedgerError, match="began to add the same job anew"):
        sqlite.add("news", slow())
    assert sqlite.get("news").progress().total == 7


def test_two_adders_of_a_job_do_not_mix(sqlite: Jobs, ledger_url: str) -> None:
    def asks() -> Iterator[Email]:
        yield plain(0)
        with Jobs(ledger_url) as other, pytest.raises(LedgerError, match="somebody else is adding"):
            other.add("news", [plain(0)])

    assert sqlite.add("news", asks()).progress().total == 1


def test_a_job_whose_messages_could_not_be_read_is_added_again_at_once(sqlite: Jobs) -> None:
    def broken() -> Iterator[Email]:
        yield plain(0)
        raise KeyError

    with pytest.raises(KeyError):
        sqlite.add("news", broken())
    assert sqlite.get("news").state == "adding"
    assert sqlite.add("news", map(plain, range(3))).progress().waiting == 3


def test_a_worker_that_sleeps_past_its_lease_at_any_step_doubles_and_loses_nothing(database_url: str) -> None:
    """While it sleeps another one does all there is to do; then it wakes up and goes on."""
    statuses: set[str] = set()
    at = 0
    for at in itertools.count(1):
        postmark = Postmark()

        def others(it: Postmark = postmark) -> None:
            pass_time(database_url)
            with Jobs(database_url) as jobs, PostmarkClient("token-for-tests", transport=lambda: it) as client:
                jobs.work(client)

        steps = Steps(postmark, at, others, commits=False)
        engine = steps.engine(database_url)
        with client_of(steps) as client, Jobs(engine) as jobs:
            job = jobs.add(f"news-{at}", two_chunks())
            jobs.work(client, concurrency=1)
            pass_time(database_url)
            jobs.work(client, concurrency=1)
            statuses |= check(job, postmark, TOTAL).keys()
        engine.dispose()
        if not steps.happened:
            break
    assert statuses == {"accepted"}  # a late answer completes what was thought unknown
    assert at > 8


def test_a_machine_that_sleeps_between_the_note_and_the_request_sends_nothing(
    sqlite: Jobs, client: PostmarkClient, postmark: Postmark
) -> None:
    job = sqlite.add("news", [plain(0)])
    times = itertools.chain([0.0] * 3, itertools.repeat(1000.0))
    core = client.with_options(retries=0)._link.core()
    desk = Desk(sqlite._database, core, lease=60.0, clock=lambda: next(times))
    taken = desk.take()
    assert isinstance(taken, Taken)
    assert desk.leave(taken) is None
    assert job.progress().chunks == {"waiting": 1}
    sqlite.work(client)
    assert check(job, postmark, 1) == {"accepted": 1}


def test_workers_take_each_chunk_once(jobs: Jobs, database_url: str, postmark: Postmark) -> None:
    numbers = [jobs.enqueue(plain(number)) for number in range(20)]
    with (
        PostmarkClient("token-for-tests", transport=lambda: postmark) as client,
        Jobs(database_url) as second,
        Jobs(database_url) as third,
    ):
        threads = [threading.Thread(target=each.work, args=(client,)) for each in (second, third)]
        for thread in threads:
            thread.start()
        jobs.work(client)
        for thread in threads:
            thread.join()
    assert {*postmark.counts.values()} == {1}
    told = [(each.number, each.status) for each in jobs.get("outbox").results()]
    assert told == [(number, "accepted") for number in sorted(numbers)]
    assert len(postmark.taken) == 20


def test_connections_that_are_cut_at_any_step_cost_nothing(postgresql_url: str, postmark: Postmark) -> None:
    """PostgreSQL ends all connections but the one that asks for it."""
    admin = create_engine(postgresql_url)

    def cut() -> None:
        with admin.connect() as connection:
            others = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            connection.execute(text(f"{others} WHERE datname = current_database() AND pid <> pg_backend_pid()"))

    with Jobs(postgresql_url) as fresh:
        fresh.create_tables()
    at = 0
    for at in itertools.count(1):
        postmark.taken.clear()
        steps = Steps(postmark, at, cut)
        engine = steps.engine(postgresql_url)
        with client_of(steps) as client, Jobs(engine, patience=30) as jobs:
            job = jobs.add(f"news-{at}", two_chunks())
            jobs.work(client, concurrency=1)
            assert check(job, postmark, TOTAL) == {"accepted": TOTAL}
        engine.dispose()
        if not steps.happened:
            break
    admin.dispose()
    assert at > 12


def full_disk(engine: Engine, full: Callable[[], bool]) -> None:
    """SQLite may take no further page, as if the disk were full."""

    @event.listens_for(engine, "begin")
    def limit(connection: Any) -> None:
        pages = 1 if full() else 2**30
        connection.exec_driver_sql(f"PRAGMA max_page_count = {pages}")


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_full_disk_loses_no_answer_and_sends_nothing_twice(
    when: str, ledger_url: str, postmark: Postmark, caplog: pytest.LogCaptureFixture
) -> None:
    engine = create_engine(ledger_url)
    full = [False]
    full_disk(engine, lambda: full[0])
    with Jobs(engine, patience=0.2) as jobs, PostmarkClient("token-for-tests", transport=lambda: postmark) as client:
        job = jobs.add("news", map(plain, range(500)))
        if when == "before":
            full[0] = True
            with pytest.raises(OperationalError, match="full"):
                jobs.add("more", map(plain, range(500)))
        else:
            postmark.plan = [lambda: full.__setitem__(0, True)]
            with pytest.raises(UnrecordedError, match="500 messages accepted") as caught:
                jobs.work(client)
            ids = {number: postmark.taken[number]["MessageID"] for number in range(500)}
            assert caught.value.message_ids == ids
            assert all(f"{number}={each}" in caplog.text for number, each in ids.items())
        full[0] = False
        pass_time(ledger_url)
        jobs.work(client)
        assert check(job, postmark, 500) == {"accepted": 500}
    engine.dispose()


def test_a_ledger_that_cannot_be_written_sends_nothing(ledger_url: str, postmark: Postmark) -> None:
    engine = create_engine(ledger_url)
    with Jobs(engine, patience=0.01) as jobs, PostmarkClient("token-for-tests", transport=lambda: postmark) as client:
        job = jobs.add("news", [plain(0)])
        event.listen(engine, "begin", lambda connection: connection.exec_driver_sql("PRAGMA query_only = ON"))
        with pytest.raises(OperationalError, match="readonly"):
            jobs.work(client)
        assert (job.progress().waiting, postmark.taken) == (1, [])
    engine.dispose()


def test_a_restored_ledger_looks_before_it_sends(tmp_path: Path, postmark: Postmark) -> None:
    with PostmarkClient("token-for-tests", transport=lambda: postmark) as client:
        with Jobs(f"sqlite:///{tmp_path / 'ledger.db'}") as jobs:
            jobs.add("news", two_chunks())
        shutil.copy(tmp_path / "ledger.db", tmp_path / "backup.db")
        with Jobs(f"sqlite:///{tmp_path / 'ledger.db'}") as jobs:
            jobs.work_on(client, jobs.due()[0])
        with Jobs(f"sqlite:///{tmp_path / 'backup.db'}") as jobs:
            assert len(postmark.taken) == 3
            jobs.work(client, look_up_first=True)
            assert check(jobs.get("news"), postmark, TOTAL) == {"accepted": TOTAL}


def test_machines_whose_clocks_differ_do_not_take_from_each_other(
    sqlite: Jobs, ledger_url: str, monkeypatch: pytest.MonkeyPatch, postmark: Postmark
) -> None:
    """The ledger's times are the database's; a local clock that jumps by hours in a call changes nothing."""

    def hours_later() -> None:
        monkeypatch.setattr(time, "time", lambda: 1e12)
        with Jobs(ledger_url) as other:
            assert other.due() == []

    postmark.plan = [hours_later]
    job = sqlite.add("news", [plain(0)])
    with PostmarkClient("token-for-tests", transport=lambda: postmark) as client:
        sqlite.work(client)
    assert check(job, postmark, 1) == {"accepted": 1}

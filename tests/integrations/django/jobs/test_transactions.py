"""A mail is queued exactly if the transaction commits that it belongs to, on every database."""

from __future__ import annotations

import asyncio
import threading
from typing import TYPE_CHECKING

import pytest

from .project import ALIAS, atomic

from django.db import connections, transaction  # isort: skip
from django.db.utils import DatabaseError  # isort: skip

from postmark_sdk import AsyncPostmarkClient, Email, InvalidMessageError, PostmarkClient
from postmark_sdk.jobs import LedgerError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from postmark_sdk.integrations.django.jobs import Jobs
    from tests.jobs.postmark import Postmark


def mail(number: int) -> Email:
    return Email(from_="shop@example.com", to=f"r{number}@example.org", subject="News", text_body="News.")


def mails(count: int) -> Iterator[Email]:
    return map(mail, range(count))


@pytest.fixture(name="orders")
def _orders(jobs: Jobs) -> None:  # noqa: ARG001 - so that there is a database
    """A table of the project's own."""
    with connections[ALIAS].cursor() as cursor:
        cursor.execute("CREATE TABLE orders (number INTEGER PRIMARY KEY)")


def order(number: int) -> None:
    with connections[ALIAS].cursor() as cursor:
        cursor.execute("INSERT INTO orders VALUES (%s)", [number])


def orders() -> list[int]:
    with connections[ALIAS].cursor() as cursor:
        cursor.execute("SELECT number FROM orders ORDER BY number")
        return [number for (number,) in cursor.fetchall()]


def queued(jobs: Jobs) -> list[str]:
    """The states in the outbox, as another connection sees them."""
    names = [job.name for job in jobs._own().list()]
    return [each.status for each in jobs._own().get("outbox").results()] if "outbox" in names else []


@pytest.mark.usefixtures("orders")
def test_a_mail_and_its_order_are_committed_together(jobs: Jobs) -> None:
    with atomic():
        order(1)
        jobs.enqueue(mail(1), key="order-1")
        assert [each.status for each in jobs.get("outbox").results()] == ["waiting"]  # seen in here
    assert (orders(), queued(jobs)) == ([1], ["waiting"])


@pytest.mark.usefixtures("orders")
def test_what_is_rolled_back_queues_nothing(jobs: Jobs) -> None:
    def buy() -> None:
        with atomic():
            order(1)
            jobs.enqueue(mail(1))
            raise RuntimeError

    with pytest.raises(RuntimeError):
        buy()
    assert (orders(), queued(jobs)) == ([], [])
    jobs.enqueue(mail(2))
    assert queued(jobs) == ["waiting"]


@pytest.mark.usefixtures("orders")
def test_an_inner_block_that_is_rolled_back_takes_only_its_own_mails(jobs: Jobs) -> None:
    with atomic():
        order(1)
        jobs.enqueue(mail(1), key="one")
        with atomic():
            order(2)
            jobs.enqueue(mail(2), key="two")
            transaction.set_rollback(True)
        jobs.enqueue(mail(3), key="three")
        order(3)
    assert (orders(), queued(jobs)) == ([1, 3], ["waiting", "waiting"])


@pytest.mark.usefixtures("orders")
def test_a_wrong_mail_does_not_spoil_the_transaction(jobs: Jobs) -> None:
    with atomic():
        order(1)
        with pytest.raises(InvalidMessageError):
            jobs.enqueue(Email(from_="shop@example.com", to="nobody", text_body="Hi."))
        jobs.enqueue(mail(1))
    assert (orders(), queued(jobs)) == ([1], ["waiting"])


def test_a_mail_may_be_queued_when_the_transaction_is_over(jobs: Jobs) -> None:
    with atomic():
        transaction.on_commit(lambda: jobs.enqueue(mail(1)) and None)
        assert jobs.list() == []
    assert queued(jobs) == ["waiting"]


def test_a_job_is_added_in_a_transaction_or_in_portions_of_its_own(jobs: Jobs) -> None:
    with atomic():
        jobs.add("rolled back", mails(1203))
        assert jobs.get("rolled back").progress().waiting == 1203
        transaction.set_rollback(True)
    assert jobs.list() == []
    with atomic():
        job = jobs.add("together", mails(1203))
    assert (job.state, job.progress().waiting) == ("running", 1203)
    assert jobs.add("alone", mails(3)).progress().waiting == 3
    assert jobs.add("alone", mails(5)).progress().waiting == 3


def test_a_transaction_that_is_broken_takes_no_mail(jobs: Jobs) -> None:
    with atomic():
        transaction.set_rollback(True)
        with pytest.raises(transaction.TransactionManagementError):
            jobs.enqueue(mail(1))
    assert queued(jobs) == []


def test_what_the_database_says_is_raised_as_by_django(jobs: Jobs) -> None:
    with connections[ALIAS].cursor() as cursor:
        cursor.execute("DROP TABLE postmark_contents")
    with pytest.raises(DatabaseError):
        jobs.enqueue(mail(1))
    assert queued(jobs) == []


def test_a_job_is_steered_in_a_transaction(jobs: Jobs) -> None:
    job = jobs.add("news", mails(3))
    with atomic():
        job.pause()
        transaction.set_rollback(True)
    assert job.state == "running"
    job.pause()
    assert jobs._own().get("news").state == "paused"
    job.resume()
    job.cancel()
    assert [each.status for each in job.results()] == ["cancelled"] * 3


def test_each_thread_has_a_transaction_of_its_own(jobs: Jobs) -> None:
    def other() -> None:
        jobs.add("other", mails(3))
        connections[ALIAS].close()

    thread = threading.Thread(target=other)
    thread.start()
    thread.join()
    jobs.enqueue(mail(1))
    assert sorted(job.name for job in jobs.list()) == ["other", "outbox"]


def test_workers_send_what_is_committed_by_connections_of_their_own(
    jobs: Jobs, client: PostmarkClient, postmark: Postmark
) -> None:
    job = jobs.add("news", mails(1203))
    number = jobs.enqueue(mail(2000))
    jobs.work(client, concurrency=3)
    assert sorted(postmark.counts.values()) == [1] * 1204
    assert (job.state, job.progress().accepted) == ("done", 1203)
    told = jobs.get("outbox").result(number)
    assert (told.status, told.message_id) == ("accepted", postmark.taken[-1]["MessageID"]) or len(
        postmark.taken
    ) == 1204
    assert str(told.submitted_at) == "2026-11-29 17:00:00.123456+00:00"


def test_the_async_worker_does_the_same(sqlite: Jobs, postmark: Postmark) -> None:
    async def work() -> None:
        async with AsyncPostmarkClient("token-for-tests", transport=lambda: postmark) as client:
            await sqlite.work_async(client, concurrency=3)

    job = sqlite.add("news", mails(703))
    asyncio.run(work())
    assert (len(postmark.taken), job.state) == (703, "done")


def test_an_engine_carries_chunks(jobs: Jobs, client: PostmarkClient, postmark: Postmark) -> None:
    jobs.add("news", mails(703))
    ids = jobs.due()
    assert len(ids) == 2
    assert [jobs.work_on(client, chunk) for chunk in ids] == [None, None]
    assert (len(postmark.taken), [*jobs.due()]) == (703, [])


def test_nobody_works_in_an_open_transaction(jobs: Jobs, client: PostmarkClient) -> None:
    with atomic(), pytest.raises(LedgerError, match="outside of transaction"):
        jobs.work(client)
    jobs.work(client)
    with atomic(), pytest.raises(LedgerError, match="outside of transaction"):
        jobs.work(client)

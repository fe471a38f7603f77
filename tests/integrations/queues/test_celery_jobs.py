"""Celery carries the chunks of jobs; kills are in ``tests/jobs/faults``."""

from __future__ import annotations

import itertools
import logging
import os
import sqlite3
from collections import Counter
from contextlib import closing
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

pytest.importorskip("celery", reason="Celery is not installed")
pytest.importorskip("sqlalchemy", reason="jobs need SQLAlchemy")

from celery import Celery
from celery.exceptions import Retry
from celery.local import Proxy
from kombu.exceptions import OperationalError

from postmark_sdk import AuthenticationError, ConfigurationError, PostmarkClient
from postmark_sdk.integrations.celery import PostmarkJobs
from postmark_sdk.jobs import Jobs
from tests.jobs.conftest import _client, _postmark
from tests.jobs.test_sending import mails

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.jobs.postmark import Postmark


__all__ = ["_client", "_postmark"]


@pytest.fixture(name="jobs")
def _jobs(tmp_path: Path) -> Iterator[Jobs]:
    with Jobs(f"sqlite:///{tmp_path / 'ledger.db'}", patience=2) as jobs:
        yield jobs


class Shop:
    """An app whose messages stay where they are until :meth:`deliver`, as often as one likes."""

    def __init__(self, jobs: Jobs, client: PostmarkClient, **options: Any) -> None:
        self.sent: list[tuple[str, tuple[Any, ...], dict[str, Any]]] = []
        self.app = Celery("shop", broker="memory://", set_as_current=False)
        self.carrier = PostmarkJobs(self.app, jobs=lambda: jobs, client=lambda: client, **options)
        self.app.amqp.send_task_message = self._send

    def _send(self, _: Any, name: str, message: Any, **options: Any) -> None:
        self.sent.append((name, message.body[0], options))

    def chunks(self) -> list[int]:
        """The chunks that are in the queue now; look for what is due before."""
        self.sent.clear()
        self.carrier.queue_due()
        return [arguments[0] for name, arguments, _ in self.sent if name == self.carrier.work_on.name]

    def deliver(self, chunk_id: int) -> Any:
        """Have a worker do it, and nothing else."""
        return self.carrier.work_on.apply(args=(chunk_id,))


@pytest.fixture(name="shop")
def _shop(jobs: Jobs, client: PostmarkClient) -> Shop:
    return Shop(jobs, client)


def test_a_job_is_carried_chunk_by_chunk(shop: Shop, jobs: Jobs, postmark: Postmark) -> None:
    job = jobs.add("news", mails(1203))
    shop.carrier.start()
    assert [name for name, _, _ in shop.sent] == ["postmark.queue_due"]
    chunks = shop.chunks()
    assert len(chunks) == 3
    assert not shop.chunks(), "they are in the queue already"
    for chunk in chunks:
        shop.deliver(chunk).get()
    assert postmark.counts == Counter(f"r{number}@example.org" for number in range(1203))
    assert (job.state, job.progress().accepted) == ("done", 1203)


def test_a_message_names_a_chunk_and_nothing_else(shop: Shop, jobs: Jobs) -> None:
    jobs.add("news", mails(3))
    (chunk,) = shop.chunks()
    assert [arguments for _, arguments, _ in shop.sent] == [(chunk,)]
    assert "token-for-tests" not in str(shop.sent)
    assert "example.org" not in str(shop.sent)


def test_a_chunk_that_is_delivered_again_is_not_sent_again(shop: Shop, jobs: Jobs, postmark: Postmark) -> None:
    jobs.add("news", mails(3))
    (chunk,) = shop.chunks()
    for _ in range(3):
        shop.deliver(chunk).get()
    assert postmark.calls.total() == 1


def test_two_deliveries_at_once_are_one_call(shop: Shop, jobs: Jobs, postmark: Postmark) -> None:
    job = jobs.add("news", mails(3))
    (chunk,) = shop.chunks()
    postmark.plan = [lambda: shop.deliver(chunk).get()]  # while the first one waits for its answer
    shop.deliver(chunk).get()
    assert (postmark.calls.total(), job.progress().accepted) == (1, 3)


@pytest.mark.parametrize("shows", [True, False])
def test_a_worker_that_slept_past_its_lease_takes_nothing_from_the_next(
    shop: Shop, jobs: Jobs, postmark: Postmark, tmp_path: Path, *, shows: bool
) -> None:
    """Whether the next one finds the mails or not: when the first wakes up, its answer is still good."""
    job = jobs.add("news", mails(3))
    (chunk,) = shop.chunks()
    told: list[int] = []
    postmark.show = shows

    def oversleep() -> None:
        with closing(sqlite3.connect(tmp_path / "ledger.db")) as ledger, ledger:
            ledger.execute("UPDATE postmark_chunks SET due_at = '2026-01-01 00:00:00.000000'")
        shop.deliver(chunk).get()
        told.append(job.progress().accepted)

    postmark.plan = [oversleep]
    shop.deliver(chunk).get()
    assert told == [3 if shows else 0]
    assert (postmark.calls["POST /email/batch"], job.progress().accepted, job.state) == (1, 3, "done")


def test_a_task_is_kept_until_it_is_done_and_handed_on_if_its_child_dies(shop: Shop) -> None:
    task = shop.carrier.work_on
    assert (task.acks_late, task.reject_on_worker_lost, task.max_retries) == (True, True, None)
    assert (task.ignore_result, shop.carrier.queue_due.ignore_result) == (True, True)


def test_beat_looks_for_what_is_due(shop: Shop) -> None:
    shop.app.finalize()
    entry = shop.app.conf.beat_schedule["postmark.queue_due"]
    assert (entry["task"], entry["schedule"], entry["args"]) == ("postmark.queue_due", 5.0, ())
    assert entry["options"] == {"expires": 3600.0}


@pytest.mark.parametrize("order", [*itertools.permutations(("finalize", "carry", "configure"))], ids="-".join)
def test_beat_looks_in_whatever_order_an_app_is_set_up(
    order: tuple[str, ...], jobs: Jobs, client: PostmarkClient
) -> None:
    app = Celery("shop", broker="memory://", set_as_current=False)
    theirs = SimpleNamespace(beat_schedule={"own": {"task": "shop.own", "schedule": 60.0}})
    steps: dict[str, Callable[[], object]] = {
        "finalize": app.finalize,
        "carry": lambda: PostmarkJobs(app, jobs=lambda: jobs, client=lambda: client),
        "configure": lambda: app.config_from_object(theirs, force=True),
    }
    for step in order:
        steps[step]()
    app.finalize()
    assert {*app.conf.beat_schedule} == {"own", "postmark.queue_due"}


def _retried(shop: Shop, chunk: int) -> float:
    """Seconds after which a worker has it deliver a chunk again."""
    task: Any = shop.carrier.work_on
    task.push_request(args=(chunk,), called_directly=False, delivery_info={}, retries=1000)
    shop.sent.clear()
    try:
        with pytest.raises(Retry) as caught:
            task.run(chunk)
    finally:
        task.pop_request()
    assert [arguments for _, arguments, _ in shop.sent] == [(chunk,)]
    when: Any = caught.value.when
    return float(when)


def test_what_has_to_wait_is_tried_again_when_the_ledger_says(shop: Shop, jobs: Jobs, postmark: Postmark) -> None:
    jobs.add("news", mails(3))
    (chunk,) = shop.chunks()
    postmark.plan = ["429 for 30 s"]
    assert 25 < _retried(shop, chunk) < 30 + 5
    assert not postmark.taken


def test_what_has_to_wait_for_long_is_left_to_beat(shop: Shop, jobs: Jobs, postmark: Postmark) -> None:
    jobs.add("news", mails(3))
    (chunk,) = shop.chunks()
    postmark.plan = ["429 for 3600 s"]
    shop.deliver(chunk).get()
    assert not postmark.taken


def test_after_a_refused_token_a_worker_rests_instead_of_failing_for_each_chunk(
    shop: Shop, jobs: Jobs, postmark: Postmark
) -> None:
    job = jobs.add("news", mails(1203))
    first, second, _ = shop.chunks()
    postmark.plan = ["401"]
    with pytest.raises(AuthenticationError):
        shop.deliver(first).get()
    assert 50 < _retried(shop, second) < 60 + 5
    assert (postmark.calls.total(), job.progress().waiting) == (1, 1203)
    assert first in shop.chunks(), "nothing of it was taken"


def test_a_broker_that_is_away_is_no_error_of_whoever_adds(
    shop: Shop, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def refuse(*_: Any, **__: Any) -> None:
        raise OperationalError("refused")

    monkeypatch.setattr(shop.app.amqp, "send_task_message", refuse)
    with caplog.at_level(logging.WARNING):
        shop.carrier.start()
    assert "the broker is away" in caplog.text


@pytest.mark.filterwarnings("ignore:This process.*multi-threaded:DeprecationWarning")  # those of tests before it
@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork here")
def test_a_process_makes_a_ledger_and_a_client_of_its_own(jobs: Jobs, client: PostmarkClient) -> None:
    made: list[str] = []
    app = Celery("shop", broker="memory://", set_as_current=False)

    def make_jobs() -> Jobs:
        made.append("jobs")
        return jobs

    def make_client() -> PostmarkClient:
        made.append("client")
        return client

    carrier = PostmarkJobs(app, jobs=make_jobs, client=make_client)
    assert not made
    for _ in range(2):
        carrier.queue_due()
    assert made == ["jobs", "client"]
    child = os.fork()
    if child == 0:
        try:
            carrier.queue_due()
        finally:
            os._exit(len(made))
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 4


@pytest.mark.parametrize("option", ["every", "queued", "lost_after"])
@pytest.mark.parametrize("value", [0, -1, True, float("inf")])
def test_numbers_are_above_zero(option: str, value: Any, jobs: Jobs, client: PostmarkClient) -> None:
    with pytest.raises(ConfigurationError, match=option):
        Shop(jobs, client, **{option: value})


def test_two_ledgers_of_an_app_have_two_names(
    jobs: Jobs, client: PostmarkClient, postmark: Postmark, tmp_path: Path
) -> None:
    app = Celery("shop", set_as_current=False)
    app.conf.task_always_eager = True
    with Jobs(f"sqlite:///{tmp_path / 'other.db'}") as other:
        PostmarkJobs(app, jobs=lambda: jobs, client=lambda: client)
        proxy: Any = Proxy(lambda: app)  # as current_app is
        for same in (app, proxy):
            with pytest.raises(ConfigurationError, match="'postmark' already"):
                PostmarkJobs(same, jobs=lambda: other, client=lambda: client)
        carrier = PostmarkJobs(app, jobs=lambda: other, client=lambda: client, name="news")
        other.add("news", mails(3))
        carrier.start()
        assert len(postmark.taken) == 3
        assert {*app.conf.beat_schedule} == {"postmark.queue_due", "news.queue_due"}


def test_another_app_of_the_process_has_none_of_it(jobs: Jobs, client: PostmarkClient) -> None:
    apps = [Celery(broker="memory://", set_as_current=False) for _ in range(3)]
    carried = [PostmarkJobs(app, jobs=lambda: jobs, client=lambda: client) for app in apps[:2]]
    for app in apps:
        app.finalize()
    assert [app.tasks.get("postmark.work_on") for app in apps] == [carried[0].work_on, carried[1].work_on, None]


def test_an_app_that_does_everything_at_once_sends_all_at_once(
    jobs: Jobs, client: PostmarkClient, postmark: Postmark
) -> None:
    app = Celery("shop", set_as_current=False)
    app.conf.task_always_eager = True
    carrier = PostmarkJobs(app, jobs=lambda: jobs, client=lambda: client, queued=2)
    jobs.add("news", mails(1203))
    carrier.start()
    assert len(postmark.taken) == 1203

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

pytest.importorskip("celery", reason="Celery is not installed")

from postmark_sdk import InactiveRecipientError, OutcomeUnknownError
from postmark_sdk.testing import TestEmulator
from tests.integrations.queues.scenario import ADDRESSES, BUSY, GONE, LOST, check, load, prepare

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(name="postmark", scope="module")
def _postmark() -> Iterator[TestEmulator]:
    with TestEmulator() as running:
        yield running


@pytest.fixture(name="module", scope="module")
def _module(postmark: TestEmulator) -> Iterator[Any]:
    """Loaded once: a process knows each task by its name."""
    with pytest.MonkeyPatch.context() as patch:
        for name, value in postmark.variables.items():
            patch.setenv(name, value)
        module = load("tasks_celery", patch)
        module.app.conf.result_backend = "cache+memory://"
        yield module
        module.postmark.close()


def test_what_did_not_go_out_is_tried_again_and_nothing_else(postmark: TestEmulator, module: Any) -> None:
    postmark.reset()
    prepare(postmark)
    results = {address: module.welcome.apply([address]) for address in ADDRESSES}  # at once, pauses left out
    check(postmark)
    assert results[BUSY].get() == postmark.outbox.one(to=BUSY).message_id
    assert isinstance(results[LOST].result, OutcomeUnknownError)
    assert isinstance(results[GONE].result, InactiveRecipientError)


def test_a_worker_sends_and_tells_the_id(postmark: TestEmulator, module: Any) -> None:
    from celery.contrib.testing.worker import start_worker

    postmark.reset()
    worker: Any = start_worker(module.app, pool="solo", perform_ping_check=False)
    with worker:
        assert module.welcome.delay(BUSY).get(timeout=60) == postmark.outbox.one(to=BUSY).message_id

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

pytest.importorskip("dramatiq", reason="Dramatiq is not installed")
pytest.importorskip("redis", reason="Dramatiq's broker for Redis needs it")

import dramatiq

from tests.integrations.queues.scenario import ADDRESSES, check, load, prepare

if TYPE_CHECKING:
    from postmark_sdk.testing import TestEmulator


def test_what_did_not_go_out_is_tried_again_and_nothing_else(
    postmark: TestEmulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("REDIS_URL", raising=False)
    module = load("tasks_dramatiq", monkeypatch)
    assert module.welcome.options["min_backoff"] == 60_000
    module.welcome.options.update(min_backoff=1, max_backoff=1)
    broker = module.welcome.broker
    worker = dramatiq.Worker(broker, worker_threads=1, worker_timeout=10)
    prepare(postmark)
    for address in ADDRESSES:
        module.welcome.send(address)
    worker.start()
    try:
        broker.join(module.welcome.queue_name, timeout=60_000, fail_fast=False)
        worker.join()
    finally:
        worker.stop()
        broker.close()
        module.postmark.close()
    check(postmark)
    assert len(broker.dead_letters) == 2

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

pytest.importorskip("taskiq", reason="Taskiq is not installed")

from postmark_sdk import InactiveRecipientError, OutcomeUnknownError
from tests.integrations.queues.scenario import ADDRESSES, BUSY, GONE, LOST, check, load, prepare

if TYPE_CHECKING:
    from postmark_sdk.testing import TestEmulator


def test_what_did_not_go_out_is_tried_again_and_nothing_else(
    postmark: TestEmulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    module = load("tasks_taskiq", monkeypatch)
    prepare(postmark)

    async def run() -> dict[str, Any]:
        module.broker.is_worker_process = True
        await module.broker.startup()
        tasks = {}
        for address in ADDRESSES:  # one after the other, in the order of the faults
            tasks[address] = await module.welcome.kiq(address)
            await module.broker.wait_all()
        results = {address: await task.get_result() for address, task in tasks.items()}
        await module.broker.shutdown()
        return results

    results = asyncio.run(run())
    check(postmark)
    assert results[BUSY].return_value == postmark.outbox.one(to=BUSY).message_id
    assert isinstance(results[LOST].error, OutcomeUnknownError)
    assert isinstance(results[GONE].error, InactiveRecipientError)

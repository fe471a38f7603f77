from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

pytest.importorskip("django.tasks", reason="Django has tasks from 6.0 on")

from tests.integrations.django.project import settings_of
from tests.integrations.queues.scenario import ADDRESSES, BUSY, DOWN, GONE, LOST, check, load, prepare

if TYPE_CHECKING:
    from postmark_sdk.testing import TestEmulator


def test_what_did_not_go_out_is_tried_again_and_nothing_else(
    postmark: TestEmulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    from django.tasks.signals import task_finished

    module = load("tasks_django", monkeypatch)
    prepare(postmark)
    with settings_of(server_token=postmark.server_token, base_url=postmark.base_url, retries=0):
        results = {address: module.welcome.enqueue(address) for address in ADDRESSES}
    task_finished.disconnect(module.enqueue_again)
    check(postmark)
    assert results[DOWN].return_value == postmark.outbox.one(to=DOWN).message_id
    why = {address: results[address].errors[-1].exception_class.__name__ for address in (LOST, BUSY, GONE)}
    assert why == {LOST: "OutcomeUnknownError", BUSY: "RateLimitError", GONE: "InactiveRecipientError"}

"""Tasks of Django 6 carry the chunks of a job."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

pytest.importorskip("django.tasks", reason="Django has tasks from 6.0 on")

from postmark_sdk import Email
from tests.integrations.queues.scenario import load

if TYPE_CHECKING:
    from postmark_sdk import PostmarkClient
    from postmark_sdk.integrations.django.jobs import Jobs
    from tests.jobs.postmark import Postmark


def test_each_mail_goes_out_once(
    sqlite: Jobs, monkeypatch: pytest.MonkeyPatch, client: PostmarkClient, postmark: Postmark
) -> None:
    monkeypatch.setenv("POSTMARK_SERVER_TOKEN", "token-for-tests")
    module = load("jobs_django_tasks", monkeypatch)
    monkeypatch.setattr(module, "postmark", client)
    mails = (Email(from_="a@example.com", to=f"r{number}@example.org", text_body="Hi.") for number in range(703))
    job = sqlite.add("news", mails)
    chunks = sqlite.due()
    assert module.hand_out.enqueue().status == "SUCCESSFUL"
    assert [module.carry.enqueue(chunk).status for chunk in chunks] == ["SUCCESSFUL"] * 2
    assert (len(postmark.taken), job.state) == (703, "done")
    module.jobs.close()

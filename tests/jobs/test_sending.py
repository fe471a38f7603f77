"""Adding, working and reading, on every database."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest

from postmark_sdk import AsyncPostmarkClient, Email, PostmarkClient, TemplatedEmail

if TYPE_CHECKING:
    from collections.abc import Iterator

    from postmark_sdk.jobs import Jobs

    from .postmark import Postmark


def mail(number: int) -> Email:
    return Email(from_="shop@example.com", to=f"r{number}@example.org", subject="News", text_body="News.")


def mails(count: int) -> Iterator[Email]:
    return map(mail, range(count))


def test_each_message_of_a_job_is_sent_once_and_told(jobs: Jobs, client: PostmarkClient, postmark: Postmark) -> None:
    job = jobs.add("news", mails(1203))
    assert (job.state, job.progress().waiting, postmark.taken) == ("running", 1203, [])
    jobs.work(client, concurrency=3)
    assert postmark.counts == Counter(f"r{number}@example.org" for number in range(1203))
    told = list(job.results())
    ids = {taken["To"]: taken["MessageID"] for taken in postmark.taken}
    assert [(each.number, each.message_id) for each in told] == [(n, ids[f"r{n}@example.org"]) for n in range(1203)]
    assert str(told[0].submitted_at) == "2026-11-29 17:00:00.123456+00:00"
    assert {each.status for each in told} == {"accepted"}
    assert (job.state, job.progress().accepted, job.progress().finished) == ("done", 1203, True)


@pytest.mark.anyio
async def test_the_async_worker_does_the_same(jobs: Jobs, postmark: Postmark) -> None:
    job = jobs.add("news", mails(1203))
    async with AsyncPostmarkClient("token-for-tests", transport=lambda: postmark) as client:
        await jobs.work_async(client, concurrency=3)
    assert postmark.counts == Counter(f"r{number}@example.org" for number in range(1203))
    assert Counter(each.status for each in job.results()) == {"accepted": 1203}


def test_a_job_of_a_name_is_added_once(jobs: Jobs, client: PostmarkClient, postmark: Postmark) -> None:
    first = jobs.add("news", mails(3))
    jobs.work(client)
    again = jobs.add("news", mails(5))
    jobs.work(client)
    assert (first.id, len(postmark.taken)) == (again.id, 3)
    assert [job.name for job in jobs.list()] == ["news"]


def test_a_wrong_message_is_refused_and_keeps_nobody_back(jobs: Jobs, client: PostmarkClient) -> None:
    wrong: Any = {"from": "shop@example.com", "to": "no address", "text_body": "News."}
    job = jobs.add("news", [mail(0), wrong, mail(2)])
    jobs.work(client)
    told = list(job.results())
    assert [each.status for each in told] == ["accepted", "refused", "accepted"]
    assert told[1].text is not None
    assert told[1].text.startswith("messages[1].to")
    assert (job.progress().total, job.progress().refused, job.state) == (3, 1, "done")


def test_plain_and_templated_messages_go_in_calls_of_their_own(
    jobs: Jobs, client: PostmarkClient, postmark: Postmark
) -> None:
    templated = TemplatedEmail(from_="a@example.com", to="t@example.org", template_alias="news", template_model={})
    job = jobs.add("news", [mail(0), templated, mail(2), templated])
    assert [each.status for each in job.results()] == ["waiting"] * 4
    jobs.work(client)
    assert [each.number for each in job.results("accepted")] == [0, 1, 2, 3]
    assert postmark.calls == {"POST /email/batch": 1, "POST /email/batchWithTemplates": 1}


def test_what_postmark_refuses_is_told_with_its_words(jobs: Jobs, client: PostmarkClient) -> None:
    inactive = Email(from_="a@example.com", to="inactive@example.org", text_body="News.")
    job = jobs.add("news", [mail(0), inactive])
    jobs.work(client)
    refused = list(job.results("refused"))
    assert [(each.number, each.error_code, each.text) for each in refused] == [
        (1, 406, "You tried to send to an inactive recipient.")
    ]
    assert job.result(0).status == "accepted"

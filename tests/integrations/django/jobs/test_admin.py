"""Jobs in the admin, as a person in a browser gets them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from .project import migrate

from django.conf import settings  # isort: skip
from django.test import Client  # isort: skip

from postmark_sdk import Email, PostmarkClient

if TYPE_CHECKING:
    from postmark_sdk.integrations.django.jobs import Jobs
    from postmark_sdk.jobs import Job
    from tests.jobs.postmark import Postmark

JOBS = "/admin/postmark_jobs/job/"
MESSAGES = "/admin/postmark_jobs/message/"


def mail(address: str) -> Email:
    return Email(from_="shop@example.com", to=address, subject="News", text_body="News.")


def signed_in(*permissions: str, superuser: bool = False) -> Client:
    from django.contrib.auth.models import Permission, User

    user: Any = User.objects.create(username="ann", is_staff=True, is_superuser=superuser)
    user.user_permissions.set(Permission.objects.filter(codename__in=permissions))
    client = Client()
    client.force_login(user)
    return client


def page(client: Client, path: str) -> str:
    answer: Any = client.get(path)
    assert answer.status_code == 200
    return str(answer.content.decode())


def act(client: Client, action: str, *ids: int, **more: str) -> str:
    answer: Any = client.post(JOBS, {"action": action, "_selected_action": ids, **more}, follow=True)
    assert answer.status_code == 200
    return str(answer.content.decode())


def state(job: Job) -> str:
    return job.state


@pytest.fixture(name="every")
def _every(jobs: Jobs) -> Jobs:
    """On each database, with the tables of users and sessions."""
    migrate()
    return jobs


@pytest.fixture(name="one")
def _one(sqlite: Jobs) -> Jobs:
    migrate()
    return sqlite


def test_it_shows_how_far_jobs_are_and_what_became_of_messages(every: Jobs, client: PostmarkClient) -> None:
    job = every.add("november-news", [mail("ann@example.org"), mail("inactive@example.org")])
    every.enqueue(mail("bob@example.org"))
    admin = signed_in(superuser=True)
    shown = page(admin, JOBS)
    assert "running: 0 of 2 accepted" in shown
    assert "running: 1 waiting" in shown
    every.work(client)
    assert "done: 1 of 2 accepted, 1 refused" in page(admin, JOBS)
    one = page(admin, f"{JOBS}{job.id}/change/")
    assert f"{MESSAGES}?job={job.id}&amp;state=refused" in one
    refused = page(admin, f"{MESSAGES}?job={job.id}&state=refused")
    assert ("inactive recipient" in refused, "406" in refused, "1 message" in refused) == (True, True, True)
    accepted = page(admin, f"{MESSAGES}?job={job.id}&state=accepted")
    assert str(job.result(0).message_id) in accepted
    assert ("11 a.m." if settings.USE_TZ else "5 p.m.") in accepted


def test_a_job_is_paused_and_resumed_by_who_may_change_it(one: Jobs) -> None:
    job = one.add("news", [mail("ann@example.org")])
    admin = signed_in("view_job", "change_job")
    assert "&#x27;news&#x27; is paused" in act(admin, "pause", job.id)
    assert state(job) == "paused"
    act(admin, "resume", job.id)
    assert state(job) == "running"


def test_a_job_is_cancelled_after_a_second_look(one: Jobs) -> None:
    job = one.add("news", [mail("ann@example.org")])
    admin = signed_in("view_job", "change_job")
    asked = act(admin, "cancel", job.id)
    assert ("news: running: 0 of 1 accepted" in asked, "cannot be undone" in asked) == (True, True)
    assert state(job) == "running"
    act(admin, "cancel", job.id, sure="yes")
    assert state(job) == "cancelled"
    assert "it has to be running or paused" in act(admin, "resume", job.id)


def test_who_may_only_look_can_do_nothing(one: Jobs) -> None:
    job = one.add("news", [mail("ann@example.org")])
    admin = signed_in("view_job", "view_message")
    assert 'value="pause"' not in page(admin, JOBS)
    act(admin, "pause", job.id)
    assert job.state == "running"


def test_nobody_edits_or_deletes(one: Jobs) -> None:
    job = one.add("news", [mail("ann@example.org")])
    admin: Any = signed_in(superuser=True)
    for path in (f"{JOBS}add/", f"{JOBS}{job.id}/delete/", f"{MESSAGES}add/"):
        assert admin.get(path).status_code == 403
    assert admin.post(f"{JOBS}{job.id}/change/", {"name": "old"}).status_code == 403
    assert admin.get(f"{MESSAGES}0/change/").status_code == 302
    assert [each.name for each in one.list()] == ["news"]


def test_it_says_why_a_chunk_is_held(one: Jobs, client: PostmarkClient, postmark: Postmark) -> None:
    job = one.add("news", [mail("ann@example.org")])
    postmark.plan = ["422"]
    one.work(client)
    shown = page(signed_in(superuser=True), f"{JOBS}{job.id}/change/")
    assert ("held: " in shown, "code 402" in shown) == (True, True)


def test_its_lists_end_where_nobody_turns_pages_any_more(one: Jobs, monkeypatch: pytest.MonkeyPatch) -> None:
    from postmark_sdk.integrations.django.jobs import admin as module

    wrong: list[Any] = [{"from": "shop@example.com", "to": "nobody"}] * 5
    one.add("news", wrong)
    one.enqueue(mail("ann@example.org"))
    one.enqueue(mail("bob@example.org"))
    monkeypatch.setattr(module, "_MOST_COUNTED", 2)
    admin = signed_in(superuser=True)
    assert "2 messages" in page(admin, MESSAGES)
    assert "running: 2+ waiting" in page(admin, JOBS)

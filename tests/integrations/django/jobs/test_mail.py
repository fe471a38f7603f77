"""Django's mail into the outbox, and the command that sends it."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

import pytest

from tests.integrations.django.project import settings_of

from .project import atomic

from django.core import mail  # isort: skip
from django.core.management import call_command  # isort: skip
from django.core.management.base import CommandError  # isort: skip
from django.db import transaction  # isort: skip
from django.test import override_settings  # isort: skip

from postmark_sdk import GuardError, InvalidMessageError
from postmark_sdk.integrations.django import signals
from postmark_sdk.integrations.django.errors import InvalidOptionsError
from postmark_sdk.integrations.django.jobs import EmailBackend

if TYPE_CHECKING:
    from collections.abc import Iterator

    from postmark_sdk.integrations.django.jobs import Jobs
    from tests.jobs.postmark import Postmark

QUEUE = "postmark_sdk.integrations.django.jobs.EmailBackend"


def message(to: str = "ann@example.org", **given: Any) -> Any:
    return mail.EmailMultiAlternatives("Your order", "It has left.", to=[to], **given)


@pytest.fixture(name="project")
def _project(sqlite: Jobs, postmark: Postmark) -> Iterator[Jobs]:
    """A project whose mail waits in the outbox."""
    with settings_of(QUEUE, server_token="token-for-tests", transport=lambda: postmark):
        yield sqlite


@pytest.fixture(name="every")
def _every(jobs: Jobs, postmark: Postmark) -> Iterator[Jobs]:
    """The same on each database."""
    with settings_of(QUEUE, server_token="token-for-tests", transport=lambda: postmark):
        yield jobs


def test_a_mail_waits_until_a_worker_sends_it(every: Jobs, postmark: Postmark) -> None:
    sent = message()
    sent.postmark = {"tag": "order"}
    with atomic():
        assert sent.send() == 1
    (number,) = sent.postmark_status.numbers
    assert (postmark.taken, every.get("outbox").result(number).status) == ([], "waiting")
    call_command("postmark_work")
    assert [(each["To"], each["Tag"]) for each in postmark.taken] == [("ann@example.org", "order")]
    told = every.get("outbox").result(number)
    assert (told.status, told.message_id) == ("accepted", postmark.taken[0]["MessageID"])


def test_its_status_says_that_it_waits(project: Jobs) -> None:
    sent = message()
    sent.send()
    status = sent.postmark_status
    assert (status.status, status.success, status.message_id) == ({"queued"}, True, None)
    assert status.to_dict()["numbers"] == [*status.numbers]
    assert len(list(project.get("outbox").results())) == 1


def test_a_mail_of_a_transaction_that_is_rolled_back_is_none(project: Jobs) -> None:
    with atomic():
        message().send()
        transaction.set_rollback(True)
    assert project.list() == []


def test_each_recipient_of_a_merge_gets_a_mail_in_the_outbox(project: Jobs, postmark: Postmark) -> None:
    sent = message()
    sent.to.append("bob@example.org")
    sent.postmark = {"merge_metadata": {}}
    assert sent.send() == 1
    assert len(sent.postmark_status.numbers) == 2
    call_command("postmark_work", concurrency=1)
    assert sorted(postmark.counts) == ["ann@example.org", "bob@example.org"]
    assert len(list(project.get("outbox").results("accepted"))) == 2


def test_a_wrong_message_keeps_no_other_one_back(sqlite: Jobs) -> None:
    good, wrong, last = message(), message("no address"), message("bob@example.org")
    with pytest.raises(InvalidMessageError) as caught:
        EmailBackend().send_messages([good, wrong, last])
    assert [problem.field for problem in caught.value.problems] == ["messages[1].to[0]"]
    assert [each.postmark_status.success for each in (good, wrong, last)] == [True, False, True]
    assert len(list(sqlite.get("outbox").results("waiting"))) == 2


def test_fail_silently_hides_a_wrong_message_and_no_database(sqlite: Jobs) -> None:
    from django.db import connection
    from django.db.utils import DatabaseError

    silent = EmailBackend(fail_silently=True)
    assert silent.send_messages([message("no address")]) == 0
    assert sqlite.list() == []
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE postmark_contents")
    with pytest.raises(DatabaseError):
        silent.send_messages([message()])


@pytest.mark.usefixtures("project")
def test_a_bulk_request_does_not_wait() -> None:
    sent = message()
    sent.postmark = {"bulk": True}
    with pytest.raises(InvalidMessageError, match="does not wait in an outbox"):
        sent.send()


@pytest.mark.usefixtures("sqlite")
def test_guard_and_defaults_of_the_mailer_apply_when_a_mail_is_queued(postmark: Postmark) -> None:
    from postmark_sdk import Guard

    options: dict[str, Any] = {"guard": Guard(allow=["*@example.org"]), "defaults": {"tag": "shop"}}
    with settings_of(QUEUE, server_token="token-for-tests", transport=lambda: postmark, **options):
        with pytest.raises(GuardError):
            message("ann@example.com").send()
        message().send()
        call_command("postmark_work")
    assert [each["Tag"] for each in postmark.taken] == ["shop"]


def test_signals_come_when_a_mail_is_queued(project: Jobs) -> None:
    seen: list[Any] = []

    def note(message: Any, status: Any, **_: object) -> None:
        seen.append((message.to, status.status))

    signals.post_send.connect(note)
    try:
        message().send()
    finally:
        signals.post_send.disconnect(note)
    assert seen == [(["ann@example.org"], {"queued"})]
    assert project.get("outbox").progress().waiting == 1


@pytest.mark.usefixtures("project")
def test_the_command_says_what_stops_it(postmark: Postmark) -> None:
    message().send()
    postmark.plan = ["401"]
    with pytest.raises(CommandError, match="answered 401, code 10"):
        call_command("postmark_work")
    call_command("postmark_work")
    assert len(postmark.taken) == 1


def test_a_wrong_setting_is_named(sqlite: Jobs) -> None:
    from postmark_sdk.integrations.django.jobs import Jobs as New

    with override_settings(POSTMARK_JOBS={"usin": "default"}), pytest.raises(InvalidOptionsError, match="did you mean"):
        New()
    with override_settings(POSTMARK_JOBS={"lease": 0}), pytest.raises(InvalidOptionsError, match="lease"):
        New()
    with override_settings(POSTMARK_JOBS={"using": "default", "lease": 5.0}):
        assert New().using == sqlite.using


def test_the_check_says_what_is_missing(monkeypatch: pytest.MonkeyPatch, sqlite: Jobs) -> None:
    import sys

    from django.core.management.base import SystemCheckError

    call_command("check", stderr=io.StringIO(), stdout=io.StringIO())
    with override_settings(POSTMARK_JOBS={"using": "nowhere"}), pytest.raises(SystemCheckError, match=r"E004.*nowhere"):
        call_command("check")
    assert sqlite.using == "default"
    for name in [*sys.modules]:
        if name.startswith("postmark_sdk.integrations.django.jobs.") or name.partition(".")[0] == "sqlalchemy":
            monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "sqlalchemy", None)
    from postmark_sdk.integrations.django.jobs.checks import check_jobs

    (error,) = check_jobs()
    assert (error.id, 'pip install "postmark-sdk[django,jobs]"' in error.msg) == ("postmark_sdk.E003", True)

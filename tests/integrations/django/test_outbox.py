"""The backend for tests, beside Django's own: both fill ``mail.outbox``, this one looks at what it takes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

pytest.importorskip("django", reason="Django is not installed")

from django.core import mail

from postmark_sdk import Guard, GuardError, InactiveRecipientError, InvalidMessageError
from postmark_sdk.integrations.django.signals import post_send, pre_send
from tests.integrations.django.project import message, settings_of

if TYPE_CHECKING:
    from collections.abc import Iterator

BACKEND = "postmark_sdk.integrations.django.testing.EmailBackend"


@pytest.fixture(autouse=True)
def _outbox(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """As Django's test runner makes it."""
    monkeypatch.setattr(mail, "outbox", [], raising=False)
    with settings_of(BACKEND):
        yield


def outbox() -> list[Any]:
    found: Any = mail
    return list(found.outbox)


def test_what_is_accepted_is_in_the_outbox_with_its_status() -> None:
    assert mail.send_mail("Hi", "Hello.", None, ["ann@example.org"]) == 1
    (sent,) = outbox()
    assert (sent.subject, sent.to, sent.from_email) == ("Hi", ["ann@example.org"], "shop@example.com")
    assert sent.postmark_status.status == {"accepted"}
    assert sent.postmark_message_id == sent.postmark_status.recipients["ann@example.org"].message_id
    first = message()
    first.send()
    first.subject = "Changed later"
    assert [each.subject for each in outbox()] == ["Hi", "Your order"]


def test_what_postmark_cannot_take_is_refused_as_in_production() -> None:
    odd = message()
    odd.attach_alternative("# Hello", "text/markdown")
    with pytest.raises(InvalidMessageError, match="text/markdown"):
        odd.send()
    with pytest.raises(InvalidMessageError, match="to"):
        message("not an address").send()
    with settings_of(BACKEND, guard=Guard(allow=["*@example.com"])), pytest.raises(GuardError):
        message().send()
    assert outbox() == []


@pytest.mark.parametrize(
    "said",
    [
        {"merge_metadata": {"ann@example.org": {"order": "1"}}},
        {"template_alias": "hi", "template_model": {}, "merge_data": {}},
        {"template_alias": "hi", "template_model": {}},
        {"bulk": True},
    ],
)
def test_every_way_of_sending_is_accepted(said: dict[str, Any]) -> None:
    sent: Any = mail.EmailMessage(to=["ann@example.org", "bob@example.org"])
    if "template_alias" not in said:
        sent.subject, sent.body = "Hi", "Hello."
    sent.postmark = said
    assert sent.send() == 1
    assert outbox()[0].postmark_status.status == ({"queued"} if "bulk" in said else {"accepted"})


def test_signals_are_sent_and_an_error_can_be_played() -> None:
    def refuse(**_: Any) -> None:
        raise InactiveRecipientError("no", status_code=422, error_code=406, operation="", method="POST", path="/email")

    seen: list[Any] = []

    def note(message: Any, **_: Any) -> None:
        seen.append(message)

    post_send.connect(note)
    message().send()
    post_send.disconnect(note)
    assert len(seen) == 1
    pre_send.connect(refuse)
    try:
        with pytest.raises(InactiveRecipientError):
            message().send()
    finally:
        pre_send.disconnect(refuse)
    assert len(outbox()) == 1


def test_a_guard_that_refuses_live_servers_lets_it_pass() -> None:
    guard = Guard(allow=["*@example.org"], refuse_live_servers=True)
    with settings_of(BACKEND, server_token="token-for-tests", guard=guard):
        message().send()
    assert len(outbox()) == 1


def test_it_works_without_djangos_test_runner(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(mail, "outbox")
    message().send()
    assert len(outbox()) == 1

"""What a message tells of each recipient after it was given to a backend: at least what django-anymail told."""

from __future__ import annotations

import copy
import json
import pickle
from typing import TYPE_CHECKING, Any

import pytest

pytest.importorskip("django", reason="Django is not installed")
pytest.importorskip("starlette", reason="the emulator needs its extra")

from django.core import mail

from postmark_sdk import Guard, GuardError, InactiveRecipientError, InvalidMessageError, OutcomeUnknownError
from postmark_sdk.errors import AuthenticationError, InvalidRequestError, TransportError
from postmark_sdk.integrations.django import EmailBackend, NotAllSentError
from tests.integrations.django.project import backend, message

if TYPE_CHECKING:
    from postmark_sdk.testing import TestEmulator

pytestmark = pytest.mark.usefixtures("project")


def suppress(postmark: TestEmulator, *addresses: str) -> None:
    postmark.client.suppressions.create("outbound", [*addresses])


def told(sent: Any) -> dict[str, str]:
    return {address: each.status for address, each in sent.postmark_status.recipients.items()}


def test_all_recipients_of_an_accepted_message_have_its_id(postmark: TestEmulator) -> None:
    sent = message("Ann Ö <Ann@example.org>", cc=["cc@example.org"], bcc=["bcc@exämple.org"])
    sent.send()
    status = sent.postmark_status
    assert told(sent) == dict.fromkeys(["Ann@example.org", "cc@example.org", "bcc@xn--exmple-cua.org"], "accepted")
    assert {each.message_id for each in status.recipients.values()} == {postmark.outbox.one().message_id}
    assert {each.reason for each in status.recipients.values()} == {None}
    assert (status.status, status.success, status.bulk_request) == ({"accepted"}, True, None)
    assert (status.message_id, status.message_ids) == (sent.postmark_message_id, (sent.postmark_message_id,))
    assert status.outcomes[0].submitted_at is not None
    assert "example" not in repr(status)


def test_a_suppressed_recipient_is_named_though_the_message_is_accepted(postmark: TestEmulator) -> None:
    suppress(postmark, "gone@example.org")
    sent = message("Gone@example.org", cc=["ann@example.org"])
    assert sent.send() == 1
    status = sent.postmark_status
    assert told(sent) == {"Gone@example.org": "inactive", "ann@example.org": "accepted"}
    assert status.status == {"inactive", "accepted"}
    assert status.recipients["Gone@example.org"].message_id is None
    assert "inactive addresses" in status.recipients["Gone@example.org"].reason
    assert status.recipients["ann@example.org"].message_id == status.message_id


def test_of_a_refused_message_each_recipient_knows_why(postmark: TestEmulator) -> None:
    suppress(postmark, "gone@example.org")
    sent = message("gone@example.org")
    with pytest.raises(InactiveRecipientError):
        sent.send()
    status = sent.postmark_status.recipients["gone@example.org"]
    assert (status.status, status.error_code, status.message_id) == ("inactive", 406, None)
    assert "inactive addresses" in status.reason
    assert status.hint
    assert sent.postmark_message_id is None
    assert not sent.postmark_status.success


def test_what_the_server_calls_no_address_is_invalid(postmark: TestEmulator) -> None:
    sent = message("ann@example.org", cc=["bob@example.org"])
    text = "Invalid 'Cc' address: 'bob@example.org'."
    postmark.fail_next(status=422, error_code=300, message=text)
    with pytest.raises(InvalidRequestError):
        sent.send()
    assert told(sent) == {"ann@example.org": "refused", "bob@example.org": "invalid"}
    assert sent.postmark_status.recipients["ann@example.org"].reason == text


def test_what_is_no_address_is_invalid_and_all_others_are_refused_with_it(postmark: TestEmulator) -> None:
    sent = message("ann@example.org", cc=["not an address"])
    with pytest.raises(InvalidMessageError):
        sent.send()
    assert told(sent) == {"ann@example.org": "refused", "not an address": "invalid"}
    assert "cc" in sent.postmark_status.recipients["ann@example.org"].reason
    assert not postmark.outbox


def test_nobody_knows_what_became_of_a_message_whose_answer_was_lost(postmark: TestEmulator) -> None:
    postmark.fail_next(kind="cut", processed=True)
    sent = message()
    with pytest.raises(OutcomeUnknownError):
        sent.send()
    assert told(sent) == {"ann@example.org": "unknown"}
    assert "unknown" in sent.postmark_status.recipients["ann@example.org"].reason


def test_what_did_not_leave_was_not_attempted() -> None:
    sent = [message(), message("bob@example.org")]
    nobody = EmailBackend(server_token="token-for-tests", base_url="http://127.0.0.1:1", retries=0)
    with pytest.raises(TransportError):
        nobody.send_messages(sent)
    assert [told(each) for each in sent] == [
        {"ann@example.org": "not_attempted"},
        {"bob@example.org": "not_attempted"},
    ]
    assert "POST /email/batch" in sent[0].postmark_status.recipients["ann@example.org"].reason
    with pytest.raises(TransportError):
        nobody.send_messages(sent[:1])
    assert told(sent[0]) == {"ann@example.org": "not_attempted"}


def test_a_guard_is_a_reason(postmark: TestEmulator) -> None:
    sent = message()
    with pytest.raises(GuardError):
        backend(postmark, guard=Guard(allow=["*@example.com"])).send_messages([sent])
    assert told(sent) == {"ann@example.org": "refused"}
    assert sent.postmark_status.recipients["ann@example.org"].reason


def test_a_wrong_token_refuses_all(postmark: TestEmulator) -> None:
    sent = [message(), message("bob@example.org")]
    with pytest.raises(AuthenticationError):
        backend(postmark, server_token="wrong-token-for-tests").send_messages(sent)
    assert [told(each) for each in sent] == [{"ann@example.org": "refused"}, {"bob@example.org": "refused"}]
    assert {each.postmark_status.recipients.popitem()[1].error_code for each in sent} == {10}


def test_of_several_each_has_its_own(postmark: TestEmulator) -> None:
    suppress(postmark, "gone@example.org")
    sent = [message(), message("gone@example.org"), message("not an address"), message("bob@example.org")]
    with pytest.raises(NotAllSentError):
        backend(postmark).send_messages(sent)
    assert [*map(told, sent)] == [
        {"ann@example.org": "accepted"},
        {"gone@example.org": "inactive"},
        {"not an address": "invalid"},
        {"bob@example.org": "accepted"},
    ]
    assert all(each.postmark_status.recipients for each in sent)
    assert backend(postmark, fail_silently=True).send_messages(sent) == 2
    assert told(sent[1]) == {"gone@example.org": "inactive"}


def test_a_message_that_says_too_much_keeps_the_others_back_and_all_know_it(postmark: TestEmulator) -> None:
    sent = [message(), message("bob@example.org")]
    sent[1].attach_alternative("# Hello", "text/markdown")
    with pytest.raises(InvalidMessageError):
        backend(postmark).send_messages(sent)
    assert [*map(told, sent)] == [{"ann@example.org": "not_attempted"}, {"bob@example.org": "refused"}]
    assert "text/markdown" in sent[1].postmark_status.recipients["bob@example.org"].reason


def test_an_interrupted_message_is_of_unknown_outcome(postmark: TestEmulator) -> None:
    def interrupt(_: Any) -> None:
        raise KeyboardInterrupt

    sent = message()
    with pytest.raises(KeyboardInterrupt):
        backend(postmark, on_event=interrupt).send_messages([sent])
    assert told(sent) == {"ann@example.org": "unknown"}
    assert sent.postmark_status.recipients["ann@example.org"].reason == "KeyboardInterrupt"


def test_a_delayed_message_is_queued(postmark: TestEmulator) -> None:
    import httpx

    answer = {
        "To": "ann@example.org",
        "SubmittedAt": "2026-01-01T00:00:00Z",
        "MessageID": "5d0a2f4a-e38e-4336-af7d-e6c392c2f817",
        "Message": "Message accepted, but delivery may be delayed.",
    }
    transport = httpx.MockTransport(lambda _: httpx.Response(200, json=answer))
    sent = message()
    with httpx.Client(transport=transport) as http_client:
        assert backend(postmark, http_client=http_client).send_messages([sent]) == 1
    status = sent.postmark_status.recipients["ann@example.org"]
    assert (status.status, status.message_id, status.reason) == ("queued", answer["MessageID"], answer["Message"])


def test_a_status_can_be_stored(postmark: TestEmulator) -> None:
    suppress(postmark, "gone@example.org")
    sent = message(cc=["gone@example.org"])
    sent.send()
    stored = json.loads(json.dumps(sent.postmark_status.to_dict()))
    assert stored["message_ids"] == [sent.postmark_message_id]
    assert stored["bulk_request_id"] is None
    assert stored["recipients"]["ann@example.org"]["status"] == "accepted"
    assert stored["recipients"]["gone@example.org"]["reason"]
    again = pickle.loads(pickle.dumps(sent.postmark_status))  # noqa: S301 - our own
    assert (again, copy.deepcopy(again)) == (sent.postmark_status, again)


def test_what_is_said_for_postmark_is_what_the_status_is_about(postmark: TestEmulator) -> None:
    sent: Any = mail.EmailMessage("Hello", "Hello.", to=["ann@example.org"])
    sent.postmark = {"to": [("Bob", "bob@example.org")]}
    sent.send()
    assert postmark.outbox.one().recipients == ["bob@example.org"]
    assert told(sent) == {"bob@example.org": "accepted"}

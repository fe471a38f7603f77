"""One message, and a mail for each of its recipients; or all of it as a bulk request."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

pytest.importorskip("django", reason="Django is not installed")
pytest.importorskip("starlette", reason="the emulator needs its extra")

from django.core import mail
from django.utils.functional import lazystr

from postmark_sdk import InvalidMessageError, InvalidRequestError
from postmark_sdk.integrations.django import NotAllSentError
from tests.integrations.django.project import backend, message

if TYPE_CHECKING:
    from postmark_sdk.testing import TestEmulator

pytestmark = pytest.mark.usefixtures("project")
ANN, BOB = "ann@example.org", "bob@example.org"


@pytest.fixture(name="calls")
def _calls(postmark: TestEmulator) -> Any:
    """The paths that were called."""
    paths: list[str] = []

    def note(event: Any) -> None:
        if type(event).__name__ == "AttemptEvent":
            paths.append(event.path)

    return paths, backend(postmark, on_event=note)


def merging(*to: str, subject: str = "", body: str = "", **said: Any) -> Any:
    made: Any = mail.EmailMultiAlternatives(subject, body, to=[*(to or (f"Ann Ö <{ANN}>", BOB))])
    made.postmark = said
    return made


def test_a_template_is_filled_for_each_recipient_in_one_call(postmark: TestEmulator, calls: Any) -> None:
    postmark.client.templates.create(name="Hi", alias="hi", subject="Hi {{name}}", text_body="{{shop}}: {{name}}.")
    sent = merging(
        template_alias="hi",
        template_model={"shop": "Shop", "name": "you"},
        metadata={"campaign": "x", "for": "all"},
        headers={"X-Shop": "all"},
        merge_data={ANN: {"name": lazystr("Ann")}, BOB.upper(): {"name": "Bob"}},
        merge_metadata={ANN: {"for": "ann"}},
        merge_headers={BOB: {"x-shop": "bob"}},
    )
    sent.cc = ["cc@example.org"]
    paths, sender = calls
    assert sender.send_messages([sent]) == 1
    assert paths == ["/email/batchWithTemplates"]
    ann, bob = postmark.outbox
    assert (ann.to, ann.cc, bob.to) == ([f"Ann Ö <{ANN}>"], ["cc@example.org"], [BOB])
    assert (ann.subject, ann.text_body, bob.subject) == ("Hi Ann", "Shop: Ann.", "Hi Bob")
    assert (ann.metadata, bob.metadata) == ({"campaign": "x", "for": "ann"}, {"campaign": "x", "for": "all"})
    assert (ann.headers, bob.headers) == ([("X-Shop", "all")], [("x-shop", "bob")])
    recipients = sent.postmark_status.recipients
    assert {address: each.message_id for address, each in recipients.items() if address != "cc@example.org"} == {
        ANN: ann.message_id,
        BOB: bob.message_id,
    }
    assert sent.postmark_status.message_ids == (ann.message_id, bob.message_id)
    assert sent.postmark_status.message_id is sent.postmark_message_id is None


def test_without_values_each_recipient_gets_a_mail_of_its_own(postmark: TestEmulator, calls: Any) -> None:
    paths, sender = calls
    sent = [merging(subject="Hi", body="Hello.", merge_metadata={}), message("carl@example.org")]
    assert sender.send_messages(sent) == 2
    assert paths == ["/email/batch"]
    assert [each.recipients for each in postmark.outbox] == [[ANN], [BOB], ["carl@example.org"]]
    assert sent[1].postmark_message_id == postmark.outbox[2].message_id


def test_a_single_recipient_is_a_single_call(postmark: TestEmulator, calls: Any) -> None:
    paths, sender = calls
    sent = merging(ANN, subject="Hi", body="Hello.", merge_metadata={ANN: {"order": "4711"}})
    sender.send_messages([sent])
    assert paths == ["/email"]
    assert sent.postmark_message_id == postmark.outbox.one(metadata={"order": "4711"}).message_id


def test_of_its_recipients_one_can_be_refused(postmark: TestEmulator) -> None:
    postmark.client.suppressions.create("outbound", [ANN])
    sent = merging(subject="Hi", body="Hello.", merge_metadata={})
    with pytest.raises(NotAllSentError, match="1 of 2"):
        backend(postmark).send_messages([sent])
    assert {address: each.status for address, each in sent.postmark_status.recipients.items()} == {
        ANN: "inactive",
        BOB: "accepted",
    }
    assert backend(postmark, fail_silently=True).send_messages([sent]) == 1


@pytest.mark.parametrize(
    ("said", "field"),
    [
        ({"merge_data": {ANN: {"name": "Ann"}}}, r"merge_data: .*template_alias or template_id, or send with bulk"),
        ({"merge_metadata": {"carl@example.org": {}, "dora@example.org": {}}}, r"merge_metadata: 2 of its keys are no"),
        ({"merge_headers": [ANN]}, r"merge_headers: a list; it takes a dict with addresses"),
        ({"merge_metdata": {}}, r"merge_metdata: it takes merge_data, merge_metadata, merge_headers"),
        ({"bulk": "yes"}, r"bulk: a str; it takes True or False"),
        ({"merge_metadata": {}, "to": ["nobody"]}, r"messages\[0\]\.to\[0\]: an entry without @"),
        ({"merge_metadata": {}, "to": []}, r"messages\[0\]\.to: .*there is none"),
    ],
)
def test_what_cannot_be_merged_is_named(postmark: TestEmulator, said: dict[str, Any], field: str) -> None:
    with pytest.raises(InvalidMessageError, match=field) as caught:
        backend(postmark).send_messages([merging(subject="Hi", body="Hello.", **said)])
    assert "@example" not in str(caught.value)
    assert not postmark.outbox


def test_a_message_whose_values_are_no_dict_is_refused(postmark: TestEmulator) -> None:
    sent = merging(template_alias="welcome", merge_data={ANN: "Ann"})
    with pytest.raises((InvalidMessageError, NotAllSentError)):
        backend(postmark).send_messages([sent])
    assert {each.status for each in sent.postmark_status.recipients.values()} <= {"refused", "accepted"}
    assert sent.postmark_status.recipients[ANN].status == "refused"


def test_a_bulk_request_fills_what_the_message_says(postmark: TestEmulator, calls: Any) -> None:
    paths, sender = calls
    sent = merging(
        subject="Hi {{name}}",
        body="Dear {{name}}. {{{ pm:unsubscribe }}}",
        bulk=True,
        metadata={"campaign": "x"},
        merge_data={ANN: {"name": "Ann"}, BOB: {"name": "Bob"}},
        merge_metadata={ANN: {"id": "1"}},
        merge_headers={BOB: {"X-Own": "bob"}},
    )
    assert sender.send_messages([sent, message("carl@example.org")]) == 2
    assert paths == ["/email", "/email/bulk"]
    job = sent.postmark_status.bulk_request
    assert {address: each.status for address, each in sent.postmark_status.recipients.items()} == {
        ANN: "queued",
        BOB: "queued",
    }
    assert sent.postmark_message_id is None
    assert sent.postmark_status.outcomes == ()
    assert sender.client.emails.wait_for_bulk(job.id).finished
    ann, bob = postmark.outbox.one(subject="Hi Ann"), postmark.outbox.one(subject="Hi Bob")
    assert (ann.metadata, bob.metadata) == ({"campaign": "x", "id": "1"}, {"campaign": "x"})
    assert bob.headers == [("X-Own", "bob")]


def test_a_stored_template_can_be_sent_in_bulk(postmark: TestEmulator) -> None:
    postmark.client.templates.create(name="Hi", alias="hi", subject="Hi {{name}}", text_body="{{shop}}.")
    sent = merging(template_alias="hi", template_model={"shop": "Shop", "name": "you"}, merge_data={ANN: {"name": "A"}})
    sender = backend(postmark, bulk=True)
    assert sender.send_messages([sent]) == 1
    assert sender.client.emails.wait_for_bulk(sent.postmark_status.bulk_request.id).finished
    assert sorted(str(each.subject) for each in postmark.outbox) == ["Hi A", "Hi you"]


def test_a_message_may_leave_bulk_out(postmark: TestEmulator) -> None:
    sent = message()
    sent.postmark = {"bulk": False}
    assert backend(postmark, bulk=True).send_messages([sent]) == 1
    assert sent.postmark_message_id == postmark.outbox.one().message_id


def test_a_refused_bulk_request_ends_what_comes_after_it(postmark: TestEmulator) -> None:
    sent = [merging(subject="Hi", body="Hello.", bulk=True) for _ in range(2)]
    postmark.fail_next(2, path="/email/bulk", status=422, error_code=14, message="Not enabled.")
    with pytest.raises(InvalidRequestError):
        backend(postmark).send_messages(sent)
    assert [{each.status for each in one.postmark_status.recipients.values()} for one in sent] == [
        {"refused"},
        {"not_attempted"},
    ]
    assert backend(postmark, fail_silently=True).send_messages(sent) == 0

from __future__ import annotations

import re
import sys
from types import SimpleNamespace
from typing import TYPE_CHECKING, cast

import pytest

from postmark_sdk import PostmarkClient
from postmark_sdk.models import Attachment
from postmark_sdk.testing import Mail, SentAttachment, TestEmulator
from postmark_sdk.testing._explain import explain

if TYPE_CHECKING:
    from postmark_sdk.models import EmailParams
    from postmark_sdk.testing import SentMessage

_BYTES = bytes(range(256))


def send(postmark: TestEmulator, **changes: object) -> str:
    fields: dict[str, object] = {
        "from_": "Shop <shop@example.com>",
        "to": "Ada Lovelace <ada@example.org>",
        "subject": "Welcome",
        "text_body": "Hello Ada",
    }
    message = cast("EmailParams", {**fields, **changes})
    result = postmark.client.emails.send(message)
    assert result.message_id is not None
    return result.message_id


def test_a_message_has_everything_its_recipients_got(postmark: TestEmulator) -> None:
    send(
        postmark,
        cc="bob@example.org",
        bcc="log@example.com",
        reply_to="help@example.com",
        html_body="<p>Hello Ada</p>",
        tag="welcome",
        metadata={"order": "7"},
        headers=[{"name": "X-Shop", "value": "1"}],
        attachments=[Attachment.from_bytes(_BYTES, "invoice.pdf")],
    )
    sent = postmark.outbox[0]
    assert sent.from_ == "Shop <shop@example.com>"
    assert sent.to == ["Ada Lovelace <ada@example.org>"]
    assert sent.recipients == ["ada@example.org", "bob@example.org", "log@example.com"]
    assert (sent.reply_to, sent.subject, sent.tag) == ("help@example.com", "Welcome", "welcome")
    assert (sent.text_body, sent.html_body) == ("Hello Ada", "<p>Hello Ada</p>")
    assert sent.metadata == {"order": "7"}
    assert sent.headers == [("X-Shop", "1")]
    assert sent.attachments == [SentAttachment("invoice.pdf", "application/pdf", _BYTES)]


def test_names_read_as_recipients_see_them(postmark: TestEmulator) -> None:
    send(postmark, from_=("Häns", "shop@example.com"), to=("Jörg", "j@example.org"))
    send(postmark, from_=("Häns, Shop", "shop@example.com"))
    assert [sent.from_ for sent in postmark.outbox] == ["Häns <shop@example.com>", '"Häns, Shop" <shop@example.com>']
    assert postmark.outbox[0].to == ["Jörg <j@example.org>"]


def test_bodies_are_those_that_the_template_gave(postmark: TestEmulator) -> None:
    postmark.client.emails.send_with_template(
        from_="shop@example.com",
        to="ada@example.org",
        template_alias="welcome",
        template_model={"name": "Ada", "product_name": "Shop", "action_url": "https://shop.example/in"},
    )
    sent = postmark.outbox.one(template_alias="welcome")
    assert sent.subject == "Welcome to Shop, Ada!"
    assert sent.text_body is not None
    assert "https://shop.example/in" in sent.text_body
    assert sent.template_model == {"name": "Ada", "product_name": "Shop", "action_url": "https://shop.example/in"}


def test_it_is_up_to_date_at_every_look(postmark: TestEmulator) -> None:
    outbox = postmark.outbox
    assert outbox == []
    assert repr(outbox) == "<Outbox, empty>"
    for number in range(12):
        send(postmark, subject=f"Number {number}")
    assert len(outbox) == 12
    assert [message.subject for message in outbox[-2:]] == ["Number 10", "Number 11"]
    assert repr(outbox).endswith("and 2 more>")
    with pytest.raises(IndexError, match="there is no message 12: 12 sent"):
        outbox[12]
    postmark.bounce(outbox[0])
    assert "Bounced" in outbox[0].events
    postmark.reset()
    assert not outbox


def test_what_is_not_given_does_not_matter(postmark: TestEmulator) -> None:
    send(postmark, attachments=[Attachment.from_bytes(b"%PDF", "invoice.pdf")], headers=[{"name": "A", "value": "b"}])
    assert postmark.outbox == [Mail()]
    assert postmark.outbox == [
        Mail(
            from_="shop@example.com",
            to="ada@example.org",
            cc=[],
            recipients=["ada@example.org"],
            subject=re.compile("^Wel"),
            headers={"A": "b"},
            attachments="invoice.pdf",
        )
    ]
    assert Mail(to=["Ada Lovelace <ada@example.org>"], headers=[("A", "b")]) == postmark.outbox[0]


@pytest.mark.parametrize(
    "expected",
    [
        {"to": "bob@example.org"},
        {"to": "Augusta Lovelace <ada@example.org>"},
        {"to": ["ada@example.org", "bob@example.org"]},
        {"from_": "ada@example.org"},
        {"subject": "welcome"},
        {"subject": re.compile("^welcome")},
        {"html_body": "Hello Ada"},
        {"html_body": re.compile("Hello")},
        {"metadata": {"order": "8"}},
        {"attachments": ["invoice.pdf"]},
        {"headers": {"A": "b"}},
        {"tag": "welcome"},
    ],
    ids=str,
)
def test_one_wrong_value_is_enough(postmark: TestEmulator, expected: dict[str, object]) -> None:
    send(postmark, metadata={"order": "7"})
    assert postmark.outbox != [Mail(**expected)]
    assert postmark.outbox.find(**expected) == []
    assert Mail(**expected).differences(postmark.outbox[0])


def test_a_misspelt_field_is_named() -> None:
    with pytest.raises(TypeError, match="a message has no subjet; did you mean subject"):
        Mail(subjet="Welcome")
    with pytest.raises(TypeError, match="it has message_id, "):
        Mail(qqq="Welcome")


def test_an_empty_outbox_says_that_django_kept_the_mails(
    postmark: TestEmulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert explain(postmark.outbox, [Mail(to="a@example.org")]) == [
        "0 sent, 1 expected",
        "[0] not sent: Mail(to='a@example.org')",
    ]
    monkeypatch.setitem(sys.modules, "django.core.mail", SimpleNamespace(outbox=["mail"]))
    held = "django.core.mail.outbox holds 1: "
    with pytest.raises(AssertionError, match=f"nothing was sent; .*\n{held}"):
        postmark.outbox.one(to="a@example.org")
    lines = explain(postmark.outbox, [Mail(to="a@example.org")])
    assert lines is not None
    assert lines[1].startswith(held)
    send(postmark)
    assert explain(postmark.outbox, []) == ["1 sent, 0 expected", "[0] not expected: 'Welcome' to ada@example.org"]


def test_one_says_what_was_sent_instead(postmark: TestEmulator) -> None:
    with pytest.raises(AssertionError, match="nothing was sent; expected Mail\\(tag='a'\\)"):
        postmark.outbox.one(tag="a")
    send(postmark)
    send(postmark, subject="Welcome back", to="bob@example.org")
    with pytest.raises(AssertionError) as caught:
        postmark.outbox.one(subject="Welcom", to="bob@example.org")
    assert str(caught.value) == (
        "none of 2 sent messages is like Mail(subject='Welcom', to='bob@example.org'); the nearest, "
        "'Welcome back' to bob@example.org:\n"
        "  subject: 'Welcome back', expected 'Welcom'"
    )
    with pytest.raises(AssertionError, match="2 messages are like"):
        postmark.outbox.one(from_="shop@example.com")


def sent_twice(postmark: TestEmulator) -> tuple[SentMessage, SentMessage]:
    send(postmark, text_body="Hello Ada\nYour order is on its way.\nBye")
    send(postmark, text_body="Hello Bob\nYour order is on its way.\nBye")
    return postmark.outbox[0], postmark.outbox[1]


def test_texts_are_compared_line_by_line(postmark: TestEmulator) -> None:
    first, second = sent_twice(postmark)
    lines = explain(first, Mail(text_body=second.text_body, subject=re.compile("x")))
    assert lines == [
        "'Welcome' to ada@example.org is not as expected",
        "text_body (- expected, + sent):",
        "  - Hello Bob",
        "  + Hello Ada",
        "    Your order is on its way.",
        "    Bye",
        "subject: 'Welcome', expected a match of 'x'",
    ]
    assert explain(Mail(subject="x"), first) == explain(first, Mail(subject="x"))


def test_two_messages_are_compared_field_by_field(postmark: TestEmulator) -> None:
    first, second = sent_twice(postmark)
    lines = explain(first, second)
    assert lines is not None
    assert {line.split(" ")[0].rstrip(":") for line in lines if not line.startswith(" ")} == {
        "'Welcome'",
        "message_id",
        "text_body",
        "request",
    }


def test_lists_are_compared_message_by_message(postmark: TestEmulator) -> None:
    send(postmark)
    send(postmark, subject="Receipt")
    assert explain(postmark.outbox, [Mail(subject="Welcome"), Mail(subject="Invoice"), Mail(tag="x")]) == [
        "2 sent, 3 expected",
        "[1] 'Receipt' to ada@example.org:",
        "    subject: 'Receipt', expected 'Invoice'",
        "[2] not sent: Mail(tag='x')",
    ]
    assert explain([], postmark.outbox) == [
        "2 sent, 0 expected",
        "[0] not expected: 'Welcome' to ada@example.org",
        "[1] not expected: 'Receipt' to ada@example.org",
    ]
    assert explain(list(postmark.outbox), ["text", 1]) == [
        "2 sent, 2 expected",
        "[0] 'Welcome' to ada@example.org:",
        f"    {postmark.outbox[0]!r}, expected 'text'",
        "[1] 'Receipt' to ada@example.org:",
        f"    {postmark.outbox[1]!r}, expected 1",
    ]


def test_a_mail_without_its_list_is_told_to_be_in_one(postmark: TestEmulator) -> None:
    send(postmark)
    assert explain(postmark.outbox, Mail(tag="x")) == ["an outbox is compared with a list: write == [Mail(tag='x')]"]
    assert explain(Mail(tag="x"), postmark.outbox) == explain(postmark.outbox, Mail(tag="x"))


def test_a_message_shows_to_whom_it_went_and_what_about(postmark: TestEmulator) -> None:
    send(postmark)
    message = postmark.outbox[0]
    assert f"to={message.to!r}, subject='Welcome'" in repr(message)


def test_other_comparisons_are_left_alone(postmark: TestEmulator) -> None:
    assert explain(1, 2) is None
    assert explain([1], [2]) is None
    assert explain(postmark.outbox, 7) is None
    assert postmark.outbox != 7
    assert Mail() != 7


def test_a_client_without_arguments_finds_the_emulator(postmark: TestEmulator) -> None:
    with PostmarkClient() as client:
        client.emails.send(from_="a@example.com", to="b@example.org", subject="s", text_body="t")
    assert postmark.outbox == [Mail(to="b@example.org")]

from __future__ import annotations

import datetime as _dt
import time
from base64 import b64encode
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import SMTP
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from postmark_sdk import DecodeError, models
from postmark_sdk._behavior.inbound.fields import ReplyFields
from postmark_sdk._behavior.inbound.replies import html_to_text
from postmark_sdk.models import Attachment
from postmark_sdk.webhooks import InboundEvent, SpamReport, parse
from tests.core.wire import MAIL, Line
from tests.webhooks.payloads import example

if TYPE_CHECKING:
    from postmark_sdk import Email

ME = "support@example.com"


def mail(name: str = "current", **fields: Any) -> InboundEvent:
    event = parse({**example("inbound", name), **fields})
    assert isinstance(event, InboundEvent)
    return event


def header(name: str, value: str) -> dict[str, str]:
    return {"Name": name, "Value": value}


def body(message: EmailMessage, kind: str) -> str:
    part = message.get_body((kind,))
    assert part is not None
    return str(part.get_content()).replace("\r\n", "\n")


def headers_of(email: Email) -> dict[str, str]:
    return dict(email.headers or ())  # type: ignore[arg-type]  # pairs, as replies make them


# --- what the mail says -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Sat, 1 Nov 2025 02:28:55 +0000", _dt.datetime(2025, 11, 1, 2, 28, 55, tzinfo=_dt.timezone.utc)),
        ("Thu, 5 Apr 2012 16:59:01 +0200", _dt.datetime(2012, 4, 5, 14, 59, 1, tzinfo=_dt.timezone.utc)),
        ("Fri, 1 Aug 2014 16:45:32 -04:00", _dt.datetime(2014, 8, 1, 20, 45, 32, tzinfo=_dt.timezone.utc)),
        (
            "Sat, 19 Aug 2017 19:37:23 +0200 (Mitteleurop?ische",
            _dt.datetime(2017, 8, 19, 17, 37, 23, 0, _dt.timezone.utc),
        ),
        ("Sat, 1 Nov 2025 02:28:55 -0000", _dt.datetime(2025, 11, 1, 2, 28, 55, tzinfo=_dt.timezone.utc)),
        ("Sat, 1 Nov 2025 02:28:55", _dt.datetime(2025, 11, 1, 2, 28, 55, tzinfo=_dt.timezone.utc)),
        ("yesterday", None),
        ("", None),
        (None, None),
        ("Sat, 99 Nov 2025 02:28:55 +0000", None),
        ("Sat, 1 Nov 99999999999 02:28:55 +0000", None),
    ],
)
def test_the_date_is_a_time_or_none_beside_its_text(text: str | None, expected: _dt.datetime | None) -> None:
    event = mail(Date=text)
    assert (event.sent_at, event.date) == (expected, text)


def test_threading_headers_are_read() -> None:
    event = mail(
        Headers=[
            header("message-id", "<c@example.org>"),
            header("In-Reply-To", "\t<b@example.com> (a comment)"),
            header("References", "<a@example.com>\t<b@example.com>\n <b@example.com>"),
        ]
    )
    assert event.internet_message_id == "<c@example.org>"
    assert event.in_reply_to == "<b@example.com>"
    assert event.references == ["<a@example.com>", "<b@example.com>"]


def test_a_mail_outside_of_threads_has_no_ids() -> None:
    event = mail(Headers=[])
    assert (event.internet_message_id, event.in_reply_to, event.references) == (None, None, [])


def test_headers_repeat_and_case_does_not_matter() -> None:
    event = mail()
    assert len(event.header_values("received")) == 2
    assert event.header("RECEIVED") == event.header_values("Received")[0]
    assert event.header("No-Such") is None


def test_the_spam_report_is_read() -> None:
    expected = SpamReport(False, -0.1, ("DKIM_SIGNED", "DKIM_VALID", "SPF_PASS"), "pass")
    assert mail().spam == expected


_FORGED = [header("X-Spam-Status", "No"), header("X-Spam-Score", "0"), header("Received-SPF", "pass")]
_OWN = [header("X-Spam-Status", "Yes"), header("X-Spam-Score", "9.5"), header("Received-SPF", "Fail (x)")]
_TOP = [header("Return-Path", "<a@example.org>"), header("Received", "by in.example.com (Postfix, from userid 996)")]
_TAKEN = [header("Received", "from mx.example.org (mx.example.org [192.0.2.1])\tby in.example.com (Postfix)")]
_SENT = [header("Received", "by 192.0.2.7 with SMTP"), header("Message-ID", "<a@example.org>")]
_TRUE = SpamReport(True, 9.5, (), "fail")
_NOTHING = SpamReport(None, None, (), None)


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ([*_TOP, *_OWN, *_TAKEN, *_FORGED, *_SENT], _TRUE),
        ([*_TOP, *_OWN, *_TAKEN, *_SENT, *_FORGED], _TRUE),
        ([*_TOP, *_TAKEN, *_FORGED, *_SENT], _NOTHING),
        ([*_TOP, *_OWN[:1], *_TAKEN, *_FORGED], SpamReport(True, None, (), None)),
        ([*_TOP, header("X-New", "of Postmark"), *_OWN, *_TAKEN, *_FORGED], _TRUE),
        ([*_OWN, *_SENT[1:], *_FORGED], _TRUE),
        ([*_SENT[1:], *_FORGED], _NOTHING),
        ([*_OWN, *_FORGED], _TRUE),
    ],
)
def test_of_spam_headers_those_on_top_count_since_the_sender_may_write_his_own(
    headers: list[dict[str, str]], expected: SpamReport
) -> None:
    assert mail(Headers=headers).spam == expected


def test_without_spam_headers_the_report_says_nothing() -> None:
    assert mail(Headers=[header("X-Spam-Score", "high")]).spam == SpamReport(None, None, (), None)


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("X-Other", "yes", False),
        ("Auto-Submitted", "no", False),
        ("Auto-Submitted", "NO (typed)", False),
        ("Auto-Submitted", "auto-replied", True),
        ("Auto-Submitted", "Auto-Notified; owner-email=a@example.org", True),
        ("Precedence", "bulk", True),
        ("Precedence", "first-class", False),
        ("X-Precedence", "Auto_Reply", True),
        ("X-Precedence", "normal", False),
        ("Return-Path", "<>", True),
        ("Return-Path", "< >", True),
        ("Return-Path", "<Mailer-Daemon@mx.example.org>", True),
        ("Return-Path", "<mailer-daemonia@example.org>", False),
        ("List-Id", "<list.example.org>", True),
        ("X-Autoreply", "yes", True),
        ("X-Autoreply", "no", False),
        ("X-Auto-Reply", "1", True),
        ("X-AutoReply-From", "a@example.org", True),
        ("X-Mail-Autoreply", "", True),
        ("X-Autorespond", "Away", True),
        ("X-Autoresponder", "away", True),
        ("X-Auto-Response-Suppress", "All", False),
        ("X-FC-MachineGenerated", "true", True),
        ("X-FC-MachineGenerated", "false", False),
        ("X-POST-MessageClass", "9; Autoresponder", True),
        ("X-Failed-Recipients", "a@example.org", True),
        ("Delivered-To", "Autoresponder", True),
        ("Delivered-To", "a@example.org", False),
    ],
)
def test_mail_that_a_program_wrote_is_told(name: str, value: str, *, expected: bool) -> None:
    assert mail(Headers=[header(name, value), header("Return-Path", "<a@example.org>")]).is_automatic is expected


@pytest.mark.parametrize(
    ("sender", "expected"),
    [
        ({"FromFull": {"Email": "MAILER-DAEMON@mx.example.org", "Name": "Mail Delivery System"}}, True),
        ({"FromFull": {"Email": "MAILER-DAEMON", "Name": ""}}, True),
        ({"FromFull": None, "From": "mailer-daemon@mx.example.org"}, True),
        ({"FromFull": {"Email": "ann@example.org", "Name": "mailer-daemon@example.org"}}, False),
        ({"FromFull": 5, "From": 5}, False),
    ],
)
def test_bounces_are_known_by_who_sends_them(sender: dict[str, Any], *, expected: bool) -> None:
    assert mail(Headers=[], **sender).is_automatic is expected


def test_a_return_path_that_the_sender_wrote_is_not_postmarks() -> None:
    assert not mail(Headers=[header("Return-Path", "<a@example.org>"), header("Return-Path", "<>")]).is_automatic


def test_a_program_says_that_it_answers_and_is_then_not_answered() -> None:
    answer = mail().reply(from_=ME, text_body="x", automatic=True)
    assert headers_of(answer)["Auto-Submitted"] == "auto-replied"
    assert mail(Headers=[header(name, value) for name, value in headers_of(answer).items()]).is_automatic
    assert "Auto-Submitted" not in headers_of(mail().reply(text_body="x"))
    own = mail().reply(text_body="x", automatic=True, headers={"auto-submitted": "auto-generated"})
    assert {name.lower(): value for name, value in headers_of(own).items()}["auto-submitted"] == "auto-generated"
    assert len(headers_of(own)) == 3


def test_the_mailbox_hash_is_there() -> None:
    assert mail().mailbox_hash == "ticket42"


# --- the standard library's message -----------------------------------------------------------------------------------


def test_the_source_is_preferred_where_it_was_sent() -> None:
    message = mail("plain").to_email_message()
    assert (message["From"], message["Return-Path"]) == ("customer@example.org", "<>")
    assert message.get_content() == "Hello\n"


def test_a_message_is_made_of_the_parts() -> None:
    message = mail().to_email_message()
    assert message["Subject"] == "Re: Ticket 42"
    assert message["From"] == "Example Customer <customer@example.org>"
    assert message["Cc"].addresses[1].addr_spec == "other@example.org"
    assert message["In-Reply-To"] == "<ticket-42@example.com>"
    assert len(message.get_all("Received", [])) == 2
    assert body(message, "plain").startswith("It works now.\n")
    assert "cid:image.png" in body(message, "html")
    inline = [part for part in message.walk() if part["Content-ID"]]
    assert [(part["Content-ID"], part.get_content()) for part in inline] == [
        ("<image.png@01CE7342.75E71F80>", b"\x89PNG\r\n\x1a\n")
    ]
    attached = list(message.iter_attachments())
    assert [(part.get_filename(), part.get_content()) for part in attached if part.get_filename() == "note.txt"] == [
        ("note.txt", "Hello")
    ]
    assert b"Ticket 42" in message.as_bytes()


def test_a_mail_inside_a_mail_stays_a_mail() -> None:
    message = mail("forwarded").to_email_message()
    (inner,) = [part.get_content() for part in message.iter_attachments()]
    assert isinstance(inner, EmailMessage)
    assert inner["Subject"] == "Hello"


def test_what_is_not_ascii_is_encoded() -> None:
    event = mail(Subject="Übung 😀", FromFull={"Email": "ü@exämple.org", "Name": "Ünal"}, TextBody="Grüße", HtmlBody="")
    message = event.to_email_message()
    assert message["Subject"] == "Übung 😀"
    assert message.as_bytes().partition(b"\r\n\r\n")[0].isascii()
    assert body(message, "plain") == "Grüße\n"


def nested(depth: int, kind: str = "multipart/mixed") -> str:
    """A source with parts inside parts."""
    opened = (f"Content-Type: {kind}; boundary=b{level}\r\n\r\n--b{level}\r\n" for level in range(depth))
    return "".join(opened) + "Content-Type: text/plain\r\n\r\nHello\r\n"


def test_a_source_that_is_nested_too_deeply_says_so() -> None:
    message = mail(RawEmail=nested(50)).to_email_message()
    assert "Hello" in message.as_string()
    assert message_from_bytes(message.as_bytes(), policy=SMTP).is_multipart()
    for source in (nested(51), nested(3000), "Content-Type: message/rfc822\r\n\r\n" * 3000):
        with pytest.raises(DecodeError, match="more than 50 deep"):
            mail(RawEmail=source).to_email_message()


def test_a_mail_in_a_mail_that_is_nested_too_deeply_stays_a_file() -> None:
    content = b64encode(nested(3000).encode()).decode()
    event = mail(Attachments=[{"Name": "a.eml", "Content": content, "ContentType": "message/rfc822"}], HtmlBody="")
    (part,) = event.to_email_message().iter_attachments()
    assert (part.get_content_type(), part.get_content()) == ("application/octet-stream", nested(3000).encode())


@pytest.mark.parametrize(
    ("page", "content_id", "expected"),
    [
        ('<img src="cid:logo">', "logo", True),
        ("<img src='cid:logo'>", "logo", True),
        ("<img src=cid:logo>", "<logo>", True),
        ('<img SRC=" CID:LOGO">', "logo", True),
        ('<td style="background:url(cid:logo)">', "logo", True),
        ("<td style='background:url(&quot;cid:logo&quot;)'>", "logo", True),
        ('<img srcset="cid:small 1x, cid:logo 2x">', "logo", True),
        ('<img src="cid:a%40b">', "a@b", True),
        ('<img src="cid:a&#64;b">', "a@b", True),
        ('<img src="cid:o\'neil@b">', "o'neil@b", True),
        ('<img src="cid:logo2">', "logo", False),
        ("<p>See cid:logo</p>", "logo", False),
        ("<p>Nothing</p>", "logo", False),
        ("", "logo", False),
        (None, "logo", False),
        (5, "logo", False),
        ('<img src="cid:">', "", False),
    ],
)
def test_inline_is_what_the_page_shows(page: object, content_id: str, *, expected: bool) -> None:
    file = {"Name": "a.png", "Content": "SGVsbG8=", "ContentType": "image/png", "ContentID": content_id}
    event = mail(HtmlBody=page, Attachments=[file])
    assert event.attachments[0].is_inline is expected
    assert (event.forward("a@example.org").attachments or [])[0].content_id == (
        f"cid:{content_id.strip('<>')}" if expected else None
    )
    parts = list(event.to_email_message().iter_attachments())
    assert bool([part for part in parts if part.get_filename() == "a.png"]) is not expected
    made = InboundEvent(
        **{name: getattr(event, name) for name in ("from_full", "message_id", "html_body", "attachments")}
    )
    assert made.attachments[0].is_inline is expected


def test_what_is_to_be_a_list_is_one() -> None:
    odd: Any
    for odd in (None, {}, "x", 5):
        event = mail(Attachments=odd, Headers=odd, ToFull=odd, CcFull=odd, BccFull=odd)
        assert [event.attachments, event.headers, event.to_full, event.cc_full, event.bcc_full] == [[]] * 5
    bare = parse({"FromFull": {"Email": "a@example.org"}})
    assert isinstance(bare, InboundEvent)
    assert (bare.attachments, bare.headers) == ([], [])
    made = InboundEvent(from_full=bare.from_full, message_id="m")
    assert made.attachments is not InboundEvent(from_full=bare.from_full, message_id="m").attachments


def test_a_stranger_cannot_add_headers() -> None:
    event = mail(Subject="Hi\r\nBcc: victim@example.org", Headers=[header("X-A", "b\nX-Evil: 1"), header("X B", "c")])
    message = event.to_email_message()
    assert message["Bcc"] is message["X-Evil"] is message["X B"] is None
    assert b"\nBcc:" not in message.as_bytes()


@pytest.mark.parametrize("kind", ["multipart/mixed", "message/partial", "nonsense", "a/b/c", None, 5, ""])
def test_an_odd_content_type_becomes_bytes(kind: object) -> None:
    event = mail(Attachments=[{"Name": "x", "Content": "SGVsbG8=", "ContentType": kind}])
    (part,) = event.to_email_message().iter_attachments()
    assert (part.get_content_type(), part.get_content()) == ("application/octet-stream", b"Hello")


def test_addresses_that_are_none_are_left_out() -> None:
    event = mail(ToFull=None, To="list@example.org", CcFull=[], Cc="", FromFull="odd", Headers=[5, header("X", "y")])
    message = event.to_email_message()
    assert (message["To"], message["Cc"], message["From"], message["X"]) == (
        "list@example.org",
        None,
        "customer@example.org",
        "y",
    )


def test_headers_of_the_source_that_only_fit_the_source_are_left_out() -> None:
    event = mail(Headers=[header("Content-Type", "text/html"), header("MIME-Version", "9")], HtmlBody="")
    message = event.to_email_message()
    assert (message.get_content_type(), message["MIME-Version"]) == ("multipart/mixed", "1.0")


def test_a_mail_with_html_only_has_html_only() -> None:
    message = mail(TextBody="", Attachments=[]).to_email_message()
    assert (message.get_content_type(), message.get_content().strip()) == ("text/html", example("inbound")["HtmlBody"])


# --- replies ----------------------------------------------------------------------------------------------------------


def test_a_reply_is_ready_to_send() -> None:
    email = mail().reply(from_=ME, text_body="Glad to hear.")
    assert email.problems() == []
    assert (email.from_, email.to, email.cc) == (ME, [("Example Customer", "customer@example.org")], None)
    assert email.subject == "Re: Ticket 42"
    assert headers_of(email) == {
        "In-Reply-To": "<reply-1@example.org>",
        "References": "<ticket-42@example.com> <reply-1@example.org>",
    }
    assert email.text_body == (
        "Glad to hear.\n\n"
        "On Sat, 1 Nov 2025 02:28:55 +0000, Example Customer wrote:\n"
        "> It works now.\n>\n> On Fri, 31 Oct 2025, Example Support wrote:\n>> Does it work?\n"
    )
    assert email.html_body is None


def test_a_reply_goes_where_the_sender_wants_answers() -> None:
    assert mail("forwarded").reply(text_body="x").to == [("", "replies@example.org")]
    several = mail(ReplyTo='"A, B" <a@example.org>, b@example.org')
    assert several.reply(text_body="x").to == [("A, B", "a@example.org"), ("", "b@example.org")]


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("a@example.org <a@example.org>", [("a@example.org", "a@example.org")]),
        ('"a@example.org" <a@example.org>', [("a@example.org", "a@example.org")]),
        ("a@example.org,", [("", "a@example.org")]),
        (", ,a@example.org", [("", "a@example.org")]),
        ("a@example.org; b@example.org", [("", "a@example.org"), ("", "b@example.org")]),
        ("a@example.org A@example.org", [("", "a@example.org")]),
        ("Ann (Sales, EU) <a@example.org>", [("Ann (Sales, EU)", "a@example.org")]),
        ("a@example.org (Ann; Sales)", [("Ann; Sales", "a@example.org")]),
        (
            "Ann (never closed <a@example.org>, b@example.org",
            [("Ann (never closed", "a@example.org"), ("", "b@example.org")],
        ),
        (
            'Ann "never closed <a@example.org>, b@example.org',
            [('Ann "never closed', "a@example.org"), ("", "b@example.org")],
        ),
        ('"A\\"B, C" <a@example.org>', [('A"B, C', "a@example.org")]),
        ("Ann, Amt <a@example.org>", [("Amt", "a@example.org")]),
        ("team: Ann <a@example.org>, b@example.org;", [("Ann", "a@example.org"), ("", "b@example.org")]),
        ("Ann <a@example.org> Bert <b@example.org>", [("Ann", "a@example.org"), ("Bert", "b@example.org")]),
        ("mailto:a@example.org", [("", "a@example.org")]),
        ("<a@example.org>", [("", "a@example.org")]),
        ("Ann <<a@example.org>>", [("Ann", "a@example.org")]),
        ('"ann lee"@example.org', [("", '"ann lee"@example.org')]),
        ("broken, b@example.org, c@, @d, a b@x y", [("", "b@example.org")]),
        ("a@example.org b@example.org", [("", "a@example.org"), ("", "b@example.org")]),
    ],
)
def test_a_list_of_addresses_is_read_however_it_is_written(written: str, expected: list[tuple[str, str]]) -> None:
    answer = mail(ReplyTo=written).reply(from_=ME, text_body="x")
    assert (answer.to, answer.problems()) == (expected, [])


@pytest.mark.parametrize(
    "written", ["", "undisclosed-recipients:;", "Ann", "Ann <>", "@", "<@>", "ünal@example.org", 5, None]
)
def test_without_a_usable_reply_address_the_sender_is_answered(written: object) -> None:
    assert mail(ReplyTo=written).reply(text_body="x").to == [("Example Customer", "customer@example.org")]


@given(st.text(alphabet='ab@.,;:<>()"\\ \n=?-_é\ud800', max_size=40))
def test_whatever_a_stranger_wants_answers_at_the_answer_can_be_sent(written: str) -> None:
    assert mail(ReplyTo=written).reply(from_=ME, text_body="x").problems() == []


def test_a_broken_recipient_costs_no_answer_to_the_others() -> None:
    crowd = ["ünal@example.org", "nobody", "a b@example.org", "c@example.org", "d@exa mple.org", ""]
    event = mail(CcFull=[{"Email": email, "Name": "C\x07\ud800"} for email in crowd])
    answer = event.reply(from_=ME, text_body="x", to_all=True)
    assert (answer.cc, answer.problems()) == ([("C ?", "c@example.org")], [])


def test_a_sender_that_nobody_can_answer_is_named_before_anything_is_sent() -> None:
    answer = mail(FromFull={"Email": "ünal@example.org", "Name": ""}, From="", ReplyTo="").reply(
        from_=ME, text_body="x"
    )
    assert [problem.field for problem in answer.problems()] == ["to[0]"]


def test_a_reply_to_all_leaves_out_ourselves_and_the_inbound_address() -> None:
    event = mail(
        CcFull=[
            {"Email": "colleague@example.org", "Name": "C"},
            {"Email": "SUPPORT@example.com", "Name": ""},
            {"Email": "colleague@example.org", "Name": "again"},
            {"Email": "Customer@example.org", "Name": ""},
        ]
    )
    assert event.reply(from_=("Support", ME), text_body="x", to_all=True).cc == [("C", "colleague@example.org")]
    assert event.reply(from_=f"Support <{ME}>", text_body="x", to_all=True).cc == [("C", "colleague@example.org")]


@pytest.mark.parametrize(
    ("subject", "expected"),
    [
        ("Ticket", "Re: Ticket"),
        ("RE: Ticket", "RE: Ticket"),
        ("re : Ticket", "re : Ticket"),
        ("Re[2]: Ticket", "Re[2]: Ticket"),
        ("Regarding: x", "Re: Regarding: x"),
        ("", "Re:"),
        (None, "Re:"),
        ("a\r\nBcc: x@example.org", "Re: a Bcc: x@example.org"),
        ("x" * 5000, "Re: " + "x" * 1900),
    ],
)
def test_the_subject_of_a_reply(subject: str | None, expected: str) -> None:
    assert mail(Subject=subject).reply(text_body="x").subject == expected


def test_references_follow_the_standard() -> None:
    parent = [header("Message-ID", "<b@x>"), header("In-Reply-To", "<a@x>")]
    assert headers_of(mail(Headers=parent).reply(text_body="x"))["References"] == "<a@x> <b@x>"
    two_parents = [header("Message-ID", "<c@x>"), header("In-Reply-To", "<a@x> <b@x>")]
    assert headers_of(mail(Headers=two_parents).reply(text_body="x"))["References"] == "<c@x>"
    assert mail(Headers=[]).reply(text_body="x").headers is None


@pytest.mark.parametrize("length", [1, 400, 440, 449, 450, 899, 2000])
def test_references_fit_into_a_header(length: int) -> None:
    ids = [f"<{name}{'x' * length}@example.org>" for name in "abc"]
    kept = headers_of(mail(Headers=[header("References", " ".join(ids))]).reply(text_body="x"))["References"].split()
    assert kept in (ids, [ids[0], ids[-1]], ids[-1:])
    assert len(" ".join(kept)) <= 900 or kept == ids[-1:]


def test_references_of_a_long_thread_keep_their_ends() -> None:
    ids = [f"<{number}-{'x' * 60}@example.org>" for number in range(10_000)]
    headers = [header("References", " ".join(ids[:-1])), header("Message-ID", ids[-1])]
    kept = headers_of(mail(Headers=headers).reply(text_body="x"))["References"].split()
    assert len(" ".join(kept)) <= 900
    assert (kept[0], kept[-1]) == (ids[0], ids[-1])
    assert kept[1:] == ids[-len(kept) + 1 :]


def test_the_callers_headers_and_fields_are_kept() -> None:
    email = mail().reply(
        text_body="x", headers={"Auto-Submitted": "auto-replied", "references": "<own@x>"}, tag="t", metadata={"a": "b"}
    )
    assert headers_of(email) == {
        "In-Reply-To": "<reply-1@example.org>",
        "Auto-Submitted": "auto-replied",
        "references": "<own@x>",
    }
    assert (email.tag, email.metadata) == ("t", {"a": "b"})


def test_the_quotation_in_html_is_text_and_no_markup_of_a_stranger() -> None:
    event = mail(TextBody="", HtmlBody="<b onclick='x()'>Hi</b><script>evil()</script><p>1 &lt; 2</p>")
    html = event.reply(html_body="<p>Yes</p>").html_body
    assert html is not None
    assert html.startswith("<p>Yes</p>")
    assert "Hi<br>\n1 &lt; 2" in html
    assert "onclick" not in html
    assert "evil" not in html


def test_the_fields_of_a_reply_are_fields_of_an_email() -> None:
    assert set(ReplyFields.__annotations__) < set(models.Email.__wire__)
    assert not set(ReplyFields.__annotations__) & {"to", "subject", "attachments"}


def test_a_reply_without_quotation_is_what_was_written() -> None:
    email = mail().reply(text_body="Short.", html_body="<p>Short.</p>", quote=False)
    assert (email.text_body, email.html_body) == ("Short.", "<p>Short.</p>")


def test_a_reply_to_a_nameless_mail_can_be_made() -> None:
    event = parse({"FromFull": {"Email": "a@example.org"}, "MessageID": "m"})
    assert isinstance(event, InboundEvent)
    email = event.reply(from_=ME, text_body="x")
    assert (email.to, email.text_body) == ([("", "a@example.org")], "x\n\na@example.org wrote:\n")
    assert email.problems() == []


# --- forwards ---------------------------------------------------------------------------------------------------------


def test_a_forward_is_ready_to_send() -> None:
    email = mail().forward("boss@example.com", from_=ME, text_body="For you.")
    assert email.problems() == []
    assert (email.to, email.subject) == ("boss@example.com", "Fwd: Re: Ticket 42")
    text = email.text_body or ""
    assert text.startswith("For you.\n\n---------- Forwarded message ----------\n")
    assert "From: Example Customer <customer@example.org>\nDate: Sat, 1 Nov 2025" in text
    assert "\nIt works now.\n" in text
    html = email.html_body or ""
    assert html.startswith("For you.\n<p>---------- Forwarded message ----------<br>")
    assert '<img src="cid:image.png@01CE7342.75E71F80">' in html
    assert email.attachments == [
        Attachment(
            name="image.png",
            content="iVBORw0KGgo=",
            content_type="image/png",
            content_id="cid:image.png@01CE7342.75E71F80",
        ),
        Attachment(name="note.txt", content="SGVsbG8=", content_type='text/plain; charset="utf-8"'),
    ]
    assert headers_of(email) == {"References": "<ticket-42@example.com> <reply-1@example.org>"}


def test_a_forwarded_forward_keeps_its_subject_and_its_nameless_file() -> None:
    email = mail("forwarded").forward(["a@example.com", "b@example.com"], from_=ME)
    assert (email.subject, email.html_body) == ("Fwd: Hello", None)
    assert [each.name for each in email.attachments or ()] == ["attachment.eml"]
    assert mail().forward("a@example.com", attachments=False).attachments is None


FILES = [
    {"Name": "a.png", "Content": "eA==", "ContentType": "image/png", "ContentID": "<a>", "ContentLength": 1},
    {"Name": "", "Content": "_-8", "ContentType": "text/calendar; method=REQUEST", "ContentID": "f_1"},
    {"Name": "b.txt", "Content": "eA==", "ContentType": None, "ContentID": ""},
]


def test_files_can_be_handed_on_as_they_came() -> None:
    event = mail(Attachments=FILES, HtmlBody='<img src="cid:a">')
    line = Line()
    line.call(lambda client: client.emails.send(**MAIL, attachments=event.attachments))
    line.call(lambda client: client.emails.send(**MAIL, attachments=[one.to_attachment() for one in event.attachments]))
    wire = [
        {"Name": "a.png", "Content": "eA==", "ContentType": "image/png", "ContentID": "cid:a"},
        {"Name": "attachment.ics", "Content": "/+8=", "ContentType": "text/calendar; method=REQUEST"},
        {"Name": "b.txt", "Content": "eA==", "ContentType": "application/octet-stream"},
    ]
    assert [body["Attachments"] for body in line.bodies] == [wire, wire]
    line.call(lambda client: client.emails.send(**MAIL, attachments=FILES[:1]))
    assert line.bodies[-1]["Attachments"] == wire[:1]


def test_a_forward_without_its_page_shows_no_files() -> None:
    event = mail(Attachments=FILES[:1], HtmlBody='<img src="cid:a">' + "x" * 5_000_000)
    assert [one.is_inline for one in event.attachments] == [True]
    email = event.forward("a@example.com", from_=ME)
    assert (email.html_body, [one.content_id for one in email.attachments or ()]) == (None, [None])


def test_files_that_postmark_does_not_send_are_named() -> None:
    files = [
        {"Name": "empty.log", "Content": "", "ContentType": "text/plain"},
        {"Name": "evil.exe", "Content": "SGVsbG8=", "ContentType": "application/octet-stream"},
        {"Name": "huge.bin.zip", "Content": "A" * (10 * 1024 * 1024), "ContentType": "application/zip"},
        {"Name": "note.txt", "Content": "SGVsbG8=", "ContentType": "text/plain"},
    ]
    email = mail(Attachments=files).forward("a@example.com", from_=ME)
    assert [each.name for each in email.attachments or ()] == ["note.txt"]
    assert "[Not forwarded: empty.log, evil.exe, huge.bin.zip]" in (email.text_body or "")
    assert "[Not forwarded: empty.log, evil.exe, huge.bin.zip]" in (email.html_body or "")
    assert email.problems() == []


def test_however_long_a_mail_is_its_answers_can_be_sent() -> None:
    crowd = [{"Email": f"{number}@example.org", "Name": ""} for number in range(300)]
    addresses = ", ".join(each["Email"] for each in crowd[:40])
    files = [{"Name": "a.zip", "Content": "A" * 5_000_000, "ContentType": "application/zip"}] * 3
    event = mail(
        CcFull=crowd, ReplyTo=addresses, TextBody='"\n' * 4_000_000, HtmlBody="<b>" * 3_000_000, Attachments=files
    )
    answer = event.reply(from_=ME, text_body="x", html_body="x", to_all=True)
    assert (len(answer.to or ()), len(answer.cc or ())) == (40, 10)  # type: ignore[arg-type]  # lists, as made here
    assert answer.problems() == []
    copy = event.forward("a@example.com", from_=ME)
    assert (copy.problems(), copy.html_body) == ([], None)
    assert mail(ReplyTo=", ".join(each["Email"] for each in crowd)).reply(from_=ME, text_body="x").problems() == []


@pytest.mark.parametrize(
    ("page", "expected"),
    [
        ("<p>a</p><p>b</p>", "a\nb"),
        ("a<br>b&amp;c", "a\nb&c"),
        ("<style>p{}</style><head><title>t</title></head><body>x</body>", "x"),
        ('<meta http-equiv="Content-Type" c"text/html; charset=iso-8859-1">text', "text"),
        ("<script>never closed <p>x</p>", ""),
        ("", ""),
        ("<head><title>t</title><body>x", "x"),
        ("a<!-- hidden -->b<!-- to the end", "ab"),
        ("1 < 2 and 3 > 2", "1 < 2 and 3 > 2"),
        ("&#" + "1" * 5000 + ";", "&#" + "1" * 5000 + ";"),
    ],
    ids=range(10),
)
def test_html_becomes_what_a_reader_sees(page: str, expected: str) -> None:
    assert html_to_text(page) == expected


@pytest.mark.parametrize(
    "part", ["<!--", "<![CDATA[", "<a ", "<p", "</", "<script>", "<style></sty", "&", "<p a='", " <"]
)
def test_a_hostile_page_costs_no_more_than_its_length(part: str) -> None:
    started = time.process_time()
    html_to_text(part * (500_000 // len(part)))
    assert time.process_time() - started < 5  # minutes, were it quadratic


@pytest.mark.parametrize("part", ["(", "<", '"', "a@b,", "=?utf-8?q?", "é", " ", ","])
def test_hostile_headers_cost_no_more_than_their_length(part: str) -> None:
    value = part * (20_000 // len(part))
    started = time.process_time()
    event = mail(Subject=value, ReplyTo=value, Date=value, FromFull={"Email": "a@example.org", "Name": value})
    assert event.to_email_message().as_bytes()
    assert event.reply(from_=ME, text_body="x").to
    assert event.sent_at is None
    assert time.process_time() - started < 5  # minutes, were it quadratic


def test_long_headers_are_folded_and_read_back_as_they_were() -> None:
    subject, name = "word " * 300 + "end", "Ünal " * 100 + "end"
    event = mail(Subject=subject, FromFull={"Email": "a@example.org", "Name": name})
    source = event.to_email_message().as_bytes()
    assert max(map(len, source.partition(b"\r\n\r\n")[0].split(b"\r\n"))) <= 200
    read = message_from_bytes(source, policy=SMTP)
    assert read["Subject"] == subject
    # Some releases of Python put a space between the encoded words of a long name.
    assert "".join(read["From"].addresses[0].display_name.split()) == "".join(name.split())
    short = mail(FromFull={"Email": "a@example.org", "Name": "Übermüllerstein, Änne 😀"}).to_email_message()
    assert short["From"].addresses[0].display_name == "Übermüllerstein, Änne 😀"
    assert mail(Subject=name).to_email_message()["Subject"] == name

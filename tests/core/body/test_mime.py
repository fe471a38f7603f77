"""Mails of the standard library are read with everything in them."""

from __future__ import annotations

import base64
import contextlib
import email.policy
from email.header import Header
from email.message import EmailMessage
from email.mime.application import MIMEApplication
from email.mime.image import MIMEImage
from email.mime.message import MIMEMessage
from email.mime.multipart import MIMEMultipart
from email.mime.text import MIMEText
from typing import TYPE_CHECKING, Any

import pytest

from postmark_sdk import InvalidMessageError
from tests.core.wire import Line, problems_of

if TYPE_CHECKING:
    from email.message import Message


def sent(message: Message, *, asynchronous: bool = False) -> dict[str, Any]:
    line = Line(asynchronous=asynchronous)
    line.call(lambda client: client.emails.send(message))
    body: dict[str, Any] = line.bodies[0]
    return body


def new_style() -> EmailMessage:
    message = EmailMessage()
    message["From"] = '"Müller, Jörg" <sender@example.com>'
    message["To"] = "Ann <a@example.org>, b@example.org"
    message["Cc"] = "c@example.org"
    message["Bcc"] = "d@example.org"
    message["Reply-To"] = "answers@example.com"
    message["Subject"] = "Grüße " * 30
    message["X-PM-Tag"] = "welcome"
    message["X-PM-Metadata-order"] = "4711"
    message["X-PM-Message-Stream"] = "outbound"
    message["X-PM-TrackOpens"] = "true"
    message["X-PM-TrackLinks"] = "HtmlOnly"
    message["X-Own"] = "schön"
    message.set_content("Guten Tag", charset="iso-8859-1")
    message.add_alternative('<img src="cid:logo">', subtype="html")
    related = message.get_payload()[1]  # type: ignore[index]
    related.add_related(b"png", "image", "png", cid="<logo>", filename="logo.png")  # type: ignore[union-attr]
    message.add_attachment(b"%PDF", maintype="application", subtype="pdf", filename="Übersicht.pdf")
    return message


@pytest.mark.parametrize("asynchronous", [False, True], ids=["sync", "async"])
def test_an_email_message_is_sent_whole(*, asynchronous: bool) -> None:
    body = sent(new_style(), asynchronous=asynchronous)
    files = body.pop("Attachments")
    assert body == {
        "From": '"Müller, Jörg" <sender@example.com>',
        "To": "Ann <a@example.org>, b@example.org",
        "Cc": "c@example.org",
        "Bcc": "d@example.org",
        "ReplyTo": "answers@example.com",
        "Subject": "Grüße " * 30,
        "Tag": "welcome",
        "Metadata": {"order": "4711"},
        "MessageStream": "outbound",
        "TrackOpens": True,
        "TrackLinks": "HtmlOnly",
        "Headers": [{"Name": "X-Own", "Value": "schön"}],
        "TextBody": "Guten Tag\n",
        "HtmlBody": '<img src="cid:logo">\n',
    }
    assert files == [
        {"Name": "logo.png", "Content": "cG5n", "ContentType": "image/png", "ContentID": "cid:logo"},
        {"Name": "Übersicht.pdf", "Content": "JVBERg==", "ContentType": "application/pdf"},
    ]


def test_the_same_mail_parsed_from_bytes_is_the_same() -> None:
    for policy in (email.policy.default, email.policy.compat32):
        parsed = email.message_from_bytes(new_style().as_bytes(), policy=policy)
        assert {**sent(parsed), "Subject": ""} == {**sent(new_style()), "Subject": ""}
        assert sent(parsed)["Subject"].strip() == ("Grüße " * 30).strip()


def old_style() -> MIMEMultipart:
    message = MIMEMultipart("mixed")
    message["From"] = f"{Header('Müller, Jörg', 'utf-8').encode()} <sender@example.com>"
    message["To"] = "a@example.org"
    message["Subject"] = Header("Grüße", "iso-8859-1")  # type: ignore[assignment]
    message["Message-ID"] = "<1@example.com>"
    alternative = MIMEMultipart("alternative")
    alternative.attach(MIMEText("grüß dich", "plain", "iso-8859-15"))
    alternative.attach(MIMEText("<p>grüß dich</p>", "html", "utf-8"))
    message.attach(alternative)
    return message


def test_the_older_classes_are_read_too() -> None:
    message = old_style()
    message.attach(MIMEImage(b"GIF89a", _subtype="gif"))
    message.attach(MIMEApplication(b"zip", _subtype="zip", name="a.zip"))
    message.attach(MIMEText("a;ü\n", "csv", "iso-8859-1"))
    inner = EmailMessage()
    inner["Subject"] = "Inner"
    message.attach(MIMEMessage(inner))
    body = sent(message)
    assert body["From"] == '"Müller, Jörg" <sender@example.com>'
    assert (body["Subject"], body["TextBody"], body["HtmlBody"]) == ("Grüße", "grüß dich", "<p>grüß dich</p>")
    assert body["Headers"] == [{"Name": "Message-ID", "Value": "<1@example.com>"}]
    assert [(file["Name"], file["ContentType"]) for file in body["Attachments"]] == [
        ("part-1.gif", "image/gif"),
        ("a.zip", "application/zip"),
        ("part-3.csv", "text/csv; charset=iso-8859-1"),
        ("part-4.eml", "message/rfc822"),
    ]


def test_a_further_text_is_a_file_and_not_lost() -> None:
    message = old_style()
    message.attach(MIMEText("footer"))
    assert sent(message)["Attachments"][0]["Content"] == "Zm9vdGVy"


@pytest.mark.parametrize(
    ("written", "sent_as"),
    [
        ("text/calendar; method=REQUEST; charset=utf-8", "text/calendar; method=REQUEST; charset=utf-8"),
        ('text/calendar; METHOD="REQUEST"; name="invite.ics"', "text/calendar; method=REQUEST"),
        ('application/x-a; boundary=b; title="a \\"b\\"; c"', 'application/x-a; title="a \\"b\\"; c"'),
        ("application/x-a; title*0=one; title*1=two", "application/x-a; title=onetwo"),
        ("application/x-a; title*=utf-8''%C3%A4; x; y=; a b=c", "application/x-a"),
    ],
)
@pytest.mark.parametrize("policy", [email.policy.compat32, email.policy.default])
def test_the_parameters_of_a_type_are_kept(written: str, sent_as: str, policy: Any) -> None:
    head = "From: a@b.example\nTo: c@d.example\nContent-Type: multipart/mixed; boundary=-\n\n---\n\nHello.\n---\n"
    source = f"{head}Content-Type: {written}\nContent-Disposition: attachment\n\nx\n-----\n"
    (file,) = sent(email.message_from_string(source, policy=policy))["Attachments"]
    assert file["ContentType"] == sent_as


def test_an_unknown_charset_is_read_as_utf_8() -> None:
    message = email.message_from_bytes(
        b"From: a@b.example\nTo: c@d.example\nContent-Type: text/plain; charset=x-none\n\n" + "ä".encode()
    )
    assert sent(message)["TextBody"] == "ä"


def test_a_mail_of_the_standard_library_is_checked_like_any_other() -> None:
    message = EmailMessage()
    message["To"] = "a@b.example"
    message["X-PM-TrackOpens"] = "perhaps"
    message.set_content("x")
    found = problems_of(lambda client: client.emails.send_batch([message]))
    assert set(found) == {"messages[0].from_", "messages[0].track_opens"}


def test_templates_take_no_such_mail() -> None:
    found = problems_of(lambda client: client.emails.send_with_template(new_style()))
    assert "TemplatedEmail" in found[""]


def test_a_second_sender_is_not_dropped_without_a_word() -> None:
    message = email.message_from_string("From: a@b.example, c@d.example\nTo: e@f.example\n\nx")
    found = problems_of(lambda client: client.emails.send(message))
    assert found == {"from_": "2 senders; Postmark takes one"}


@pytest.mark.parametrize("policy", [email.policy.compat32, email.policy.default], ids=["older", "newer"])
@pytest.mark.parametrize(
    "line", ["Reply-To: ,: x;<", "Cc: <", "To: .=?utf-8?q?=C3?=%'x:?=", "Sender: ?=@", "Sender: :;:@("], ids=str
)
def test_a_header_that_the_standard_library_breaks_at_is_no_error_of_its(line: str, policy: Any) -> None:
    """Its newer parser raises IndexError and AttributeError for some that a stranger can write."""
    message = email.message_from_string(f"From: a@b.example\nTo: c@d.example\n{line}\n\nx", policy=policy)
    sending = Line()
    with contextlib.suppress(InvalidMessageError):
        sending.call(lambda client: client.emails.send(message))
        assert sending.bodies[0]["TextBody"] == "x"


def test_a_charset_that_is_none_is_read_as_utf_8() -> None:
    message = email.message_from_bytes(
        b'From: a@b.example\nTo: c@d.example\nContent-Type: text/plain; charset="\0"\n\nx'
    )
    assert sent(message)["TextBody"] == "x"


PARSERS: dict[str, Any] = {"older": email.policy.compat32, "newer": email.policy.default}


@pytest.mark.parametrize("policy", PARSERS.values(), ids=list(PARSERS))
@pytest.mark.parametrize(
    ("line", "to"),
    [
        ("a@x.example; B <b@x.example>", "a@x.example, B <b@x.example>"),
        ("a@x.example, b@x.example;", "a@x.example, b@x.example"),
        ("=?utf-8?Q?J=C3?= =?utf-8?Q?=BCrgen?= <j@x.example>", "Jürgen <j@x.example>"),
        (
            "=?utf-8?Q?Gro=C3=9Fe_?=\n =?utf-8?Q?=C3=9Cberra?= =?utf-8?Q?schung?= <j@x.example>",
            "Große Überraschung <j@x.example>",
        ),
        ("=?utf-8?B?zzz?= <j@x.example>", None),
        ("=?gb2312?B?1tDO?= <j@x.example>", None),
    ],
)
def test_recipients_as_other_programs_write_them_are_read(line: str, to: str | None, policy: Any) -> None:
    text = f"From: a@b.example\nTo: {line}\n\nx"
    wire = sent(email.message_from_string(text, policy=policy))
    assert wire["To"].endswith("<j@x.example>") if to is None else wire["To"] == to


@pytest.mark.parametrize("policy", PARSERS.values(), ids=list(PARSERS))
@pytest.mark.parametrize("line", ["('Ann', 'q@x.example')", "(b@x.example)"])
def test_a_recipient_that_reads_as_a_comment_is_not_lost(line: str, policy: Any) -> None:
    text = f"From: a@b.example\nTo: a@b.example\nCc: {line}\n\nx"
    message = email.message_from_string(text, policy=policy)
    assert next(iter(problems_of(lambda client: client.emails.send(message)))).startswith("cc[0]")


@pytest.mark.parametrize("policy", PARSERS.values(), ids=list(PARSERS))
@pytest.mark.parametrize(
    ("line", "place"),
    [
        ("a@x.example b@x.example", "to[0]"),
        ("ann@x.example, bob@", "to[1]"),
        ("Ann <a@x.example> Bob <b@x.example>", "to[0]"),
        ("Ann, Bob <b@x.example>", "to[0]"),
        ("<a@x.example> Ann", "to[0]"),
        ('"Ann <a@x.example>, b@x.example', "to[0]"),
    ],
)
def test_recipients_that_cannot_be_read_are_named_and_not_left_out(line: str, place: str, policy: Any) -> None:
    text = f"From: a@b.example\nTo: {line}\nCc: c@d.example\n\nx"
    mails: list[Message] = [email.message_from_string(text, policy=policy), MIMEText("x"), EmailMessage()]
    for mail in mails[1:]:
        mail["From"], mail["Cc"] = "a@b.example", "c@d.example"
        with contextlib.suppress(IndexError):  # of the standard library; no mail then
            mail["To"] = line
    for mail in mails:
        mail.set_payload("x")
        if "To" in mail:
            assert list(problems_of(lambda client, mail=mail: client.emails.send(mail))) == [place]  # type: ignore[misc]


@pytest.mark.parametrize("policy", PARSERS.values(), ids=list(PARSERS))
@pytest.mark.parametrize(
    ("line", "wire"),
    [
        ("alice@x.example <bob@x.example>, c@x.example", "alice@x.example <bob@x.example>, c@x.example"),
        ("Friends: a@x.example, B <b@x.example>;, c@x.example", "a@x.example, B <b@x.example>, c@x.example"),
        ("a@x.example (Smith, Ann),, b@x.example", "a@x.example, b@x.example"),
        ("Ann B. C <a@x.example>", '"Ann B. C" <a@x.example>'),
        ('"=?utf-8?q?J=C3=B6rg?=" <a@x.example>', "Jörg <a@x.example>"),
        ("=?utf-8?q?M=2C_J=C3=B6rg?= <a@x.example>", '"M, Jörg" <a@x.example>'),
        ("undisclosed-recipients:;", None),
    ],
)
def test_recipients_are_read_alike_by_all_parsers(line: str, wire: str | None, policy: Any) -> None:
    text = f"From: a@b.example\nTo: {line}\nCc: c@d.example\n\nx"
    assert sent(email.message_from_string(text, policy=policy)).get("To") == wire


@pytest.mark.parametrize("policy", PARSERS.values(), ids=list(PARSERS))
def test_headers_may_hold_letters_in_utf_8(policy: Any) -> None:
    text = (
        "From: Jürgen <a@b.example>\nTo: c@d.example\nSubject: Grüße\nX-PM-Metadata-a: ü\nX-Own: ö\n"
        'Content-Type: multipart/mixed; boundary=b\n\n--b\n\nx\n--b\nContent-Type: a/b; name="ü.pdf"\n\ny'
    )
    body = sent(email.message_from_bytes(text.encode(), policy=policy))
    assert (body["From"], body["Subject"], body["Metadata"]) == ("Jürgen <a@b.example>", "Grüße", {"a": "ü"})
    assert (body["Headers"][0]["Value"], body["Attachments"][0]["Name"]) == ("ö", "ü.pdf")
    latin = email.message_from_bytes(text.encode("latin-1"), policy=policy)
    assert sent(latin)["From"] == "J\ufffdrgen <a@b.example>"


@pytest.mark.parametrize("policy", PARSERS.values(), ids=list(PARSERS))
@pytest.mark.parametrize("charset", ["", "; charset=utf-8", "; charset=iso-8859-1", "; charset=us-ascii"])
def test_letters_of_a_mail_that_was_parsed_from_text_stay(policy: Any, charset: str) -> None:
    part = f"Content-Type: text/plain{charset}\n\nGrüße €"
    head = "From: a@b.example\nTo: c@d.example\n"
    assert sent(email.message_from_string(head + part, policy=policy))["TextBody"] == "Grüße €"
    text = f"{head}Content-Type: multipart/mixed; boundary=b\n\n--b\n{part}\n--b\n{part}\n--b\n"
    body = sent(email.message_from_string(f"{text}Content-Type: message/rfc822\n\n{head}{part}", policy=policy))
    assert body["TextBody"] == "Grüße €"
    assert [base64.b64decode(file["Content"]).decode()[-7:] for file in body["Attachments"]] == ["Grüße €"] * 2
    latin = email.message_from_bytes(f"{head}{part[:-2]}".encode("latin-1"), policy=policy)
    assert sent(latin)["TextBody"] == ("Grüße" if "8859" in charset else "Gr\ufffd\ufffde")


@pytest.mark.parametrize(
    "line", ["Content-Disposition: attachment;a*", "Content-ID: <", "Content-Transfer-Encoding: ;*"]
)
@pytest.mark.parametrize("policy", PARSERS.values(), ids=list(PARSERS))
def test_a_part_whose_header_cannot_be_read_is_sent_all_the_same(line: str, policy: Any) -> None:
    text = (
        "From: a@b.example\nTo: c@d.example\nContent-Type: multipart/mixed; boundary=b\n\n"
        f"--b\n\nx\n--b\n{line}\n\ny\n--b\nContent-Type: message/rfc822\n\n{line}\nX: {'?' * 99}\n\nz\n--b--"
    )
    body = sent(email.message_from_string(text, policy=policy))
    assert (body["TextBody"], body["Attachments"][0]["Content"]) == ("x", "eQ==")
    alone = email.message_from_string(f"From: a@b.example\nTo: c@d.example\n{line}\n\nx", policy=policy)
    with contextlib.suppress(InvalidMessageError):  # an attachment and no body
        assert sent(alone)["TextBody"] == "x"

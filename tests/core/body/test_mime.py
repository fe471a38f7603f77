"""Mails of the standard library are read with everything in them."""

from __future__ import annotations

import base64
import contextlib
import email.policy
import sys
import time
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
from postmark_sdk._core.body.mime.charsets import codec_of, text_of
from postmark_sdk._core.body.mime.message import email_of as message_of
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
        ("a@x.example (Smith, Ann),, b@x.example", '"Smith, Ann" <a@x.example>, b@x.example'),
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
    files = [base64.b64decode(file["Content"]) for file in body["Attachments"]]
    assert [files[0].decode("cp1252" if "8859" in charset else "utf-8"), files[1].decode()[-7:]] == ["Grüße €"] * 2
    latin = email.message_from_bytes(f"{head}{part[:-2]}".encode("latin-1"), policy=policy)
    assert sent(latin)["TextBody"] == ("Grüße" if "8859" in charset or "ascii" in charset else "Gr\ufffd\ufffde")


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


# --- what Postmark refuses, what mail programs show, what strangers write -------------------------------------------

HEAD = "From: a@b.example\nTo: c@d.example\nSubject: x\n"
either = pytest.mark.parametrize("policy", PARSERS.values(), ids=list(PARSERS))


def parsed(rest: str, policy: Any = email.policy.default) -> Message:
    return email.message_from_string(f"{HEAD}{rest}", policy=policy)


@either
def test_headers_that_are_not_the_callers_to_set_stay_behind(policy: Any) -> None:
    lines = ("Date: x", "RECEIVED: x", "received: y", "Return-Path: <>", "Sender: s@b.example", "DKIM-Signature: v=1")
    kept = "Message-ID: <1@b.example>\nX-Date: y\nReceived-SPF: pass\n"
    body = sent(parsed("".join(f"{line}\n" for line in lines) + f"{kept}MIME-Version: 1.0\n\nx", policy))
    assert [row["Name"] for row in body["Headers"]] == ["Message-ID", "X-Date", "Received-SPF"]


@either
@pytest.mark.parametrize(
    ("line", "wire"),
    [
        ("Acme (Support) <a@x.example>", '"Acme (Support)" <a@x.example>'),
        ('"Acme" (Sales, EU) <a@x.example>', '"Acme (Sales, EU)" <a@x.example>'),
        ("=?utf-8?q?J=C3=B6rg?= (24/7) <a@x.example>", '"Jörg (24/7)" <a@x.example>'),
        ("<a@x.example> (Ann)", "Ann <a@x.example>"),
        ("a@x.example (Ann)", "Ann <a@x.example>"),
        ("Smile :( <a@x.example>, :) <b@x.example>", '"Smile :(" <a@x.example>, ":)" <b@x.example>'),
        ('"a@x.example" <a@x.example>', '"a@x.example" <a@x.example>'),
        ('"b@x.example" <a@x.example>', '"b@x.example" <a@x.example>'),
        ("=?utf-8?q?a=40x=2Eexample?= <a@x.example>", '"a@x.example" <a@x.example>'),
        ("a@x.example <a@x.example>", "a@x.example <a@x.example>"),
        ("=?utf-8?Q?Foo, Bar?= <a@x.example>", '"Foo, Bar" <a@x.example>'),
        ("Re: Support <a@x.example>", '"Re: Support" <a@x.example>'),
        ('"john doe"@x.example', '"john doe"@x.example'),
    ],
)
def test_names_are_kept_whole(line: str, wire: str, policy: Any) -> None:
    from_ = "a@b.example" if ">, " in line else line
    body = sent(email.message_from_string(f"From: {from_}\nTo: {line}\n\nx", policy=policy))
    assert (body["From"], body["To"]) == (wire if from_ == line else from_, wire)


@pytest.mark.parametrize("cls", [EmailMessage, lambda: MIMEText("x")], ids=["newer", "older"])
def test_names_that_were_set_are_kept_whole_too(cls: Any) -> None:
    message = cls()
    message["From"] = '"ann@x.example" <ann@x.example>'
    message["To"] = "Ada (Sales) <a@x.example>, Verein (gemeinnützig) <b@x.example>"
    message["Reply-To"] = "Desk (24/7) <c@x.example>"
    message.set_payload("x")
    body = sent(message)
    assert body["From"] == '"ann@x.example" <ann@x.example>'
    assert body["To"] == '"Ada (Sales)" <a@x.example>, "Verein (gemeinnützig)" <b@x.example>'
    assert body["ReplyTo"] == '"Desk (24/7)" <c@x.example>'


@either
@pytest.mark.parametrize(
    "one", ["<a b@x>", "<a>b@c", "no-brackets", "<=?UTF-8?Q?x?=@y>", f"<{'a' * 200}@x>", "<1@[::1]>"]
)
def test_message_ids_are_sent_as_they_are_written(one: str, policy: Any) -> None:
    lines = f"Message-ID: {one}\nIn-Reply-To: {one}\nReferences: <0@x>\n {one}\n"
    values = [row["Value"] for row in sent(parsed(f"{lines}\nx", policy))["Headers"]]
    assert values == [one, one, f"<0@x> {one}"]


@either
@pytest.mark.parametrize(
    ("label", "codec", "text"),
    [
        ("GB2312", "gb18030", "朱镕基"),
        ("ks_c_5601-1987", "cp949", "똠방각하"),
        ("shift-jis", "cp932", "①㈱髙"),
        ("big5", "big5hkscs", "嘅"),
        ("latin1", "cp1252", "“quoted” — 5 €"),
        ("iso-8859-9", "cp1254", "“ğış”"),
        ("us-ascii", "cp1252", "naïve — 5 €"),
        ("us-ascii", "utf-8", "naïve — 5 €"),
        ("x-sjis", "cp932", "①"),
        ("windows-874", "cp874", "ไทย"),
        ("iso-8859-8-i", "iso8859-8", "שלום"),
        ("utf-7", "utf-7", "ü"),
        ("x-nobody-knows", "utf-8", "ü"),
        ("punycode", "utf-8", "ü"),
        ("rot13", "utf-8", "ü"),
    ],
)
def test_labels_of_charsets_mean_what_mail_programs_read(label: str, codec: str, text: str, policy: Any) -> None:
    pytest.importorskip("webencodings")
    coded = base64.b64encode(text.encode(codec)).decode()
    quoted = "".join(f"%{byte:02x}" for byte in text.encode(codec))
    source = (
        f"From: =?{label}?B?{coded}?= <a@b.example>\nTo: c@d.example\nSubject: =?{label}?B?{coded}?=\n"
        "Content-Type: multipart/mixed; boundary=b\n\n"
        f"--b\nContent-Type: text/plain; charset={label}\nContent-Transfer-Encoding: base64\n\n{coded}\n"
        f"--b\nContent-Type: a/b\nContent-Disposition: attachment; filename*={label}''{quoted}\n\nx\n--b--\n"
    )
    body = sent(email.message_from_string(source, policy=policy))
    assert (body["Subject"], body["TextBody"], body["Attachments"][0]["Name"]) == (text, text, text)
    assert text in body["From"]


def _jis(text: str) -> bytes:
    """Rows and cells of letters, also of those that Windows added."""
    found = bytearray()
    for first, second in (letter.encode("cp932") for letter in text):
        row = (first - (0x70 if first < 0xA0 else 0xB0)) * 2
        low = second < 0x9F
        found += bytes((row - low, second - ((0x20 if second > 0x7E else 0x1F) if low else 0x7E)))
    return bytes(found)


@pytest.mark.parametrize("text", ["あ亜漢", "①㈱髙﨑", "ﾃ"])
def test_letters_of_windows_are_read_in_every_japanese_charset(text: str) -> None:
    kana = text == "ﾃ"
    mails = b"\x1b(I\x43\x1b(B" if kana else b"\x1b$B%b\x1b(B" % _jis(text)
    unix = b"\x8e\xc3" if kana else bytes(byte | 0x80 for byte in _jis(text))
    assert text_of(b"x %b y" % mails, "ISO-2022-JP") == f"x {text} y"
    assert text_of(b"x %b y" % unix, "EUC-JP") == f"x {text} y"


def test_labels_of_the_web_are_those_of_the_library(monkeypatch: pytest.MonkeyPatch) -> None:
    labels = pytest.importorskip("webencodings.labels").LABELS
    meant = {label: codec_of(label) for label in labels}
    unread = {name for label, name in labels.items() if meant[label] is None}
    assert unread <= {"replacement", "x-user-defined"}
    assert meant["windows-949"] == meant["euc-kr"] == "cp949"
    codec_of.cache_clear()
    monkeypatch.setitem(sys.modules, "webencodings", None)
    assert [codec_of("x-sjis"), codec_of("gb2312")] == [None, "gb18030"]
    assert text_of(b"\xfc", "x-sjis") == "\ufffd"
    codec_of.cache_clear()


PAGE = '<img src="cid:logo@x"><div style="background: url(CID:back)"></div>'


@either
def test_inline_is_what_the_html_shows(policy: Any) -> None:
    files = "".join(
        f"--b\nContent-Type: image/png\nContent-Disposition: {disposition}; filename={name}.png\n"
        f"Content-ID: <{name}>\n\nx\n"
        for name, disposition in (("logo@x", "attachment"), ("back", "inline"), ("other", "inline"))
    )
    text = f"Content-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: text/html\n\n{PAGE}\n{files}--b--\n"
    found = {file["Name"]: file.get("ContentID") for file in sent(parsed(text, policy))["Attachments"]}
    assert found == {"logo@x.png": "cid:logo@x", "back.png": "cid:back", "other.png": None}
    plain = sent(parsed(text.replace("text/html", "text/plain"), policy))["Attachments"]
    assert [file.get("ContentID") for file in plain] == [None] * 3


INNER = (
    "DKIM-Signature: v=1; h=From:Date:Subject:Message-ID:Content-Type:MIME-Version:X-Exchange-SenderADCheck:X-Long:Z;\n"
    "\tb=AAAA\nFrom: Ann <ann@x.example>\nX-Empty:\n"
    f"Message-ID: <{'0101' * 30}@eu-central-1.x.example>\nX-Words: =?utf-8?q?a?=\n =?utf-8?q?b?=  c\n"
    "Content-Type: multipart/mixed; boundary=i\n\npreamble\n--i\n\nFrom here\n--i\nContent-Type: a/b\n\n1\n--i--\n"
)


@either
@pytest.mark.parametrize("encoding", ["7bit", "base64"])
def test_a_mail_in_a_mail_keeps_its_bytes(policy: Any, encoding: str) -> None:
    inner = base64.encodebytes(INNER.encode()).decode() if encoding == "base64" else INNER
    text = (
        "Content-Type: multipart/mixed; boundary=b\n\n--b\n\nLook.\n--b\nContent-Type: message/rfc822\n"
        f"Content-Transfer-Encoding: {encoding}\n\n{inner}\n--b--\n"
    )
    for message in (parsed(text, policy), email.message_from_bytes(f"{HEAD}{text}".encode(), policy=policy)):
        (file,) = sent(message)["Attachments"]
        assert base64.b64decode(file["Content"]).decode().strip() == INNER.replace("X-Empty:", "X-Empty: ").strip() or (
            encoding == "base64" and base64.b64decode(file["Content"]).decode() == INNER
        )
        assert file["Name"] == "part-1.eml"


@either
def test_a_delivery_report_can_be_sent_on(policy: Any) -> None:
    status = (
        f"Reporting-MTA: dns; mx.example\n\nFinal-Recipient: rfc822; b@x.example\nDiagnostic-Code: smtp; {'9' * 99} n\n"
    )
    text = (
        "Content-Type: multipart/report; boundary=b; report-type=delivery-status\n\n--b\n\nIt failed.\n"
        f"--b\nContent-Type: message/delivery-status\n\n{status}\n"
        "--b\nContent-Type: text/rfc822-headers\n\nSubject: x\n"
        "--b\nContent-Type: application/octet-stream\n\nx\n--b\nContent-Type: text/calendar; method=REPLY\n\nx\n"
        "--b\nContent-Type: text/plain\n\n \n--b--\n"
    )
    files = sent(parsed(text, policy))["Attachments"]
    assert [file["Name"] for file in files] == ["part-1.txt", "part-2.txt", "part-3.dat", "part-4.ics"]
    assert base64.b64decode(files[0]["Content"]).decode() == status


@either
@pytest.mark.parametrize(
    ("kinds", "bodies", "names"),
    [
        (["text/plain; name=m.txt"], ["TextBody"], []),
        (["text/html; name=m.html", "text/csv; name=a.csv"], ["HtmlBody"], ["a.csv"]),
        (["text/plain; name=a.txt", "text/plain; name=b.txt"], ["TextBody"], ["b.txt"]),
        (["text/plain; name=a.txt", "text/plain"], ["TextBody"], ["a.txt"]),
    ],
)
def test_the_only_text_is_the_body_though_it_has_a_name(
    kinds: list[str], bodies: list[str], names: list[str], policy: Any
) -> None:
    parts = "".join(f"--b\nContent-Type: {kind}\n\n{place}\n" for place, kind in enumerate(kinds))
    body = sent(parsed(f"Content-Type: multipart/mixed; boundary=b\n\n{parts}--b--\n", policy))
    assert [name for name in ("TextBody", "HtmlBody") if name in body] == bodies
    assert [file["Name"] for file in body.get("Attachments", ())] == names


@either
def test_further_forms_of_a_text_are_no_files(policy: Any) -> None:
    kinds = (
        "text/plain",
        "text/x-amp-html",
        "text/html",
        "text/html",
        "text/markdown",
        "text/calendar; method=REQUEST",
    )
    parts = "".join(f"--b\nContent-Type: {kind}\n\n{place}\n" for place, kind in enumerate(kinds))
    named = "--b\nContent-Type: text/html; name=page.html\n\nx\n"
    body = sent(parsed(f"Content-Type: multipart/alternative; boundary=b\n\n{parts}{named}--b--\n", policy))
    assert (body["TextBody"], body["HtmlBody"]) == ("0", "2")
    assert [file["Name"] for file in body["Attachments"]] == ["part-1.ics", "page.html"]


@pytest.mark.parametrize("hostile", ["(", '"', "=?", ",:;", "\\", '"\\', "=?utf-8?q?a?= ", "a@b:", "=?a?q?", "(\\"])
def test_headers_of_strangers_are_read_in_linear_time(hostile: str) -> None:
    line = hostile * (300_000 // len(hostile))
    message = email.message_from_string(f"From: {line}\nTo: {line}\nMessage-ID: {line}\nSubject: {line}\n\nx")
    started = time.process_time()
    message_of(message, "", [])
    assert time.process_time() - started < 20  # hours, were it quadratic


@pytest.mark.parametrize("header", ["Content-Disposition: attachment", "Content-Type: text/plain"])
@pytest.mark.parametrize("name", ["filename", "name", "charset"])
def test_pieces_of_a_parameter_that_do_not_go_together_break_nothing(header: str, name: str) -> None:
    source = f"From: a@example.com\nTo: b@example.com\n{header}; {name}*1=a; {name}*=utf-8''b\n\nx"
    found: list[Any] = []
    message_of(email.message_from_string(source), "", found)
    assert found == []

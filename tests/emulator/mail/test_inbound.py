"""Mails that arrive: read from their source, blocked, posted, repeated."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any

import pytest

from postmark_sdk.emulator.mail.parse_mime import parse_eml

if TYPE_CHECKING:
    from collections.abc import Callable

    import httpx

    from postmark_sdk.emulator import Emulator


EML = b"""\
Return-Path: <writer@example.org>
From: =?utf-8?q?Wr=C3=ADter?= <writer@example.org>
To: "Box, My" <abc+tag@inbound.postmarkapp.com>, second@example.org
Cc: third@example.org
Subject: Re: =?utf-8?q?caf=C3=A9?=
Date: Thu, 5 Apr 2012 16:59:01 +0200
In-Reply-To: <x@example.com>
Message-ID: <y@example.org>
Received: one
Received: two
MIME-Version: 1.0
Content-Type: multipart/mixed; boundary=b

--b
Content-Type: text/plain; charset=utf-8

My answer

On Monday somebody wrote:
> a question
--b
Content-Type: text/html

<p>My answer</p>
--b
Content-Type: application/pdf; name=a.pdf
Content-Disposition: attachment; filename=a.pdf
Content-ID: <image@01>
Content-Transfer-Encoding: base64

JVBERg==
--b--
"""


def test_an_eml_file_becomes_the_documented_payload(postmark: Emulator, api: httpx.Client, receiver: Any) -> None:
    api.put("/server", json={"InboundHookUrl": receiver.url(user="u:p@")})
    answer = api.post("/_emulator/inbound", content=EML, headers={"Content-Type": "message/rfc822"})
    postmark.settle()
    [(_, headers, payload)] = receiver.requests
    assert payload["MessageID"] == answer.json()["MessageID"]
    assert headers["X-PM-Retries-Remaining"] == "10"
    assert "RecordType" not in payload
    assert payload["FromFull"] == {"Email": "writer@example.org", "Name": "Wríter", "MailboxHash": ""}
    assert payload["ToFull"][0] == {
        "Email": "abc+tag@inbound.postmarkapp.com",
        "Name": "Box, My",
        "MailboxHash": "tag",
    }
    assert (payload["Subject"], payload["MailboxHash"]) == ("Re: café", "tag")
    assert payload["StrippedTextReply"] == "My answer"
    assert payload["HtmlBody"].strip() == "<p>My answer</p>"
    assert payload["Date"] == "Thu, 5 Apr 2012 16:59:01 +0200"
    assert [header["Value"] for header in payload["Headers"] if header["Name"] == "Received"][1:] == ["one", "two"]
    assert [header["Name"] for header in payload["Headers"]] == [
        *("Return-Path", "Received", "X-Spam-Checker-Version", "X-Spam-Status", "X-Spam-Score", "X-Spam-Tests"),
        *("Received-SPF", "Return-Path", "In-Reply-To", "Message-ID", "Received", "Received"),
    ]
    [attachment] = payload["Attachments"]
    assert (attachment["Content"], attachment["ContentLength"], attachment["ContentID"]) == ("JVBERg==", 4, "image@01")
    assert "RawEmail" not in payload
    found = api.get(f"/messages/inbound/{payload['MessageID']}/details").json()
    assert (found["Status"], found["TextBody"]) == ("Processed", payload["TextBody"])
    assert "Content" not in found["Attachments"][0]
    api.put("/server", json={"RawEmailEnabled": True})
    postmark.inbound(EML)
    postmark.settle()
    assert "Message-ID: <y@example.org>" in receiver.requests[-1][2]["RawEmail"]


def test_what_postmark_says_of_spam_stands_above_what_the_sender_says(postmark: Emulator, api: httpx.Client) -> None:
    api.put("/server", json={"InboundSpamThreshold": 5})
    gtube = b"XJS*C4JDBQADN1.NSBN3*2IDNEN*GTUBE-STANDARD-ANTI-UBE-TEST-EMAIL*C.34X"
    head = b"From: a@example.org\nX-Spam-Status: %s\nX-Spam-Score: %s\n\n"
    good = postmark.inbound(head % (b"Yes", b"99"), recipient="box@inbound.example")
    bad = postmark.inbound(head % (b"No", b"-9") + gtube)
    status = {id_: api.get(f"/messages/inbound/{id_}/details").json() for id_ in (good, bad)}
    assert (status[good]["Status"], status[bad]["Status"]) == ("Processed", "Blocked")
    spam = [each["Value"] for each in status[good]["Headers"] if each["Name"] == "X-Spam-Status"]
    assert spam == ["No", "Yes"]
    received = next(each["Value"] for each in status[good]["Headers"] if each["Name"] == "Received")
    assert "for <box@inbound.example>; " in received
    assert postmark.now.strftime("%d %b %Y") in received


@pytest.mark.parametrize(
    "charset",
    ["gb2312", "idna", "undefined", "punycode", "utf-16", "rot13", "hex", "mbcs", "no-such", "a\0b", "x" * 999],
)
@pytest.mark.parametrize("word", ["=?{}?B?jMKjrNXi?=", "=?{}?q?caf=C3?=", "=?{}?q?=0D=0ABcc:_x?="])
def test_bytes_that_are_not_of_their_charset_do_no_harm(api: httpx.Client, charset: str, word: str) -> None:
    text = word.format(charset)
    head = f"From: {text} <a@example.org>\nTo: {text} <b@example.org>\nSubject: {text}\nX-A: {text}\n"
    kind = f'Content-Type: text/plain; charset="{charset}"\nContent-Disposition: inline; filename="{text}"\n\n'
    raw = (head + kind).encode() + b"caf\xc3 \xff\xfe\xd8"
    answer = api.post("/_emulator/inbound", content=raw, headers={"Content-Type": "message/rfc822"})
    assert answer.status_code == 200, answer.text
    id_ = answer.json()["MessageID"]
    found = api.get(f"/messages/inbound/{id_}/details").json()
    assert found["TextBody"].startswith("caf") or charset in {"utf-16", "punycode"}
    assert "\n" not in found["Subject"] + found["FromName"]
    assert api.get(f"/inbox/inbound/{id_}").status_code == 200


@pytest.mark.parametrize("raw", [b"", b"\x00\xff", b"no mail at all", EML[:200], EML.replace(b"utf-8", b"no-such")])
def test_odd_mails_do_no_harm(api: httpx.Client, raw: bytes) -> None:
    answer = api.post("/_emulator/inbound", content=raw, headers={"Content-Type": "message/rfc822"})
    assert answer.status_code in {200, 422}


WITHIN = [
    b"From: =?hz?Q?=0D=0A?= (x <a@example.org>\nContent-Type: text/plain; charset=hz\n\n\xc4\xe3",
    b"Cc: q$u:\n_: <>\nSubject: \xc4\xe3\n\nHello",
    b"Content-Type: multipart/mixed; boundary=b\nContent-Transfer-Encoding: base64\n\n--b\n\xc4\xe3\n--b--",
    b'Content-Type: message/rfc822; charset="us-ascii\n\nCc: \xc4\xe3 (x <>\nX-": =?gbk?Q?=0A?=\n\nHello',
]


@pytest.mark.parametrize("raw", WITHIN)
@pytest.mark.parametrize("encoding", [b"8bit", b"base64", b"x-uuencode"])
def test_an_attached_mail_arrives_however_odd_it_is(raw: bytes, encoding: bytes) -> None:
    kind = b"Content-Type: message/rfc822; charset=us-ascii\nContent-Transfer-Encoding: " + encoding
    [attached] = parse_eml(b"From: =?hz?Q?=0D=0A?= (-x <>\n" + kind + b"\n\n" + raw)["Attachments"]
    assert attached["ContentType"] == "message/rfc822"
    assert attached["ContentLength"] > 0


def test_an_attached_mail_is_what_was_attached() -> None:
    inner = b"Subject: caf\xe9 =?utf-8?q?caf=C3=A9?=\nX-Long: " + b"word " * 40 + b"\n more\n\ncaf\xe9\n"
    [attached] = parse_eml(b"From: a@example.org\nContent-Type: message/rfc822\n\n" + inner)["Attachments"]
    assert base64.b64decode(attached["Content"]) == inner


def test_rules_and_spam_scores_block(postmark: Emulator, api: httpx.Client) -> None:
    api.post("/triggers/inboundrules", json={"Rule": "spam.example"})
    api.put("/server", json={"InboundSpamThreshold": 5})
    by_rule = postmark.inbound({"From": "x@spam.example", "Subject": "one"})
    score = [{"Name": "X-Spam-Score", "Value": "7.5"}]
    by_score = postmark.inbound({"From": "x@example.org", "Headers": score})
    postmark.inbound({"From": "y@example.org", "Subject": "fine", "Tag": "t", "To": "a+box@inbound.example"})
    assert api.get("/messages/inbound?count=9&offset=0").json()["TotalCount"] == 1
    blocked = api.get("/messages/inbound?count=9&offset=0&status=Blocked").json()["InboundMessages"]
    assert [message["MessageID"] for message in blocked] == [by_score, by_rule]
    details = api.get(f"/messages/inbound/{by_rule}/details").json()
    assert (details["Status"], "spam.example" in details["BlockedReason"]) == ("Blocked", True)
    for query in (
        "mailboxhash=box",
        "tag=t",
        "fromemail=Y@example.org",
        "subject=FINE",
        "recipient=a%2Bbox@inbound.example",
    ):
        assert api.get(f"/messages/inbound?count=9&offset=0&{query}").json()["TotalCount"] == 1, query
    answer = api.put(f"/messages/inbound/{by_rule}/bypass").json()
    assert answer == {"ErrorCode": 0, "Message": f"Successfully bypassed message: {by_rule}."}
    again = api.put(f"/messages/inbound/{by_rule}/bypass")
    assert again.json() == {"ErrorCode": 701, "Message": "This message was not found or cannot be bypassed."}
    never = api.put(f"/messages/inbound/{by_rule}/retry")
    assert never.json() == {"ErrorCode": 701, "Message": "This message was not found or cannot be retried."}


@pytest.mark.parametrize(("status", "attempts"), [(200, 1), (201, 11), (400, 11), (403, 1), (500, 11)])
def test_inbound_mail_is_repeated_ten_times(
    postmark: Emulator, api: httpx.Client, receiver: Any, status: int, attempts: int
) -> None:
    api.put("/server", json={"InboundHookUrl": receiver.url()})
    receiver.statuses = [status] * 20
    id_ = postmark.inbound({"From": "a@example.org"})
    postmark.settle()
    postmark.advance(12 * 3600)
    assert len(receiver.requests) == attempts
    details = api.get(f"/messages/inbound/{id_}/details").json()
    assert details["Status"] == ("Processed" if status == 200 else "Failed")
    if status != 200:
        receiver.statuses = []
        answer = api.put(f"/messages/inbound/{id_}/retry").json()
        assert answer["Message"] == f"Successfully rescheduled failed message: {id_}."
        postmark.settle()
        assert api.get(f"/messages/inbound/{id_}/details").json()["Status"] == "Processed"


def nested(levels: int) -> bytes:
    heads = [f"Content-Type: multipart/mixed; boundary=b{level}\n\n--b{level}\n" for level in range(levels)]
    return ("From: a@example.org\n" + "".join(heads) + "Content-Type: text/plain\n\nx\n").encode()


def mails_in_mails(levels: int) -> bytes:
    return b"From: a@example.org\n" + b"Content-Type: message/rfc822\n\n" * levels + b"\nx\n"


@pytest.mark.parametrize("make", [nested, mails_in_mails])
@pytest.mark.parametrize("levels", [50, 3000])
def test_mail_that_is_nested_however_deep_is_an_ordinary_answer(
    api: httpx.Client, make: Callable[[int], bytes], levels: int
) -> None:
    answer = api.post("/_emulator/inbound", content=make(levels), headers={"Content-Type": "message/rfc822"})
    if levels == 50:
        assert answer.status_code == 200
    else:
        assert answer.json() == {"ErrorCode": 402, "Message": "This email is nested too deeply."}


REPLY = "From: a@example.org\nTo: b@inbound.example\nIn-Reply-To: <x@example.com>\n\n"


@pytest.mark.parametrize(
    ("text", "own"),
    [
        ("Fine.\n\nOn Mon, Jan 1, 2024 at 10:00 Bob <bob@example.org> wrote:\n> Hi\n", "Fine."),
        ("Fine.\n\nOn Mon, Jan 1, 2024 at 10:00 AM Bob the Builder\n<bob@example.org> wrote:\nHi\n", "Fine."),
        ("Fine.\n\n-----Original Message-----\nFrom: Bob\nHi\n", "Fine."),
        ("Fine.\n\n________________________________\nFrom: Bob\nSent: Monday\nHi\n", "Fine."),
        ("On Monday I go.\nFrom here on you wrote: nothing.\n", "On Monday I go.\nFrom here on you wrote: nothing."),
        ("Fine.\n> Hi\n", "Fine."),
        ("Fine.\n\nOn Mon, Jan 1, 2024 at 10:00 AM Bob\nthe Builder\n<bob@example.org> wrote:\n\n> Hi\n", "Fine."),
        ("Fine.\n\n    On Monday, January 1, 2024, Bob <bob@example.org> wrote:  \n \n Hi\n", "Fine."),
        ("Fine.\n\n*From:* Bob <bob@example.org>\n*Sent:* Monday\n\nHi\n", "Fine."),
        ("Fine.\n\nFrom: Bob\nSent: Monday\n\nHi\n", "Fine."),
        ("Fine.\n\n---------- Forwarded message ---------\nFrom: Bob <bob@example.org>\n\nHi\n", "Fine."),
        ("Fine.\n\n> On 1 Jan 2024, at 10:00, Bob <bob@example.org> wrote:\n> \n> Hi\n", "Fine."),
        ("Fine.\nFrom: what I see it works.\n", "Fine.\nFrom: what I see it works."),
        ("On Mon, Bob wrote:\n> Hi\n\nBelow.\n", "Below."),
        ("Hello Bob,\n\n> One?\n\nYes.\n\n> Two?\nNo.\n", "Hello Bob,\n\nYes.\n\nNo."),
        ("Fine.\r\n\r\nOn Mon, Bob wrote:\r\n> Hi\r\n", "Fine."),
    ],
)
def test_a_reply_is_stripped_of_what_it_quotes(text: str, own: str) -> None:
    assert parse_eml((REPLY + text).encode())["StrippedTextReply"] == own


def test_what_is_no_reply_is_not_stripped() -> None:
    assert parse_eml(b"From: a@example.org\n\nFine.\n> Hi\n")["StrippedTextReply"] == ""

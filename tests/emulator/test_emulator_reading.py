"""Searches, statistics and inbound mail."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    import httpx

    from postmark_sdk.emulator import Emulator

# Half past four in the morning UTC is still the evening before in the east of the United States.
LATE_EVENING = datetime(2026, 7, 2, 3, 30, tzinfo=timezone.utc)
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


def send(api: httpx.Client, email: dict[str, Any], **fields: Any) -> str:
    number: str = api.post("/email", json={**email, **fields}).json()["MessageID"]
    return number


def test_messages_are_searched(api: httpx.Client, email: dict[str, Any]) -> None:
    first = send(api, email, Tag="a", Subject="100% sure", Metadata={"Color": "blue"})
    second = send(api, email, To="Two@example.org, three@example.org", From="other@example.com")
    third = send(api, email, MessageStream="broadcast")

    def found(query: str) -> list[str]:
        answer = api.get(f"/messages/outbound?count=10&offset=0&{query}").json()
        assert answer["TotalCount"] == len(answer["Messages"])
        return [message["MessageID"] for message in answer["Messages"]]

    assert found("") == [second, first]
    assert found("messagestream=broadcast") == [third]
    assert found("tag=a") == [first]
    assert found("recipient=TWO@example.org") == [second]
    assert found("fromemail=Other@example.com") == [second]
    assert found("subject=%25 SURE") == [first]
    assert found("metadata_color=blue") == [first]
    assert found("metadata_color=red") == []
    assert found("status=processed") == found("status=sent") == [second, first]
    assert found("status=queued") == []
    assert api.get("/messages/outbound?count=1&offset=0&status=lost").json()["ErrorCode"] == 700
    assert api.get("/messages/outbound?count=1&offset=0&metadata_a=1&metadata_b=2").json()["ErrorCode"] == 700
    assert api.get("/messages/outbound?count=1&offset=0&messagestream=x").json()["ErrorCode"] == 1226
    page = api.get("/messages/outbound?count=1&offset=1").json()
    assert (page["TotalCount"], page["Messages"][0]["MessageID"]) == (2, first)


def test_dates_are_eastern_and_inclusive(postmark: Emulator, api: httpx.Client, email: dict[str, Any]) -> None:
    postmark.freeze_clock()
    postmark.set_clock(LATE_EVENING)
    send(api, email)

    def total(query: str) -> int:
        answer = api.get(f"/messages/outbound?count=1&offset=0&{query}").json()
        number: int = answer.get("TotalCount", -answer.get("ErrorCode", 0))
        return number

    received = api.get("/messages/outbound?count=1&offset=0").json()["Messages"][0]["ReceivedAt"]
    assert received == "2026-07-01T23:30:00.0000000-04:00"
    assert total("fromdate=2026-07-01&todate=2026-07-01") == 1
    assert total("fromdate=2026-07-02") == 0
    assert total("todate=2026-06-30") == 0
    assert total("fromdate=2026-07-01T23:30:00&todate=2026-07-01T23:30:00") == 1
    assert total("fromdate=2026-07-01T23:30:01") == 0
    assert total("todate=2026-07-01T23:29:59") == 0
    assert total("fromdate=2026-07-02T03:30:00Z") == 1
    assert total("fromdate=2026-7-1") == 1
    for wrong in ("yesterday", "2026-13-01", "2026-07-01T25:00:00", "9999-12-31T23:59:59-23:59", "0001-01-01"):
        assert total(f"fromdate={wrong}") in {-700, 0, 1}
    assert total("fromdate=yesterday") == -700


def test_statistics_count_eastern_days(postmark: Emulator, api: httpx.Client, email: dict[str, Any]) -> None:
    postmark.freeze_clock()
    postmark.set_clock(LATE_EVENING)
    send(api, email, Cc="second@example.org", Tag="a")
    postmark.advance(7200)
    bounced = send(api, email, HtmlBody="<p>x</p>", TrackOpens=True, MessageStream="broadcast")
    postmark.bounce(bounced)
    assert api.get("/stats/outbound/sends").json() == {
        "Days": [{"Date": "2026-07-01", "Sent": 2}, {"Date": "2026-07-02", "Sent": 1}],
        "Sent": 3,
    }
    assert api.get("/stats/outbound/sends?messagestream=broadcast").json()["Sent"] == 1
    assert api.get("/stats/outbound/sends?fromdate=2026-07-02").json()["Sent"] == 1
    assert api.get("/stats/outbound/sends?tag=none").json() == {"Days": []}
    assert api.get("/stats/outbound/tracked").json()["Tracked"] == 1
    overview = api.get("/stats/outbound").json()
    assert (overview["Sent"], overview["Bounced"], overview["BounceRate"]) == (3, 1, 33.333)
    assert api.get("/stats/outbound/bounces").json()["HardBounce"] == 1


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("fromdate=x", 900),
        ("todate=2026-02-30", 900),
        ("fromdate=2020-01-01", 1500),
        ("fromdate=2026-07-02&todate=2026-07-01", 1502),
        ("messagestream=x", 1226),
    ],
)
def test_rules_of_statistics(postmark: Emulator, api: httpx.Client, query: str, code: int) -> None:
    postmark.set_clock(LATE_EVENING)
    for path in ("", "/sends", "/clicks/location"):
        answer = api.get(f"/stats/outbound{path}?{query}")
        assert (answer.status_code, answer.json()["ErrorCode"]) == (422, code)


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
    assert [header["Value"] for header in payload["Headers"] if header["Name"] == "Received"] == ["one", "two"]
    assert payload["Headers"][0]["Name"] == "Return-Path"
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


@pytest.mark.parametrize("raw", [b"", b"\x00\xff", b"no mail at all", EML[:200], EML.replace(b"utf-8", b"no-such")])
def test_odd_mails_do_no_harm(api: httpx.Client, raw: bytes) -> None:
    answer = api.post("/_emulator/inbound", content=raw, headers={"Content-Type": "message/rfc822"})
    assert answer.status_code in {200, 422}


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


def test_inbound_rules(api: httpx.Client) -> None:
    made = api.post("/triggers/inboundrules", json={"Rule": "someone@example.org"}).json()
    assert api.post("/triggers/inboundrules", json={"Rule": "SOMEONE@example.org"}).json()["ErrorCode"] == 810
    assert api.post("/triggers/inboundrules", json={"Rule": "no thing"}).json()["ErrorCode"] == 813
    assert api.post("/triggers/inboundrules", json={}).json()["ErrorCode"] == 809
    assert api.get("/triggers/inboundrules").json() == {"TotalCount": 1, "InboundRules": [made]}
    answer = api.delete(f"/triggers/inboundrules/{made['ID']}").json()
    assert answer == {"ErrorCode": 0, "Message": "Rule someone@example.org removed."}
    assert api.delete(f"/triggers/inboundrules/{made['ID']}").json()["ErrorCode"] == 812


def test_tag_triggers(api: httpx.Client) -> None:
    made = api.post("/triggers/tags", json={"MatchName": "welcome"}).json()
    assert "TrackOpens" not in made
    changed = api.put(f"/triggers/tags/{made['ID']}", json={"TrackOpens": True}).json()
    assert changed == {**made, "TrackOpens": True}
    assert api.get("/triggers/tags?count=5&offset=0&match_name=WEL").json()["TotalCount"] == 1
    assert api.delete(f"/triggers/tags/{made['ID']}").json()["Message"] == f"Tag {made['ID']} removed."

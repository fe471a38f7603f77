"""Searches, statistics, rules and triggers."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    import httpx

    from postmark_sdk.emulator import Emulator

# Half past four in the morning UTC is still the evening before in the east of the United States.
LATE_EVENING = datetime(2026, 7, 2, 3, 30, tzinfo=timezone.utc)


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

"""Message streams and their suppression lists."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    import httpx

    from postmark_sdk.emulator import Emulator

NOT_FOUND = {"ErrorCode": 1226, "Message": "The message stream for the provided 'ID' was not found."}
OWN = {"ID": "own", "Name": "Own", "MessageStreamType": "Transactional"}


def code(response: httpx.Response) -> int:
    number: int = response.json().get("ErrorCode", 200)
    return number


def test_every_server_begins_with_three_streams(api: httpx.Client) -> None:
    answer = api.get("/message-streams").json()
    assert [stream["ID"] for stream in answer["MessageStreams"]] == ["outbound", "inbound", "broadcast"]
    assert answer["TotalCount"] == 3
    for kind in ("Transactional", "inbound", "Broadcasts"):
        assert api.get(f"/message-streams?MessageStreamType={kind}").json()["TotalCount"] == 1
    assert code(api.get("/message-streams?messageStreamType=Other")) == 1221


def test_a_new_stream_has_neither_update_nor_archive(api: httpx.Client) -> None:
    made = api.post("/message-streams", json=OWN).json()
    assert list(made) == [
        *("ID", "ServerID", "Name", "Description", "MessageStreamType", "CreatedAt", "UpdatedAt", "ArchivedAt"),
        *("ExpectedPurgeDate", "SubscriptionManagementConfiguration"),
    ]
    assert (made["UpdatedAt"], made["ArchivedAt"], made["ExpectedPurgeDate"]) == (None, None, None)
    assert made["SubscriptionManagementConfiguration"] == {"UnsubscribeHandlingType": "None"}


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"ID": None}, 1222),
        ({"Name": None}, 1223),
        ({"MessageStreamType": None}, 1221),
        ({"MessageStreamType": "Other"}, 1221),
        ({"MessageStreamType": "Inbound"}, 1228),
        ({"Name": "x" * 101}, 1224),
        ({"ID": "1st"}, 1227),
        ({"ID": "Own"}, 1227),
        ({"ID": "x" * 31}, 1227),
        ({"ID": "outbound"}, 1230),
        ({"Description": "x" * 1001}, 1231),
        ({"Description": "<b>x</b>"}, 1234),
        ({"ID": "pm-own"}, 1233),
        ({"ID": "all"}, 1237),
        ({"SubscriptionManagementConfiguration": {"UnsubscribeHandlingType": "Custom"}}, 1238),
        ({"SubscriptionManagementConfiguration": {"UnsubscribeHandlingType": "Postmark"}}, 1239),
        ({"SubscriptionManagementConfiguration": {"UnsubscribeHandlingType": "Other"}}, 1240),
        ({"SubscriptionManagementConfiguration": {"UnsubscribeHandlingType": "none"}}, 200),
    ],
)
def test_rules_of_streams(api: httpx.Client, change: dict[str, Any], expected: int) -> None:
    assert code(api.post("/message-streams", json={**OWN, **change})) == expected


def test_ten_streams_are_the_limit(api: httpx.Client) -> None:
    answers = [code(api.post("/message-streams", json={**OWN, "ID": f"s{number}"})) for number in range(8)]
    assert answers == [200] * 7 + [1225]
    api.post("/message-streams/s0/archive")
    assert code(api.post("/message-streams", json={**OWN, "ID": "s9"})) == 200


def test_an_archived_stream_can_come_back_for_45_days(
    postmark: Emulator, api: httpx.Client, email: dict[str, Any]
) -> None:
    api.post("/message-streams", json=OWN)
    archived = api.post("/message-streams/own/archive").json()
    assert list(archived) == ["ID", "ServerID", "ExpectedPurgeDate"]
    assert code(api.post("/email", json={**email, "MessageStream": "own"})) == 1235
    assert api.get("/message-streams").json()["TotalCount"] == 3
    assert api.get("/message-streams?IncludeArchivedStreams=True").json()["TotalCount"] == 4
    assert api.post("/message-streams/own/unarchive", content=b" ").json()["ArchivedAt"] is None
    api.post("/message-streams/own/archive", json={})
    postmark.advance(46 * 86_400)
    assert api.post("/message-streams/own/unarchive").json() == NOT_FOUND


def test_default_streams_stay(api: httpx.Client) -> None:
    assert code(api.post("/message-streams/outbound/archive")) == 1229
    assert code(api.post("/message-streams/inbound/archive")) == 1229
    assert code(api.post("/message-streams/broadcast/archive")) == 200


def test_edits_are_partial(api: httpx.Client) -> None:
    api.post("/message-streams", json={**OWN, "Description": "Before"})
    edited = api.patch("/message-streams/own", json={"name": "After"}).json()
    assert (edited["Name"], edited["Description"]) == ("After", "Before")
    assert edited["UpdatedAt"]
    assert api.patch("/message-streams/none", json={}).json() == NOT_FOUND


def test_entries_have_their_own_outcome(api: httpx.Client) -> None:
    entries = {"Suppressions": [{"EmailAddress": "Gone@Example.org"}, {"EmailAddress": "no address"}]}
    answer = api.post("/message-streams/outbound/suppressions", json=entries)
    assert answer.json() == {
        "Suppressions": [
            {"EmailAddress": "Gone@Example.org", "Status": "Suppressed", "Message": None},
            {
                "EmailAddress": "no address",
                "Status": "Failed",
                "Message": "An invalid email address was provided.",
            },
        ]
    }
    [entry] = api.get("/message-streams/outbound/suppressions/dump").json()["Suppressions"]
    assert (entry["EmailAddress"], entry["SuppressionReason"], entry["Origin"]) == (
        "gone@example.org",
        "ManualSuppression",
        "Customer",
    )


def test_complaints_cannot_be_deleted(postmark: Emulator, api: httpx.Client) -> None:
    postmark.suppress("complained@example.org", reason="SpamComplaint")
    postmark.suppress("bounced@example.org", reason="HardBounce")
    names = ("complained@example.org", "bounced@example.org", "never@example.org")
    entries = {"Suppressions": [{"EmailAddress": name} for name in names]}
    answer = api.post("/message-streams/outbound/suppressions/delete", json=entries).json()["Suppressions"]
    assert [item["Status"] for item in answer] == ["Failed", "Deleted", "Deleted"]
    assert answer[0]["Message"] == "You do not have the required authority to change this suppression."


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({}, 1409),
        ({"Suppressions": []}, 1409),
        ({"Suppressions": [{"EmailAddress": "a@example.org"}] * 51}, 1410),
        ({"Suppressions": [{}]}, 1411),
        ({"Suppressions": ["a@example.org"]}, 403),
    ],
)
def test_rules_of_suppression_lists(api: httpx.Client, body: dict[str, Any], expected: int) -> None:
    for path in ("suppressions", "suppressions/delete"):
        assert code(api.post(f"/message-streams/outbound/{path}", json=body)) == expected


def test_the_dump_filters(postmark: Emulator, api: httpx.Client) -> None:
    postmark.set_clock(datetime(2026, 11, 23, 12, tzinfo=timezone.utc))  # the first second of a day is within todate
    postmark.suppress("a@example.org")
    postmark.advance(10 * 86_400)
    postmark.suppress("b@example.org", reason="HardBounce")
    today = api.get("/message-streams/outbound/suppressions/dump").json()["Suppressions"][0]["CreatedAt"][:10]

    def found(query: str) -> list[str]:
        answer = api.get(f"/message-streams/outbound/suppressions/dump?{query}").json()
        return [entry["EmailAddress"] for entry in answer["Suppressions"]]

    assert found("") == ["b@example.org", "a@example.org"]
    assert found("SuppressionReason=HardBounce") == ["b@example.org"]
    assert found("origin=customer") == ["a@example.org"]
    assert found("EmailAddress=A@example.org") == ["a@example.org"]
    assert found("EmailAddress=none") == []
    assert found(f"fromdate={today}") == ["b@example.org"]
    assert found(f"todate={today}T00:00:00") == ["a@example.org"]
    assert code(api.get("/message-streams/outbound/suppressions/dump?SuppressionReason=x")) == 1404
    assert code(api.get("/message-streams/outbound/suppressions/dump?Origin=x")) == 1405
    assert api.get("/message-streams/none/suppressions/dump").json() == NOT_FOUND

"""Servers, domains, sender signatures, data removals."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import httpx
import pytest

from tests.emulator.client import SERVER

if TYPE_CHECKING:
    from postmark_sdk.emulator import Emulator


def code(response: httpx.Response) -> int:
    number: int = response.json().get("ErrorCode", 200)
    return number


def test_a_new_server_works_at_once(postmark: Emulator, account: httpx.Client, email: dict[str, Any]) -> None:
    made = account.post("/servers", json={"Name": "New", "Color": "RED", "TrackLinks": "htmlonly"}).json()
    assert (made["Color"], made["TrackLinks"], made["DeliveryType"]) == ("red", "HtmlOnly", "Live")
    assert made["InboundAddress"] == f"{made['InboundHash']}@inbound.postmarkapp.com"
    headers = {"X-Postmark-Server-Token": made["ApiTokens"][0], "Accept": "application/json"}
    with httpx.Client(base_url=postmark.base_url, headers=headers, trust_env=False, timeout=60) as api:
        assert api.post("/email", json=email).status_code == 200
        assert api.get("/server").json() == made
        assert account.delete(f"/servers/{made['ID']}").json() == {"ErrorCode": 0, "Message": "Server New removed."}
        assert api.get("/server").status_code == 401
    assert code(account.get(f"/servers/{made['ID']}")) == 601
    assert postmark.counters()["Accepted"] == 0


def test_edits_of_servers_are_partial(account: httpx.Client) -> None:
    before = account.get(f"/servers/{SERVER}").json()
    after = account.put(f"/servers/{SERVER}", json={"Name": None, "Color": "green", "DeliveryType": "Sandbox"}).json()
    assert after == {**before, "Color": "green"}
    account.put(f"/servers/{SERVER}", json={"InboundHookUrl": "https://example.com/in"})
    assert account.put(f"/servers/{SERVER}", json={"InboundHookUrl": ""}).json()["InboundHookUrl"] == ""


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({}, 609),
        ({"Color": "red"}, 608),
        ({"Name": " "}, 608),
        ({"Name": "emulator"}, 603),
        ({"Name": "N", "Color": "pink"}, 607),
        ({"Name": "N", "InboundSpamThreshold": 31}, 611),
        ({"Name": "N", "InboundSpamThreshold": -1}, 611),
        ({"Name": "N", "TrackLinks": "Maybe"}, 612),
        ({"Name": "N", "DeliveryType": "Other"}, 613),
        ({"Name": "N", "InboundHookUrl": "nothing"}, 606),
        ({"Name": "N", "InboundDomain": "in.postmarkapp.com"}, 608),
        ({"Name": "N", "TrackOpens": "yes"}, 403),
        ({"Name": "N", "InboundSpamThreshold": 9}, 200),
    ],
)
def test_rules_of_servers(account: httpx.Client, body: dict[str, Any], expected: int) -> None:
    assert code(account.post("/servers", json=body)) == expected


def test_inbound_domains_are_used_once(postmark: Emulator, account: httpx.Client) -> None:
    assert code(account.put(f"/servers/{SERVER}", json={"InboundDomain": "in.example.com"})) == 200
    assert code(account.post("/servers", json={"Name": "N", "InboundDomain": "IN.example.com"})) == 602
    postmark.change_settings(dns_verified=False)
    assert code(account.post("/servers", json={"Name": "N", "InboundDomain": "other.example.com"})) == 610


def test_deleting_servers_needs_permission(postmark: Emulator, account: httpx.Client) -> None:
    postmark.change_settings(may_delete_servers=False)
    assert code(account.delete(f"/servers/{SERVER}")) == 604


def test_servers_are_found_by_part_of_their_name(account: httpx.Client) -> None:
    for name in ("Shop", "Shop test", "Blog"):
        account.post("/servers", json={"Name": name})
    answer = account.get("/servers?count=1&offset=1&name=SHOP").json()
    assert (answer["TotalCount"], [each["Name"] for each in answer["Servers"]]) == (2, ["Shop test"])


def test_keys_of_a_domain_live_through_their_stages(postmark: Emulator, account: httpx.Client) -> None:
    made = account.post("/domains", json={"Name": "example.com"}).json()
    path = f"/domains/{made['ID']}"
    assert (made["DKIMVerified"], made["DKIMHost"], made["DKIMUpdateStatus"]) == (False, "", "Pending")
    assert account.post(f"{path}/rotatedkim").json() == {
        "ErrorCode": 505,
        "Message": "This DKIM is already being renewed.",
    }
    postmark.change_settings(dns_verified=False)
    assert account.put(f"{path}/verifyDkim").json()["DKIMVerified"] is False
    postmark.change_settings(dns_verified=True)
    verified = account.put(f"{path}/VERIFYDKIM").json()
    assert (verified["DKIMVerified"], verified["DKIMUpdateStatus"]) == (True, "Verified")
    assert verified["DKIMHost"] == made["DKIMPendingHost"]
    rotated = account.post(f"{path}/rotatedkim").json()
    assert not [name for name in rotated if name.startswith(("SPF", "ReturnPath"))]
    assert (rotated["DKIMVerified"], rotated["DKIMUpdateStatus"]) == (True, "Pending")
    again = account.put(f"{path}/verifyDkim").json()
    assert again["DKIMRevokedHost"] == verified["DKIMHost"]
    assert again["SafeToRemoveRevokedKeyFromDNS"] is True


def test_return_paths_lie_below_their_domain(account: httpx.Client) -> None:
    made = account.post("/domains", json={"name": "example.com", "returnPathDomain": "pm.example.com"}).json()
    path = f"/domains/{made['ID']}"
    assert account.put(f"{path}/verifyReturnPath").json()["ReturnPathDomainVerified"] is True
    assert code(account.put(path, json={"ReturnPathDomain": "pm.example.org"})) == 522
    cleared = account.put(path, json={"ReturnPathDomain": ""}).json()
    assert (cleared["ReturnPathDomain"], cleared["ReturnPathDomainVerified"]) == ("", False)
    assert account.delete(path).json()["Message"] == "Domain example.com removed."
    assert code(account.get(path)) == 510


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({}, 502),
        ({"ReturnPathDomain": "x.example.com"}, 514),
        ({"Name": "x" * 256}, 515),
        ({"Name": "not a domain"}, 516),
        ({"Name": "gmail.com"}, 503),
        ({"Name": "taken.example"}, 512),
        ({"Name": "some.test"}, 200),
    ],
)
def test_rules_of_domains(account: httpx.Client, body: dict[str, Any], expected: int) -> None:
    account.post("/domains", json={"Name": "taken.example"})
    assert code(account.post("/domains", json=body)) == expected


def test_a_signature_is_confirmed_by_its_owner(postmark: Emulator, account: httpx.Client) -> None:
    made = account.post("/senders", json={"FromEmail": "me@example.com", "Name": "Me", "ReplyToEmail": None}).json()
    path = f"/senders/{made['ID']}"
    assert (made["EmailAddress"], made["ReplyToEmailAddress"], made["Confirmed"]) == ("me@example.com", "", False)
    again = account.post(f"{path}/resend").json()
    assert again["Message"] == "Confirmation email for Sender Signature me@example.com was re-sent."
    postmark.confirm("ME@example.com")
    assert code(account.post(f"{path}/resend")) == 506
    edited = account.put(path, json={"Name": None, "ReplyToEmail": "you@example.com"}).json()
    assert (edited["Name"], edited["ReplyToEmailAddress"]) == ("Me", "you@example.com")
    assert account.delete(path).json()["Message"] == "Signature me@example.com removed."
    gone = account.get(path)
    assert (gone.status_code, gone.json()["ErrorCode"]) == (404, 501)


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({}, 502),
        ({"Name": "N"}, 520),
        ({"FromEmail": "a@example.com"}, 520),
        ({"FromEmail": "a@example.com", "Name": "x" * 256}, 521),
        ({"FromEmail": "a@example.com", "Name": "N", "ConfirmationPersonalNote": "x" * 401}, 521),
        ({"FromEmail": "nobody", "Name": "N"}, 522),
        ({"FromEmail": "a@example.com", "Name": "N", "ReturnPathDomain": "other.org"}, 522),
        ({"FromEmail": "a@gmail.com", "Name": "N"}, 503),
        ({"FromEmail": "taken@example.com", "Name": "N"}, 504),
    ],
)
def test_rules_of_signatures(account: httpx.Client, body: dict[str, Any], expected: int) -> None:
    account.post("/senders", json={"FromEmail": "taken@example.com", "Name": "N"})
    assert code(account.post("/senders", json=body)) == expected


def test_a_removal_erases_after_a_while(
    postmark: Emulator, api: httpx.Client, account: httpx.Client, email: dict[str, Any]
) -> None:
    postmark.freeze_clock()
    kept = api.post("/email", json={**email, "To": "other@example.org"}).json()["MessageID"]
    erased = api.post("/email", json=email).json()["MessageID"]
    wish = {"RequestedBy": "me@example.com", "RequestedFor": "receiver@example.org", "NotifyWhenCompleted": False}
    made = account.post("/data-removals", json=wish).json()
    assert made == {"ID": made["ID"], "Status": "Pending"}
    assert account.get(f"/data-removals/{made['ID']}").json() == made
    postmark.advance(10)
    assert account.get(f"/data-removals/{made['ID']}").json() == {"ID": made["ID"], "Status": "Done"}
    assert code(api.get(f"/messages/outbound/{erased}/details")) == 701
    assert code(api.get(f"/messages/outbound/{kept}/details")) == 200
    assert code(account.get("/data-removals/2")) == 1301
    assert code(account.post("/data-removals", json={})) == 1300
    postmark.change_settings(may_remove_data=False)
    assert code(account.post("/data-removals", json=wish)) == 1302

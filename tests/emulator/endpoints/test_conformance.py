"""One session that calls every operation; the fixtures judge each answer by the description."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from postmark_sdk.emulator.reference.description import load_description
from tests.emulator.client import SERVER

if TYPE_CHECKING:
    import httpx

    from postmark_sdk.emulator import Emulator

TRIGGERS = ("Open", "Click", "Delivery", "Bounce", "SpamComplaint", "SubscriptionChange")
PAGE = {"count": 10, "offset": 0}


def ok(response: httpx.Response) -> Any:
    assert response.status_code == 200, response.text
    return response.json()


def test_every_operation_answers_as_described(
    postmark: Emulator, api: httpx.Client, account: httpx.Client, receiver: Any, conformance: Any, email: dict[str, Any]
) -> None:
    conformance.seen.clear()
    _webhooks(api, receiver)
    _sending(postmark, api, email)
    _templates(api, account)
    _streams(api)
    _bounces(postmark, api, email)
    _reading(postmark, api, email)
    _inbound(postmark, api, receiver)
    _account(postmark, account)
    postmark.settle()
    assert conformance.seen == set(load_description().operations)


def _webhooks(api: httpx.Client, receiver: Any) -> None:
    triggers = {kind: {"Enabled": True} for kind in TRIGGERS}
    triggers["Bounce"]["IncludeContent"] = True
    made = ok(api.post("/webhooks", json={"Url": receiver.url(), "Triggers": triggers}))
    ok(api.get("/webhooks"))
    ok(api.get(f"/webhooks/{made['ID']}"))
    ok(api.put(f"/webhooks/{made['ID']}", json={"HttpAuth": {"Username": "u", "Password": "p"}}))
    ok(api.post(f"/webhooks/{made['ID']}/verify"))
    ok(api.get(f"/webhooks/{made['ID']}/statistics"))
    other = ok(api.post("/webhooks", json={"Url": receiver.url(), "Verify": False}))
    ok(api.delete(f"/webhooks/{other['ID']}"))


def _sending(postmark: Emulator, api: httpx.Client, email: dict[str, Any]) -> None:
    ok(api.post("/email", json=email))
    ok(api.post("/email/batch", json=[email, {"From": "nobody"}]))
    templated = {"From": email["From"], "To": email["To"], "TemplateAlias": "welcome", "TemplateModel": {}}
    ok(api.post("/email/withTemplate", json=templated))
    ok(api.post("/email/batchWithTemplates", json={"Messages": [templated, {**templated, "TemplateAlias": "none"}]}))
    bulk = {"From": email["From"], "Subject": "{{a}}", "TextBody": "{{b}}", "Messages": [{"To": email["To"]}] * 3}
    made = ok(api.post("/email/bulk", json=bulk))
    ok(api.get(f"/email/bulk/{made['Id']}"))
    postmark.advance(60)
    assert ok(api.get(f"/email/bulk/{made['Id']}"))["Status"] == "Completed"
    ok(api.get("/email/bulk"))


def _templates(api: httpx.Client, account: httpx.Client) -> None:
    made = ok(api.post("/templates", json={"Name": "N", "Alias": "n", "Subject": "{{s}}", "HtmlBody": "{{b}}"}))
    ok(api.get("/templates", params=PAGE))
    ok(api.get("/templates/n"))
    ok(api.put(f"/templates/{made['TemplateId']}", json={"Name": "M"}))
    ok(api.post("/templates/validate", json={"Subject": "{{s}}", "TextBody": "{{#each}}"}))
    ok(api.post("/templates/validate", json={"Subject": "{{s}}", "HtmlBody": "{{b}}"}))
    destination = ok(account.post("/servers", json={"Name": "Destination"}))["ID"]
    push = {"SourceServerID": SERVER, "DestinationServerID": destination, "PerformChanges": False}
    ok(account.put("/templates/push", json=push))
    ok(account.put("/templates/push", json={**push, "PerformChanges": True}))
    ok(api.delete("/templates/n"))
    ok(api.get(f"/templates/{made['TemplateId']}"))


def _streams(api: httpx.Client) -> None:
    ok(api.get("/message-streams"))
    ok(api.post("/message-streams", json={"ID": "own", "Name": "Own", "MessageStreamType": "Transactional"}))
    ok(api.get("/message-streams/own"))
    ok(api.patch("/message-streams/own", json={"Description": "Something"}))
    ok(api.post("/message-streams/own/archive"))
    ok(api.post("/message-streams/own/unarchive"))
    entries = {"Suppressions": [{"EmailAddress": "gone@example.org"}, {"EmailAddress": "none"}]}
    ok(api.post("/message-streams/outbound/suppressions", json=entries))
    ok(api.get("/message-streams/outbound/suppressions/dump"))
    ok(api.post("/message-streams/outbound/suppressions/delete", json=entries))


def _bounces(postmark: Emulator, api: httpx.Client, email: dict[str, Any]) -> None:
    sent = ok(api.post("/email", json={**email, "Tag": "bounced", "To": "bouncing@example.org"}))
    bounce = postmark.bounce(sent["MessageID"])
    ok(api.get("/bounces", params=PAGE))
    ok(api.get(f"/bounces/{bounce}"))
    ok(api.get(f"/bounces/{bounce}/dump"))
    ok(api.put(f"/bounces/{bounce}/activate"))
    ok(api.get("/deliverystats"))
    assert ok(api.get("/bounces/tags")) == ["bounced"]


def _reading(postmark: Emulator, api: httpx.Client, email: dict[str, Any]) -> None:
    html = '<a href="https://example.com/">x</a>'
    tracked = {**email, "HtmlBody": html, "TrackOpens": True, "TrackLinks": "HtmlOnly", "Metadata": {"a": "b"}}
    sent = ok(api.post("/email", json={**tracked, "Cc": "Second <second@example.org>"}))["MessageID"]
    postmark.open(sent)
    postmark.click(sent, "https://example.com/", user_agent="Mozilla/5.0 (Windows NT 10.0) Chrome/130")
    postmark.complain(sent, recipient="second@example.org")
    for path in ("", "/opens", "/clicks", f"/opens/{sent}", f"/clicks/{sent}"):
        assert ok(api.get(f"/messages/outbound{path}", params=PAGE))["TotalCount"]
    ok(api.get(f"/messages/outbound/{sent}/details"))
    ok(api.get(f"/messages/outbound/{sent}/dump"))
    for path in (
        *("", "/sends", "/bounces", "/spam", "/tracked", "/opens", "/opens/platforms", "/opens/emailclients"),
        *("/opens/readtimes", "/clicks", "/clicks/browserfamilies", "/clicks/platforms", "/clicks/location"),
    ):
        assert ok(api.get(f"/stats/outbound{path}")).get("Days") != []
        assert ok(api.get(f"/stats/outbound{path}", params={"tag": "no such tag"})).get("Days", []) == []


def _inbound(postmark: Emulator, api: httpx.Client, receiver: Any) -> None:
    assert ok(api.get("/server"))["ID"] == SERVER
    rule = ok(api.post("/triggers/inboundrules", json={"Rule": "spammer.example"}))
    ok(api.get("/triggers/inboundrules", params=PAGE))
    blocked = postmark.inbound({"From": "who@spammer.example", "Subject": "Buy"})
    ok(api.get(f"/messages/inbound/{blocked}/details"))
    ok(api.get("/messages/inbound", params={**PAGE, "status": "blocked"}))
    ok(api.put(f"/messages/inbound/{blocked}/bypass"))
    ok(api.put("/server", json={"InboundHookUrl": receiver.url()}))
    receiver.statuses = [403]
    failed = postmark.inbound({"From": "who@example.org"})
    postmark.settle()
    ok(api.put(f"/messages/inbound/{failed}/retry"))
    ok(api.delete(f"/triggers/inboundrules/{rule['ID']}"))
    tag = ok(api.post("/triggers/tags", json={"MatchName": "welcome"}))["ID"]
    ok(api.get("/triggers/tags", params=PAGE))
    ok(api.get(f"/triggers/tags/{tag}"))
    ok(api.put(f"/triggers/tags/{tag}", json={"MatchName": "welcome", "TrackOpens": True}))
    ok(api.delete(f"/triggers/tags/{tag}"))


def _account(postmark: Emulator, account: httpx.Client) -> None:
    server = ok(account.post("/servers", json={"Name": "Another", "Color": "Red", "DeliveryType": "Sandbox"}))["ID"]
    ok(account.get("/servers", params=PAGE))
    ok(account.get(f"/servers/{server}"))
    ok(account.put(f"/servers/{server}", json={"TrackOpens": True}))
    ok(account.delete(f"/servers/{server}"))
    domain = ok(account.post("/domains", json={"Name": "example.com"}))["ID"]
    ok(account.get("/domains", params=PAGE))
    ok(account.get(f"/domains/{domain}"))
    ok(account.put(f"/domains/{domain}", json={"ReturnPathDomain": "pm.example.com"}))
    ok(account.put(f"/domains/{domain}/verifyDkim"))
    ok(account.put(f"/domains/{domain}/verifyReturnPath"))
    ok(account.post(f"/domains/{domain}/verifyspf"))
    ok(account.post(f"/domains/{domain}/rotatedkim"))
    ok(account.delete(f"/domains/{domain}"))
    signature = ok(account.post("/senders", json={"FromEmail": "me@example.com", "Name": "Me"}))["ID"]
    ok(account.get("/senders", params=PAGE))
    ok(account.get(f"/senders/{signature}"))
    ok(account.put(f"/senders/{signature}", json={"Name": "You"}))
    ok(account.post(f"/senders/{signature}/resend"))
    ok(account.post(f"/senders/{signature}/verifyspf"))
    refused = account.post(f"/senders/{signature}/requestnewdkim")
    assert refused.json() == {"ErrorCode": 505, "Message": "This DKIM is already being renewed."}
    postmark.confirm("me@example.com")
    ok(account.post(f"/senders/{signature}/requestnewdkim"))
    ok(account.delete(f"/senders/{signature}"))
    wish = {"RequestedBy": "me@example.com", "RequestedFor": "x@example.org", "NotifyWhenCompleted": False}
    removal = ok(account.post("/data-removals", json=wish))
    ok(account.get(f"/data-removals/{removal['ID']}"))

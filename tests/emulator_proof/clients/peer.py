"""postmarker 1.0, the older Python client, does its usual work with the emulator."""

# ruff: noqa: PT017, T201 - a program of its own: no pytest, and what it prints is its report

from __future__ import annotations

import datetime as _dt
import os
from email.mime.text import MIMEText

import requests
from _receiver import Receiver, control
from postmarker.core import PostmarkClient
from postmarker.exceptions import ClientError

BASE = os.environ["POSTMARK_BASE_URL"]
MAIL = {"From": "shop@example.com", "To": "ada@example.org", "Subject": "Welcome", "TextBody": "Hello"}


def send(client: PostmarkClient) -> None:
    answer = client.emails.send(
        **MAIL, HtmlBody="<p>Hello</p>", Metadata={"order": "7"}, Headers={"X-Shop": "1"}, Tag="peer", TrackOpens=True
    )
    assert (answer["ErrorCode"], answer["Message"], answer["To"]) == (0, "OK", "ada@example.org")
    mime = MIMEText("Hello", "plain", "utf-8")
    mime["From"], mime["To"], mime["Subject"] = "shop@example.com", "mime@example.org", "From MIME"
    assert client.emails.send(message=mime)["ErrorCode"] == 0


def batch(client: PostmarkClient) -> None:
    good = [{**MAIL, "To": f"p{number}@example.org"} for number in range(3)]
    answers = client.emails.send_batch(*good, {**MAIL, "From": "x"})
    assert [answer["ErrorCode"] for answer in answers] == [0, 0, 0, 300]
    assert set(answers[3]) == {"ErrorCode", "Message"}


def templates(client: PostmarkClient) -> None:
    made = client.templates.create(Name="Peer", Subject="Hi {{name}}", TextBody="Dear {{name}}", Alias="peer")
    assert client.templates.get(made.TemplateId).Subject == "Hi {{name}}"
    client.templates.edit(made.TemplateId, Name="Peer 2", Subject="Hi {{name}}", TextBody="Dear {{name}}")
    assert "Peer 2" in [each.Name for each in client.templates.all()]
    checked = client.templates.validate(Subject="{{a}}", TextBody="{{b}}", TestRenderModel={"a": "A"})
    assert checked["Subject"]["RenderedContent"] == "A"
    assert set(checked["SuggestedTemplateModel"]) == {"a", "b"}
    answer = client.emails.send_with_template(
        TemplateId=made.TemplateId, TemplateModel={"name": "Ada"}, From="shop@example.com", To="ada@example.org"
    )
    details = client.messages.outbound.get(answer["MessageID"])
    assert (details.Subject, details.TextBody) == ("Hi Ada", "Dear Ada")
    client.templates.delete(made.TemplateId)


def search(client: PostmarkClient) -> None:
    found = client.messages.outbound.all(tag="peer", count=10)
    assert [message.Subject for message in found] == ["Welcome"]
    assert len(client.messages.outbound.all(recipient="mime@example.org")) == 1
    day = _dt.datetime.now(_dt.timezone.utc).date()
    assert not client.messages.outbound.all(todate=day - _dt.timedelta(days=3))
    assert "Subject: Welcome" in found[0].get_dump()
    control(BASE, "open", message_id=found[0].MessageID)
    assert [each.Recipient for each in client.messages.outbound.opens.all(tag="peer")] == ["ada@example.org"]
    assert client.stats.overview()["Sent"] >= 6
    assert client.stats.sends()["Sent"] >= 6


def bounces(client: PostmarkClient) -> None:
    answer = client.emails.send(**{**MAIL, "To": "hardbounce@bounce-testing.postmarkapp.com"})
    (bounce,) = client.bounces.all(messageID=answer["MessageID"])
    assert bounce.Type == "HardBounce"
    assert bounce.dump
    assert client.bounces.deliverystats["InactiveMails"] >= 1
    assert bounce.activate().startswith("OK") or client.bounces.get(bounce.ID).Inactive is False


def webhooks(client: PostmarkClient) -> None:
    with Receiver() as receiver:
        client.server.edit(DeliveryHookUrl=receiver.url)
        answer = client.emails.send(**MAIL)
        posted = receiver.wait_for(answer["MessageID"])
        assert posted["RecordType"] == "Delivery"
        client.server.edit(DeliveryHookUrl="")


def errors(client: PostmarkClient) -> None:
    try:
        client.emails.send(**{**MAIL, "To": "nobody"})
    except ClientError as error:
        assert error.error_code == 300
    else:
        raise AssertionError("a broken recipient was taken")
    stranger = PostmarkClient(server_token="00000000-0000-0000-0000-00000000000b", root_api_url=f"{BASE}/")
    try:
        stranger.server.get()
    except ClientError as error:
        assert error.error_code == 10
    else:
        raise AssertionError("an unknown token was taken")
    assert requests.get(f"{BASE}/no-such-thing", timeout=10).status_code == 404


def account(client: PostmarkClient) -> None:
    domain = client.domains.create(Name="peer.example")
    assert "peer.example" in [each.Name for each in client.domains.all()]
    client.domains.verifydkim(domain.ID)
    client.domains.delete(domain.ID)
    assert client.senders.all() == []


def main() -> None:
    client = PostmarkClient(
        server_token=os.environ["POSTMARK_SERVER_TOKEN"],
        account_token=os.environ["POSTMARK_ACCOUNT_TOKEN"],
        root_api_url=f"{BASE}/",
    )
    for step in (send, batch, templates, search, bounces, webhooks, errors, account):
        step(client)
        print(step.__name__)


main()

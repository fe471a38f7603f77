"""The vendor's own Python client, postmark-python 0.4, does its usual work with the emulator.

Two calls are left out. Its bulk call insists on ``ID``, an older spelling of the answer's ``Id``; its delivery
statistics insist on a type for the sum of all bounces, which has none.
"""

# ruff: noqa: PT017, T201 - a program of its own: no pytest, and what it prints is its report

from __future__ import annotations

import asyncio
import os

import postmark
from _receiver import Receiver, control
from postmark.models.bounces.enums import BounceType

BASE = os.environ["POSTMARK_BASE_URL"]
MAIL = {
    "sender": "Shop <shop@example.com>",
    "to": "ada@example.org",
    "subject": "Welcome",
    "text_body": "Hello",
    "html_body": '<p>Hello, <a href="https://shop.example/in">sign in</a></p>',
}


async def send(client: postmark.ServerClient) -> None:
    attachment = {"Name": "a.txt", "Content": "aGVsbG8=", "ContentType": "text/plain"}
    answer = await client.outbound.send(
        {**MAIL, "tag": "official", "metadata": {"order": "7"}, "attachments": [attachment], "track_opens": True}
    )
    assert answer.success, answer
    found = await client.outbound.get(answer.message_id)
    assert found.subject == "Welcome"
    assert found.metadata == {"order": "7"}
    assert found.attachments == ["a.txt"]
    assert [event.type.value for event in found.message_events] == ["Delivered"]
    assert "Subject: Welcome" in (await client.outbound.get_dump(answer.message_id)).body


async def batch(client: postmark.ServerClient) -> None:
    answers = await client.outbound.send_batch([{**MAIL, "to": f"b{number}@example.org"} for number in range(20)])
    assert [answer.to for answer in answers] == [f"b{number}@example.org" for number in range(20)]
    assert len({answer.message_id for answer in answers}) == 20


async def templates(client: postmark.ServerClient) -> None:
    made = await client.templates.create(
        {
            "name": "Official",
            "alias": "official",
            "subject": "Hi {{name}}",
            "text_body": "{{#each items}}{{.}},{{/each}}",
        }
    )
    checked = await client.templates.validate(
        {"subject": "Hi {{name}}", "text_body": "{{#each items}}", "test_render_model": {"name": "Ada"}}
    )
    assert not checked.all_content_is_valid
    assert checked.subject is not None
    assert checked.subject.rendered_content == "Hi Ada"
    answer = await client.outbound.send_with_template(
        {
            "sender": "shop@example.com",
            "to": "ada@example.org",
            "template_alias": "official",
            "template_model": {"name": "Ada", "items": ["a", "b"]},
        }
    )
    found = await client.outbound.get(answer.message_id)
    assert (found.subject, found.text_body) == ("Hi Ada", "a,b,")
    edited = await client.templates.edit("official", {"name": "Changed", "subject": "Bye", "text_body": "x"})
    assert edited.template_id == made.template_id
    assert "official" in [each.alias for each in (await client.templates.list()).items]
    assert (await client.templates.get(made.template_id)).name == "Changed"
    assert (await client.templates.delete("official")).error_code == 0


async def search(client: postmark.ServerClient) -> None:
    page = await client.outbound.list(tag="official", metadata={"order": "7"}, count=10)
    assert (page.total, [message.subject for message in page.items]) == (1, ["Welcome"])
    assert (await client.outbound.list(recipient="b3@example.org")).total == 1
    streamed = [message async for message in client.outbound.stream(batch_size=7, max_messages=15)]
    assert len({message.message_id for message in streamed}) == 15
    control(BASE, "open", message_id=page.items[0].message_id)
    opens = await client.outbound.list_opens(tag="official")
    assert [each.recipient for each in opens.items] == ["ada@example.org"]
    control(BASE, "click", message_id=page.items[0].message_id, link="https://shop.example/in")
    clicks = await client.outbound.list_clicks(tag="official")
    assert [each.original_link for each in clicks.items] == ["https://shop.example/in"]
    overview = await client.stats.overview()
    assert overview.sent >= 21


async def bounces(client: postmark.ServerClient) -> None:
    answer = await client.outbound.send({**MAIL, "to": "HardBounce@bounce-testing.postmarkapp.com"})
    page = await client.bounces.list(type=BounceType.HARD_BOUNCE, message_id=answer.message_id)
    (bounce,) = page.items
    assert bounce.can_activate
    assert (await client.bounces.get(bounce.id)).email == bounce.email
    assert bounce.email in (await client.bounces.get_dump(bounce.id)).body
    assert not (await client.bounces.activate(bounce.id)).bounce.inactive


async def suppressions(client: postmark.ServerClient) -> None:
    await client.suppressions.create("outbound", ["gone@example.org"])
    entries = await client.suppressions.dump("outbound")
    assert "gone@example.org" in [entry.email_address for entry in entries]
    await client.suppressions.delete("outbound", ["gone@example.org"])
    assert not await client.suppressions.dump("outbound", email_address="gone@example.org")


async def streams(client: postmark.ServerClient) -> None:
    assert {"outbound", "inbound", "broadcast"} <= {stream.id for stream in (await client.stream.list()).items}


async def webhooks(client: postmark.ServerClient) -> None:
    with Receiver() as receiver:
        made = await client.webhooks.create(receiver.url, triggers={"Delivery": {"Enabled": True}})
        assert made.triggers.delivery.enabled
        answer = await client.outbound.send(MAIL)
        posted = await asyncio.to_thread(receiver.wait_for, answer.message_id)
        assert (posted["RecordType"], posted["Recipient"]) == ("Delivery", "ada@example.org")
        edited = await client.webhooks.edit(made.id, triggers={"Bounce": {"Enabled": True, "IncludeContent": True}})
        assert edited.triggers.bounce.include_content
        assert [each.id for each in await client.webhooks.list()] == [made.id]
        assert (await client.webhooks.delete(made.id)).error_code == 0


async def errors(client: postmark.ServerClient) -> None:
    try:
        await client.outbound.send({**MAIL, "sender": "nobody"})
    except postmark.ValidationException as error:
        assert (error.error_code, error.http_status) == (300, 422)
    else:
        raise AssertionError("a broken sender was taken")
    await client.suppressions.create("outbound", ["gone@example.org"])
    try:
        await client.outbound.send({**MAIL, "to": "gone@example.org"})
    except postmark.InactiveRecipientException as error:
        assert error.inactive_recipients == ["gone@example.org"]
    else:
        raise AssertionError("a suppressed recipient was taken")
    async with postmark.ServerClient("00000000-0000-0000-0000-00000000000b", base_url=BASE) as stranger:
        try:
            await stranger.server.get()
        except postmark.InvalidAPIKeyException as error:
            assert error.error_code == 10
        else:
            raise AssertionError("an unknown token was taken")


async def account() -> None:
    async with postmark.AccountClient(os.environ["POSTMARK_ACCOUNT_TOKEN"], base_url=BASE) as client:
        assert (await client.server.list()).total == 1
        made = await client.domain.create(name="official.example")
        assert "official.example" in [each.name for each in (await client.domain.list()).items]
        assert (await client.domain.verify_dkim(made.id)).dkim_verified


async def main() -> None:
    async with postmark.ServerClient(os.environ["POSTMARK_SERVER_TOKEN"], base_url=BASE, retries=0) as client:
        for step in (send, batch, templates, search, bounces, suppressions, streams, webhooks, errors):
            await step(client)
            print(step.__name__)
    await account()
    print("account")


asyncio.run(main())

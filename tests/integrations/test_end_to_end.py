"""The emulator posts, an application under a real server answers 500 twice, then takes the event: once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

pytest.importorskip("starlette", reason="the emulator needs its extra")

from postmark_sdk import PostmarkClient
from postmark_sdk.emulator import Emulator
from postmark_sdk.webhooks import BounceEvent, InboundEvent, WebhookAuth
from tests.integrations.apps import PAIR, Received, serving

if TYPE_CHECKING:
    from collections.abc import Iterator

frameworks = pytest.mark.parametrize("name", ["fastapi", "flask", "django", "django-async"])
kinds = pytest.mark.parametrize("asynchronous", [False, True], ids=["plain", "coroutine"])

# Minutes after which Postmark tries again, as documented; the first tries are all that is needed here.
_OUTBOUND_MINUTES = [1, 5]


@pytest.fixture(name="postmark")
def _postmark() -> Iterator[Emulator]:
    with Emulator() as postmark:
        yield postmark


@pytest.fixture(name="client")
def _client(postmark: Emulator) -> Iterator[PostmarkClient]:
    with PostmarkClient(postmark.server_token, base_url=postmark.base_url) as client:
        yield client


def attempts(postmark: Emulator, kind: str) -> list[int | None]:
    (delivery,) = [each for each in postmark.deliveries() if each["Kind"] == kind]
    return [attempt["StatusCode"] for attempt in delivery["Attempts"]]


@frameworks
@kinds
def test_a_bounce_is_handled_once_after_two_failures(
    name: str, postmark: Emulator, client: PostmarkClient, *, asynchronous: bool
) -> None:
    received = Received(asynchronous=asynchronous, failures=0)
    with serving(name, received.router) as url:
        made = client.webhooks.ensure(url, triggers=[BounceEvent], auth=WebhookAuth(basic=PAIR))
        assert (made.created, made.webhook.status) == (True, "verified")
        assert [event.is_test for event in received.events] == [True]
        received.events.clear()
        received.failures = received.calls + 2

        message = client.emails.send(
            from_="a@example.com", to="hardbounce@bounce-testing.postmarkapp.com", subject="s", text_body="t"
        )
        postmark.settle()
        assert attempts(postmark, "Bounce") == [500]
        for minutes, expected in zip(_OUTBOUND_MINUTES, ([500, 500], [500, 500, 200]), strict=True):
            postmark.advance(60 * minutes)
            assert attempts(postmark, "Bounce") == expected
        postmark.advance(24 * 3600)
    (event,) = received.events
    assert isinstance(event, BounceEvent)
    assert (event.message_id, event.type, event.retries_remaining) == (message.message_id, "HardBounce", 4)
    assert attempts(postmark, "Bounce") == [500, 500, 200]


@frameworks
def test_an_inbound_mail_is_handled_once_after_two_failures(
    name: str, postmark: Emulator, client: PostmarkClient
) -> None:
    received = Received(asynchronous=False, failures=2)
    with serving(name, received.router) as url:
        client.server.update(inbound_hook_url=url.replace("://", f"://{PAIR[0]}:{PAIR[1]}@"))
        postmark.inbound(
            b"From: Customer <customer@example.org>\r\nTo: 0123456789abcdef+ticket42@inbound.postmarkapp.com\r\n"
            b"Subject: Help\r\nMessage-ID: <1@example.org>\r\n\r\nIt does not work.\r\n"
        )
        postmark.settle()
        postmark.advance(60)
        postmark.advance(5 * 60)
    assert attempts(postmark, "Inbound") == [500, 500, 200]
    (event,) = received.events
    assert isinstance(event, InboundEvent)
    assert (event.subject, event.mailbox_hash, event.trace_id is not None) == ("Help", "ticket42", True)
    sent: Any = client.emails.send(event.reply(from_="support@example.com", text_body="Now it does."))
    assert sent.success
    assert postmark.sent()[-1].subject == "Re: Help"


@frameworks
def test_wrong_credentials_are_answered_with_401_and_reach_nobody(
    name: str, postmark: Emulator, client: PostmarkClient
) -> None:
    received = Received(asynchronous=False)
    with serving(name, received.router) as url:
        client.webhooks.create(url=url, triggers={"bounce": {"enabled": True}}, verify=False)
        report = client.webhooks.verify(client.webhooks.list().items[0].id)
        assert [(each.success, each.status_code) for each in report.results or ()] == [(False, 401)]
        client.server.update(inbound_hook_url=url)
        postmark.inbound(b"From: c@example.org\r\nTo: x@inbound.postmarkapp.com\r\n\r\nHello\r\n")
        postmark.settle()
    assert attempts(postmark, "Inbound") == [401]
    assert received.events == []

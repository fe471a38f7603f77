"""Signals before and after each message, and for what comes in through a webhook."""

from __future__ import annotations

import asyncio
import base64
import json
import logging
from typing import TYPE_CHECKING, Any

import pytest

pytest.importorskip("django", reason="Django is not installed")
pytest.importorskip("starlette", reason="the emulator needs its extra")

from django.test import RequestFactory, override_settings

from postmark_sdk import InvalidMessageError
from postmark_sdk.integrations.django import CancelSend, EmailBackend, async_webhook_view, signal_router, webhook_view
from postmark_sdk.integrations.django.signals import inbound, post_send, pre_send, tracking
from postmark_sdk.webhooks import BounceEvent, InboundEvent, MemoryStore, OpenEvent, OpenWebhookWarning, WebhookAuth
from tests.integrations.apps import PAIR
from tests.integrations.django.project import VERSION, backend, message
from tests.webhooks.payloads import example

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from postmark_sdk.testing import TestEmulator

AUTH = WebhookAuth(basic=PAIR)
AUTHORIZATION = "Basic " + base64.b64encode(":".join(PAIR).encode()).decode()


@pytest.fixture(name="connect")
def _connect() -> Iterator[Callable[..., Any]]:
    """Connects receivers for one test."""
    connected: list[tuple[Any, Any, Any]] = []

    def connect(signal: Any, receiver: Any, sender: Any = None) -> None:
        signal.connect(receiver, sender=sender, weak=False)
        connected.append((signal, receiver, sender))

    yield connect
    for signal, receiver, sender in connected:
        signal.disconnect(receiver, sender=sender)


# --- mail -----------------------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("project")
def test_a_receiver_may_change_a_message_before_it_is_sent(postmark: TestEmulator, connect: Any) -> None:
    def change(sender: type, message: Any, **_: Any) -> None:
        assert sender is EmailBackend
        message.subject = "Changed"
        message.to.append("more@example.org")
        message.postmark = {"tag": "seen"}

    connect(pre_send, change)
    message().send()
    assert postmark.outbox.one(subject="Changed", tag="seen").recipients == ["ann@example.org", "more@example.org"]


@pytest.mark.usefixtures("project")
def test_a_receiver_may_cancel_one_of_several(postmark: TestEmulator, connect: Any) -> None:
    def cancel(message: Any, **_: Any) -> None:
        if message.to == ["ann@example.org"]:
            raise CancelSend

    after: list[Any] = []
    connect(pre_send, cancel)
    connect(post_send, lambda message, **_: after.append(message))
    sent = [message(), message("bob@example.org")]
    assert backend(postmark).send_messages(sent) == 1
    assert postmark.outbox.one().to == ["bob@example.org"]
    status = sent[0].postmark_status
    assert (status.recipients["ann@example.org"].status, status.success) == ("cancelled", False)
    assert "CancelSend" in status.recipients["ann@example.org"].reason
    assert after == [sent[1]]


@pytest.mark.usefixtures("project")
def test_what_else_a_receiver_raises_keeps_all_back(postmark: TestEmulator, connect: Any) -> None:
    def fail(message: Any, **_: Any) -> None:
        if message.to == ["bob@example.org"]:
            raise LookupError

    connect(pre_send, fail)
    with pytest.raises(LookupError):
        backend(postmark).send_messages([message(), message("bob@example.org")])
    assert not postmark.outbox


@pytest.mark.usefixtures("project")
def test_every_message_is_told_of_whatever_became_of_it(postmark: TestEmulator, connect: Any) -> None:
    seen: list[Any] = []
    connect(post_send, lambda sender, message, status, **_: seen.append((sender, message, status)))
    sent = [message(), message("not an address")]
    assert backend(postmark, fail_silently=True).send_messages(sent) == 1
    assert [(sender, each) for sender, each, _ in seen] == [(EmailBackend, sent[0]), (EmailBackend, sent[1])]
    assert [status.status for _, _, status in seen] == [{"accepted"}, {"invalid"}]
    assert all(status is each.postmark_status for _, each, status in seen)
    seen.clear()
    sent[0].attach_alternative("# Hello", "text/markdown")
    with pytest.raises(InvalidMessageError):
        sent[0].send()
    assert [status.status for _, _, status in seen] == [{"refused"}]


@pytest.mark.usefixtures("project")
def test_a_failing_receiver_does_not_make_a_sent_mail_look_unsent(
    postmark: TestEmulator, connect: Any, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(**_: Any) -> None:
        raise LookupError

    later: list[Any] = []
    connect(post_send, fail)
    connect(post_send, lambda **given: later.append(given))
    with caplog.at_level(logging.ERROR, "django.dispatch"):
        assert message().send() == 1
    assert len(postmark.outbox) == len(later) == 1
    assert any(record.name == "django.dispatch" for record in caplog.records)


@pytest.mark.usefixtures("project")
def test_a_receiver_may_send_a_mail_about_a_mail(postmark: TestEmulator, connect: Any) -> None:
    connect(post_send, lambda **_: message("admin@example.org").send())
    assert message().send() == 1
    assert [each.recipients for each in postmark.outbox] == [["ann@example.org"], ["admin@example.org"]]


# --- webhooks -------------------------------------------------------------------------------------------------------


def request(kind: str, **fields: Any) -> Any:
    content = json.dumps({**example(kind), **fields})
    return RequestFactory().post(
        "/postmark", content, content_type="application/json", headers={"Authorization": AUTHORIZATION}
    )


def call(view: Any, given: Any, *, asynchronous: bool) -> int:
    async def run() -> int:
        answer: Any = await view(given)
        return int(answer.status_code)

    return asyncio.run(run()) if asynchronous else int(view(given).status_code)


def view_of(*, asynchronous: bool, **options: Any) -> Any:
    router = signal_router(auth=AUTH, **options)
    return async_webhook_view(router) if asynchronous else webhook_view(router)


kinds = pytest.mark.parametrize("asynchronous", [False, True], ids=["plain", "coroutine"])


@kinds
def test_events_are_signals_whose_sender_is_their_class(connect: Any, *, asynchronous: bool) -> None:
    every: list[Any] = []
    bounces: list[Any] = []
    mails: list[Any] = []
    connect(tracking, lambda event, **_: every.append(event))
    connect(tracking, lambda event, **_: bounces.append(event), sender=BounceEvent)
    connect(inbound, lambda event, **_: mails.append(event))
    view = view_of(asynchronous=asynchronous)
    assert [call(view, request(kind), asynchronous=asynchronous) for kind in ("bounce", "open", "inbound")] == [200] * 3
    assert [type(event) for event in every] == [BounceEvent, OpenEvent]
    assert (bounces, [type(event) for event in mails]) == (every[:1], [InboundEvent])


@kinds
def test_after_an_error_the_others_have_it_and_all_get_it_again(connect: Any, *, asynchronous: bool) -> None:
    seen: list[Any] = []
    failing = [True]

    def fail_once(**_: Any) -> None:
        if failing.pop() if failing else False:
            raise LookupError

    connect(tracking, fail_once)
    connect(tracking, lambda event, **_: seen.append(event))
    view = view_of(asynchronous=asynchronous, store=MemoryStore())
    answers = [call(view, request("bounce"), asynchronous=asynchronous) for _ in range(3)]
    assert answers == [500, 200, 200]
    assert len(seen) == 2, "the third is a duplicate"


@kinds
@pytest.mark.skipif(VERSION < (5, 0), reason="Django 5.0 has receivers that are coroutine functions")
def test_receivers_may_be_coroutine_functions(connect: Any, *, asynchronous: bool) -> None:
    seen: list[Any] = []

    async def receive(event: BounceEvent, **_: Any) -> None:
        await asyncio.sleep(0)
        seen.append(event)

    connect(tracking, receive)
    assert call(view_of(asynchronous=asynchronous), request("bounce"), asynchronous=asynchronous) == 200
    assert len(seen) == 1


def test_the_urls_take_what_the_settings_say(connect: Any) -> None:
    from importlib import import_module, reload

    with override_settings(POSTMARK_WEBHOOKS={"auth": AUTH}):
        urls = import_module("postmark_sdk.integrations.django.urls")
        (pattern,) = reload(urls).urlpatterns
    seen: list[Any] = []
    connect(tracking, lambda event, **_: seen.append(event))
    assert call(pattern.callback, request("bounce"), asynchronous=False) == 200
    assert len(seen) == 1
    assert (pattern.name, urls.app_name) == ("webhook", "postmark")
    stranger = request("bounce")
    del stranger.META["HTTP_AUTHORIZATION"]
    stranger.__dict__.pop("headers", None)
    assert call(pattern.callback, stranger, asynchronous=False) == 401
    with pytest.warns(OpenWebhookWarning):
        reload(urls)


@pytest.mark.parametrize("make", [webhook_view, async_webhook_view])
def test_no_login_and_no_csrf_token_is_asked_for(make: Any) -> None:
    view = make(signal_router(auth=AUTH))
    assert (view.csrf_exempt, view.login_required) == (True, False)

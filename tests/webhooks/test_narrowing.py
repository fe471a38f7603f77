"""Type checkers know what an event can be: this file is as much for them as for pytest."""

from __future__ import annotations

from typing_extensions import assert_never, assert_type

from postmark_sdk.webhooks import (
    BounceEvent,
    ClickEvent,
    DeliveryEvent,
    InboundEvent,
    OpenEvent,
    SmtpApiErrorEvent,
    SpamComplaintEvent,
    SubscriptionChangeEvent,
    UnknownEvent,
    WebhookAuth,
    WebhookEvent,
    WebhookRouter,
    parse,
)
from tests.webhooks.payloads import examples


def by_match(event: WebhookEvent) -> str | None:
    match event:
        case DeliveryEvent(recipient=recipient) | OpenEvent(recipient=recipient) | ClickEvent(recipient=recipient):
            return recipient
        case BounceEvent():
            assert_type(event, BounceEvent)
            return event.email
        case SpamComplaintEvent() | SmtpApiErrorEvent():
            return event.email
        case SubscriptionChangeEvent():
            return event.recipient
        case InboundEvent():
            return event.from_full.email
        case UnknownEvent():
            return None
        case _:
            assert_never(event)


def by_isinstance(event: WebhookEvent) -> str | None:
    if isinstance(event, BounceEvent | SpamComplaintEvent | SmtpApiErrorEvent):
        return event.email
    if isinstance(event, InboundEvent):
        return event.from_full.email
    if isinstance(event, UnknownEvent):
        return None
    assert_type(event, DeliveryEvent | OpenEvent | ClickEvent | SubscriptionChangeEvent)
    return event.recipient


def test_match_and_isinstance_tell_events_apart() -> None:
    found = [(by_match(event), by_isinstance(event)) for event in (parse(each.value) for each in examples())]
    assert all(one == other for one, other in found)
    assert {one for one, _ in found} >= {"recipient@example.org", "customer@example.org"}


def test_a_handler_takes_what_it_is_registered_for() -> None:
    router = WebhookRouter(auth=WebhookAuth(checked_elsewhere=True))
    seen: list[str | None] = []

    @router.on(BounceEvent)
    def one(event: BounceEvent) -> None:
        seen.append(event.email)

    @router.on(OpenEvent, ClickEvent)
    async def two(event: OpenEvent | ClickEvent) -> None:
        seen.append(event.platform)

    @router.on(DeliveryEvent, SubscriptionChangeEvent, InboundEvent)
    def three(event: DeliveryEvent | SubscriptionChangeEvent | InboundEvent) -> None:
        seen.append(event.message_id)

    @router.fallback
    def rest(event: WebhookEvent) -> None:
        seen.append(event.dedupe_key)

    for each in examples():
        assert router.handle(each.value, headers={}).status == 200
    assert len(seen) == len(examples())
    assert None not in (one, two, three, rest)

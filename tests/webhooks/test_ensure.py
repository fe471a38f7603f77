"""``webhooks.ensure`` against the emulator and a real receiver: what is wanted holds afterwards, and twice is once."""

from __future__ import annotations

import asyncio
import inspect
from typing import TYPE_CHECKING, Any

import pytest

pytest.importorskip("starlette", reason="the emulator needs its extra")

from postmark_sdk import AsyncPostmarkClient, InvalidMessageError, InvalidRequestError, PostmarkClient
from postmark_sdk._behavior.webhooks import AsyncWebhooksMixin, WebhooksMixin
from postmark_sdk._generated.models.webhook_list import load_webhook_list
from postmark_sdk._webhooks import ensure as planning
from postmark_sdk.emulator import Emulator
from postmark_sdk.integrations.wsgi import WebhookApp
from postmark_sdk.models import Webhook, WebhookContentTrigger, WebhookOpenTrigger, WebhookTriggers
from postmark_sdk.webhooks import Bounce, Delivery, WebhookAuth, WebhookChange, WebhookRouter
from tests.integrations.servers import wsgi_server

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    Ensure = Callable[..., WebhookChange]

PAIR = ("postmark", "webhook-password-for-examples")
OTHER = ("postmark", "another-password-for-examples")
AUTH = WebhookAuth(basic=[PAIR, OTHER], headers={"X-Secret": "secret-for-examples"})


@pytest.fixture(name="postmark", scope="module")
def _postmark() -> Iterator[Emulator]:
    with Emulator() as postmark:
        yield postmark


@pytest.fixture(name="client")
def _client(postmark: Emulator) -> Iterator[PostmarkClient]:
    postmark.reset()
    with PostmarkClient(postmark.server_token, base_url=postmark.base_url) as client:
        yield client


@pytest.fixture(name="ensure", params=["sync", "async"])
def _ensure(request: pytest.FixtureRequest, client: PostmarkClient, postmark: Emulator) -> Ensure:
    if request.param == "sync":
        return client.webhooks.ensure

    def ensure(url: str, **options: Any) -> WebhookChange:
        async def run() -> WebhookChange:
            async with AsyncPostmarkClient(postmark.server_token, base_url=postmark.base_url) as made:
                return await made.webhooks.ensure(url, **options)

        return asyncio.run(run())

    return ensure


@pytest.fixture(name="url", scope="module")
def _url() -> Iterator[str]:
    with wsgi_server(WebhookApp(WebhookRouter(auth=WebhookAuth(checked_elsewhere=True)))) as url:
        yield f"{url}/hooks"


@pytest.fixture(name="guarded", scope="module")
def _guarded() -> Iterator[str]:
    with wsgi_server(WebhookApp(WebhookRouter(auth=AUTH))) as url:
        yield f"{url}/hooks"


def enabled(change: WebhookChange) -> set[str]:
    triggers = change.webhook.triggers
    return {name for name in triggers.__wire__ if getattr(triggers, name).enabled}


def test_what_is_missing_is_created_and_then_left_alone(ensure: Ensure, url: str, client: PostmarkClient) -> None:
    first = ensure(url, triggers=["bounce", "SpamComplaint", Delivery])
    assert (first.created, first.changed, first.webhook.status) == (True, (), "verified")
    assert enabled(first) == {"bounce", "spam_complaint", "delivery"}
    again = ensure(url, triggers=["bounce", "SpamComplaint", Delivery])
    assert (again.created, again.changed, again.webhook) == (False, (), first.webhook)
    assert len(client.webhooks.list()) == 1


def test_triggers_become_those_that_are_named(ensure: Ensure, url: str) -> None:
    made = ensure(url, triggers=["bounce", "open"])
    change = ensure(url, triggers=[Bounce, "click"])
    assert (change.created, change.changed) == (False, ("triggers",))
    assert (enabled(change), change.webhook.id) == ({"bounce", "click"}, made.webhook.id)
    assert ensure(url, triggers=(Bounce, "click")).changed == ()


@pytest.mark.parametrize(
    "triggers",
    [
        {"bounce": {"include_content": True}, "open": {"post_first_open_only": True}},
        {"Bounce": {"Enabled": True, "IncludeContent": True}, "Open": {"Enabled": True, "PostFirstOpenOnly": True}},
        WebhookTriggers(
            bounce=WebhookContentTrigger(include_content=True), open=WebhookOpenTrigger(post_first_open_only=True)
        ),
    ],
    ids=["names", "wire", "model"],
)
def test_settings_of_triggers_are_part_of_what_is_wanted(ensure: Ensure, url: str, triggers: Any) -> None:
    ensure(url, triggers=["bounce"])
    change = ensure(url, triggers=triggers)
    assert change.changed == ("triggers",)
    assert change.webhook.triggers.bounce is not None
    assert change.webhook.triggers.open is not None
    assert (change.webhook.triggers.bounce.include_content, change.webhook.triggers.open.enabled) == (True, True)
    assert ensure(url, triggers=triggers).changed == ()


def test_credentials_are_those_that_the_router_checks(ensure: Ensure, guarded: str) -> None:
    first = ensure(guarded, triggers=["bounce"], auth=AUTH)
    assert first.webhook.http_auth is not None
    assert (first.webhook.http_auth.username, first.webhook.http_auth.password) == PAIR
    assert [(each.name, each.value) for each in first.webhook.http_headers or ()] == [
        ("X-Secret", "secret-for-examples")
    ]
    assert ensure(guarded, triggers=["bounce"], auth=AUTH).changed == ()
    assert ensure(guarded, triggers=["bounce"]).changed == ()
    assert ensure(guarded, triggers=["bounce"], auth=OTHER).changed == ("http_auth",)


def test_other_headers_of_the_webhook_stay(ensure: Ensure, guarded: str, client: PostmarkClient) -> None:
    made = ensure(guarded, triggers=["bounce"], auth=AUTH)
    client.webhooks.update(made.webhook.id, http_headers={"X-Stage": "test", "x-secret": "old"}, verify=False)
    change = ensure(guarded, triggers=["bounce"], auth=AUTH)
    assert change.changed == ("http_headers",)
    assert [(each.name, each.value) for each in change.webhook.http_headers or ()] == [
        ("X-Stage", "test"),
        ("X-Secret", "secret-for-examples"),
    ]


def test_a_webhook_is_found_by_its_url_without_credentials(ensure: Ensure, guarded: str) -> None:
    with_userinfo = guarded.replace("://", f"://{PAIR[0]}:{PAIR[1]}@")
    headers = WebhookAuth(headers={"X-Secret": "secret-for-examples"})
    made = ensure(with_userinfo, triggers=["bounce"], auth=headers)
    again = ensure(guarded, triggers=["bounce"], auth=headers)
    assert (again.created, again.webhook.id) == (False, made.webhook.id)
    moved = ensure(guarded + "?token=1", triggers=["bounce"], auth=AUTH)
    assert moved.created


def test_credentials_in_the_url_are_part_of_what_is_wanted(ensure: Ensure, guarded: str) -> None:
    with_userinfo = guarded.replace("://", f"://{PAIR[0]}:{PAIR[1]}@")
    headers = WebhookAuth(headers={"X-Secret": "secret-for-examples"})
    made = ensure(guarded, triggers=["bounce"], auth=headers, verify=False)
    change = ensure(with_userinfo, triggers=["bounce"], auth=headers)
    assert (change.changed, change.webhook.id, change.webhook.url) == (("url",), made.webhook.id, with_userinfo)
    assert ensure(with_userinfo, triggers=["bounce"], auth=headers).changed == ()


def test_a_url_that_cannot_be_taken_apart_is_compared_as_it_is() -> None:
    have = Webhook(id=1, url="http://[", message_stream="outbound", triggers=WebhookTriggers())
    want = planning.wanted("http://[", ["open"], None, "outbound", verify=None)
    assert planning.plan([have], want).webhook is have


def test_default_ports_make_no_difference() -> None:
    have = Webhook(id=1, url="https://Example.com:443", message_stream="outbound", triggers=WebhookTriggers())
    for url, found in (
        ("https://example.com/", True),
        ("http://example.com/", False),
        ("https://example.com:80", False),
    ):
        want = planning.wanted(url, ["open"], None, "outbound", verify=None)
        assert (planning.plan([have], want).webhook is have) is found


@pytest.mark.parametrize(
    "odd",
    [
        {"Triggers": None},
        {"Triggers": [1]},
        {"Triggers": {"Bounce": True}},
        {"HttpHeaders": 5},
        {"HttpHeaders": [None]},
        {"HttpAuth": "text"},
    ],
    ids=str,
)
def test_an_odd_answer_is_changed_and_not_an_error(odd: dict[str, Any]) -> None:
    row = {
        "ID": 7,
        "Url": "https://example.com/",
        "MessageStream": "outbound",
        "Status": "verified",
        "Triggers": {"Bounce": {"Enabled": True}},
        "HttpAuth": {"Username": PAIR[0], "Password": PAIR[1]},
        "HttpHeaders": [{"Name": "X-Secret", "Value": "secret-for-examples"}],
    }
    want = planning.wanted("https://example.com/", ["bounce"], AUTH, "outbound", verify=None)
    rows = load_webhook_list({"Webhooks": [None, 5, {**row, **odd}]})
    planned = planning.plan(rows, want)
    assert planned.webhook is rows.items[2]
    (name,) = odd
    assert planned.changed == ({"Triggers": "triggers", "HttpHeaders": "http_headers", "HttpAuth": "http_auth"}[name],)
    assert planning.plan(load_webhook_list({"Webhooks": [row]}), want).fields == {}


def test_another_stream_has_its_own_webhook(ensure: Ensure, url: str, client: PostmarkClient) -> None:
    ensure(url, triggers=["bounce"])
    assert ensure(url, triggers=["bounce"], message_stream="broadcast").created
    assert len(client.webhooks.list()) == 2


def test_a_webhook_that_failed_its_check_is_checked_again(ensure: Ensure, url: str) -> None:
    unchecked = ensure(url, triggers=["bounce"], verify=False)
    assert unchecked.webhook.status == "unverified"
    assert ensure(url, triggers=["bounce"], verify=False).changed == ()
    change = ensure(url, triggers=["bounce"])
    assert (change.changed, change.webhook.status) == (("status",), "verified")


def test_a_url_that_does_not_answer_is_an_error_and_nothing_is_saved(
    ensure: Ensure, guarded: str, client: PostmarkClient
) -> None:
    with pytest.raises(InvalidRequestError) as caught:
        ensure(guarded, triggers=["bounce"])
    assert caught.value.error_code == 1364
    assert len(client.webhooks.list()) == 0


@pytest.mark.parametrize(
    ("triggers", "message"),
    [
        ([], "none is named"),
        (["bouncing"], "no trigger 'bouncing'; there are open, click"),
        ({}, "none is named"),
        (None, "no trigger 'None'"),
        ({"bouncing": {}}, "no such field"),
        ({"bounce": {"include": True}}, "no such field"),
    ],
)
def test_a_trigger_that_does_not_exist_is_refused_before_anything_is_sent(
    ensure: Ensure, triggers: Any, message: str
) -> None:
    with pytest.raises(InvalidMessageError, match=message):
        ensure("http://127.0.0.1:9/nobody", triggers=triggers)


def test_both_clients_have_the_same_method() -> None:
    one, other = inspect.signature(WebhooksMixin.ensure), inspect.signature(AsyncWebhooksMixin.ensure)
    assert one == other
    assert WebhooksMixin.ensure.__doc__ == AsyncWebhooksMixin.ensure.__doc__

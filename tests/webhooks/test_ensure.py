"""``webhooks.ensure`` against the emulator and a real receiver: what is wanted holds afterwards, and twice is once."""

from __future__ import annotations

import asyncio
import inspect
import json
import logging
from typing import TYPE_CHECKING, Any

import httpx
import pytest

pytest.importorskip("starlette", reason="the emulator needs its extra")

from postmark_sdk import AsyncPostmarkClient, InvalidMessageError, InvalidRequestError, PostmarkClient
from postmark_sdk._behavior.webhooks import AsyncWebhooksMixin, WebhooksMixin
from postmark_sdk._generated.models.webhook_list import load_webhook_list
from postmark_sdk._webhooks import ensure as planning
from postmark_sdk.emulator import Emulator
from postmark_sdk.integrations.wsgi import WebhookApp
from postmark_sdk.models import Webhook, WebhookContentTrigger, WebhookOpenTrigger, WebhookTriggers
from postmark_sdk.webhooks import BounceEvent, DeliveryEvent, InboundEvent, WebhookAuth, WebhookChange, WebhookRouter
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
    first = ensure(url, triggers=["bounce", "SpamComplaint", DeliveryEvent])
    assert (first.created, first.changed, first.webhook.status) == (True, (), "verified")
    assert enabled(first) == {"bounce", "spam_complaint", "delivery"}
    again = ensure(url, triggers=["bounce", "SpamComplaint", DeliveryEvent])
    assert (again.created, again.changed, again.webhook) == (False, (), first.webhook)
    assert len(client.webhooks.list()) == 1


def test_triggers_become_those_that_are_named(ensure: Ensure, url: str) -> None:
    made = ensure(url, triggers=["bounce", "open"])
    change = ensure(url, triggers=[BounceEvent, "click"])
    assert (change.created, change.changed) == (False, ("triggers",))
    assert (enabled(change), change.webhook.id) == ({"bounce", "click"}, made.webhook.id)
    assert ensure(url, triggers=(BounceEvent, "click")).changed == ()


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
    assert planning.find([have], want) is have


def test_default_ports_make_no_difference() -> None:
    have = Webhook(id=1, url="https://Example.com:443", message_stream="outbound", triggers=WebhookTriggers())
    for url, found in (
        ("https://example.com/", True),
        ("http://example.com/", False),
        ("https://example.com:80", False),
    ):
        want = planning.wanted(url, ["open"], None, "outbound", verify=None)
        assert (planning.find([have], want) is have) is found


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
    webhook = planning.find(rows, want)
    assert webhook is not None
    assert webhook is rows.items[2]
    (name,) = odd
    changes = planning.changes_of(webhook, want)
    assert list(changes) == [{"Triggers": "triggers", "HttpHeaders": "http_headers", "HttpAuth": "http_auth"}[name]]
    assert planning.changes_of(load_webhook_list({"Webhooks": [row]}).items[0], want) == {}


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
        ([InboundEvent], r"client\.server\.update\(inbound_hook_url=\.\.\.\)"),
        ({"inbound": {}}, "no trigger is for inbound mail"),
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
    text = inspect.getdoc(WebhooksMixin.ensure)
    assert text is not None
    assert text.startswith("Create the webhook")
    assert text == inspect.getdoc(AsyncWebhooksMixin.ensure)


class Disputed:
    """A Postmark of which it can be said how it reads what its documents leave open."""

    def __init__(self, *, merges: bool, put_verifies: bool) -> None:
        self.merges = merges
        self.put_verifies = put_verifies
        self.asked: list[str] = []
        self.answers = True
        self.webhook: dict[str, Any] = {
            "ID": 7,
            "Url": "https://hooks.example.com/",
            "MessageStream": "outbound",
            "Status": "verified",
            "HttpAuth": {"Username": PAIR[0], "Password": PAIR[1]},
            "HttpHeaders": [{"Name": "X-Stage", "Value": "test"}],
            "Triggers": {
                "Bounce": {"Enabled": True, "IncludeContent": True},
                "Open": {"Enabled": True, "PostFirstOpenOnly": True},
                "Click": {"Enabled": False},
                "Reply": {"Enabled": True},
            },
        }
        self.statuses = {"Bounce": "verified", "Open": "verified", "Reply": "verified"}

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(f"{request.method} {request.url.path}")
        if request.url.path.endswith("/statistics"):
            return httpx.Response(200, json={"WebhookId": 7, "Statuses": self.statuses})
        if request.url.path.endswith("/verify"):
            self._verify()
            report = {"Id": 7, "Success": self.answers, "Results": [], "Message": "as told"}
            return httpx.Response(200, json=report)
        if request.method == "PUT":
            self._put(json.loads(request.content))
        if request.url.path == "/webhooks":
            return httpx.Response(200, json={"Webhooks": [self.webhook]})
        return httpx.Response(200, json=self.webhook)

    def _put(self, body: dict[str, Any]) -> None:
        body.pop("Verify", None)
        if self.merges:
            body["Triggers"] = {**self.webhook["Triggers"], **body.get("Triggers", {})}
            self.webhook.update(body)
        else:
            kept = {name: self.webhook[name] for name in ("ID", "MessageStream", "Status")}
            self.webhook = {"HttpAuth": None, "HttpHeaders": [], "Triggers": {}, **body, **kept}
        if self.put_verifies:
            self._verify()
        else:
            self.statuses = {kind: self.statuses.get(kind, "unverified") for kind in self._enabled()}

    def _verify(self) -> None:
        self.statuses = dict.fromkeys(self._enabled(), "verified" if self.answers else "unverified")
        self.webhook["Status"] = "verified" if self.answers else "unverified"

    def _enabled(self) -> list[str]:
        return [kind for kind, members in self.webhook["Triggers"].items() if members.get("Enabled")]

    def ensure(self, *, asynchronous: bool, **options: Any) -> WebhookChange:
        transport = httpx.MockTransport(self)
        if not asynchronous:
            with PostmarkClient("token-for-examples", http_client=httpx.Client(transport=transport)) as client:
                return client.webhooks.ensure("https://hooks.example.com/", **options)

        async def run() -> WebhookChange:
            http = httpx.AsyncClient(transport=transport)
            async with AsyncPostmarkClient("token-for-examples", http_client=http) as client:
                return await client.webhooks.ensure("https://hooks.example.com/", **options)

        return asyncio.run(run())


@pytest.fixture(name="disputed", params=[(True, True), (True, False), (False, True), (False, False)], ids=str)
def _disputed(request: pytest.FixtureRequest) -> Disputed:
    merges, put_verifies = request.param
    return Disputed(merges=merges, put_verifies=put_verifies)


@pytest.mark.parametrize("asynchronous", [False, True])
def test_a_change_is_whole_and_verified_whatever_a_put_means(disputed: Disputed, *, asynchronous: bool) -> None:
    change = disputed.ensure(asynchronous=asynchronous, triggers={"bounce": {"enabled": True}, "click": {}})
    assert disputed.webhook["Triggers"] == {
        "Bounce": {"Enabled": True, "IncludeContent": True},
        "Open": {"Enabled": False, "PostFirstOpenOnly": True},
        "Click": {"Enabled": True},
        "Reply": {"Enabled": True},
    }
    assert disputed.webhook["HttpAuth"] == {"Username": PAIR[0], "Password": PAIR[1]}
    assert disputed.webhook["HttpHeaders"] == [{"Name": "X-Stage", "Value": "test"}]
    assert disputed.statuses == dict.fromkeys(["Bounce", "Click", "Reply"], "verified")
    assert change.changed[0] == "triggers"
    assert change.unverified == ()
    disputed.asked.clear()
    again = disputed.ensure(asynchronous=asynchronous, triggers=["bounce", "click"])
    assert (again.created, again.changed) == (False, ())
    assert disputed.asked == ["GET /webhooks", "GET /webhooks/7/statistics"]


@pytest.mark.parametrize("asynchronous", [False, True])
def test_a_paused_trigger_is_verified_again(disputed: Disputed, *, asynchronous: bool) -> None:
    disputed.statuses["Bounce"] = "unverified"
    change = disputed.ensure(asynchronous=asynchronous, triggers=["bounce", "open"])
    assert (change.changed, change.unverified) == (("status",), ())
    assert disputed.statuses["Bounce"] == "verified"
    assert not any(asked.startswith("PUT") for asked in disputed.asked)


def test_a_pause_of_a_trigger_that_nobody_wants_is_left_alone(disputed: Disputed) -> None:
    disputed.statuses["Reply"] = "unverified"
    assert disputed.ensure(asynchronous=False, triggers=["bounce", "open"]).changed == ()
    assert not any(asked.startswith("POST") for asked in disputed.asked)


@pytest.mark.parametrize("status", ["verified", "unverified"])
def test_what_cannot_be_verified_is_told(disputed: Disputed, status: str, caplog: pytest.LogCaptureFixture) -> None:
    disputed.answers = False
    disputed.statuses["Bounce"] = "unverified"
    disputed.webhook["Status"] = status
    with caplog.at_level(logging.WARNING):
        change = disputed.ensure(asynchronous=False, triggers=["bounce", "open"])
    assert (change.changed, change.unverified) == ((), ("open", "bounce"))
    assert change.webhook.status == "unverified"
    assert "webhook 7 gets nothing for open, bounce" in caplog.text
    with pytest.raises(InvalidRequestError, match="gets nothing for open, bounce") as caught:
        disputed.ensure(asynchronous=True, triggers=["bounce", "open"], verify=True)
    assert (caught.value.error_code, caught.value.operation) == (1364, "webhooks.verify")


def test_nothing_is_verified_where_that_is_not_wanted(disputed: Disputed) -> None:
    disputed.webhook["Status"] = "unverified"
    change = disputed.ensure(asynchronous=False, triggers=["bounce", "open"], verify=False)
    assert (change.changed, change.unverified) == ((), ("open", "bounce"))
    assert disputed.asked == ["GET /webhooks"]


def test_a_paused_trigger_of_the_emulator_is_woken(ensure: Ensure, url: str, postmark: Emulator) -> None:
    made = ensure(url, triggers=["bounce", "delivery"])
    postmark.pause_webhook(made.webhook.id, "Bounce")
    change = ensure(url, triggers=["bounce", "delivery"])
    assert (change.changed, change.unverified) == (("status",), ())
    assert ensure(url, triggers=["bounce", "delivery"]).changed == ()


def test_a_webhook_that_leads_away_from_the_emulator_can_be_ensured_again_and_again(ensure: Ensure) -> None:
    for created in (True, False):
        change = ensure("https://192.0.2.1/hooks", triggers=["bounce"])
        assert (change.created, change.changed, change.unverified) == (created, (), ("bounce",))

"""What nobody knows of Postmark, or what depends on the account, can be switched on to be tried."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from postmark_sdk import PostmarkClient, RateLimitError
from postmark_sdk.emulator import Emulator, EmulatorError
from postmark_sdk.emulator.webhooks.post import Outcome

if TYPE_CHECKING:
    from collections.abc import MutableSequence

TEMPLATED = {
    "From": "a@example.com",
    "To": "b@example.org",
    "TemplateAlias": "welcome",
    "TemplateModel": {"name": "Ada"},
}
BULK = {"From": "a@example.com", "Subject": "s", "TextBody": "t", "Messages": [{"To": "b@example.org"}]}


@pytest.mark.parametrize(
    "path", ["/email", "/email/batch", "/email/withTemplate", "/email/batchWithTemplates", "/email/bulk"]
)
def test_an_address_that_is_not_on_the_allow_list_may_not_send(
    postmark: Emulator, api: httpx.Client, email: dict[str, Any], path: str
) -> None:
    bodies = {
        "/email": email,
        "/email/batch": [email],
        "/email/withTemplate": TEMPLATED,
        "/email/batchWithTemplates": {"Messages": [TEMPLATED]},
        "/email/bulk": BULK,
    }
    assert api.post(path, json=bodies[path]).status_code == 200
    postmark.change_settings(ip_allowed=False)
    answer = api.post(path, json=bodies[path])
    assert (answer.status_code, answer.json()["ErrorCode"]) == (403, 1480)
    assert postmark.refusals(limit=1)[0]["ErrorCode"] == 1480
    assert api.get("/server").status_code == 200


def test_requests_beyond_the_limit_are_told_so_until_the_second_is_over(
    postmark: Emulator, api: httpx.Client, email: dict[str, Any]
) -> None:
    postmark.freeze_clock()
    postmark.change_settings(rate_limit=3)
    assert [api.post("/email", json=email).status_code for _ in range(5)] == [200, 200, 200, 429, 429]
    answer = api.get("/server")
    assert (answer.status_code, answer.json()["ErrorCode"]) == (429, 429)
    assert "retry-after" not in answer.headers
    postmark.advance(1)
    assert api.get("/server").status_code == 200
    assert postmark.counters()["Accepted"] == 3


def test_a_client_reads_a_rate_limit_as_one(postmark: Emulator) -> None:
    postmark.freeze_clock()
    postmark.change_settings(rate_limit=1)
    with PostmarkClient(postmark.server_token, base_url=postmark.base_url, retries=0) as postmark_client:
        assert postmark_client.server.get().name == "Emulator"
        with pytest.raises(RateLimitError) as caught:
            postmark_client.server.get()
    assert caught.value.retry_after is None


def test_what_was_sent_is_found_after_the_delay(postmark: Emulator, api: httpx.Client, email: dict[str, Any]) -> None:
    postmark.freeze_clock()
    postmark.change_settings(search_delay=30)
    id_ = api.post("/email", json={**email, "Tag": "late"}).json()["MessageID"]

    def found() -> tuple[int, list[int]]:
        listed = api.get("/messages/outbound", params={"count": 5, "offset": 0, "tag": "late"}).json()
        paths = [f"/messages/outbound/{id_}/{part}" for part in ("details", "dump")]
        return listed["TotalCount"], [api.get(path).status_code for path in paths]

    assert found() == (0, [422, 422])
    assert api.get(f"/messages/outbound/{id_}/details").json()["ErrorCode"] == 701
    assert [message.message_id for message in postmark.sent()] == [id_]
    postmark.advance(29)
    assert found() == (0, [422, 422])
    postmark.advance(1)
    assert found() == (1, [200, 200])


class Backwards:
    """Dice that turn round what they are to shuffle."""

    def shuffle(self, rows: MutableSequence[Any]) -> None:
        rows.reverse()


@pytest.mark.parametrize("shuffled", [False, True])
def test_webhooks_that_are_due_together_come_in_any_order(
    postmark: Emulator,
    api: httpx.Client,
    receiver: Any,
    email: dict[str, Any],
    monkeypatch: pytest.MonkeyPatch,
    *,
    shuffled: bool,
) -> None:
    came: list[str] = []

    async def taken(_url: str, _headers: dict[str, str], body: bytes, **_: Any) -> Outcome:
        came.append(json.loads(body)["RecordType"])
        return Outcome(200, 1.0, "", None)

    triggers = {kind: {"Enabled": True} for kind in ("Bounce", "SubscriptionChange")}
    assert api.post("/webhooks", json={"Url": receiver.url(), "Triggers": triggers}).status_code == 200
    id_ = api.post("/email", json=email).json()["MessageID"]
    monkeypatch.setattr("postmark_sdk.emulator.webhooks.delivery.post", taken)
    monkeypatch.setattr(postmark.state, "dice", Backwards())
    postmark.change_settings(shuffle_webhooks=shuffled)
    postmark.bounce(id_)
    postmark.settle()
    assert came == (["SubscriptionChange", "Bounce"] if shuffled else ["Bounce", "SubscriptionChange"])


def test_the_object_is_told_when_it_is_made() -> None:
    with Emulator(search_delay=5, rate_limit=7, shuffle_webhooks=True) as postmark:
        settings = postmark.state.settings
        assert (settings.search_delay, settings.rate_limit, settings.shuffle_webhooks) == (5, 7, True)


@pytest.mark.parametrize(
    "wrong", [{"rate_limit": -1}, {"rate_limit": 1.5}, {"search_delay": -1}, {"shuffle_webhooks": 1}]
)
def test_wrong_settings_are_refused_when_it_is_made_and_later(postmark: Emulator, wrong: dict[str, Any]) -> None:
    with httpx.Client(base_url=f"{postmark.base_url}/_emulator", trust_env=False, timeout=60) as control:
        assert control.post("/settings", json=wrong).json()["ErrorCode"] == 403
    with pytest.raises(EmulatorError, match=next(iter(wrong))):
        Emulator(**wrong)

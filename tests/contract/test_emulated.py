"""Every operation, in both worlds, against the emulator: one story in which each call finds what earlier ones made."""

from __future__ import annotations

import asyncio
import operator
import warnings
from typing import Any

import pytest

pytest.importorskip("starlette", reason="the emulator needs its extra")

from postmark_sdk import AsyncPostmarkClient, InvalidRequestError, PostmarkClient
from postmark_sdk._generated.operations import OPERATIONS
from postmark_sdk.emulator import Emulator

from .worlds import WORLDS

_MAIL: dict[str, Any] = {
    "from_": "sender@example.com",
    "to": "ada@example.com",
    "subject": "Hello",
    "text_body": "Hello.",
}
_LINK = "https://example.com/invoice"
_INBOUND: dict[str, Any] = {"From": "ada@example.com", "Subject": "A question", "TextBody": "Why?"}


class _Teller:
    """Makes calls and remembers which; a refusal has to be the one expected."""

    def __init__(self, world: str, emulator: Emulator) -> None:
        self.world = world
        self.emulator = emulator
        self.told: set[str] = set()

    def __call__(self, name: str, /, *given: Any, refused: int | None = None, **fields: Any) -> Any:
        self.told.add(OPERATIONS[name].id)
        answer, error = None, None
        try:
            answer = self._answer(operator.attrgetter(OPERATIONS[name].label), given, fields)
        except InvalidRequestError as refusal:
            error = refusal
        assert (error and error.error_code) == refused, error
        assert error is None or (error.error_code in OPERATIONS[name].errors and error.hint)
        return answer

    def _answer(self, method: operator.attrgetter[Any], given: tuple[Any, ...], fields: dict[str, Any]) -> Any:
        options: dict[str, Any] = {
            "server_token": self.emulator.server_token,
            "account_token": self.emulator.account_token,
            "base_url": self.emulator.base_url,
        }
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)
            if self.world == "async":
                return asyncio.run(self._answer_async(options, method, given, fields))
            with PostmarkClient(**options) as client:
                return method(client)(*given, **fields)

    async def _answer_async(
        self, options: dict[str, Any], method: operator.attrgetter[Any], given: tuple[Any, ...], fields: dict[str, Any]
    ) -> Any:
        async with AsyncPostmarkClient(**options) as client:
            return await method(client)(*given, **fields)


def _sending(call: _Teller) -> str:
    sent = call("emails_send", **_MAIL, html_body=f'<a href="{_LINK}">It</a>', track_opens=True, track_links="HtmlOnly")
    assert sent.success
    assert [result.success for result in call("emails_send_batch", [_MAIL, {**_MAIL, "to": "nobody@localhost"}])] == [
        True,
        False,
    ]
    job = call(
        "emails_send_bulk",
        **{**{key: value for key, value in _MAIL.items() if key != "to"}, "messages": [{"to": "ada@example.com"}]},
    )
    assert call("emails_get_bulk", job.id).id == job.id
    assert [each.id for each in call("emails_list_bulk")] == [job.id]
    message_id: str = sent.message_id
    return message_id


def _templates(call: _Teller, other_server: int) -> None:
    made = call("templates_create", name="Hello", alias="hello", subject="Hello {{name}}", text_body="Hello {{name}}.")
    mail: dict[str, Any] = {"from_": "sender@example.com", "to": "ada@example.com", "template_alias": "hello"}
    assert call("emails_send_with_template", **mail, template_model={"name": "Ada"}).success
    assert call("emails_send_batch_with_templates", [{**mail, "template_model": {}}])[0].success
    assert made.template_id in [each.template_id for each in call("templates_list")]
    assert call("templates_get", "hello").subject == "Hello {{name}}"
    assert call("templates_update", "hello", name="Greeting").name == "Greeting"
    assert call("templates_validate", text_body="{{name}}").suggested_template_model == {"name": "name_Value"}
    source = call("server_get").id
    pushed = call("templates_push", source_server_id=source, destination_server_id=other_server, perform_changes=False)
    assert "hello" in [each.alias for each in pushed]
    call("templates_delete", "hello")


def _streams(call: _Teller) -> None:
    call("message_streams_create", id="news", name="News", message_stream_type="Broadcasts")
    assert "news" in [each.id for each in call("message_streams_list")]
    assert call("message_streams_get", "news").archived_at is None
    assert call("message_streams_update", "news", name="The news").name == "The news"
    assert call("message_streams_archive", "news").expected_purge_date
    assert call("message_streams_unarchive", "news").archived_at is None
    assert call("suppressions_create", "news", ["bob@example.com"]).items[0].status == "Suppressed"
    assert [each.email_address for each in call("suppressions_list", "news")] == ["bob@example.com"]
    assert call("suppressions_delete", "news", ["bob@example.com"]).items[0].status == "Deleted"


def _events(call: _Teller, message_id: str) -> None:
    call.emulator.open(message_id)
    call.emulator.click(message_id, _LINK)
    call.emulator.bounce(message_id)
    assert message_id in [each.message_id for each in call("outbound_list")]
    assert {"Opened", "LinkClicked", "Bounced"} <= {
        each.type for each in call("outbound_get", message_id).message_events
    }
    assert _LINK in call("outbound_get_dump", message_id).body
    for several, one in (("opens", "message_opens"), ("clicks", "message_clicks")):
        assert [each.message_id for each in call(f"outbound_list_{several}")] == [message_id]
        assert [each.message_id for each in call(f"outbound_list_{one}", message_id)] == [message_id]
    (bounce,) = call("bounces_list")
    assert call("bounces_get", bounce.id).type == "HardBounce"
    call("bounces_get_dump", bounce.id)
    assert call("bounces_activate", bounce.id).bounce.inactive is False
    assert call("bounces_get_delivery_stats").bounces[0].name == "All"
    assert isinstance(call("bounces_list_tags"), list)


def _inbound(call: _Teller) -> None:
    call.emulator.inbound(_INBOUND)
    (message,) = call("inbound_list")
    assert call("inbound_get", message.message_id).subject == "A question"
    call("inbound_bypass", message.message_id, refused=701)
    call("inbound_retry", message.message_id, refused=701)
    rule = call("inbound_rules_create", rule="spam.example.com")
    assert [each.rule for each in call("inbound_rules_list")] == ["spam.example.com"]
    call("inbound_rules_delete", rule.id)


def _triggers(call: _Teller) -> None:
    trigger = call("tag_triggers_create", match_name="welcome", track_opens=True)
    assert [each.id for each in call("tag_triggers_list")] == [trigger.id]
    assert call("tag_triggers_get", trigger.id).match_name == "welcome"
    assert call("tag_triggers_update", trigger.id, match_name="hello").match_name == "hello"
    call("tag_triggers_delete", trigger.id)


def _webhooks(call: _Teller) -> None:
    webhook = call("webhooks_create", url="http://127.0.0.1:9/hook", triggers={"open": {"enabled": True}}, verify=False)
    assert [each.id for each in call("webhooks_list")] == [webhook.id]
    assert call("webhooks_get", webhook.id).triggers.open.enabled
    assert call(
        "webhooks_update", webhook.id, triggers={"click": {"enabled": True}}, verify=False
    ).triggers.open.enabled
    assert call("webhooks_verify", webhook.id).success is False
    assert call("webhooks_get_statistics", webhook.id).webhook_id == webhook.id
    call("webhooks_delete", webhook.id)


def _stats(call: _Teller) -> None:
    assert call("stats_overview").sent > 0
    for name in OPERATIONS:
        if name.startswith("stats_"):
            call(name)


def _servers(call: _Teller) -> int:
    server = call("servers_create", name="Another", color="red")
    assert server.id in [each.id for each in call("servers_list")]
    assert call("servers_get", server.id).name == "Another"
    assert call("servers_update", server.id, name="Other").name == "Other"
    assert call("server_update", track_opens=False).track_opens is False
    number: int = server.id
    return number


def _senders(call: _Teller) -> None:
    domain = call("domains_create", name="example.net").id
    assert domain in [each.id for each in call("domains_list")]
    for verb in ("get", "verify_dkim", "verify_return_path", "rotate_dkim"):
        assert call(f"domains_{verb}", domain).id == domain
    call("domains_verify_spf", domain)
    assert call("domains_update", domain, return_path_domain="pm.example.net").return_path_domain == "pm.example.net"
    call("domains_delete", domain)
    signature = call("sender_signatures_create", from_email="ada@example.org", name="Ada").id
    assert signature in [each.id for each in call("sender_signatures_list")]
    assert call("sender_signatures_get", signature).confirmed is False
    assert call("sender_signatures_update", signature, name="Ada L").name == "Ada L"
    call("sender_signatures_request_new_dkim", signature, refused=505)
    for verb in ("resend_confirmation", "verify_spf", "delete"):
        call(f"sender_signatures_{verb}", signature)


def _removals(call: _Teller) -> None:
    made = call(
        "data_removals_create",
        requested_by="ada@example.com",
        requested_for="bob@example.com",
        notify_when_completed=False,
    )
    assert call("data_removals_get", made.id).status in {"Pending", "Done"}


@pytest.mark.parametrize("world", WORLDS)
def test_every_operation_works_against_the_emulator(world: str) -> None:
    with Emulator() as emulator:
        call = _Teller(world, emulator)
        message_id = _sending(call)
        other_server = _servers(call)
        _templates(call, other_server)
        _streams(call)
        _events(call, message_id)
        for part in (_inbound, _triggers, _webhooks, _stats, _senders, _removals):
            part(call)
        call("servers_delete", other_server)
    assert call.told == set(OPERATIONS)

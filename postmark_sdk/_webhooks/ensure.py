"""What has to change for a webhook to be as wanted. No I/O."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import urlsplit, urlunsplit

from .._core.bodies import coerce
from .._generated.models.webhook_triggers import WebhookTriggers, dump_webhook_triggers
from ..errors import InvalidMessageError, Problem
from .auth import WebhookAuth

if TYPE_CHECKING:
    from .._generated.models.webhook import Webhook

_UNVERIFIED = "unverified"


class WebhookChange(NamedTuple):
    """What ``webhooks.ensure`` did."""

    webhook: Webhook
    """The webhook as it is now."""
    created: bool
    """Whether there was none before."""
    changed: tuple[str, ...]
    """What was not as wanted, of ``url``, ``triggers``, ``http_auth``, ``http_headers`` and ``status``."""


class Wanted(NamedTuple):
    """The state that is to hold; None for what does not matter."""

    url: str
    triggers: dict[str, Any]
    auth: tuple[str, str] | None
    headers: Mapping[str, str]
    message_stream: str
    verify: bool | None


class Plan(NamedTuple):
    """What to send."""

    webhook: Webhook | None
    fields: dict[str, Any]


def wanted(url: str, triggers: Any, auth: Any, message_stream: str, *, verify: bool | None) -> Wanted:
    """The state as the caller wrote it.

    Raises:
        InvalidMessageError: An unknown trigger, or none; credentials of the wrong form.
    """
    pair, headers = _credentials(auth)
    return Wanted(url, _triggers(triggers), pair, headers, message_stream, verify)


def _credentials(auth: Any) -> tuple[tuple[str, str] | None, Mapping[str, str]]:
    if auth is None:
        return None, {}
    if not isinstance(auth, WebhookAuth):
        auth = WebhookAuth(basic=auth)
    return auth.to_send  # type: ignore[no-any-return]  # Any by isinstance on Any


def _triggers(given: Any) -> dict[str, Any]:
    """Every trigger with what it is to be; one that was not named is to be off."""
    off: dict[str, Any] = {wire: {"Enabled": False} for wire in WebhookTriggers.__wire__.values()}
    if isinstance(given, WebhookTriggers | Mapping):
        return {**off, **_from_model(given)}
    names = [given] if isinstance(given, str) else list(given)
    wires = {**{name: name for name in off}, **WebhookTriggers.__wire__}
    problems = [Problem("triggers", _unknown(name)) for name in names if _named(name) not in wires]
    if problems or not names:
        raise InvalidMessageError(problems or [Problem("triggers", "none is named, so the webhook would do nothing")])
    return {**off, **{wires[_named(name)]: {"Enabled": True} for name in names}}


def _named(trigger: Any) -> str:
    """A trigger's name; a kind of event stands for its trigger."""
    return str(getattr(trigger, "__kind__", trigger))


def _unknown(name: Any) -> str:
    return f"no trigger {_named(name)!r}; there are {', '.join(WebhookTriggers.__wire__)}"


def _from_model(given: Any) -> dict[str, Any]:
    found: list[Problem] = []
    model = coerce(WebhookTriggers, given, "triggers", found)
    if found or not isinstance(model, WebhookTriggers):
        raise InvalidMessageError(found)
    return {
        wire: {"Enabled": True, **members} if members else members
        for wire, members in dump_webhook_triggers(model).items()
    }


def plan(existing: Iterable[Webhook], want: Wanted) -> Plan:
    """What to create or change; a webhook is the same one if it has the same URL on the same stream."""
    found = [one for one in existing if _same(one, want)]
    if not found:
        return Plan(None, _creation(want))
    webhook = found[0]
    return Plan(webhook, _changes(webhook, want))


def _same(webhook: Webhook, want: Wanted) -> bool:
    return webhook.message_stream == want.message_stream and _bare(webhook.url) == _bare(want.url)


def _bare(url: Any) -> str:
    """A URL without user and password, and without what makes no difference."""
    try:
        parts = urlsplit(str(url))
    except ValueError:
        return str(url)
    host = parts.netloc.rpartition("@")[2].lower()
    return urlunsplit((parts.scheme.lower(), host, parts.path or "/", parts.query, ""))


def _user(url: Any) -> str:
    """User and password in a URL, empty if there are none."""
    return str(url).partition("://")[2].partition("/")[0].rpartition("@")[0]


def _creation(want: Wanted) -> dict[str, Any]:
    fields: dict[str, Any] = {
        "url": want.url,
        "message_stream": want.message_stream,
        "triggers": {wire: members for wire, members in want.triggers.items() if members.get("Enabled")},
    }
    if want.auth:
        fields["http_auth"] = {"username": want.auth[0], "password": want.auth[1]}
    if want.headers:
        fields["http_headers"] = dict(want.headers)
    return fields if want.verify is None else {**fields, "verify": want.verify}


def _changes(webhook: Webhook, want: Wanted) -> dict[str, Any]:
    fields: dict[str, Any] = {}
    if _user(want.url) and _user(want.url) != _user(webhook.url):
        fields["url"] = want.url
    fields.update(_changed_triggers(webhook, want), **_changed_credentials(webhook, want))
    if not fields and webhook.status == _UNVERIFIED and want.verify is not False:
        fields["status"] = _UNVERIFIED
    return fields


def _changed_triggers(webhook: Webhook, want: Wanted) -> dict[str, Any]:
    present = dump_webhook_triggers(webhook.triggers)
    changed = {}
    for wire, members in want.triggers.items():
        now = present.get(wire) or {}
        if any((now.get(name) or False) != value for name, value in members.items()):
            changed[wire] = members
    return {"triggers": changed} if changed else {}


def _changed_credentials(webhook: Webhook, want: Wanted) -> dict[str, Any]:
    fields: dict[str, Any] = {}
    auth = webhook.http_auth
    if want.auth and want.auth != (getattr(auth, "username", None), getattr(auth, "password", None)):
        fields["http_auth"] = {"username": want.auth[0], "password": want.auth[1]}
    present = [(str(header.name), str(header.value)) for header in webhook.http_headers or ()]
    lower = {name.lower(): value for name, value in present}
    if any(lower.get(name.lower()) != value for name, value in want.headers.items()):
        names = {name.lower() for name in want.headers}
        fields["http_headers"] = [pair for pair in present if pair[0].lower() not in names] + list(want.headers.items())
    return fields


def update_fields(planned: Plan, want: Wanted) -> dict[str, Any]:
    """The body of the change. A webhook that only failed its check is sent its own URL: that checks it again."""
    fields = {name: value for name, value in planned.fields.items() if name != "status"} or {"url": want.url}
    return fields if want.verify is None else {**fields, "verify": want.verify}

"""What has to change for a webhook to be as wanted. No I/O."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple
from urllib.parse import urlsplit, urlunsplit

from .._core.body.coerce import coerce
from .._generated.models.header import Header
from .._generated.models.webhook import Webhook
from .._generated.models.webhook_triggers import WebhookTriggers, dump_webhook_triggers
from ..errors import InvalidMessageError, Problem
from .auth import WebhookAuth

_UNVERIFIED = "unverified"
_NONE_NAMED = "none is named, so the webhook would do nothing"
_DEFAULT_PORTS = {"https": ":443", "http": ":80"}


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
    """What to send, to create a webhook if there is none, else to change it; nothing where there are no fields."""

    webhook: Webhook | None
    changed: tuple[str, ...]
    fields: dict[str, Any]

    def done(self, webhook: Webhook) -> WebhookChange:
        """What was done, with the webhook as it is now."""
        return WebhookChange(webhook, created=self.webhook is None, changed=self.changed)


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
    names = [given] if isinstance(given, str) or not isinstance(given, Iterable) else list(given)
    wires = {**{name: name for name in off}, **WebhookTriggers.__wire__}
    problems = [Problem("triggers", _unknown(name)) for name in names if _named(name) not in wires]
    if problems or not names:
        raise InvalidMessageError(problems or [Problem("triggers", _NONE_NAMED)])
    return {**off, **{wires[_named(name)]: {"Enabled": True} for name in names}}


def _named(trigger: Any) -> str:
    """A trigger's name; a kind of event stands for its trigger."""
    return str(getattr(trigger, "__kind__", trigger))


def _unknown(name: Any) -> str:
    return f"no trigger {_named(name)!r}; there are {', '.join(WebhookTriggers.__wire__)}"


def _from_model(given: Any) -> dict[str, Any]:
    found: list[Problem] = []
    model = coerce(WebhookTriggers, given, "triggers", found)
    if found:
        raise InvalidMessageError(found)
    members = dump_webhook_triggers(model)
    if not members:
        raise InvalidMessageError([Problem("triggers", _NONE_NAMED)])
    return {wire: {"Enabled": True, **each} for wire, each in members.items()}


def plan(existing: Iterable[Webhook], want: Wanted) -> Plan:
    """What to create or change; a webhook is the same one if it has the same URL on the same stream."""
    webhook = next((one for one in existing if _same(one, want)), None)
    if webhook is None:
        return Plan(None, (), _checked_or_not(_creation(want), want))
    changes = _changes(webhook, want)
    if not changes and webhook.status == _UNVERIFIED and want.verify is not False:
        # Its own URL checks it again.
        return Plan(webhook, ("status",), _checked_or_not({"url": want.url}, want))
    return Plan(webhook, tuple(changes), _checked_or_not(changes, want) if changes else {})


def _checked_or_not(fields: dict[str, Any], want: Wanted) -> dict[str, Any]:
    return fields if want.verify is None else {**fields, "verify": want.verify}


def _same(webhook: Any, want: Wanted) -> bool:
    if not isinstance(webhook, Webhook):  # what could not be read as one
        return False
    return webhook.message_stream == want.message_stream and _bare(webhook.url) == _bare(want.url)


def _bare(url: Any) -> str:
    """A URL without user and password, and without what makes no difference."""
    try:
        parts = urlsplit(str(url))
    except ValueError:
        return str(url)
    host = parts.netloc.rpartition("@")[2].lower().removesuffix(_DEFAULT_PORTS.get(parts.scheme, ""))
    return urlunsplit((parts.scheme, host, parts.path or "/", parts.query, ""))


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
    return fields


def _changes(webhook: Webhook, want: Wanted) -> dict[str, Any]:
    fields: dict[str, Any] = {}
    if _user(want.url) and _user(want.url) != _user(webhook.url):
        fields["url"] = want.url
    return {**fields, **_changed_triggers(webhook, want), **_changed_credentials(webhook, want)}


def _changed_triggers(webhook: Webhook, want: Wanted) -> dict[str, Any]:
    present = _members(dump_webhook_triggers(webhook.triggers))
    changed = {}
    for wire, members in want.triggers.items():
        now = _members(present.get(wire))
        if any((now.get(name) or False) != value for name, value in members.items()):
            changed[wire] = members
    return {"triggers": changed} if changed else {}


def _members(value: Any) -> dict[str, Any]:
    """An object of an answer; null, and what is none, as one without members."""
    return value if isinstance(value, dict) else {}


def _changed_credentials(webhook: Webhook, want: Wanted) -> dict[str, Any]:
    fields: dict[str, Any] = {}
    auth = webhook.http_auth
    if want.auth and want.auth != (getattr(auth, "username", None), getattr(auth, "password", None)):
        fields["http_auth"] = {"username": want.auth[0], "password": want.auth[1]}
    given: Any = webhook.http_headers if isinstance(webhook.http_headers, list) else ()
    present = [(str(header.name), str(header.value)) for header in given if isinstance(header, Header)]
    lower = {name.lower(): value for name, value in present}
    if any(lower.get(name.lower()) != value for name, value in want.headers.items()):
        names = {name.lower() for name in want.headers}
        fields["http_headers"] = [pair for pair in present if pair[0].lower() not in names] + list(want.headers.items())
    return fields

"""What to ask and to change for a webhook to be as wanted. No I/O: two thin shells ask what ``ensure`` yields."""

from __future__ import annotations

from collections.abc import Generator, Iterable, Mapping
from typing import Any, NamedTuple
from urllib.parse import urlsplit, urlunsplit

from .._core.body.coerce import coerce
from .._core.http.response import hint
from .._core.schema.log import logger
from .._generated.models.header import Header
from .._generated.models.webhook import Webhook
from .._generated.models.webhook_http_auth import WebhookHttpAuth
from .._generated.models.webhook_triggers import WebhookTriggers, dump_webhook_triggers, load_webhook_triggers
from ..errors import InvalidMessageError, InvalidRequestError, Problem
from .auth import as_auth

_UNVERIFIED = "unverified"
_NONE_NAMED = "none is named, so the webhook would do nothing"
_INBOUND = "no trigger is for inbound mail: set its URL with client.server.update(inbound_hook_url=...)"
_DEFAULT_PORTS = {"https": ":443", "http": ":80"}


class WebhookChange(NamedTuple):
    """What ``webhooks.ensure`` did."""

    webhook: Webhook
    """The webhook as it is now."""
    created: bool
    """Whether there was none before."""
    changed: tuple[str, ...]
    """What was not as wanted, of ``url``, ``triggers``, ``http_auth``, ``http_headers`` and ``status``."""
    unverified: tuple[str, ...] = ()
    """Triggers that are wanted and get nothing, as they were not verified: their test calls were not answered with 200,
    or not made."""


class Ask(NamedTuple):
    """One call of the resource: its method, what stands in the path, and the rest."""

    method: str
    path: tuple[Any, ...] = ()
    fields: Mapping[str, Any] = {}


class Wanted(NamedTuple):
    """The state that is to hold; None for what does not matter."""

    url: str
    triggers: dict[str, Any]
    auth: tuple[str, str] | None
    headers: Mapping[str, str]
    message_stream: str
    verify: bool | None


def ensure(
    url: str, triggers: Any, auth: Any, message_stream: str, *, verify: bool | None
) -> Generator[Ask, Any, WebhookChange]:
    """Yield what to call, take the answers, return what was done.

    Raises:
        InvalidMessageError: As ``wanted``; nothing was asked then.
        InvalidRequestError: ``verify`` is True and test calls failed.
    """
    want = wanted(url, triggers, auth, message_stream, verify=verify)
    checked = {} if verify is None else {"verify": verify}
    webhook = find((yield Ask("list", fields={"message_stream": message_stream})), want)
    if webhook is None:
        made = yield Ask("create", fields={**_creation(want), **checked})
        return (yield from _verified(want, made, created=True, changed=()))
    changes = changes_of(webhook, want)
    if changes:
        webhook = yield Ask("update", (webhook.id,), {**_whole(webhook, changes), **checked})
    return (yield from _verified(want, webhook, created=False, changed=tuple(changes)))


def _verified(
    want: Wanted, webhook: Webhook, *, created: bool, changed: tuple[str, ...]
) -> Generator[Ask, Any, WebhookChange]:
    """Have verified what is not. Whether a change of a webhook verifies it is disputed; that ``verify`` does is not."""
    unverified = yield from _unverified(want, webhook, look=want.verify is not False and not created)
    if not unverified or want.verify is False:
        return WebhookChange(webhook, created, changed, unverified)
    yield Ask("verify", (webhook.id,))
    now = yield Ask("get", (webhook.id,))
    left = yield from _unverified(want, now, look=True)
    if len(left) < len(unverified) and not created:
        changed = (*changed, "status")
    if left:
        _tell(want, now, left)
    return WebhookChange(now, created, changed, left)


def _unverified(want: Wanted, webhook: Webhook, *, look: bool) -> Generator[Ask, Any, tuple[str, ...]]:
    """Wanted triggers that get nothing. Each has a status of its own, which only the statistics tell."""
    wires = [wire for wire, members in want.triggers.items() if members.get("Enabled")]
    statuses: Any = {}
    if webhook.status != _UNVERIFIED and look:
        statuses = (yield Ask("get_statistics", (webhook.id,))).statuses
    left = [wire for wire in wires if webhook.status == _UNVERIFIED or _members(statuses).get(wire) == _UNVERIFIED]
    names = {wire: name for name, wire in WebhookTriggers.__wire__.items()}
    return tuple(names.get(wire, wire) for wire in left)


def _tell(want: Wanted, webhook: Webhook, left: Iterable[str]) -> None:
    text = f"webhook {webhook.id} gets nothing for {', '.join(left)}: test calls were not answered with 200"
    if want.verify:
        raise InvalidRequestError(
            text,
            status_code=200,
            error_code=1364,
            hint=hint(1364),
            operation="webhooks.verify",
            method="POST",
            path="/webhooks/{webhook_id}/verify",
        )
    logger.warning("webhooks.ensure: %s", text)


def wanted(url: str, triggers: Any, auth: Any, message_stream: str, *, verify: bool | None) -> Wanted:
    """The state as the caller wrote it.

    Raises:
        InvalidMessageError: An unknown trigger, or none; credentials of the wrong form.
    """
    pair, headers = _credentials(auth)
    return Wanted(url, _triggers(triggers), pair, headers, message_stream, verify)


def _credentials(auth: Any) -> tuple[tuple[str, str] | None, Mapping[str, str]]:
    checked = as_auth(auth)
    return (None, {}) if checked is None else checked.to_send


def _triggers(given: Any) -> dict[str, Any]:
    """Every trigger with what it is to be; one that was not named is to be off."""
    off: dict[str, Any] = {wire: {"Enabled": False} for wire in WebhookTriggers.__wire__.values()}
    names = [given] if isinstance(given, str) or not isinstance(given, Iterable) else list(given)
    if any(_named(name).lower() == "inbound" for name in names):
        raise InvalidMessageError([Problem("triggers", _INBOUND)])
    if isinstance(given, WebhookTriggers | Mapping):
        return {**off, **_from_model(given)}
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


def find(existing: Iterable[Webhook], want: Wanted) -> Webhook | None:
    """The webhook with the same URL on the same stream."""
    return next((one for one in existing if _same(one, want)), None)


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


def changes_of(webhook: Webhook, want: Wanted) -> dict[str, Any]:
    """The fields that are not as wanted."""
    fields: dict[str, Any] = {}
    if _user(want.url) and _user(want.url) != _user(webhook.url):
        fields["url"] = want.url
    return {**fields, **_changed_triggers(webhook, want), **_changed_credentials(webhook, want)}


def _whole(webhook: Webhook, changes: Mapping[str, Any]) -> dict[str, Any]:
    """All that was read, changed: right for a server that merges what it is sent, and for one that replaces by it."""
    fields: dict[str, Any] = {"url": webhook.url, "triggers": load_webhook_triggers(_present_triggers(webhook))}
    auth = webhook.http_auth
    if isinstance(auth, WebhookHttpAuth) and auth.username is not None and auth.password is not None:
        fields["http_auth"] = {"username": auth.username, "password": auth.password}
    if isinstance(webhook.http_headers, list):
        fields["http_headers"] = _present_headers(webhook)
    return {**fields, **changes}


def _present_triggers(webhook: Webhook) -> dict[str, Any]:
    present = _members(dump_webhook_triggers(webhook.triggers))
    return {wire: members for wire, members in present.items() if isinstance(members, dict)}


def _present_headers(webhook: Webhook) -> list[tuple[str, str]]:
    given: Any = webhook.http_headers if isinstance(webhook.http_headers, list) else ()
    return [(str(header.name), str(header.value)) for header in given if isinstance(header, Header)]


def _changed_triggers(webhook: Webhook, want: Wanted) -> dict[str, Any]:
    present = _present_triggers(webhook)
    changed = {}
    for wire, members in want.triggers.items():
        now = present.get(wire, {})
        if any((now.get(name) or False) != value for name, value in members.items()):
            changed[wire] = {**now, **members}
    return {"triggers": load_webhook_triggers({**present, **changed})} if changed else {}


def _members(value: Any) -> dict[str, Any]:
    """An object of an answer; null, and what is none, as one without members."""
    return value if isinstance(value, dict) else {}


def _changed_credentials(webhook: Webhook, want: Wanted) -> dict[str, Any]:
    fields: dict[str, Any] = {}
    auth = webhook.http_auth
    if want.auth and want.auth != (getattr(auth, "username", None), getattr(auth, "password", None)):
        fields["http_auth"] = {"username": want.auth[0], "password": want.auth[1]}
    present = _present_headers(webhook)
    lower = {name.lower(): value for name, value in present}
    if any(lower.get(name.lower()) != value for name, value in want.headers.items()):
        names = {name.lower() for name in want.headers}
        fields["http_headers"] = [pair for pair in present if pair[0].lower() not in names] + list(want.headers.items())
    return fields

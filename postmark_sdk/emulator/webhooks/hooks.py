"""Which webhooks want an event, and putting it into their queue."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from typing import TYPE_CHECKING
from uuid import uuid4

from ..reference.json_text import dumps
from ..state.records import ACCOUNT

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from ..reference.problems import Json
    from ..state.state import State

OUTBOUND_DELAYS = (1, 5, 10, 10, 10, 15)
"""Minutes before each repeat of an outbound event."""
INBOUND_DELAYS = (1, 5, 10, 10, 10, 15, 30, 60, 120, 360)
"""Minutes before each repeat of an inbound mail."""

_OLD_HOOKS = {
    "Delivery": "DeliveryHookUrl",
    "Bounce": "BounceHookUrl",
    "Open": "OpenHookUrl",
    "Click": "ClickHookUrl",
}


@dataclass(frozen=True)
class Target:
    """One receiver of one event."""

    webhook: int | None
    url: str
    headers: tuple[tuple[str, str], ...]
    include_content: bool
    first_open_only: bool


def targets(state: State, server: int, stream: str, kind: str) -> list[Target]:
    """Every receiver that asked for this kind of event on this stream."""
    found = [
        webhook_target(webhook, kind)
        for webhook in state.records.all("webhook", server)
        if webhook["MessageStream"] == stream and kind in verified(webhook)
    ]
    document = state.records.get("server", ACCOUNT, server)
    if document and stream == "outbound" and document.get(_OLD_HOOKS.get(kind, "")):
        found.append(_old_target(document, kind))
    return found


def enabled(webhook: dict[str, Json]) -> list[str]:
    """Kinds of events that a webhook is switched on for."""
    return [kind for kind, fields in webhook["Triggers"].items() if fields["Enabled"]]


def verified(webhook: dict[str, Json]) -> list[str]:
    """Those of them that passed their last check."""
    passed = webhook.get("_verified", enabled(webhook) if webhook["Status"] == "verified" else ())
    return [kind for kind in enabled(webhook) if kind in passed]


def with_statuses(webhook: dict[str, Json], passed: Collection[str], *, checked: bool) -> dict[str, Json]:
    """The webhook with these of its triggers verified; the others get nothing.

    As a whole it is unverified if nothing at all is posted to it. One without triggers passes any check.
    """
    works = bool(passed) or (checked and not enabled(webhook))
    return {**webhook, "Status": "verified" if works else "unverified", "_verified": list(passed)}


def webhook_target(webhook: dict[str, Json], kind: str) -> Target:
    """The receiver behind a webhook."""
    trigger = webhook["Triggers"][kind]
    headers = [(header["Name"], header["Value"]) for header in webhook.get("HttpHeaders") or ()]
    auth = webhook.get("HttpAuth")
    if auth:
        headers.append(("Authorization", _basic(auth.get("Username") or "", auth.get("Password") or "")))
    return Target(
        webhook=webhook["ID"],
        url=webhook["Url"],
        headers=tuple(headers),
        include_content=bool(trigger.get("IncludeContent")),
        first_open_only=bool(trigger.get("PostFirstOpenOnly")),
    )


def _old_target(document: dict[str, Json], kind: str) -> Target:
    return Target(
        webhook=None,
        url=document[_OLD_HOOKS[kind]],
        headers=(),
        include_content=kind == "Bounce" and bool(document.get("IncludeBounceContentInHook")),
        first_open_only=kind == "Open" and bool(document.get("PostFirstOpenOnly")),
    )


def _basic(username: str, password: str) -> str:
    return "Basic " + base64.b64encode(f"{username}:{password}".encode()).decode()


def enqueue(
    state: State,
    server: int,
    stream: str,
    kind: str,
    message_id: str | None,
    build: Callable[[Target], dict[str, Json] | None],
) -> None:
    """Put an event into the queue of everyone who asked for it; None from ``build`` skips a receiver."""
    for target in targets(state, server, stream, kind):
        payload = build(target)
        if payload is not None:
            post(state, target, server, kind, message_id, payload, len(OUTBOUND_DELAYS))


def post(
    state: State,
    target: Target,
    server: int,
    kind: str,
    message_id: str | None,
    payload: dict[str, Json],
    retries: int,
) -> int:
    """Put one payload into the queue; its key."""
    now = state.clock.now()
    return state.store.write(
        "INSERT INTO deliveries (trace, webhook, server, kind, message, url, headers, payload, state, retries, due, at)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, 'pending', ?, ?, ?)",
        (
            str(uuid4()),
            target.webhook,
            server,
            kind,
            message_id,
            target.url,
            dumps(target.headers),
            dumps(payload),
            retries,
            now,
            now,
        ),
    )

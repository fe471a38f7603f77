"""Webhook payloads, key by key as documented."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..reference import dates
from ..reference.bounce_types import BOUNCE_TYPES

if TYPE_CHECKING:
    from ..reference.problems import Json
    from ..state.state import State


@dataclass(frozen=True)
class Sent:
    """What events repeat of the message they are about."""

    key: int
    id: str
    server: int
    stream: str
    tag: str | None
    sender: str
    subject: str | None
    metadata: dict[str, str]


def moment(state: State, ticks: int) -> str:
    """Documented fraction digits, or whole seconds as live events have them."""
    return dates.utc_seconds(ticks) if state.settings.live_style else dates.utc(ticks)


def _shared(state: State, sent: Sent) -> dict[str, Json]:
    shared: dict[str, Json] = {"Tag": sent.tag or ""}
    if sent.metadata or not state.settings.live_style:
        shared["Metadata"] = sent.metadata
    return shared


def delivery(state: State, sent: Sent, recipient: str, at: int, details: str) -> dict[str, Json]:
    """The receiving server took the message."""
    return {
        "RecordType": "Delivery",
        "ServerID": sent.server,
        "MessageStream": sent.stream,
        "MessageID": sent.id,
        "Recipient": recipient,
        **_shared(state, sent),
        "DeliveredAt": moment(state, at),
        "Details": details,
    }


def bounce(state: State, sent: Sent, record: dict[str, Json], at: int, content: str | None) -> dict[str, Json]:
    """A bounce, or a spam complaint."""
    kind = BOUNCE_TYPES[record["Type"]]
    payload: dict[str, Json] = {
        "RecordType": "SpamComplaint" if kind.type == "SpamComplaint" else "Bounce",
        "ID": record["ID"],
        "Type": kind.type,
        "TypeCode": kind.code,
        "Name": kind.name,
        **_shared(state, sent),
        "MessageID": sent.id,
        "ServerID": sent.server,
        "MessageStream": sent.stream,
        "Description": kind.description,
        "Details": record["Details"],
        "Email": record["Email"],
        "From": sent.sender,
        "BouncedAt": moment(state, at),
        "DumpAvailable": record["DumpAvailable"],
        "Inactive": record["Inactive"],
        "CanActivate": record["CanActivate"],
        "Subject": sent.subject or "",
    }
    if content is not None:
        payload["Content"] = content
    return payload


def engagement(state: State, sent: Sent, kind: str, data: dict[str, Json], at: int) -> dict[str, Json]:
    """An open or a click; ``data`` is what was seen of the reader."""
    return {
        "RecordType": kind,
        "MessageStream": sent.stream,
        **_shared(state, sent),
        "MessageID": sent.id,
        **data,
        "ReceivedAt": moment(state, at),
    }


def subscription(
    state: State, server: int, stream: str, address: str, at: int, *, reason: str | None, origin: str, sent: Sent | None
) -> dict[str, Json]:
    """An address entered (or, without reason, left) the suppression list."""
    return {
        "RecordType": "SubscriptionChange",
        "MessageID": sent.id if sent else None,
        "ServerID": server,
        "MessageStream": stream,
        "ChangedAt": moment(state, at),
        "Recipient": address,
        "Origin": origin,
        "SuppressSending": reason is not None,
        "SuppressionReason": reason,
        "Tag": sent.tag if sent else None,
        "Metadata": sent.metadata if sent else {},
    }


def sample(state: State, server: int, stream: str, kind: str) -> dict[str, Json]:
    """What a verification posts: a made-up event of the right kind."""
    zero = "00000000-0000-0000-0000-000000000000"
    sent = Sent(0, zero, server, stream, "Test", "sender@example.com", "Test subject", {"example": "value"})
    at = state.clock.now()
    if kind == "Delivery":
        return delivery(state, sent, "john@example.com", at, "Test delivery webhook details")
    if kind in {"Bounce", "SpamComplaint"}:
        record = {
            "ID": 42,
            "Type": "HardBounce" if kind == "Bounce" else "SpamComplaint",
            "Details": "Test bounce details",
            "Email": "john@example.com",
            "DumpAvailable": True,
            "Inactive": True,
            "CanActivate": kind == "Bounce",
        }
        return bounce(state, sent, record, at, None)
    if kind == "SubscriptionChange":
        return subscription(
            state, server, stream, "john@example.com", at, reason="ManualSuppression", origin="Recipient", sent=sent
        )
    data: dict[str, Json] = {"Recipient": "john@example.com", **reader("", "")}
    if kind == "Open":
        data = {"FirstOpen": True, **data, "ReadSeconds": 0}
    else:
        data = {"ClickLocation": "HTML", "OriginalLink": "https://example.com/", **data}
    return engagement(state, sent, kind, data, at)


_BROWSERS = (
    ("Edg/", "Microsoft Edge", "Microsoft Corporation"),
    ("Thunderbird", "Thunderbird", "Mozilla Foundation"),
    ("Firefox", "Firefox", "Mozilla Foundation"),
    ("Chrome", "Chrome", "Google"),
    ("Safari", "Safari", "Apple"),
    ("AppleWebKit", "Apple Mail", "Apple"),
)
_SYSTEMS = (
    ("iPhone", "iOS", "Apple", "Mobile"),
    ("iPad", "iOS", "Apple", "Mobile"),
    ("Android", "Android", "Google", "Mobile"),
    ("Windows", "Windows", "Microsoft Corporation", "Desktop"),
    ("Mac OS X", "OS X", "Apple", "Desktop"),
    ("Linux", "Linux", "Canonical", "Desktop"),
)
_UNKNOWN = {"Name": "unknown", "Company": "unknown", "Family": "unknown"}


def reader(user_agent: str, ip: str) -> dict[str, Json]:
    """Client, system and place behind an open or click, as far as a user agent tells."""
    client = next((row for row in _BROWSERS if row[0] in user_agent), None)
    system = next((row for row in _SYSTEMS if row[0] in user_agent), None)
    return {
        "Client": {"Name": client[1], "Company": client[2], "Family": client[1]} if client else dict(_UNKNOWN),
        "OS": {"Name": system[1], "Company": system[2], "Family": system[1]} if system else dict(_UNKNOWN),
        "Platform": system[3] if system else "Unknown",
        "UserAgent": user_agent,
        "Geo": {"IP": ip} if ip else {},
    }

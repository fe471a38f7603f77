"""What happens to a message after it was accepted, each with its rows, suppressions and webhooks."""

from __future__ import annotations

import json
from functools import partial
from typing import TYPE_CHECKING

from ..reference import dates
from ..reference.bounce_types import BOUNCE_TYPES, SUPPRESSING
from ..reference.json_text import dumps
from ..reference.problems import Json, Problem
from ..webhooks import events
from ..webhooks.events import Sent
from ..webhooks.hooks import Target, enqueue, targets
from .mime import source_of

if TYPE_CHECKING:
    from ..state.state import State

_FIRST_BOUNCE = 3_315_994_443
"""Beyond 31 bits, as live ids are."""
_DELIVERED = "smtp;250 2.0.0 OK: queued by the emulator"
_DESTINATION = {"DestinationServer": "localhost", "DestinationIP": "127.0.0.1"}
_TEMPORARY = {"Transient", "DnsError", "SoftBounce"}
_NOT_FOUND = "This message was not found."


def find_sent(state: State, message_id: str) -> Sent:
    """A sent message by its id."""
    row = state.store.row(
        "SELECT key, id, server, stream, tag, sender_address, subject, summary FROM messages"
        " JOIN contents ON contents.message = messages.key WHERE id = ?",
        (message_id.lower(),),
    )
    if row is None:
        raise Problem(701, _NOT_FOUND)
    key, id_, server, stream, tag, sender, subject, summary = row
    return Sent(key, id_, server, stream, tag, sender, subject, json.loads(summary).get("Metadata") or {})


def first_recipient(state: State, sent: Sent, recipient: str | None) -> str:
    """The named recipient of a message, or its first one."""
    rows = state.store.rows("SELECT address FROM recipients WHERE message = ? ORDER BY rowid", (sent.key,))
    addresses = [row[0] for row in rows]
    if recipient is None and addresses:
        return str(addresses[0])
    if recipient is None or recipient.lower() not in addresses:
        raise Problem(701, f"This message did not go to {recipient!r}.")
    return recipient.lower()


def record_event(state: State, sent: Sent, recipient: str, type_: str, at: int, details: dict[str, str]) -> None:
    """One line of ``MessageEvents``."""
    state.store.write(
        "INSERT INTO events (message, recipient, type, at, details) VALUES (?, ?, ?, ?, ?)",
        (sent.key, recipient, type_, at, dumps(details)),
    )


_DELIVERED_DETAILS = dumps({"DeliveryMessage": _DELIVERED, **_DESTINATION})


def deliver(state: State, sent: Sent, recipients: list[str], at: int) -> None:
    """The receiving servers took the message."""
    state.store.write_many(
        "INSERT INTO events (message, recipient, type, at, details) VALUES (?, ?, 'Delivered', ?, ?)",
        [(sent.key, recipient, at, _DELIVERED_DETAILS) for recipient in recipients],
    )
    if not targets(state, sent.server, sent.stream, "Delivery"):
        return
    for recipient in recipients:
        payload = events.delivery(state, sent, recipient, at, _DELIVERED)
        enqueue(state, sent.server, sent.stream, "Delivery", sent.id, partial(_always, payload))


def _always(payload: dict[str, Json], _target: Target) -> dict[str, Json]:
    return payload


def bounce(state: State, sent: Sent, recipient: str, type_: str, *, fake: bool = False) -> dict[str, Json]:
    """A bounce report arrived: store it, suppress where that type does, tell the webhooks."""
    at = state.clock.now()
    kind = BOUNCE_TYPES[type_]
    suppresses = type_ in SUPPRESSING
    complaint = type_ == "SpamComplaint"
    record: dict[str, Json] = {
        "ID": max((state.store.value("SELECT MAX(id) FROM bounces") or 0) + 1, _FIRST_BOUNCE),
        "Type": type_,
        "TypeCode": kind.code,
        "Name": kind.name,
        "Details": "" if complaint else f"smtp;{_code(type_)} {kind.name} of {recipient}, made by the emulator",
        "Email": recipient,
        "From": sent.sender,
        "DumpAvailable": True,
        "Inactive": suppresses,
        "CanActivate": suppresses and not complaint,
        "Subject": sent.subject,
    }
    dump = _dump(state, sent, record)
    state.store.write(
        "INSERT INTO bounces (id, server, stream, message, type, email, tag, at, day, inactive, can_activate, counted,"
        " data, dump) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            record["ID"],
            sent.server,
            sent.stream,
            sent.id,
            type_,
            recipient,
            sent.tag,
            at,
            dates.eastern_day(at),
            suppresses,
            record["CanActivate"],
            not fake,
            dumps(record),
            dump,
        ),
    )
    if type_ == "Transient":
        record_event(state, sent, recipient, type_, at, {"DeliveryMessage": record["Details"], **_DESTINATION})
    else:
        summary = {"Summary": record["Details"] or kind.description, "BounceID": str(record["ID"])}
        record_event(state, sent, recipient, "Bounced", at, summary)

    def build(target: Target) -> dict[str, Json]:
        return events.bounce(state, sent, record, at, dump if target.include_content else None)

    enqueue(state, sent.server, sent.stream, "SpamComplaint" if complaint else "Bounce", sent.id, build)
    if suppresses:
        suppress(state, sent.server, sent.stream, recipient, *SUPPRESSING[type_], sent=sent)
    return record


def _code(type_: str) -> str:
    return "451 4.4.1" if type_ in _TEMPORARY else "550 5.1.1"


def _dump(state: State, sent: Sent, record: dict[str, Json]) -> str:
    return (
        f"From: MAILER-DAEMON@localhost\r\nTo: {sent.sender}\r\nSubject: Undelivered mail returned to sender\r\n\r\n"
        f"{record['Name']}: {record['Email']}\r\n{record['Details']}\r\n\r\n{source_of(state, sent.key)}"
    )


def suppress(
    state: State, server: int, stream: str, address: str, reason: str, origin: str, *, sent: Sent | None = None
) -> None:
    """Put an address on the suppression list of a stream; what is there already stays as it is."""
    at = state.clock.now()
    added = state.store.change(
        "INSERT OR IGNORE INTO suppressions (server, stream, address, reason, origin, at) VALUES (?, ?, ?, ?, ?, ?)",
        (server, stream, address, reason, origin, at),
    )
    if not added:
        return
    if sent is not None:
        details = {"Origin": origin, "SuppressSending": "True"}
        record_event(state, sent, address, "SubscriptionChanged", at, details)
    payload = events.subscription(state, server, stream, address, at, reason=reason, origin=origin, sent=sent)
    enqueue(state, server, stream, "SubscriptionChange", sent.id if sent else None, lambda _target: payload)


def reactivate(state: State, server: int, stream: str, address: str, origin: str = "Customer") -> None:
    """Take an address off the list, and make the bounces that put it there inactive no more."""
    removed = state.store.change(
        "DELETE FROM suppressions WHERE server = ? AND stream = ? AND address = ?", (server, stream, address)
    )
    state.store.write(
        "UPDATE bounces SET inactive = 0, can_activate = 0 WHERE server = ? AND stream = ? AND email = ?"
        " AND can_activate = 1",
        (server, stream, address),
    )
    if removed:
        at = state.clock.now()
        payload = events.subscription(state, server, stream, address, at, reason=None, origin=origin, sent=None)
        enqueue(state, server, stream, "SubscriptionChange", None, lambda _target: payload)


def engage(state: State, sent: Sent, kind: str, recipient: str, data: dict[str, Json], *, first: bool) -> None:
    """An open or a click: the row behind searches and statistics, the event, the webhooks."""
    at = state.clock.now()
    state.store.write(
        "INSERT INTO engagements (kind, message, server, stream, tag, at, day, recipient, first, data)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            kind,
            sent.key,
            sent.server,
            sent.stream,
            sent.tag,
            at,
            dates.eastern_day(at),
            recipient,
            first,
            dumps(data),
        ),
    )
    summary = f"{kind} by {recipient} with {data['Client']['Name']} on {data['OS']['Name']}"
    if kind == "Open":
        record_event(state, sent, recipient, "Opened", at, {"Summary": summary})
    else:
        details = {"Summary": summary, "Link": data["OriginalLink"], "ClickLocation": data["ClickLocation"]}
        record_event(state, sent, recipient, "LinkClicked", at, details)
    payload = events.engagement(state, sent, kind, data, at)

    def build(target: Target) -> dict[str, Json] | None:
        return None if target.first_open_only and not first else payload

    enqueue(state, sent.server, sent.stream, kind, sent.id, build)


def open_message(state: State, sent: Sent, recipient: str, user_agent: str, ip: str) -> None:
    """The pixel was loaded."""
    seen = state.store.value(
        "SELECT 1 FROM engagements WHERE message = ? AND kind = 'Open' AND recipient = ?", (sent.key, recipient)
    )
    data: dict[str, Json] = {"FirstOpen": not seen, "Recipient": recipient, **events.reader(user_agent, ip)}
    data["ReadSeconds"] = 0
    engage(state, sent, "Open", recipient, data, first=not seen)


def click_link(state: State, sent: Sent, recipient: str, link: str, location: str, user_agent: str, ip: str) -> None:
    """A link was followed; only the first time per recipient and link is an event."""
    seen = state.store.rows(
        "SELECT data FROM engagements WHERE message = ? AND kind = 'Click' AND recipient = ?", (sent.key, recipient)
    )
    repeated = any(json.loads(row[0])["OriginalLink"] == link for row in seen)
    data: dict[str, Json] = {
        "ClickLocation": location,
        "OriginalLink": link,
        "Recipient": recipient,
        **events.reader(user_agent, ip),
    }
    if not repeated:
        engage(state, sent, "Click", recipient, data, first=True)
        return
    at = state.clock.now()
    state.store.write(
        "INSERT INTO engagements (kind, message, server, stream, tag, at, day, recipient, first, data)"
        " VALUES ('Repeat', ?, ?, ?, ?, ?, ?, ?, 0, ?)",
        (sent.key, sent.server, sent.stream, sent.tag, at, dates.eastern_day(at), recipient, dumps(data)),
    )

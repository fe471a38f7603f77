"""What the emulator holds, for the inbox, control and the Python object to show."""

from __future__ import annotations

import json
from itertools import islice
from typing import TYPE_CHECKING
from urllib.parse import urlsplit, urlunsplit

from ..endpoints.bounces import COLUMNS as BOUNCE_COLUMNS
from ..endpoints.bounces import bounce_answer
from ..endpoints.inbound import COLUMNS as INBOUND_COLUMNS
from ..endpoints.inbound import inbound_answer
from ..endpoints.searches import MESSAGE_COLUMNS, MESSAGE_TABLE, message_answer, message_events
from ..endpoints.stats import STATISTICS, scope_of
from ..endpoints.templates import active_templates, template_answer, validate_body
from ..endpoints.webhooks import webhook_answer
from ..mail.advice.letter import Letter
from ..mail.contents import content_of
from ..mail.mime import decode_base64, source_of
from ..mail.outcomes import find_sent
from ..mail.tracking import rendered_html
from ..reference import dates
from ..reference.problems import Json, Problem
from ..state.paging import Filter, contains
from ..state.records import ACCOUNT, public

if TYPE_CHECKING:
    from ..mail.advice.letter import Advice
    from ..state.state import State
    from ..state.store import Row

__all__ = [
    "advice",
    "attachment",
    "bounces",
    "counters",
    "deliveries",
    "inbound_message",
    "inbound_messages",
    "is_broadcast",
    "message",
    "messages",
    "preview",
    "refusals",
    "rendered_html",
    "servers",
    "source",
    "statistics",
    "streams",
    "suppressions",
    "template",
    "templates",
    "webhooks",
]

_ANY = 2**63 - 1
_MANY = 2000
_OF_EVENT = "messages.key IN (SELECT message FROM events WHERE type = ?)"
_HAS_EVENT = "EXISTS (SELECT 1 FROM events WHERE message = messages.key AND type = ?)"
"""The same, and quicker for few messages."""


def servers(state: State) -> list[dict[str, Json]]:
    """Every server of the account."""
    return [public(server) for server in state.records.all("server", ACCOUNT)]


def _server_ids(state: State, server_id: int | None) -> list[int]:
    return [server_id] if server_id is not None else [server["ID"] for server in servers(state)]


def streams(state: State, server_id: int | None = None) -> list[dict[str, Json]]:
    """Streams of one server or of all."""
    with state.lock:
        return [public(each) for id_ in _server_ids(state, server_id) for each in state.records.all("stream", id_)]


def _message_filter(
    server_id: int | None,
    stream: str | None,
    tag: str | None,
    recipient: str | None,
    status: str | None,
    before: int | None,
) -> Filter:
    chosen = Filter(["messages.key < ?"], [before]) if before is not None else Filter()
    for column, value in (("server", server_id), ("stream", stream), ("tag", tag)):
        if value is not None:
            chosen.add(f"{column} = ?", value)
    if recipient is not None:
        chosen.add("messages.key IN (SELECT message FROM recipients WHERE address = ?)", recipient.lower())
    if status in {"Queued", "Sent", "Processed"}:
        chosen.add("status = ?", status)
    elif status is not None:
        chosen.add(_OF_EVENT, status)
    return chosen


def messages(
    state: State,
    *,
    server_id: int | None = None,
    stream: str | None = None,
    tag: str | None = None,
    recipient: str | None = None,
    status: str | None = None,
    text: str | None = None,
    before: int | None = None,
    limit: int = 50,
) -> list[dict[str, Json]]:
    """Sent messages, newest first; ``before`` is the ``Key`` of the last one seen.

    ``text`` is somewhere in the subject, the sender or a recipient, names included, in whatever case.
    """
    chosen = _message_filter(server_id, stream, tag, recipient, status, before)
    if text:
        keys = _newest_with(state, text, chosen, _ANY if before is None else before, limit)
        chosen = Filter(["messages.key IN (SELECT value FROM json_each(?))"], [json.dumps(keys)])
    with state.lock:
        rows = state.store.rows(
            f"SELECT {MESSAGE_COLUMNS}, server FROM {MESSAGE_TABLE}{chosen.where} ORDER BY messages.key DESC LIMIT ?",  # noqa: S608
            (*chosen.values, limit),
        )
        events = _event_counts(state, [row[0] for row in rows])
    return [_listed(row, events.get(row[0], {})) for row in rows]


def _newest_with(state: State, text: str, chosen: Filter, before: int, limit: int) -> list[int]:
    """Keys of the newest messages that have this text and pass the filter.

    Those that have the text are looked up. Where they are many and the filter lets few of them through, it is quicker
    to begin with the filter for the rest.
    """
    having = list(islice(state.texts.newest(text, before), _MANY))
    each = Filter([condition.replace(_OF_EVENT, _HAS_EVENT) for condition in chosen.conditions], chosen.values)
    rows = state.store.rows(
        f"SELECT messages.key FROM json_each(?) AS found CROSS JOIN messages ON messages.key = found.value{each.where}"  # noqa: S608
        " LIMIT ?",
        (json.dumps(having), *each.values, limit),
    )
    found = [row[0] for row in rows]
    if len(found) == limit or len(having) < _MANY:
        return found
    rest = Filter([*chosen.conditions, "key < ?"], [*chosen.values, having[-1]])
    rows = state.store.rows(f"SELECT key FROM messages{rest.where} ORDER BY key DESC", rest.values)  # noqa: S608
    return found + list(islice(state.texts.with_text(text, [row[0] for row in rows]), limit - len(found)))


def _listed(row: Row, events: dict[str, int]) -> dict[str, Json]:
    summary = json.loads(row[8])
    return {
        "Key": row[0],
        **message_answer(row[:9]),
        "ServerID": row[9],
        "Events": events,
        "TemplateId": summary.get("TemplateId"),
        "TemplateAlias": summary.get("TemplateAlias"),
    }


def _event_counts(state: State, keys: list[int]) -> dict[int, dict[str, int]]:
    marks = ",".join("?" * len(keys))
    rows = state.store.rows(
        f"SELECT message, type, COUNT(*) FROM events WHERE message IN ({marks}) GROUP BY message, type",  # noqa: S608
        keys,
    )
    counts: dict[int, dict[str, int]] = {}
    for key, type_, number in rows:
        counts.setdefault(key, {})[type_] = number
    return counts


def _key_of(state: State, message_id: str) -> int | None:
    try:
        return find_sent(state, message_id).key
    except Problem:
        return None


def message(state: State, message_id: str) -> dict[str, Json] | None:
    """One sent message with everything known of it."""
    with state.lock:
        key = _key_of(state, message_id)
        if key is None:
            return None
        row = state.store.row(
            f"SELECT {MESSAGE_COLUMNS}, server FROM {MESSAGE_TABLE} WHERE messages.key = ?",  # noqa: S608
            (key,),
        )
        listed = _listed(row, _event_counts(state, [key]).get(key, {}))
        content = content_of(state, key)
        events = message_events(state, key)
    return {
        **listed,
        "TextBody": content.parts.get("TextBody"),
        "HtmlBody": content.parts.get("HtmlBody"),
        "ReplyTo": content.message.get("ReplyTo"),
        "Headers": content.message.get("Headers") or [],
        "Attachments": [_described(each) for each in content.message.get("Attachments") or []],
        "Request": content.given,
        "Operation": content.operation,
        "MessageEvents": events,
    }


def _described(given: dict[str, Json]) -> dict[str, Json]:
    return {
        "Name": given["Name"],
        "ContentType": given.get("ContentType") or "application/octet-stream",
        "ContentID": given.get("ContentID"),
        "Size": len(decode_base64(given["Content"])),
    }


def is_broadcast(state: State, found: dict[str, Json]) -> bool:
    """Whether a sent message went to a stream for broadcasts."""
    with state.lock:
        stream = state.records.get("stream", found["ServerID"], found["MessageStream"])
    return stream is not None and stream["MessageStreamType"] == "Broadcasts"


def advice(state: State, found: dict[str, Json]) -> list[Advice]:
    """What could be better about a sent message, problems first."""
    letter = Letter(
        subject=found["Subject"],
        html=found["HtmlBody"] or "",
        text=found["TextBody"] or "",
        headers=tuple((each["Name"], each["Value"]) for each in found["Headers"]),
        attachments=tuple((each["Name"], each["ContentID"]) for each in found["Attachments"]),
        broadcast=is_broadcast(state, found),
    )
    return letter.advice()


def source(state: State, message_id: str) -> str | None:
    """The raw source of a sent message."""
    with state.lock:
        key = _key_of(state, message_id)
        return None if key is None else source_of(state, key)


def attachment(state: State, message_id: str, index: int) -> tuple[str, str, bytes] | None:
    """Name, type and bytes of one attachment of a sent message."""
    with state.lock:
        key = _key_of(state, message_id)
        given = [] if key is None else content_of(state, key).message.get("Attachments") or []
    if not 0 <= index < len(given):
        return None
    described = _described(given[index])
    return described["Name"], described["ContentType"], decode_base64(given[index]["Content"])


def inbound_messages(
    state: State,
    *,
    server_id: int | None = None,
    status: str | None = None,
    text: str | None = None,
    before: int | None = None,
    limit: int = 50,
) -> list[dict[str, Json]]:
    """Received mail, newest first."""
    chosen = Filter()
    if server_id is not None:
        chosen.add("server = ?", server_id)
    if status is not None:
        chosen.add("status = ?", status.capitalize())
    if text:
        pattern = contains(text)
        chosen.add(
            "(subject LIKE ? ESCAPE '\\' OR sender LIKE ? ESCAPE '\\' OR recipients LIKE ? ESCAPE '\\')",
            pattern,
            pattern,
            pattern,
        )
    if before is not None:
        chosen.add("key < ?", before)
    rows = state.store.rows(
        f"SELECT key, server, at, {INBOUND_COLUMNS} FROM inbound{chosen.where} ORDER BY key DESC LIMIT ?",  # noqa: S608
        (*chosen.values, limit),
    )
    return [_received(row) for row in rows]


def _received(row: Row, *, details: bool = False) -> dict[str, Json]:
    key, server, at, *rest = row
    return {"Key": key, "ServerID": server, "ReceivedAt": dates.eastern(at), **inbound_answer(rest, details=details)}


def inbound_message(state: State, message_id: str) -> dict[str, Json] | None:
    """One received mail with bodies, headers and, where it came as one, its source."""
    row = state.store.row(
        f"SELECT key, server, at, {INBOUND_COLUMNS} FROM inbound WHERE id = ?",  # noqa: S608
        (message_id.lower(),),
    )
    if row is None:
        return None
    return {**_received(row, details=True), "RawEmail": json.loads(row[-1]).get("RawEmail")}


def bounces(
    state: State, *, server_id: int | None = None, before: int | None = None, limit: int = 50
) -> list[dict[str, Json]]:
    """Bounces, latest first; ``before`` is the ``ID`` of the last one seen."""
    chosen = Filter()
    if server_id is not None:
        chosen.add("server = ?", server_id)
    if before is not None:
        chosen.add("id < ?", before)
    rows = state.store.rows(
        f"SELECT {BOUNCE_COLUMNS} FROM bounces{chosen.where} ORDER BY id DESC LIMIT ?",  # noqa: S608
        (*chosen.values, limit),
    )
    return [bounce_answer(state, row) for row in rows]


def suppressions(state: State, *, server_id: int | None = None, stream: str | None = None) -> list[dict[str, Json]]:
    """Suppressed addresses, newest first."""
    chosen = Filter()
    for column, value in (("server", server_id), ("stream", stream)):
        if value is not None:
            chosen.add(f"{column} = ?", value)
    rows = state.store.rows(
        f"SELECT server, stream, address, reason, origin, at FROM suppressions{chosen.where} ORDER BY at DESC, address",  # noqa: S608
        chosen.values,
    )
    return [
        {
            "ServerID": server,
            "MessageStream": its_stream,
            "EmailAddress": address,
            "SuppressionReason": reason,
            "Origin": origin,
            "CreatedAt": dates.eastern_seconds(at),
        }
        for server, its_stream, address, reason, origin, at in rows
    ]


def templates(state: State, server_id: int | None = None) -> list[dict[str, Json]]:
    """Active templates."""
    with state.lock:
        return [template_answer(each) for id_ in _server_ids(state, server_id) for each in active_templates(state, id_)]


def template(state: State, server_id: int, template_id: int) -> dict[str, Json] | None:
    """One template, also a deleted one."""
    found = state.records.get("template", server_id, template_id)
    return template_answer(found) if found else None


def preview(state: State, server_id: int, body: dict[str, Json]) -> dict[str, Json]:
    """The answer of ``POST /templates/validate``."""
    with state.lock:
        return validate_body(state, server_id, body)


def webhooks(state: State, server_id: int | None = None) -> list[dict[str, Json]]:
    """Webhooks of one server or of all."""
    with state.lock:
        return [
            {**webhook_answer(each), "ServerID": id_}
            for id_ in _server_ids(state, server_id)
            for each in state.records.all("webhook", id_)
        ]


def deliveries(
    state: State,
    *,
    webhook_id: int | None = None,
    message_id: str | None = None,
    before: int | None = None,
    limit: int = 50,
) -> list[dict[str, Json]]:
    """Webhook posts with their attempts, newest first."""
    chosen = Filter()
    for condition, value in (("webhook = ?", webhook_id), ("message = ?", message_id), ("key < ?", before)):
        if value is not None:
            chosen.add(condition, value)
    with state.lock:
        rows = state.store.rows(
            "SELECT key, trace, webhook, server, kind, message, url, payload, state, due, retries, at"  # noqa: S608
            f" FROM deliveries{chosen.where} ORDER BY key DESC LIMIT ?",
            (*chosen.values, limit),
        )
        return [_delivery(state, row) for row in rows]


def _delivery(state: State, row: Row) -> dict[str, Json]:
    key, trace, webhook, server, kind, message_id, url, payload, progress, due, retries, at = row
    return {
        "Key": key,
        "TraceId": trace,
        "WebhookId": webhook,
        "ServerID": server,
        "Kind": kind,
        "MessageID": message_id,
        "Url": masked(url),
        "Payload": json.loads(payload),
        "State": progress,
        "CreatedAt": dates.utc(at),
        "DueAt": dates.utc(due) if due is not None else None,
        "RetriesRemaining": retries,
        "Attempts": _attempts(state, key),
    }


def _attempts(state: State, key: int) -> list[dict[str, Json]]:
    rows = state.store.rows(
        "SELECT at, status, milliseconds, answer, error FROM attempts WHERE delivery = ? ORDER BY key", (key,)
    )
    return [
        {"At": dates.utc(at), "StatusCode": status, "Milliseconds": milliseconds, "Answer": answer, "Error": error}
        for at, status, milliseconds, answer, error in rows
    ]


def masked(url: str) -> str:
    """An address without the password in it."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return url
    if parts.password is None:
        return url
    host = parts.netloc.rpartition("@")[2]
    return urlunsplit(parts._replace(netloc=f"{parts.username}:***@{host}"))


def refusals(state: State, *, before: int | None = None, limit: int = 50) -> list[dict[str, Json]]:
    """Refused requests and batch items, newest first."""
    chosen = Filter(["key < ?"], [before]) if before is not None else Filter()
    rows = state.store.rows(
        "SELECT key, at, method, path, operation, server, status, code, message, request, answer, item"  # noqa: S608
        f" FROM refusals{chosen.where} ORDER BY key DESC LIMIT ?",
        (*chosen.values, limit),
    )
    return [_refusal(row) for row in rows]


def _refusal(row: Row) -> dict[str, Json]:
    key, at, method, path, operation, server, status, code, text, request, answer, item = row
    return {
        "Key": key,
        "At": dates.eastern(at),
        "Method": method,
        "Path": path,
        "Operation": operation,
        "ServerID": server or None,
        "StatusCode": status,
        "ErrorCode": code,
        "Message": text,
        "Request": request,
        "Answer": json.loads(answer),
        "Index": item,
    }


_STATISTIC_NAMES = {
    "Overview": "stats_overview",
    "Sends": "stats_sends",
    "Bounces": "stats_bounces",
    "Spam": "stats_spam",
    "Tracked": "stats_tracked",
    "Opens": "stats_opens",
    "Platforms": "stats_open_platforms",
    "EmailClients": "stats_open_email_clients",
    "Clicks": "stats_clicks",
}


def statistics(
    state: State,
    server_id: int,
    *,
    stream: str | None = None,
    tag: str | None = None,
    from_date: str | None = None,
    to_date: str | None = None,
) -> dict[str, dict[str, Json]]:
    """Answers of the statistics calls, side by side."""
    given = {"messagestream": stream, "tag": tag, "fromdate": from_date, "todate": to_date}
    with state.lock:
        chosen = scope_of(state, server_id, {name: value for name, value in given.items() if value})
        return {name: STATISTICS[operation](state, chosen) for name, operation in _STATISTIC_NAMES.items()}


def counters(state: State) -> dict[str, Json]:
    """How much happened since the last reset."""
    tables = {
        "Accepted": "messages",
        "Refused": "refusals",
        "Bounces": "bounces",
        "Inbound": "inbound",
        "Webhooks": "deliveries",
    }
    with state.lock:
        counts: dict[str, Json] = {
            name: state.store.value(f"SELECT COUNT(*) FROM {table}")  # noqa: S608 - our own names
            for name, table in tables.items()
        }
        for name, kind in (("Opens", "Open"), ("Clicks", "Click")):
            counts[name] = state.store.value("SELECT COUNT(*) FROM engagements WHERE kind = ?", (kind,))
    counts["Batches"] = state.requests["emails_send_batch"] + state.requests["emails_send_batch_with_templates"]
    counts["Requests"] = dict(state.requests)
    return counts

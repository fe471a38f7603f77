"""Outbound messages, opens and clicks: search and details."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from ..http.call import Call, handles
from ..mail.contents import content_of
from ..mail.mime import source_of
from ..mail.outcomes import find_sent
from ..reference import dates
from ..reference.dates import TICKS_PER_SECOND
from ..reference.limits import MAX_STORED_PART_BYTES
from ..reference.problems import Json, Problem
from ..state.paging import Filter, contains, page, page_of
from .streams import find_stream

if TYPE_CHECKING:
    from ..state.state import State
    from ..state.store import Row

MESSAGE_COLUMNS = "messages.key, id, stream, tag, at, sender, subject, status, summary"
MESSAGE_TABLE = "messages JOIN contents ON contents.message = messages.key"
_FEW = 2000
_STATUSES = {"queued": "Queued", "sent": "Sent", "processed": "Sent"}


@handles("outbound_list")
def search_messages(call: Call) -> Json:
    """Messages, newest first."""
    query = call.query
    stream = find_stream(call.state, call.server, query.get("messagestream", "outbound"))["ID"]
    chosen = Filter()
    if "tag" in query:
        chosen.add("tag = ?", query["tag"])
    if "fromemail" in query:
        chosen.add("sender_address = ?", query["fromemail"].lower())
    if "subject" in query:
        chosen.add("subject LIKE ? ESCAPE '\\'", contains(query["subject"]))
    if "status" in query:
        chosen.add("status = ?", _STATUSES[query["status"]])
    if "recipient" in query:
        chosen.add("messages.key IN (SELECT message FROM recipients WHERE address = ?)", query["recipient"].lower())
    for name, value in query.get("metadata", {}).items():
        chosen.add("messages.key IN (SELECT message FROM metadata WHERE name = ? AND value = ?)", name.lower(), value)
    chosen.between(query, 700)
    if call.state.settings.search_delay:
        chosen.add("at <= ?", _newest_found(call.state))
    total, keys = _newest(call, stream, chosen)
    rows = _rows(call.state, keys)
    return {"TotalCount": total, "Messages": [message_answer(rows[key]) for key in keys]}


def _newest_found(state: State) -> int:
    """When the latest message was sent that is found by now."""
    return state.clock.now() - round(state.settings.search_delay * TICKS_PER_SECOND)


def _newest(call: Call, stream: str, chosen: Filter) -> tuple[int, list[int]]:
    """How many messages there are, and the keys of one page of them.

    A few are found and sorted in one pass, by whatever index their filter has: the ``+`` keeps the one on the stream
    out of it. Where there are many, that index counts them and leads from the newest on.
    """
    values = (call.server, stream, *chosen.values)
    narrowed = "".join(f" AND {condition}" for condition in chosen.conditions)
    few = call.state.store.rows(
        f"SELECT at, key FROM messages WHERE +server = ? AND +stream = ?{narrowed} LIMIT ?",  # noqa: S608 - our names
        (*values, _FEW + 1),
    )
    if len(few) <= _FEW:
        few.sort(reverse=True)
        return len(few), [key for _, key in page_of(few, call.query)]
    scope = Filter(["server = ?", "stream = ?", *chosen.conditions], list(values))
    total, rows = page(call.state, "messages", "key", scope, call.query, order="at DESC, key DESC")
    return total, [row[0] for row in rows]


def _rows(state: State, keys: list[int]) -> dict[int, Row]:
    marks = ",".join("?" * len(keys))
    sql = f"SELECT {MESSAGE_COLUMNS} FROM {MESSAGE_TABLE} WHERE messages.key IN ({marks})"  # noqa: S608 - our own names
    return {row[0]: row for row in state.store.rows(sql, keys)}


def _row(state: State, key: int) -> Row:
    return state.store.row(f"SELECT {MESSAGE_COLUMNS} FROM {MESSAGE_TABLE} WHERE messages.key = ?", (key,))  # noqa: S608


def message_answer(row: Row) -> dict[str, Json]:
    """A message as the search shows it."""
    _key, id_, stream, tag, at, sender, subject, status, summary_text = row
    summary = json.loads(summary_text)
    return {
        "Tag": tag or "",
        "MessageID": id_,
        "MessageStream": stream,
        "To": summary["To"],
        "Cc": summary["Cc"],
        "Bcc": summary["Bcc"],
        "Recipients": summary["Recipients"],
        "ReceivedAt": dates.eastern(at),
        "From": sender,
        "Subject": subject or "",
        "Attachments": summary["Attachments"],
        "Status": status,
        "TrackOpens": summary["TrackOpens"],
        "TrackLinks": summary["TrackLinks"],
        "Metadata": summary["Metadata"],
        "Sandboxed": summary["Sandboxed"],
    }


def _is_found(state: State, key: int) -> bool:
    if not state.settings.search_delay:
        return True
    return bool(state.store.value("SELECT at FROM messages WHERE key = ?", (key,)) <= _newest_found(state))


def _own_message(call: Call) -> int:
    sent = find_sent(call.state, call.path["message_id"])
    if sent.server != call.server or not _is_found(call.state, sent.key):
        raise Problem(701, "This message was not found.")
    return sent.key


@handles("outbound_get")
def get_message(call: Call) -> Json:
    """One message with bodies and events."""
    key = _own_message(call)
    content = content_of(call.state, key)
    head = {}
    for name in ("TextBody", "HtmlBody"):
        head[name] = stored_part(content.parts.get(name))
    head["Body"] = source_of(call.state, key)
    return {**head, **message_answer(_row(call.state, key)), "MessageEvents": message_events(call.state, key)}


def stored_part(text: str | None) -> str | None:
    """A body as far as the activity keeps it."""
    if text is None or len(text) * 4 <= MAX_STORED_PART_BYTES:
        return text
    return text.encode()[:MAX_STORED_PART_BYTES].decode("utf-8", "ignore")


def message_events(state: State, key: int) -> list[dict[str, Json]]:
    """What happened to a message, oldest first."""
    rows = state.store.rows("SELECT recipient, type, at, details FROM events WHERE message = ? ORDER BY key", (key,))
    return [
        {"Recipient": recipient, "Type": type_, "ReceivedAt": dates.eastern(at), "Details": json.loads(details)}
        for recipient, type_, at, details in rows
    ]


@handles("outbound_get_dump")
def get_dump(call: Call) -> Json:
    """The raw source."""
    return {"Body": source_of(call.state, _own_message(call))}


_READER_PATHS = {
    "client_name": "$.Client.Name",
    "client_company": "$.Client.Company",
    "client_family": "$.Client.Family",
    "os_name": "$.OS.Name",
    "os_company": "$.OS.Company",
    "os_family": "$.OS.Family",
    "platform": "$.Platform",
    "country": "$.Geo.Country",
    "region": "$.Geo.Region",
    "city": "$.Geo.City",
}


def _engagements(call: Call, kind: str, chosen: Filter, list_name: str) -> Json:
    chosen.add("engagements.server = ?", call.server)
    chosen.add("kind = ?", kind)
    total, rows = page(
        call.state,
        "engagements JOIN messages ON messages.key = engagements.message",
        "id, engagements.stream, engagements.tag, engagements.at, data",
        chosen,
        call.query,
        order="engagements.at DESC, engagements.key DESC",
    )
    return {"TotalCount": total, list_name: [_engagement(kind, row) for row in rows]}


def _engagement(kind: str, row: Row) -> dict[str, Json]:
    id_, stream, tag, at, data = row
    return {
        "RecordType": kind,
        **json.loads(data),
        "MessageID": id_,
        "MessageStream": stream,
        "ReceivedAt": dates.eastern(at),
        "Tag": tag or "",
    }


def _search_engagements(call: Call, kind: str, list_name: str) -> Json:
    query = call.query
    stream = find_stream(call.state, call.server, query.get("messagestream", "outbound"))["ID"]
    chosen = Filter(["engagements.stream = ?"], [stream])
    if "recipient" in query:
        chosen.add("recipient = ?", query["recipient"].lower())
    if "tag" in query:
        chosen.add("engagements.tag = ?", query["tag"])
    for name, path in _READER_PATHS.items():
        if name in query:
            chosen.add("LOWER(json_extract(data, ?)) = ?", path, query[name].lower())
    return _engagements(call, kind, chosen, list_name)


@handles("outbound_list_opens")
def search_opens(call: Call) -> Json:
    """Every open."""
    return _search_engagements(call, "Open", "Opens")


@handles("outbound_list_clicks")
def search_clicks(call: Call) -> Json:
    """The first click of each recipient on each link."""
    return _search_engagements(call, "Click", "Clicks")


@handles("outbound_list_message_opens")
def message_opens(call: Call) -> Json:
    """Only the first open of a message is kept for this call."""
    key = _own_message(call)
    first = "engagements.key = (SELECT MIN(key) FROM engagements WHERE message = ? AND kind = 'Open')"
    return _engagements(call, "Open", Filter([first], [key]), "Opens")


@handles("outbound_list_message_clicks")
def message_clicks(call: Call) -> Json:
    """The clicks of one message."""
    return _engagements(call, "Click", Filter(["message = ?"], [_own_message(call)]), "Clicks")

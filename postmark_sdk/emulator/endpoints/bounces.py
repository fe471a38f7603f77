"""Bounces of a server."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from ..http.call import Call, handles
from ..mail.outcomes import reactivate
from ..reference import dates
from ..reference.bounce_types import BOUNCE_TYPES
from ..reference.dates import TICKS_PER_SECOND
from ..reference.limits import DUMP_DAYS, as_number
from ..reference.problems import Json, Problem
from ..state.paging import Filter, contains, page
from .streams import find_stream

if TYPE_CHECKING:
    from ..state.state import State
    from ..state.store import Row

COLUMNS = "id, server, stream, message, type, email, tag, at, inactive, can_activate, data, dump"


@handles("bounces_get_delivery_stats")
def delivery_stats(call: Call) -> Json:
    """Counts over the whole life of the server."""
    rows = call.state.store.rows(
        "SELECT type, COUNT(*) FROM bounces WHERE server = ? GROUP BY type ORDER BY MIN(id)", (call.server,)
    )
    inactive = call.state.store.value(
        "SELECT COUNT(DISTINCT address) FROM suppressions WHERE server = ?", (call.server,)
    )
    counts: list[dict[str, Json]] = [{"Name": "All", "Count": sum(row[1] for row in rows)}]
    counts += [{"Type": type_, "Name": BOUNCE_TYPES[type_].name, "Count": count} for type_, count in rows]
    return {"InactiveMails": inactive, "Bounces": counts}


@handles("bounces_list")
def list_bounces(call: Call) -> Json:
    """Bounces, latest first."""
    query = call.query
    stream = find_stream(call.state, call.server, query.get("messagestream", "outbound"))["ID"]
    chosen = Filter(["server = ?", "stream = ?"], [call.server, stream])
    for name, column in (("type", "type"), ("tag", "tag"), ("inactive", "inactive")):
        if name in query:
            chosen.add(f"{column} = ?", query[name])
    if "messageid" in query:
        chosen.add("message = ?", query["messageid"].lower())
    if "emailfilter" in query:
        chosen.add("email LIKE ? ESCAPE '\\'", contains(query["emailfilter"]))
    chosen.between(query, 1000)
    total, rows = page(call.state, "bounces", COLUMNS, chosen, query, order="at DESC, id DESC")
    return {"TotalCount": total, "Bounces": [bounce_answer(call.state, row) for row in rows]}


def bounce_answer(state: State, row: Row, *, content: bool = False) -> dict[str, Json]:
    """A bounce as the API shows it."""
    id_, server, stream, message, type_, email, tag, at, inactive, can_activate, data, dump = row
    kind = BOUNCE_TYPES[type_]
    record = json.loads(data)
    answer: dict[str, Json] = {
        "RecordType": "Bounce",
        "ID": id_,
        "Type": type_,
        "TypeCode": kind.code,
        "Name": kind.name,
        "Tag": tag,
        "MessageID": message,
        "ServerID": server,
        "MessageStream": stream,
        "Description": kind.description,
        "Details": record["Details"],
        "Email": email,
        "From": record["From"],
        "BouncedAt": dates.eastern(at),
        "DumpAvailable": _kept(state, at, dump),
        "Inactive": bool(inactive),
        "CanActivate": bool(can_activate),
        "Subject": record["Subject"],
    }
    if content and _kept(state, at, dump):
        answer["Content"] = dump
    return answer


def _kept(state: State, at: int, dump: str | None) -> bool:
    return dump is not None and state.clock.now() - at < DUMP_DAYS * 86_400 * TICKS_PER_SECOND


@handles("bounces_list_tags")
def list_tags(call: Call) -> Json:
    """Tags of bounced messages."""
    rows = call.state.store.rows(
        "SELECT DISTINCT tag FROM bounces WHERE server = ? AND tag IS NOT NULL AND tag != '' ORDER BY tag",
        (call.server,),
    )
    return [row[0] for row in rows]


def _find(call: Call) -> Row:
    number = as_number(call.path["bounce_id"])
    row = call.state.store.row(f"SELECT {COLUMNS} FROM bounces WHERE id = ? AND server = ?", (number, call.server))  # noqa: S608
    if row is None:
        raise Problem(1001, "The bounce was not found.")
    return row


@handles("bounces_get")
def get_bounce(call: Call) -> Json:
    """One bounce with its raw source."""
    return bounce_answer(call.state, _find(call), content=True)


@handles("bounces_get_dump")
def get_dump(call: Call) -> Json:
    """The raw source, for 30 days."""
    row = _find(call)
    return {"Body": row[11] if _kept(call.state, row[7], row[11]) else ""}


@handles("bounces_activate")
def activate(call: Call) -> Json:
    """Let Postmark send to the address again."""
    row = _find(call)
    activate_row(call.state, row)
    return {"Message": "OK", "Bounce": bounce_answer(call.state, _find(call), content=True)}


def activate_row(state: State, row: Row) -> None:
    """Reactivate the address of a bounce; code 1003 where that is not possible."""
    id_, server, stream, email, can_activate = row[0], row[1], row[2], row[5], row[9]
    if not can_activate:
        raise Problem(1003, "This bounce cannot be reactivated.")
    state.store.write("UPDATE bounces SET inactive = 0, can_activate = 0 WHERE id = ?", (id_,))
    reactivate(state, server, stream, email)

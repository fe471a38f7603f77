"""Message streams of a server."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from ..http.call import Call, handles
from ..http.fields import at_most, merged, need, one_of
from ..reference import dates
from ..reference.dates import TICKS_PER_SECOND
from ..reference.limits import MAX_STREAMS, PURGE_DAYS
from ..reference.problems import Json, Problem
from ..state.records import public

if TYPE_CHECKING:
    from ..state.state import State

_ID = re.compile(r"[a-z][a-z0-9_-]{0,29}")
_HTML = re.compile(r"<[a-zA-Z/!]")
_HANDLINGS = ("None", "Postmark", "Custom")
_TYPES = ("Transactional", "Inbound", "Broadcasts")
_PERMANENT = {"outbound", "inbound"}
_PURGE_TICKS = PURGE_DAYS * 86_400 * TICKS_PER_SECOND


def find_stream(state: State, server: int, stream_id: str) -> dict[str, Json]:
    """A stream by id; code 1226 if there is none."""
    purge_streams(state, server)
    found = state.records.get("stream", server, stream_id) or state.records.get("stream", server, stream_id.lower())
    if found is None:
        raise Problem(1226, "The message stream for the provided 'ID' was not found.")
    return found


def purge_streams(state: State, server: int) -> None:
    """Archived streams go after 45 days."""
    now = state.clock.now()
    for stream in state.records.all("stream", server):
        if stream.get("_purge") and stream["_purge"] <= now:
            with state.change():
                state.records.remove("stream", server, stream["ID"])


def add_stream(state: State, server: int, fields: dict[str, Json], handling: str) -> dict[str, Json]:
    """A stream that was just made."""
    stream: dict[str, Json] = {
        "ID": fields["ID"],
        "ServerID": server,
        "Name": fields["Name"],
        "Description": fields.get("Description"),
        "MessageStreamType": fields["MessageStreamType"],
        "CreatedAt": dates.eastern_seconds(state.clock.now()),
        "UpdatedAt": None,
        "ArchivedAt": None,
        "ExpectedPurgeDate": None,
        "SubscriptionManagementConfiguration": {"UnsubscribeHandlingType": handling},
    }
    return state.records.put("stream", server, stream["ID"], stream)


@handles("message_streams_list")
def list_streams(call: Call) -> Json:
    """All of one type, archived ones on request."""
    purge_streams(call.state, call.server)
    query = call.query
    kind = query.get("messagestreamtype", "All")
    archived = query.get("includearchivedstreams", False)
    found = [
        public(stream)
        for stream in call.state.records.all("stream", call.server)
        if kind in {"All", stream["MessageStreamType"]} and (archived or stream["ArchivedAt"] is None)
    ]
    return {"MessageStreams": found, "TotalCount": len(found)}


@handles("message_streams_get")
def get_stream(call: Call) -> Json:
    """One stream, archived or not."""
    return public(find_stream(call.state, call.server, call.path["stream_id"]))


def _check_create(call: Call) -> None:
    body = call.body
    need(body, "ID", 1222)
    if body["ID"].lower().startswith("pm-"):
        raise Problem(1233, "The 'ID' field must not begin with 'pm-'.")
    if body["ID"] == "all":
        raise Problem(1237, "The 'ID' 'all' is reserved.")
    if not _ID.fullmatch(body["ID"]):
        raise Problem(
            1227,
            "The 'ID' field must begin with a letter, may contain lower case letters, digits, '-' and '_', and is at "
            "most 30 characters long.",
        )
    need(body, "MessageStreamType", 1221)
    one_of(body, "MessageStreamType", _TYPES, 1221)
    need(body, "Name", 1223)
    _check_texts(body)
    if body["MessageStreamType"] == "Inbound":
        raise Problem(1228, "A server can only have one inbound stream.")


def _check_texts(body: dict[str, Json]) -> None:
    at_most(body, "Name", 100, 1224)
    at_most(body, "Description", 1000, 1231)
    if _HTML.search(body.get("Description") or ""):
        raise Problem(1234, "The 'Description' field must not contain HTML.")
    configuration = body.get("SubscriptionManagementConfiguration")
    if configuration:
        one_of(configuration, "UnsubscribeHandlingType", _HANDLINGS, 1240)


def _handling(body: dict[str, Json], kind: str) -> str:
    default = "Postmark" if kind == "Broadcasts" else "None"
    configuration = body.get("SubscriptionManagementConfiguration") or {}
    handling = str(configuration.get("UnsubscribeHandlingType", default))
    if handling == "Custom":
        raise Problem(1238, "Custom unsubscribe handling is not enabled for this account.")
    if (kind == "Broadcasts") != (handling == "Postmark"):
        raise Problem(1239, f"The unsubscribe handling '{handling}' is not supported by streams of type '{kind}'.")
    return handling


@handles("message_streams_create", check=_check_create)
def create_stream(call: Call) -> Json:
    """A new stream."""
    records = call.state.records
    body = call.body
    if records.get("stream", call.server, body["ID"]) is not None:
        raise Problem(1230, f"A message stream with the 'ID' '{body['ID']}' already exists on this server.")
    active = [stream for stream in records.all("stream", call.server) if stream["ArchivedAt"] is None]
    if len(active) >= MAX_STREAMS:
        raise Problem(1225, f"This server has reached its limit of {MAX_STREAMS} message streams.")
    return public(add_stream(call.state, call.server, body, _handling(body, body["MessageStreamType"])))


def _check_update(call: Call) -> None:
    if "Name" in call.body:
        need(call.body, "Name", 1223)
    _check_texts(call.body)


@handles("message_streams_update", check=_check_update)
def update_stream(call: Call) -> Json:
    """Name, description and unsubscribe handling; the rest is for life."""
    old = find_stream(call.state, call.server, call.path["stream_id"])
    new = merged(old, call.body, ("Name", "Description"))
    if "SubscriptionManagementConfiguration" in call.body:
        handling = _handling(call.body, old["MessageStreamType"])
        new["SubscriptionManagementConfiguration"] = {"UnsubscribeHandlingType": handling}
    new["UpdatedAt"] = dates.eastern_seconds(call.state.clock.now())
    return public(call.state.records.put("stream", call.server, old["ID"], new))


@handles("message_streams_archive")
def archive_stream(call: Call) -> Json:
    """Stop a stream; it goes for good 45 days later."""
    stream = archive(call.state, call.server, call.path["stream_id"])
    return {name: stream[name] for name in ("ID", "ServerID", "ExpectedPurgeDate")}


def archive(state: State, server: int, stream_id: str) -> dict[str, Json]:
    """A stream that is archived now, or was before."""
    stream = find_stream(state, server, stream_id)
    if stream["ID"] in _PERMANENT:
        raise Problem(1229, "The default transactional and inbound streams cannot be archived.")
    now = state.clock.now()
    if stream["ArchivedAt"] is None:
        stream = {
            **stream,
            "ArchivedAt": dates.eastern_seconds(now),
            "ExpectedPurgeDate": dates.eastern_seconds(now + _PURGE_TICKS),
            "_purge": now + _PURGE_TICKS,
        }
        state.records.put("stream", server, stream["ID"], stream)
    return stream


@handles("message_streams_unarchive")
def unarchive_stream(call: Call) -> Json:
    """Take it back while it is still there."""
    stream = find_stream(call.state, call.server, call.path["stream_id"])
    new = {**stream, "ArchivedAt": None, "ExpectedPurgeDate": None, "_purge": None}
    return public(call.state.records.put("stream", call.server, stream["ID"], new))

"""The calling server, and the servers of the account."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit
from uuid import uuid4

from ..http.call import Call, handles
from ..http.fields import merged, need, need_body, one_of
from ..reference.problems import Json, Problem, confirmation
from ..state.paging import page_of
from ..state.records import ACCOUNT, public
from .streams import add_stream

if TYPE_CHECKING:
    from ..state.state import State

_COLORS = ("purple", "blue", "turquoise", "green", "red", "yellow", "grey", "orange")
_TRACK_LINKS = ("None", "HtmlAndText", "HtmlOnly", "TextOnly")
_HOOKS = ("InboundHookUrl", "BounceHookUrl", "OpenHookUrl", "DeliveryHookUrl", "ClickHookUrl")
EDITABLE = (
    *_HOOKS,
    "Name",
    "Color",
    "SmtpApiActivated",
    "RawEmailEnabled",
    "PostFirstOpenOnly",
    "InboundDomain",
    "InboundSpamThreshold",
    "TrackOpens",
    "TrackLinks",
    "IncludeBounceContentInHook",
    "EnableSmtpApiErrorHooks",
)
_MAX_SPAM_THRESHOLD = 30
_TABLES = (
    "messages engagements bounces suppressions inbound bulk deliveries".split()  # noqa: SIM905 - a list to read
)


def _check(call: Call) -> None:
    body = call.body
    need_body(call, 609)
    if call.operation.id == "servers_create" or "Name" in body:
        need(body, "Name", 608)
    one_of(body, "Color", _COLORS, 607)
    one_of(body, "TrackLinks", _TRACK_LINKS, 612)
    one_of(body, "DeliveryType", ("Live", "Sandbox"), 613)
    if not 0 <= body.get("InboundSpamThreshold", 0) <= _MAX_SPAM_THRESHOLD:
        raise Problem(611, "The 'InboundSpamThreshold' field must be between 0 and 30.")
    for name in _HOOKS:
        if body.get(name) and not is_url(body[name]):
            raise Problem(606, f"The '{name}' field is not a valid URL.")


def is_url(text: str) -> bool:
    """Whether something can be posted there."""
    try:
        parts = urlsplit(text)
        _ = parts.port
    except ValueError:
        return False
    return parts.scheme in {"http", "https"} and bool(parts.hostname) and text.isprintable() and " " not in text


def add_server(state: State, fields: dict[str, Json], token: str) -> dict[str, Json]:
    """A server with its three default streams."""
    number = state.records.next_number("server")
    hash_ = f"{number:032x}"
    document: dict[str, Json] = {
        "ID": number,
        "Name": "",
        "ApiTokens": [token],
        "Color": "blue",
        "SmtpApiActivated": True,
        "RawEmailEnabled": False,
        "DeliveryType": "Live",
        "ServerLink": f"https://account.postmarkapp.com/servers/{number}/streams",
        "InboundAddress": f"{hash_}@inbound.postmarkapp.com",
        "InboundHookUrl": "",
        "BounceHookUrl": "",
        "OpenHookUrl": "",
        "DeliveryHookUrl": "",
        "PostFirstOpenOnly": False,
        "InboundDomain": "",
        "InboundHash": hash_,
        "InboundSpamThreshold": 0,
        "TrackOpens": False,
        "TrackLinks": "None",
        "IncludeBounceContentInHook": False,
        "ClickHookUrl": "",
        "EnableSmtpApiErrorHooks": False,
        **fields,
    }
    state.records.put("server", ACCOUNT, number, document)
    for id_, name, type_, handling in _STREAMS:
        add_stream(state, number, {"ID": id_, "Name": name, "MessageStreamType": type_}, handling)
    return document


_STREAMS = (
    ("outbound", "Default Transactional Stream", "Transactional", "None"),
    ("inbound", "Default Inbound Stream", "Inbound", "None"),
    ("broadcast", "Default Broadcast Stream", "Broadcasts", "Postmark"),
)


def _check_inbound_domain(state: State, server: int | None, body: dict[str, Json]) -> None:
    domain = (body.get("InboundDomain") or "").lower()
    if not domain:
        return
    if "postmarkapp.com" in domain:
        raise Problem(608, "The 'InboundDomain' field must not contain postmarkapp.com.")
    if any(each["InboundDomain"].lower() == domain and each["ID"] != server for each in _all(state)):
        raise Problem(602, f"The inbound domain '{domain}' is already in use.")
    if not state.settings.dns_verified:
        raise Problem(610, f"The MX record of '{domain}' does not point to inbound.postmarkapp.com.")


def _all(state: State) -> list[dict[str, Json]]:
    return state.records.all("server", ACCOUNT)


def _check_name(state: State, server: int | None, body: dict[str, Json]) -> None:
    name = str(body.get("Name", "")).strip().lower()
    if name and any(each["Name"].lower() == name and each["ID"] != server for each in _all(state)):
        raise Problem(603, f"A server with the name '{body['Name']}' already exists.")


def _find(state: State, number: int | str) -> dict[str, Json]:
    found = state.records.get("server", ACCOUNT, number)
    if found is None:
        raise Problem(601, "The server was not found.")
    return found


def _update(call: Call, number: int | str) -> Json:
    old = _find(call.state, number)
    _check_name(call.state, old["ID"], call.body)
    _check_inbound_domain(call.state, old["ID"], call.body)
    new = merged(old, call.body, EDITABLE)
    return public(call.state.records.put("server", ACCOUNT, old["ID"], new))


@handles("server_get")
def get_own_server(call: Call) -> Json:
    """The server the token belongs to."""
    return public(_find(call.state, call.server))


@handles("server_update", check=_check)
def update_own_server(call: Call) -> Json:
    """Change what is given."""
    return _update(call, call.server)


@handles("servers_list")
def list_servers(call: Call) -> Json:
    """Servers of the account by part of their name."""
    name = call.query.get("name", "").lower()
    found = [public(server) for server in _all(call.state) if name in server["Name"].lower()]
    return {"TotalCount": len(found), "Servers": page_of(found, call.query)}


@handles("servers_get")
def get_server(call: Call) -> Json:
    """One server."""
    return public(_find(call.state, call.path["server_id"]))


@handles("servers_create", check=_check)
def create_server(call: Call) -> Json:
    """A new server with its default streams."""
    _check_name(call.state, None, call.body)
    _check_inbound_domain(call.state, None, call.body)
    fields = merged({}, call.body, (*EDITABLE, "DeliveryType"))
    return public(add_server(call.state, fields, token=str(uuid4())))


@handles("servers_update", check=_check)
def update_server(call: Call) -> Json:
    """Change what is given."""
    return _update(call, call.path["server_id"])


@handles("servers_delete")
def delete_server(call: Call) -> Json:
    """Remove a server and all it holds, where the account may do so by API."""
    server = _find(call.state, call.path["server_id"])
    if not call.state.settings.may_delete_servers:
        raise Problem(604, "You don't have permission to delete servers through the API.")
    number = server["ID"]
    _forget(call.state, number)
    return confirmation(f"Server {server['Name']} removed.")


def _forget(state: State, number: int) -> None:
    own = "IN (SELECT key FROM messages WHERE server = ?)"
    for table in ("contents", "recipients", "metadata", "events"):
        state.store.write(f"DELETE FROM {table} WHERE message {own}", (number,))  # noqa: S608 - our own names
    for table in _TABLES:
        state.store.write(f"DELETE FROM {table} WHERE server = ?", (number,))  # noqa: S608 - our own names
    state.records.remove_server(number)
    state.records.remove("server", ACCOUNT, number)

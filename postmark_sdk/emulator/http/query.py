"""Query strings: names without regard to case, values by the description, each area's own error code."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import parse_qsl

from ..reference.limits import MAX_INT64, MAX_PAGE, MAX_WINDOW
from ..reference.problems import Json, Problem

if TYPE_CHECKING:
    from ..reference.description import Operation, Parameter

_CODES = {
    "templates": 1100,
    "outbound": 700,
    "inbound": 700,
    "bounces": 1000,
    "servers": 600,
    "domains": 500,
    "sender_signatures": 500,
    "inbound_rules": 800,
    "tag_triggers": 800,
    "stats": 900,
    "message_streams": 1221,
    "suppressions": 1407,
    "webhooks": 1361,
}
_OWN_CODES = {("suppressions", "suppressionreason"): 1404, ("suppressions", "origin"): 1405}
_WINDOWED = {"outbound", "inbound", "bounces"}
_UNPAGED_ALLOWED = {
    # Published examples and recorded calls leave the paging out on these.
    "inbound_rules_list",
    "emails_list_bulk",
    "outbound_list_message_opens",
    "outbound_list_message_clicks",
}
_BOOLEANS = {"true": True, "1": True, "false": False, "0": False}


Pairs = list[tuple[str, str]]


def split_query(query_string: bytes) -> Pairs:
    """Names and values as they were written."""
    if not query_string:
        return []
    return parse_qsl(query_string.decode("latin-1"), keep_blank_values=True, errors="replace")


def read_query(operation: Operation, pairs: Pairs) -> dict[str, Json]:
    """Values by lower-case name; whatever is wrong is the area's code."""
    given = {name.lower(): value for name, value in pairs}
    values: dict[str, Json] = {}
    for parameter in operation.parameters:
        if parameter.place != "query":
            continue
        if parameter.prefix is not None:
            values["metadata"] = _metadata(parameter.prefix, pairs)
        elif given.get(parameter.name.lower(), "") != "":
            values[parameter.name.lower()] = _value(operation, parameter, given[parameter.name.lower()])
    _page(operation, values)
    return values


def _metadata(prefix: str, pairs: Pairs) -> dict[str, str]:
    found = {name[len(prefix) :]: value for name, value in pairs if name.lower().startswith(prefix)}
    if len(found) > 1:
        raise Problem(700, "Only one metadata field can be searched for at a time.")
    return found


def _problem(operation: Operation, name: str) -> Problem:
    code = _OWN_CODES.get((operation.tag, name.lower()), _CODES.get(operation.tag, 403))
    return Problem(code, f"The value of the '{name}' parameter is missing or invalid.")


def _value(operation: Operation, parameter: Parameter, text: str) -> Json:
    schema = parameter.schema
    kind = schema.get("type")
    if kind == "integer":
        return _integer(operation, parameter.name, text)
    if kind == "boolean":
        if text.lower() not in _BOOLEANS:
            raise _problem(operation, parameter.name)
        return _BOOLEANS[text.lower()]
    if "enum" in schema:
        matching = [each for each in schema["enum"] if each.lower() == text.lower()]
        if not matching:
            raise _problem(operation, parameter.name)
        return matching[0]
    return text


def _integer(operation: Operation, name: str, text: str) -> int:
    try:
        number = int(text) if text.isascii() else None
    except ValueError:
        number = None
    if number is None or abs(number) > MAX_INT64:
        raise _problem(operation, name)
    return number


def _page(operation: Operation, values: dict[str, Json]) -> None:
    if not any(parameter.name.lower() == "count" for parameter in operation.parameters):
        return
    optional = operation.id in _UNPAGED_ALLOWED or bool(values.get("messageid"))
    for name in ("count", "offset"):
        if name not in values and not optional:
            raise _problem(operation, name)
    count = values.setdefault("count", MAX_PAGE)
    offset = values.setdefault("offset", 0)
    if not 1 <= count <= MAX_PAGE:
        raise _problem(operation, "count")
    if offset < 0:
        raise _problem(operation, "offset")
    if operation.tag in _WINDOWED and count + offset > MAX_WINDOW:
        code = _CODES[operation.tag]
        raise Problem(code, f"The sum of 'count' and 'offset' cannot exceed {MAX_WINDOW}.")

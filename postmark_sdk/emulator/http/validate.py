"""A request body against the description: spelling, then types, then the area's own rules, then the rest.

Postmark answers code 403 for a wrong type and an own code for most broken rules. So errors of type come first,
then the rules written after the reference documents get their say, and what only the description forbids comes last.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import jsonschema_rs

from ..reference.limits import as_number
from ..reference.normalise import metadata_as_text, normalise
from ..reference.problems import Json, invalid_fields
from .call import CHECKS, Call

if TYPE_CHECKING:
    from collections.abc import Iterable

_STRUCTURAL = {"type", "oneOf", "anyOf", "falseSchema"}
_TEMPLATE_TYPED = {"templates_create", "templates_validate"}
_SERVER_IDS = ("SourceServerID", "DestinationServerID")


def judge(call: Call) -> None:
    """Replace ``call.body`` by its normalised form, or raise what is wrong with it."""
    unknown: list[str] = []
    body = normalise(call.given, call.operation.shape, unknown)
    call.body = _tolerate(call.operation.id, body)
    if unknown and call.state.settings.strict:
        raise invalid_fields(*unknown[:5])
    wrong = _description_errors(call)
    check = CHECKS.get(call.operation.id)
    if check is not None:
        check(call)
    if wrong:
        # Checks put words into their spelling, so what the description forbids is asked once more.
        _refuse_rest(call, _description_errors(call))


def _tolerate(operation_id: str, body: Json) -> Json:
    if operation_id == "templates_push" and isinstance(body, dict):
        for name in _SERVER_IDS:
            _as_number(body, name)
    elif operation_id.startswith("emails_"):
        for message in _messages(body):
            metadata_as_text(message)
            _track_links_spelling(message)
            _as_number(message, "TemplateId")
    elif operation_id in _TEMPLATE_TYPED and isinstance(body, dict) and body.get("TemplateType") == "":
        del body["TemplateType"]
    return body


def _messages(body: Json) -> Iterable[Json]:
    if isinstance(body, list):
        yield from body
    elif isinstance(body, dict):
        yield body
        inner = body.get("Messages")
        if isinstance(inner, list):
            yield from inner


_TRACK_LINKS = {name.lower(): name for name in ("None", "HtmlAndText", "HtmlOnly", "TextOnly")}


def _track_links_spelling(message: Json) -> None:
    given = message.get("TrackLinks") if isinstance(message, dict) else None
    if given == "":
        del message["TrackLinks"]
    elif isinstance(given, str):
        message["TrackLinks"] = _TRACK_LINKS.get(given.lower(), given)


def _as_number(values: Json, name: str) -> None:
    """A number passes as text."""
    given = values.get(name) if isinstance(values, dict) else None
    if isinstance(given, str):
        values[name] = given if (number := as_number(given)) is None else number


def _description_errors(call: Call) -> list[jsonschema_rs.ValidationError]:
    """What the description has against the body; wrong types are raised at once."""
    validator = call.operation.validator
    if validator is None or validator.is_valid(call.body):
        return []
    errors = list(validator.iter_errors(call.body))
    structural = [_place(error.instance_path) for error in errors if error.kind.name in _STRUCTURAL]
    if structural:
        raise invalid_fields(*dict.fromkeys(structural[:5]))
    return errors


def _refuse_rest(call: Call, errors: list[jsonschema_rs.ValidationError]) -> None:
    """Errors of single messages wait for their message's turn; any other is the request's."""
    for error in errors:
        problem = invalid_fields(_name(error))
        index = _message_index(call, error)
        if index is None:
            raise problem
        call.item_problems.setdefault(index, problem)


def _message_index(call: Call, error: jsonschema_rs.ValidationError) -> int | None:
    path = error.instance_path
    if call.operation.id in {"emails_send", "emails_send_with_template"}:
        return 0
    if call.operation.id == "emails_send_batch" and path:
        return int(path[0])
    if call.operation.id == "emails_send_batch_with_templates" and len(path) > 1:
        return int(path[1])
    return None


def _place(path: list[str | int]) -> str:
    return "$" + "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in path)


def _name(error: jsonschema_rs.ValidationError) -> str:
    kind = error.kind
    path = list(error.instance_path)
    if isinstance(kind, jsonschema_rs.ValidationErrorKind.Required):
        path.append(str(kind.property))
    return f"'{_place(path)[2:]}'" if path else "$"

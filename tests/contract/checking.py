"""What is wrong with a request, by the description alone: neither the package's models nor its tables are asked."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, unquote, urlsplit

from tests.description import Described, Node, complaints, fitting, operations, properties, resolve

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

TOKENS = {"X-Postmark-Server-Token": "server-token-for-tests", "X-Postmark-Account-Token": "account-token-for-tests"}


def matching(method: str, target: str) -> tuple[Described | None, dict[str, str]]:
    """The operation of a request and the values in its path; literal segments win over placeholders."""
    given = urlsplit(target).path.split("/")
    best: tuple[Described | None, dict[str, str]] = (None, {})
    for operation in operations().values():
        values = _path_values(operation.path.split("/"), given) if operation.method == method else None
        if values is not None and (best[0] is None or len(values) < len(best[1])):
            best = operation, values
    return best


def _path_values(template: list[str], given: list[str]) -> dict[str, str] | None:
    if len(template) != len(given):
        return None
    values = {}
    for part, real in zip(template, given, strict=True):
        if part.startswith("{"):
            values[part.strip("{}")] = unquote(real)
        elif part != real:
            return None
    return values


def problems(operation: Described, target: str, headers: Mapping[str, str], body: bytes) -> list[str]:
    """Everything that a strict reader of the description objects to."""
    values = matching(operation.method, target)[1]
    return [
        *_headers(operation, headers, body),
        *_parameters(operation, values, urlsplit(target).query),
        *_body(operation, body),
    ]


def _headers(operation: Described, headers: Mapping[str, str], body: bytes) -> Iterator[str]:
    wanted = "X-Postmark-Account-Token" if operation.account else "X-Postmark-Server-Token"
    for name, token in TOKENS.items():
        if headers.get(name) != (token if name == wanted else None):
            yield f"header {name}: {'wrong' if name == wanted else 'not for this operation'}"
    if headers.get("Accept") != "application/json":
        yield "header Accept: not application/json"
    if body and headers.get("Content-Type") != "application/json":
        yield "header Content-Type: not application/json"
    if operation.method != "GET" and headers.get("Content-Length") != str(len(body)):
        yield "header Content-Length: missing or wrong"
    if not headers.get("User-Agent", "").startswith("postmark-sdk-python/"):
        yield "header User-Agent: does not name the package"


def _parameters(operation: Described, path_values: Mapping[str, str], query: str) -> Iterator[str]:
    pairs = parse_qsl(query, keep_blank_values=True, strict_parsing=bool(query))
    if len(dict(pairs)) != len(pairs):
        yield "query: a parameter stands twice"
    given = {**dict(pairs), **path_values}
    for name, text in given.items():
        parameter = next((each for each in operation.parameters if _is(each, name)), None)
        if parameter is None:
            yield f"query {name}: no such parameter"
        elif "x-postmark-prefix" not in parameter and not _fits(text, parameter["schema"]):
            yield f"parameter {name}: {text!r} is not valid"
    for parameter in operation.parameters:
        if parameter.get("required") and parameter["name"] not in given:
            yield f"parameter {parameter['name']}: missing"


def _is(parameter: Node, name: str) -> bool:
    prefix = parameter.get("x-postmark-prefix")
    return bool(name.startswith(prefix)) if prefix else bool(parameter["name"] == name)


def _fits(text: str, schema: Node) -> bool:
    """A parameter is text; it fits if it is a spelling of a value that the schema allows."""
    candidates: list[Any] = [text]
    if text.lstrip("-").isdigit():
        candidates.append(int(text))
    if text in {"true", "false"}:
        candidates.append(text == "true")
    return any(not complaints(candidate, schema) for candidate in candidates)


def _body(operation: Described, body: bytes) -> Iterator[str]:
    if operation.request is None:
        if body:
            yield "body: there is none to this operation"
        return
    try:
        value = json.loads(body)
    except ValueError:
        yield "body: not JSON"
        return
    schema = operation.request["schema"]
    yield from (f"body {complaint}" for complaint in complaints(value, schema))
    yield from (f"body: no such field: {name}" for name in unknown_fields(value, schema))


def unknown_fields(value: Any, schema: Node) -> Iterator[str]:
    """Keys that no schema names: the schemas allow them, since Postmark may grow, but a test does not."""
    schema = fitting(value, resolve(schema))
    known = properties(schema)
    if isinstance(value, list) and "items" in schema:
        for item in value:
            yield from unknown_fields(item, schema["items"])
    elif isinstance(value, dict) and known:
        for key, item in value.items():
            if key in known:
                yield from unknown_fields(item, known[key])
            else:
                yield key

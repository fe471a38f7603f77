"""House rules of the description that neither OpenAPI nor the parser checks, each with what to write instead."""

from __future__ import annotations

import collections
import re
from typing import TYPE_CHECKING, Any

from .document import METHODS, Document, Node, RawOperation
from .naming import attribute

if TYPE_CHECKING:
    from collections.abc import Iterator

Problems = list[str]

_SCHEMES = {"serverToken", "accountToken"}
_REQUIRED_EXTENSIONS = {
    "x-postmark-errors": "the list of error codes it can answer, or []",
    "x-postmark-idempotent": "true if it may be repeated after an unknown outcome, else false",
    "x-postmark-timeout": "call or batch",
}
_TIMEOUT_CLASSES = ("call", "batch")
_SNAKE = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")
_CAMEL = re.compile(r"[A-Z][A-Za-z0-9]*")
_SUMMARY_MAX = 80


def lint(document: Document) -> Problems:
    """All problems of a document; an empty list when it can be compiled."""
    references = list(_unresolved(document))
    if references:  # every other rule follows references
        return references
    found: Problems = []
    for rule in (_operations, _webhooks, _schemas, _error_codes, _paths):
        found += (f"{document.name}: {problem}" for problem in rule(document))
    return found


def _unresolved(document: Document) -> Iterator[str]:
    for where, node in _walk(document.root, ""):
        reference = node.get("$ref")
        if isinstance(reference, str) and not _resolves(document.root, reference):
            yield (
                f"{document.name}: {where}: $ref {reference!r} points nowhere: "
                f"define it under components, or correct the name"
            )


def _resolves(root: Node, reference: str) -> bool:
    if not reference.startswith("#/"):
        return False
    target: Any = root
    for part in reference[2:].split("/"):
        key = part.replace("~1", "/").replace("~0", "~")
        if not isinstance(target, dict) or key not in target:
            return False
        target = target[key]
    return True


def _walk(root: Any, where: str) -> Iterator[tuple[str, Node]]:
    """Every mapping of the document with its place, examples left out: they are data."""
    pending = [(where, root)]
    while pending:
        place, node = pending.pop()
        if isinstance(node, dict):
            yield place.lstrip("."), node
            pending.extend(
                (f"{place}.{key}", child) for key, child in node.items() if key not in {"examples", "example"}
            )
        elif isinstance(node, list):
            pending.extend((f"{place}[{index}]", child) for index, child in enumerate(node))


def _paths(document: Document) -> Iterator[str]:
    allowed = {*METHODS, "parameters", "summary", "description"}
    for path, item in document.root.get("paths", {}).items():
        for key in item:
            if key not in allowed:
                yield f"paths.{path}.{key}: only operations and parameters stand here: move it into the operation"


# --- operations -----------------------------------------------------------------------------------------------------


def _operations(document: Document) -> Iterator[str]:
    operations = list(document.operations())
    counts = collections.Counter(str(operation.node.get("operationId")) for operation in operations)
    for operation in operations:
        for problem in _operation(document, operation, counts):
            yield f"{operation.where}: {problem}"


def _operation(document: Document, operation: RawOperation, counts: collections.Counter[str]) -> Iterator[str]:
    yield from _operation_id(document, operation.node, counts)
    yield from _operation_texts(operation.node)
    yield from _operation_security(operation.node)
    yield from _operation_extensions(document, operation.node)
    yield from _operation_parameters(document, operation)
    yield from _operation_contents(document, operation.node)
    yield from _operation_paging(document, operation)


def _operation_id(document: Document, node: Node, counts: collections.Counter[str]) -> Iterator[str]:
    name, tags = str(node.get("operationId")), node.get("tags", [])
    if counts[name] > 1:
        yield f"operationId {name!r} is used {counts[name]} times: give each operation its own"
    if len(tags) != 1:
        yield f"{len(tags)} tags: an operation belongs to exactly one"
    elif tags[0] not in document.tags:
        known = ", ".join(document.tags)
        yield f"unknown tag {tags[0]!r}: declare it under tags, or use one of {known}"
    elif not name.startswith(f"{tags[0]}_") or not _SNAKE.fullmatch(name):
        yield f"operationId {name!r}: write it in snake_case as {tags[0]}_<method>"


def _operation_texts(node: Node) -> Iterator[str]:
    summary = node.get("summary", "")
    if not summary.endswith(".") or len(summary) > _SUMMARY_MAX:
        yield f"summary: write one sentence of at most {_SUMMARY_MAX} characters that ends with a full stop"
    if not node.get("description"):
        yield "description: missing: say what the summary does not"
    if node.get("deprecated") and not node.get("x-postmark-deprecated"):
        yield "x-postmark-deprecated: missing: say in one sentence what to use instead"


def _operation_security(node: Node) -> Iterator[str]:
    schemes = [name for item in node.get("security", []) for name in item]
    if len(schemes) != 1 or schemes[0] not in _SCHEMES:
        yield "security: name exactly one of " + " and ".join(sorted(_SCHEMES))


def _operation_extensions(document: Document, node: Node) -> Iterator[str]:
    for key, advice in _REQUIRED_EXTENSIONS.items():
        if key not in node:
            yield f"{key}: missing: write {advice}"
    if node.get("x-postmark-timeout", "call") not in _TIMEOUT_CLASSES:
        yield f"x-postmark-timeout: {node['x-postmark-timeout']!r}: write one of {', '.join(_TIMEOUT_CLASSES)}"
    if node.get("x-postmark-in-parts") and not (
        node.get("x-postmark-idempotent") and node.get("x-postmark-body-list") and node.get("x-postmark-pagination")
    ):
        yield (
            "x-postmark-in-parts: a half-done call has to be given again, and answers are joined: it takes "
            "x-postmark-idempotent, x-postmark-body-list and x-postmark-pagination"
        )
    catalogue = document.root.get("x-postmark-error-codes", {})
    for code in node.get("x-postmark-errors", ()):
        if str(code) not in catalogue:
            yield f"x-postmark-errors: code {code} is not in x-postmark-error-codes: add it there, or correct it"


def _operation_parameters(document: Document, operation: RawOperation) -> Iterator[str]:
    names: dict[str, str] = {}
    for node in document.parameters(operation):
        wire = node["name"]
        if not node.get("description"):
            yield f"parameter {wire}: no description: say its unit, its limit and what leaving it out means"
        if "example" not in node:
            yield f"parameter {wire}: no example: add one"
        yield from _collision(names, wire, node)
    for placeholder in re.findall(r"{(\w+)}", operation.path):
        if placeholder not in names.values():
            yield f"parameter {placeholder}: stands in the path only: describe it under parameters"


def _operation_contents(document: Document, node: Node) -> Iterator[str]:
    for where, content in _contents(node):
        for media_type, media in content.items():
            place = f"{where}.content.{media_type}"
            if _inline_object(media.get("schema", {})):
                yield f"{place}.schema: inline object: put it under components/schemas and refer to it"
            if not _has_example(document, media):
                yield f"{place}: no example: add one under examples"
    if "200" not in node.get("responses", {}):
        yield "responses: no '200': every success of the API is a 200"


def _contents(node: Node) -> Iterator[tuple[str, Node]]:
    if "requestBody" in node:
        yield "requestBody", node["requestBody"].get("content", {})
    for status, response in node.get("responses", {}).items():
        yield f"responses.{status}", response.get("content", {})


def _has_example(document: Document, media: Node) -> bool:
    if media.get("examples") or "example" in media:
        return True
    schema = media.get("schema", {})
    return bool(document.resolve(schema).get("examples"))


def _operation_paging(document: Document, operation: RawOperation) -> Iterator[str]:
    paging = operation.node.get("x-postmark-pagination")
    if paging is None:
        return
    content = operation.node["responses"]["200"].get("content", {}).get("application/json", {})
    fields = document.properties(content.get("schema", {}))
    for key in ("items", "total"):
        if key in paging and paging[key] not in fields:
            yield f"x-postmark-pagination.{key}: {paging[key]!r} is not a property of the answer: correct the name"
    if "items" not in paging:
        yield "x-postmark-pagination.items: missing: name the property that holds the list"


# --- schemas and the rest -------------------------------------------------------------------------------------------


def _webhooks(document: Document) -> Iterator[str]:
    for operation in document.webhooks():
        for problem in _operation_contents(document, operation.node):
            yield f"webhooks.{operation.path}: {problem}"
        event = operation.node.get("x-postmark-event")
        if event not in document.schemas:
            yield f"webhooks.{operation.path}.x-postmark-event: {event!r} is no schema: name the event's schema"


def _schemas(document: Document) -> Iterator[str]:
    for name, schema in document.schemas.items():
        where = f"components.schemas.{name}"
        if not _CAMEL.fullmatch(name):
            yield f"{where}: write the name in CamelCase"
        if not schema.get("description"):
            yield f"{where}: no description: say what it is"
        for problem in (*_schema_shape(schema), *_schema_names(document, schema)):
            yield f"{where}{problem}"


def _schema_shape(schema: Node) -> Iterator[str]:
    for place, node in _walk(schema, ""):
        dot = f".{place}" if place else ""
        if "title" in node and not place.endswith("properties"):
            yield f"{dot}.title: the parser drops schemas of equal title: remove it"
        kind = node.get("type")
        if isinstance(kind, list) and ("enum" in node or "object" in kind):
            yield f"{dot}: nullable enum or object: write oneOf with a $ref and type 'null'"
        if place and not re.fullmatch(r"allOf\[\d+\]", place) and _inline_object(node):
            yield f"{dot}: inline object: put it under components/schemas and refer to it"
    for wire, node in _own_properties(schema):
        if "$ref" not in node and not node.get("description"):
            yield f".properties.{wire}: no description: say its meaning, unit and limit"


def _own_properties(schema: Node) -> Iterator[tuple[str, Node]]:
    yield from schema.get("properties", {}).items()
    for part in schema.get("allOf", ()):
        yield from part.get("properties", {}).items()


def _schema_names(document: Document, schema: Node) -> Iterator[str]:
    names: dict[str, str] = {}
    for wire, node in document.properties(schema).items():
        for problem in _collision(names, wire, node):
            yield f".properties: {problem}"
        for alias in node.get("x-postmark-aliases", ()):
            if alias in document.properties(schema):
                yield f".properties.{wire}: the alias {alias!r} is a property of its own: keep one of the two"


def _collision(names: dict[str, str], wire: str, node: Node) -> Iterator[str]:
    name = node.get("x-postmark-name") or attribute(wire)
    if name in names.values():
        other = next(key for key, value in names.items() if value == name)
        yield f"{other!r} and {wire!r} both become {name!r}: give one of them an x-postmark-name"
    names[wire] = name


def _inline_object(node: Node) -> bool:
    return "properties" in node and isinstance(node["properties"], dict) and node.get("type", "object") == "object"


def _error_codes(document: Document) -> Iterator[str]:
    for code, entry in document.root.get("x-postmark-error-codes", {}).items():
        for key in ("status", "meaning", "hint", "kind"):
            if not entry.get(key):
                yield f"x-postmark-error-codes.{code}.{key}: missing"

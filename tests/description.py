"""The description as tests see it: read from the file, without the package and without the generator."""

from __future__ import annotations

import datetime as _dt
import functools
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import yaml
from jsonschema import Draft202012Validator
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parent.parent
SPEC = ROOT / "spec" / "postmark.yaml"
Node = dict[str, Any]

_URI = "urn:description"


@functools.cache
def document() -> Node:
    """The whole file. libyaml reads it in a fifth of a second, Python alone needs some seconds."""
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    root: Node = yaml.load(SPEC.read_text(encoding="utf-8"), Loader=loader)  # noqa: S506 - both are safe loaders
    return root


def resolve(node: Node) -> Node:
    """Follow ``$ref``."""
    while "$ref" in node:
        target: Any = document()
        for part in node["$ref"].removeprefix("#/").split("/"):
            target = target[part]
        node = {**target, **{key: value for key, value in node.items() if key != "$ref"}}
    return node


def properties(schema: Node) -> dict[str, Node]:
    """Wire name -> property, ``allOf`` flattened."""
    schema = resolve(schema)
    found: dict[str, Node] = {}
    for part in schema.get("allOf", ()):
        found.update(properties(part))
    return {**found, **schema.get("properties", {})}


@functools.cache
def _registry() -> Registry[Any]:
    resource: Resource[Any] = Resource.from_contents(document(), default_specification=DRAFT202012)
    registry: Registry[Any] = Registry().with_resource(_URI, resource)
    return registry


def complaints(value: Any, schema: Node) -> list[str]:
    """What a JSON schema validator says of a value; schemas may refer to the document by ``#/...``."""
    absolute = _absolute(schema)
    validator = Draft202012Validator(absolute, registry=_registry(), format_checker=Draft202012Validator.FORMAT_CHECKER)
    return [f"{error.json_path}: {error.message}" for error in validator.iter_errors(value)]


def _absolute(node: Any) -> Any:
    if isinstance(node, dict):
        return {
            key: f"{_URI}{value}" if key == "$ref" and isinstance(value, str) else _absolute(value)
            for key, value in node.items()
        }
    return [_absolute(item) for item in node] if isinstance(node, list) else node


def plain(value: Any, schema: Node) -> Any:
    """The value without nulls, with aliases under their main names and dates as moments, as far as the schema says.

    An empty list is no more than a null where Python has a list in any case.
    """
    schema = fitting(value, resolve(schema))
    known = properties(schema)
    if isinstance(value, dict) and known:
        main: dict[str, str] = {
            alias: wire for wire, node in known.items() for alias in node.get("x-postmark-aliases", ())
        }
        wires = {main[key] if key in main else str(key): item for key, item in value.items() if item is not None}
        always = {wire for wire, node in known.items() if node.get("x-postmark-always")}
        return {wire: plain(item, known.get(wire, {})) for wire, item in wires.items() if item or wire not in always}
    if isinstance(value, list) and "items" in schema:
        return [plain(item, schema["items"]) for item in value]
    if isinstance(value, dict) and isinstance(schema.get("additionalProperties"), dict):
        return {key: plain(item, schema["additionalProperties"]) for key, item in value.items()}
    return moment(value) if schema.get("format") == "date-time" and isinstance(value, str) else value


def fitting(value: Any, schema: Node) -> Node:
    """Of alternatives, the first that takes values of this kind."""
    kinds: dict[type, str] = {dict: "object", list: "array", str: "string", bool: "boolean", int: "integer"}
    for part in map(resolve, schema.get("oneOf", ())):
        if part.get("type", "object") == kinds.get(type(value), "null"):
            return part
    return schema


def moment(text: str) -> _dt.datetime:
    """A time stamp of the wire, digits beyond microseconds cut."""
    match = re.fullmatch(r"([\dT:-]{19})(?:\.(\d+))?(.*)", text)
    assert match, f"{text} is no time stamp"
    digits = (match[2] or "")[:6].ljust(6, "0")
    return _dt.datetime.fromisoformat(f"{match[1]}.{digits}{match[3].replace('Z', '+00:00')}")


class Described(NamedTuple):
    """One operation or webhook."""

    id: str
    method: str
    path: str
    node: Node

    @property
    def parameters(self) -> list[Node]:
        """References followed."""
        return [resolve(node) for node in self.node.get("parameters", ())]

    @property
    def account(self) -> bool:
        """Whether it takes the account token."""
        return any("accountToken" in item for item in self.node.get("security", ()))

    @property
    def request(self) -> Node | None:
        """Schema and examples of the body."""
        return _media(self.node["requestBody"]) if "requestBody" in self.node else None

    @property
    def answer(self) -> Node:
        """Schema and examples of a success."""
        media = _media(resolve(self.node["responses"]["200"]))
        assert media is not None, f"{self.id} has no described answer"
        return media


def _media(node: Node) -> Node | None:
    media: Node | None = node.get("content", {}).get("application/json")
    return media


def examples(media: Node) -> dict[str, Any]:
    """Example name -> value."""
    return {name: resolve(example)["value"] for name, example in media["examples"].items()}


@functools.cache
def operations() -> dict[str, Described]:
    """All operations by id, in the order of the file."""
    found = {}
    for path, item in document()["paths"].items():
        for method, node in item.items():
            if method != "parameters":
                found[node["operationId"]] = Described(node["operationId"], method.upper(), path, node)
    return found


@functools.cache
def webhooks() -> dict[str, Described]:
    """All webhooks by name."""
    return {name: Described(name, "POST", name, item["post"]) for name, item in document().get("webhooks", {}).items()}


class Sample(NamedTuple):
    """One example of one schema."""

    id: str
    schema: str
    value: Any


def _samples(where: str, media: Node) -> Iterator[Sample]:
    schema = media["schema"]
    for name, value in examples(media).items():
        inner = schema if "$ref" in schema else schema.get("items", {})
        if "$ref" not in inner:
            continue
        model = inner["$ref"].rpartition("/")[2]
        rows = value if "items" in schema else [value]
        for index, row in enumerate(rows):
            yield Sample(f"{where}-{name}-{index}" if "items" in schema else f"{where}-{name}", model, row)


def _rows(operation: Described, media: Node) -> Node:
    """A body that is a list in one field, as that list."""
    wrapper = operation.node.get("x-postmark-body-list")
    if wrapper is None:
        return media
    unwrapped = {name: {"value": value[wrapper]} for name, value in examples(media).items()}
    return {"schema": properties(media["schema"])[wrapper], "examples": unwrapped}


def samples(*, answers: bool = True, requests: bool = True, events: bool = True) -> Iterator[Sample]:
    """Every example of an object that has a named schema."""
    for operation in operations().values():
        if requests and operation.request:
            yield from _samples(f"{operation.id}-request", _rows(operation, operation.request))
        if answers:
            yield from _samples(operation.id, operation.answer)
    for webhook in webhooks().values():
        if events and webhook.request:
            yield from _samples(webhook.id, webhook.request)

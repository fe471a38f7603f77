"""The API description as the emulator uses it: operations, parameters, validators.

Requests are judged by this document and never by the client's models, so that a mistake of the client cannot
hide itself.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from importlib.resources import files
from typing import TYPE_CHECKING, Literal

import jsonschema_rs

from .normalise import Shape, shape_of

if TYPE_CHECKING:
    from .problems import Json

Token = Literal["server", "account"]
_METHODS = ("get", "post", "put", "patch", "delete")
_TOKENS: dict[str, Token] = {"serverToken": "server", "accountToken": "account"}


@dataclass(frozen=True)
class Parameter:
    """One query or path parameter."""

    name: str
    place: str
    schema: dict[str, Json]
    prefix: str | None
    """For the metadata filter: what its wire names begin with."""


@dataclass
class Operation:
    """One method on one path."""

    id: str
    tag: str
    method: str
    path: str
    token: Token | None
    parameters: list[Parameter]
    body_schema: dict[str, Json] | None
    document: dict[str, Json] = field(repr=False)
    request_schemas: dict[str, Json] = field(repr=False)
    """The document's components as requests see them."""

    @cached_property
    def shape(self) -> Shape | None:
        """How the keys of the request body are spelt."""
        return shape_of(self.body_schema, self.document) if self.body_schema else None

    @cached_property
    def validator(self) -> jsonschema_rs.Draft202012Validator | None:
        """Judges the normalised request body."""
        return validator(without_nulls(self.body_schema), self.request_schemas) if self.body_schema else None


class Description:
    """All operations, by id."""

    def __init__(self, document: dict[str, Json]) -> None:
        self.document = document
        requests = {"components": without_nulls(document["components"])}
        self.operations: dict[str, Operation] = {
            operation.id: operation for operation in _operations(document, requests)
        }

    def schema(self, name: str) -> dict[str, Json]:
        """A component schema, as a reference."""
        return {"$ref": f"#/components/schemas/{name}"}


def validator(schema: dict[str, Json], document: dict[str, Json]) -> jsonschema_rs.Draft202012Validator:
    """A validator for a schema that refers into the document."""
    return jsonschema_rs.Draft202012Validator({**schema, "components": document["components"]})


def without_nulls(node: Json) -> Json:
    """The same schema without the branches that allow null: requests are judged after nulls were dropped.

    What is left of ``oneOf: [X, null]`` then fails with X's own keyword, which tells a wrong type from a wrong value.
    """
    if isinstance(node, list):
        return [without_nulls(item) for item in node]
    if not isinstance(node, dict):
        return node
    branches = node.get("oneOf")
    if isinstance(branches, list) and {"type": "null"} in branches:
        left = [branch for branch in branches if branch != {"type": "null"}]
        if len(left) == 1:
            node = {**{name: value for name, value in node.items() if name != "oneOf"}, **left[0]}
    return {name: without_nulls(value) for name, value in node.items()}


def _operations(document: dict[str, Json], requests: dict[str, Json]) -> list[Operation]:
    found: list[Operation] = []
    for path, item in document["paths"].items():
        shared = item.get("parameters", [])
        found += [
            _operation(document, requests, path, method, item[method], shared) for method in _METHODS if method in item
        ]
    return found


def _operation(
    document: dict[str, Json],
    requests: dict[str, Json],
    path: str,
    method: str,
    raw: dict[str, Json],
    shared: list[Json],
) -> Operation:
    parameters = [_parameter(document, each) for each in [*shared, *raw.get("parameters", [])]]
    body = resolve(document, raw["requestBody"]) if "requestBody" in raw else None
    schemes = [name for requirement in raw.get("security", []) for name in requirement]
    return Operation(
        id=raw["operationId"],
        tag=raw["tags"][0],
        method=method.upper(),
        path=path,
        token=_TOKENS[schemes[0]] if schemes else None,
        parameters=parameters,
        body_schema=body["content"]["application/json"]["schema"] if body else None,
        document=document,
        request_schemas=requests,
    )


def _parameter(document: dict[str, Json], raw: dict[str, Json]) -> Parameter:
    whole = resolve(document, raw)
    schema = resolve(document, whole.get("schema", {}))
    return Parameter(whole["name"], whole["in"], schema, whole.get("x-postmark-prefix"))


def resolve(document: dict[str, Json], node: dict[str, Json]) -> dict[str, Json]:
    """Follow ``$ref`` until something that is not one."""
    while "$ref" in node:
        target: Json = document
        for part in node["$ref"].removeprefix("#/").split("/"):
            target = target[part.replace("~1", "/").replace("~0", "~")]
        node = target
    return node


@lru_cache(maxsize=1)
def load_description() -> Description:
    """The copy of the API description that ships with the emulator."""
    text = files(__package__ or "").joinpath("description.json").read_text(encoding="utf-8")
    return Description(json.loads(text))

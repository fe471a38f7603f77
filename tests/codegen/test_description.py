"""The description itself: valid OpenAPI, true examples, nothing left unsaid."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest
from jsonschema import Draft202012Validator

from tests.description import SPEC, complaints, document, operations, properties, resolve, webhooks

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.description import Node


def contents(node: Node, where: str) -> Iterator[tuple[str, Node]]:
    """Every place that has a schema and examples."""
    for part, holder in (("request", node.get("requestBody")), *node.get("responses", {}).items()):
        for media in resolve(holder).get("content", {}).values() if holder else ():
            yield f"{where}-{part}", media


def every_example() -> Iterator[Any]:
    for described in (*operations().values(), *webhooks().values()):
        for where, media in contents(described.node, described.id):
            for name, example in media["examples"].items():
                yield pytest.param(resolve(example)["value"], media["schema"], id=f"{where}-{name}")
        for parameter in described.parameters:
            if "x-postmark-prefix" not in parameter:
                yield pytest.param(
                    parameter["example"], parameter["schema"], id=f"{described.id}-parameter-{parameter['name']}"
                )
    for name, schema in document()["components"]["schemas"].items():
        for index, value in enumerate(schema.get("examples", ())):
            yield pytest.param(value, {"$ref": f"#/components/schemas/{name}"}, id=f"{name}-{index}")


@pytest.mark.parametrize(("value", "schema"), list(every_example()))
def test_every_example_is_valid_under_its_schema(value: Any, schema: Node) -> None:
    assert complaints(value, schema) == []


def test_formats_are_really_looked_at() -> None:
    assert complaints("2026-02-17T07:25:01.4178645-05:00", {"type": "string", "format": "date-time"}) == []
    assert complaints("yesterday", {"type": "string", "format": "date-time"})
    assert complaints("2026-13-01", {"type": "string", "format": "date"})


def test_no_example_spells_a_field_that_its_schema_does_not_know() -> None:
    from tests.contract.checking import unknown_fields

    for described in (*operations().values(), *webhooks().values()):
        for where, media in contents(described.node, described.id):
            if not _has_dynamic_keys(media["schema"]):
                for name, example in media["examples"].items():
                    value = resolve(example)["value"]
                    assert list(_unaliased(unknown_fields(value, media["schema"]))) == [], f"{where} {name}"


def _has_dynamic_keys(schema: Node) -> bool:
    return "x-postmark-extra" in str(resolve(schema)) or any(
        "x-postmark-extra" in str(resolve(part)) for node in properties(schema).values() for part in _inner(node)
    )


def _inner(node: Node) -> list[Node]:
    return [node, *([node["items"]] if "items" in node else [])]


def _unaliased(names: Iterator[str]) -> Iterator[str]:
    aliases = set(re.findall(r"[A-Za-z]+", str(_all_aliases())))
    return (name for name in names if name not in aliases)


def _all_aliases() -> list[Any]:
    schemas = document()["components"]["schemas"].values()
    return [node.get("x-postmark-aliases", []) for schema in schemas for node in properties(schema).values()]


def test_it_is_valid_openapi() -> None:
    validator = pytest.importorskip("openapi_spec_validator", reason="openapi-spec-validator is not installed")
    validator.validate(document())


@pytest.mark.parametrize("name", document()["components"]["schemas"])
def test_every_schema_is_valid_json_schema(name: str) -> None:
    Draft202012Validator.check_schema(document()["components"]["schemas"][name])


def test_all_operations_of_both_apis_are_described() -> None:
    assert len(operations()) == 94
    assert len(webhooks()) == 8
    assert {described.method for described in operations().values()} == {"GET", "PUT", "POST", "DELETE", "PATCH"}


def test_numbers_that_grow_are_64_bits_wide() -> None:
    ids = {
        f"{name}.{wire}": node
        for name, schema in document()["components"]["schemas"].items()
        for wire, node in properties(schema).items()
        if wire in {"ID", "Id", "ServerID", "ServerId", "TemplateId", "BounceID"} and "integer" in str(node.get("type"))
    }
    assert ids
    assert {place for place, node in ids.items() if node.get("format") != "int64"} == set()


def test_it_holds_no_secret_and_no_foreign_address() -> None:
    text = SPEC.read_text(encoding="utf-8")
    addresses = set(re.findall(r"[\w.+-]+@([\w-]+(?:\.[\w-]+)*\.[a-z]+)\b", text))
    reserved = ("example.com", "example.org", "example.net", "example", "localhost", "postmarkapp.com", "invalid")
    assert {domain for domain in addresses if not domain.endswith(reserved)} == set()

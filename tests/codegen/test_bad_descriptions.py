"""A description that breaks a house rule stops with a message: where, and what to write. Nothing is changed."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import pytest

from .small import LISTED, SMALL, generate
from .test_generated import files

if TYPE_CHECKING:
    from pathlib import Path


class Bad(NamedTuple):
    """A text of the small description, what stands there instead, and what is said about it."""

    old: str
    new: str
    said: str


PATH = "paths./things/{thing_id}.get"
BAD = {
    "duplicate operationId": Bad(
        "operationId: things_list", "operationId: things_get", f"{PATH}: operationId 'things_get' is used 2 times"
    ),
    "unknown tag": Bad("tags: [things]", "tags: [stuff]", f"{PATH}: unknown tag 'stuff': declare it under tags"),
    "no tag": Bad("tags: [things]", "tags: []", f"{PATH}: 0 tags: an operation belongs to exactly one"),
    "operationId without its tag": Bad(
        "operationId: things_get", "operationId: getThing", "operationId 'getThing': write it in snake_case as things_"
    ),
    "unresolved reference": Bad(
        'schema: {$ref: "#/components/schemas/Thing"}',
        'schema: {$ref: "#/components/schemas/Thign"}',
        "$ref '#/components/schemas/Thign' points nowhere: define it under components, or correct the name",
    ),
    "reference into another file": Bad('"#/components/schemas/Thing"}', '"other.yaml#/Thing"}', "points nowhere"),
    "colliding wire names": Bad(
        "        Name: {type: string, description: What",
        "        name: {type: string, description: Same.}\n        Name: {type: string, description: What",
        "Thing.properties: 'name' and 'Name' both become 'name': give one of them an x-postmark-name",
    ),
    "colliding parameters": Bad(
        "        - {name: offset",
        "        - {name: Count, in: query, description: Again., schema: {type: integer}, example: 1}\n"
        "        - {name: offset",
        "'count' and 'Count' both become 'count'",
    ),
    "alias that is a property": Bad(
        "Name: {type: string, description: What",
        "Name: {type: string, x-postmark-aliases: [ID], description: What",
        "the alias 'ID' is a property of its own",
    ),
    "inline object in a schema": Bad(
        "        Name: {type: string, description: What people call it.}",
        "        Name: {type: object, description: D., properties: {First: {type: string, description: F.}}}",
        "components.schemas.Thing.properties.Name: inline object: put it under components/schemas",
    ),
    "inline object as an answer": Bad(
        'schema: {$ref: "#/components/schemas/Thing"}',
        "schema: {type: object, properties: {ID: {type: integer, description: D.}}}",
        f"{PATH}: responses.200.content.application/json.schema: inline object",
    ),
    "answer without example": Bad(
        "              examples: {one: {summary: One, value: {ID: 5, Name: Lamp}}}\n      x-postmark-errors: []\n"
        "      x-postmark-idempotent: true",
        "      x-postmark-errors: []\n      x-postmark-idempotent: true",
        f"{PATH}: responses.200.content.application/json: no example: add one under examples",
    ),
    "body without example": Bad(
        "            examples: {lamp: {summary: A lamp, value: {Name: Lamp, Class: light}}}\n",
        "",
        "paths./things.post: requestBody.content.application/json: no example",
    ),
    "parameter without example": Bad(", example: 5}", "}", f"{PATH}: parameter thing_id: no example: add one"),
    "parameter without description": Bad(
        "description: Its id., schema", "schema", f"{PATH}: parameter thing_id: no description"
    ),
    "path parameter that is not described": Bad(
        "/things/{thing_id}:", "/things/{thing_id}/{other}:", "parameter other: stands in the path only"
    ),
    "operation without description": Bad("      description: As it is now.\n", "", f"{PATH}: description: missing"),
    "schema without description": Bad(
        "      description: One thing.\n", "", "components.schemas.Thing: no description: say what it is"
    ),
    "property without description": Bad(
        "{type: string, description: What people call it.}",
        "{type: string}",
        "components.schemas.Thing.properties.Name: no description",
    ),
    "summary without full stop": Bad("Read one thing.", "Read one thing", f"{PATH}: summary: write one sentence"),
    "two tokens": Bad(
        "security: [{serverToken: []}]",
        "security: [{serverToken: [], accountToken: []}]",
        f"{PATH}: security: name exactly one",
    ),
    "no word about repeating": Bad(
        "      x-postmark-idempotent: true\n",
        "",
        f"{PATH}: x-postmark-idempotent: missing: write true if it may be repeated",
    ),
    "parts of what has no list": Bad(
        "      x-postmark-idempotent: true\n",
        "      x-postmark-idempotent: true\n      x-postmark-in-parts: true\n",
        f"{PATH}: x-postmark-in-parts: a half-done call has to be given again",
    ),
    "no error codes": Bad("      x-postmark-errors: []\n", "", f"{PATH}: x-postmark-errors: missing"),
    "unknown error code": Bad(
        "x-postmark-errors: []", "x-postmark-errors: [7]", "code 7 is not in x-postmark-error-codes"
    ),
    "unknown timeout class": Bad(
        "x-postmark-timeout: call", "x-postmark-timeout: slow", "'slow': write one of call, batch"
    ),
    "deprecated without advice": Bad(
        "      x-postmark-timeout: call\n",
        "      x-postmark-timeout: call\n      deprecated: true\n",
        "x-postmark-deprecated: missing",
    ),
    "paging over a field that is not there": Bad(
        "{items: Things, total: TotalCount",
        "{items: Stuff, total: TotalCount",
        "'Stuff' is not a property of the answer",
    ),
    "success that is no 200": Bad('"200":', '"201":', "responses: no '200'"),
    "something strange under a path": Bad(
        "    get:\n", "    x-note: 1\n    get:\n", "only operations and parameters stand here"
    ),
    "schema name": Bad("    ThingCreate:\n", "    thing_create:\n", "points nowhere"),
    "schema title": Bad(
        "      description: One thing.\n", "      description: One thing.\n      title: Same\n", "remove it"
    ),
    "nullable enum": Bad(
        "{type: string, description: What people call it.}",
        "{type: [string, 'null'], enum: [a, null], description: D.}",
        "nullable enum or object: write oneOf",
    ),
    "error code without hint": Bad(", hint: Wait.}", "}", "x-postmark-error-codes.100.hint: missing"),
    "duplicate key": Bad(
        "      summary: Read one", "      summary: Other.\n      summary: Read one", "'summary' stands twice"
    ),
    "no YAML": Bad("openapi: 3.1.1", "openapi: [", "not readable as YAML"),
    "no mapping": Bad(SMALL, "- a list\n", "a mapping was expected at the top"),
    "what the parser warns about": Bad(
        "schema: {type: integer}, example: 5",
        "content: {text/plain: {schema: {type: integer}}}, example: 5",
        "small.yaml: ",
    ),
}


@pytest.mark.parametrize("name", BAD)
def test_it_is_named_and_nothing_is_written(name: str, tmp_path: Path) -> None:
    bad = BAD[name]
    good = SMALL if bad.old in SMALL else LISTED
    output, copy = tmp_path / "out", tmp_path / "description.json"
    output.mkdir()
    (output / "earlier.py").write_text("# the output of an earlier run\n", encoding="utf-8")
    copy.write_text("{}", encoding="utf-8")
    before = files(tmp_path / "out")
    assert bad.old in good
    status, said = generate(tmp_path, good.replace(bad.old, bad.new, 1), output)
    assert status == 1
    assert bad.said in said
    assert said.startswith("small.yaml")
    assert said.rstrip().endswith("nothing was written.")
    assert files(output) == before
    assert copy.read_text(encoding="utf-8") == "{}"


def test_all_problems_are_said_at_once(tmp_path: Path) -> None:
    text = SMALL.replace("      description: As it is now.\n", "").replace("Read one thing.", "Read")
    _, said = generate(tmp_path, text, tmp_path / "out")
    assert "2 problem(s)" in said
    assert not (tmp_path / "out").exists()

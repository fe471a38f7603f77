"""Every limit that the description names, and every mistake in a name, is said before anything is sent."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest

from codegen.naming import attribute
from postmark_sdk._generated.operations import OPERATIONS
from postmark_sdk.errors import InvalidMessageError
from tests.core.harness import MAIL, SEND, Answer, run
from tests.description import examples, operations, properties, resolve

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.description import Node

FINE: dict[str, Any] = {"ErrorCode": 0, "MessageID": "m", "Message": "OK", "ID": 1}
PREFERRED = {"emails_send": "full", "webhooks_create": "full", "emails_send_bulk": "inline"}


def rows(name: str) -> tuple[Node, Any]:
    """Schema and a good value of what a user gives to an operation."""
    described = operations()[name]
    assert described.request is not None
    values = examples(described.request)
    value = copy.deepcopy(values.get(PREFERRED.get(name, ""), next(iter(values.values()))))
    wrapper = described.node.get("x-postmark-body-list")
    schema = described.request["schema"]
    return (properties(schema)[wrapper], value[wrapper]) if wrapper else (schema, value)


def given(name: str, body: Any) -> Any:
    operation = OPERATIONS[name]
    answer: Any = [FINE] if operation.answer_is_list else FINE
    return run([Answer(200, answer)], operation, body=body)


def refused(name: str, body: Any) -> list[str]:
    """The fields that were complained about; nothing may have been sent."""
    done = given(name, body)
    assert done.tries == 0
    assert isinstance(done.error, InvalidMessageError), done.error or "it was sent"
    assert done.error.operation == OPERATIONS[name].label
    return [problem.field for problem in done.error.problems]


class Long(NamedTuple):
    """A text of up to megabytes that is made only when its test runs."""

    character: str
    length: int


def written(value: Any) -> Any:
    """The value with its long texts written out."""
    if isinstance(value, Long):
        return value.character * value.length
    if isinstance(value, dict):
        return {key: written(item) for key, item in value.items()}
    return [written(item) for item in value] if isinstance(value, list) else value


class Limit(NamedTuple):
    """One limit of one field: a body that just breaks it, and one that just keeps it, None where others apply too."""

    operation: str
    field: str
    bad: Any
    good: Any


def limits(schema: Node, value: Any, place: str) -> Iterator[tuple[str, Any, Any]]:
    """(field, bad, good) for each limit inside an object, with the rest of the object as it was."""
    for wire, node in properties(schema).items():
        name = f"{place}{node.get('x-postmark-name') or attribute(wire)}"
        full = resolve(node)
        for part in (full, *map(resolve, full.get("oneOf", ()))):
            for suffix, bad, good in breaking(part, value.get(wire), free="x-postmark-input" not in node):
                yield name + suffix, {**value, wire: bad}, None if good is None else {**value, wire: good}
        if wire in schema_required(schema):
            yield name, {key: item for key, item in value.items() if key != wire}, value
        yield from nested(full, wire, value, name)


def nested(full: Node, wire: str, value: Any, name: str) -> Iterator[tuple[str, Any, Any]]:
    inner = value.get(wire)
    for part in (full, *map(resolve, full.get("oneOf", ()))):
        if isinstance(inner, dict) and properties(part):
            for field, bad, good in limits(part, inner, f"{name}."):
                yield field, {**value, wire: bad}, {**value, wire: good} if good is not None else None
        elif isinstance(inner, list) and inner and "items" in part and properties(part["items"]):
            for field, bad, good in limits(part["items"], inner[0], f"{name}[0]."):
                yield field, {**value, wire: [bad]}, {**value, wire: [good]} if good is not None else None


def schema_required(schema: Node) -> set[str]:
    schema = resolve(schema)
    return {*schema.get("required", ()), *(name for part in schema.get("allOf", ()) for name in schema_required(part))}


def breaking(node: Node, value: Any, *, free: bool) -> Iterator[tuple[str, Any, Any]]:
    """(suffix of the field, a value beyond the limit, the largest allowed one)."""
    if node.get("type") in ("string", ["string", "null"]):
        most_bytes: int | None = node.get("x-postmark-max-bytes")
        most: int | None = node.get("maxLength", most_bytes)
        if most is not None:
            yield "", Long("x", most + 1), Long("x", most) if free else None
        if most_bytes is not None:
            yield "", Long("ü", most_bytes // 2 + 1), None
        for extension in node.get("x-postmark-forbidden-extensions", ()):
            yield "", f"file.{extension}", None
            yield "", f"file.{extension.upper()}", f"file.{extension}.txt"
    if "minimum" in node:
        yield "", node["minimum"] - 1, node["minimum"]
    if "maximum" in node:
        yield "", node["maximum"] + 1, node["maximum"]
    if "maxItems" in node and isinstance(value, list):
        yield "", value[:1] * (node["maxItems"] + 1), None
    if "minItems" in node:
        yield "", [], None
    yield from breaking_maps(node)


def breaking_maps(node: Node) -> Iterator[tuple[str, Any, Any]]:
    if "maxProperties" in node:
        yield (
            "",
            {f"k{n}": "v" for n in range(node["maxProperties"] + 1)},
            {f"k{n}": "v" for n in range(node["maxProperties"])},
        )
    keys = node.get("propertyNames", {})
    if "maxLength" in keys:
        yield "", {"k" * (keys["maxLength"] + 1): "v"}, {"k" * keys["maxLength"]: "v"}
    values = node.get("additionalProperties")
    if isinstance(values, dict) and "maxLength" in values:
        yield "['k']", {"k": "v" * (values["maxLength"] + 1)}, {"k": "v" * values["maxLength"]}


def every_limit() -> Iterator[Any]:
    for name, described in operations().items():
        if described.request is None:
            continue
        schema, value = rows(name)
        is_list = isinstance(value, list)
        where = f"{(described.node.get('x-postmark-body-list') or 'messages').lower()}[0]." if is_list else ""
        found = limits(schema["items"], value[0], where) if is_list else limits(schema, value, "")
        for number, (field, bad, good) in enumerate(found):
            wrapped = ([bad], [good]) if is_list else (bad, good)
            case = Limit(name, field, wrapped[0], None if good is None else wrapped[1])
            yield pytest.param(case, id=f"{name}-{field}-{number}")


LIMITS = list(every_limit())


def test_there_are_limits_to_test() -> None:
    assert len(LIMITS) > 100


@pytest.mark.parametrize("limit", LIMITS)
def test_what_breaks_a_limit_is_refused_under_its_field(limit: Limit) -> None:
    assert limit.field in refused(limit.operation, written(limit.bad))


@pytest.mark.parametrize("limit", [case for case in LIMITS if case.values[0].good is not None])
def test_what_just_keeps_a_limit_is_sent(limit: Limit) -> None:
    done = given(limit.operation, written(limit.good))
    assert done.tries == 1, done.error


# --- how many -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "most"),
    [
        ("emails_send_batch", 500),
        ("emails_send_batch_with_templates", 500),
        ("suppressions_create", 50),
        ("suppressions_delete", 50),
    ],
)
def test_a_list_has_a_largest_and_a_smallest_size(name: str, most: int) -> None:
    _, (row, *_) = rows(name)
    field = (operations()[name].node.get("x-postmark-body-list") or "messages").lower()
    assert refused(name, [row] * (most + 1)) == [field]
    assert refused(name, []) == [field]
    assert given(name, [row] * most).tries == 1


@pytest.mark.parametrize("fields", [{"to": 51}, {"to": 30, "cc": 21}, {"to": 17, "cc": 17, "bcc": 17}])
def test_a_message_has_at_most_50_recipients(fields: dict[str, int]) -> None:
    lists = {field: [f"{field}{n}@example.org" for n in range(count)] for field, count in fields.items()}
    assert refused("emails_send", {**MAIL, **lists})
    fewer = {field: names[:-1] if field == "to" else names for field, names in lists.items()}
    assert given("emails_send", {**MAIL, **fewer}).tries == 1


@pytest.mark.parametrize("without", ["to", "text_body", "from_"])
def test_a_message_needs_a_sender_a_recipient_and_a_body(without: str) -> None:
    assert refused("emails_send", {key: value for key, value in MAIL.items() if key != without})


def test_all_problems_of_all_messages_are_said_at_once() -> None:
    bad = [MAIL, {**MAIL, "subject": "x" * 2001, "tag": "x" * 1001}, {**MAIL, "subjet": "x"}]
    assert sorted(refused("emails_send_batch", bad)) == ["messages[1].subject", "messages[1].tag", "messages[2].subjet"]


# --- names ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("sender", ["from_", "From", "from"])
def test_the_sender_may_be_spelt_in_three_ways(sender: str) -> None:
    body = {sender: "a@example.com", "To": "b@example.org", "text_body": "Hello."}
    done = given("emails_send", body)
    assert done.error is None
    assert b'"From":"a@example.com"' in done.requests[0][2]


@pytest.mark.parametrize(
    ("wrong", "near"),
    [
        ("subjet", "subject"),
        ("Subjekt", "subject"),
        ("html", "html_body"),
        ("HTMLBody", "html_body"),
        ("textbody", "text_body"),
        ("attachements", "attachments"),
        ("message_streem", "message_stream"),
        ("reply-to", "reply_to"),
    ],
)
def test_an_unknown_field_is_refused_with_the_nearest_right_name(wrong: str, near: str) -> None:
    done = given("emails_send", {**MAIL, wrong: "x"})
    assert done.tries == 0
    assert isinstance(done.error, InvalidMessageError)
    (problem,) = done.error.problems
    assert problem.field == wrong
    assert near in problem.message


def test_an_unknown_field_without_a_near_name_shows_what_there_is() -> None:
    done = given("emails_send", {**MAIL, "zzzzzz": "x"})
    assert isinstance(done.error, InvalidMessageError)
    assert "html_body" in str(done.error)
    assert "extra" in str(done.error)


def test_one_field_under_two_spellings_is_refused() -> None:
    assert refused("emails_send", {**MAIL, "To": "c@example.org"}) == ["to"]


def test_mistakes_in_nested_objects_are_said_with_their_path() -> None:
    body = {**MAIL, "attachments": [{"Name": "a.txt", "Content": "eA==", "ContentTyp": "text/plain"}]}
    assert "attachments[0].ContentTyp" in refused("emails_send", body)
    assert refused("webhooks_create", {"url": "https://example.com", "triggers": {"opens": {"enabled": True}}})[
        0
    ].startswith("triggers.opens")


def test_fields_newer_than_the_package_go_into_extra() -> None:
    done = given("emails_send", {**MAIL, "extra": {"Newest": True}})
    assert b'"Newest":true' in done.requests[0][2]


def test_null_means_not_given() -> None:
    done = given("emails_send", {**MAIL, "cc": None, "Attachments": None, "metadata": None})
    assert b"null" not in done.requests[0][2]


@pytest.mark.parametrize("body", ["text", 5, b"bytes", ["a", "b"]])
def test_a_body_is_a_model_or_a_dict(body: Any) -> None:
    assert refused("emails_send", body) == [""]


@pytest.mark.parametrize("body", ["text", 5, MAIL, None])
def test_a_batch_is_a_list(body: Any) -> None:
    assert refused("emails_send_batch", body) == ["messages"]


def test_a_whole_body_and_keyword_arguments_exclude_each_other() -> None:
    done = run([Answer(200, FINE)], SEND, body=MAIL, fields={"subject": "x"})
    assert done.tries == 0
    assert isinstance(done.error, InvalidMessageError)
    assert [problem.field for problem in done.error.problems] == ["subject"]


def test_no_problem_repeats_what_the_caller_wrote() -> None:
    secret = "confidential-" + "x" * 2000
    done = given("emails_send", {**MAIL, "subject": secret, "tag": secret, "metadata": {"k": secret}, "to": secret})
    assert isinstance(done.error, InvalidMessageError)
    assert len(done.error.problems) >= 3
    assert "confidential" not in f"{done.error} {done.error!r}"


@pytest.mark.parametrize("name", [name for name, each in OPERATIONS.items() if each.body])
def test_every_example_body_is_sent(name: str) -> None:
    request = operations()[name].request
    assert request is not None
    wrapper = operations()[name].node.get("x-postmark-body-list")
    for value in examples(request).values():
        assert given(name, value[wrapper] if wrapper else value).tries == 1

"""Every operation, in both worlds, with every example answer and every form of body, over real HTTP."""

from __future__ import annotations

import operator
import warnings
from typing import TYPE_CHECKING, Any

import pytest

from codegen.naming import attribute
from postmark_sdk import converter, models
from postmark_sdk._generated.operations import OPERATIONS
from tests.description import examples, fitting, operations, plain, properties, resolve

from .comparing import differences
from .table import CASES, ROWS
from .worlds import WORLDS, call, quiet

if TYPE_CHECKING:
    from collections.abc import Callable

    from .server import DescribedServer

WITH_BODY = [name for name, described in operations().items() if described.request]
REQUESTS = [(name, example) for name in WITH_BODY for example in (operations()[name].request or {})["examples"]]
DEPRECATED = [name for name, described in operations().items() if described.node.get("deprecated")]
LISTS = [name for name in ROWS if OPERATIONS[name].pagination and ROWS[name].call.rpartition(".")[2].startswith("list")]


def invoked(
    operation: str,
    body: Any = None,
    fields: dict[str, Any] | None = None,
    method: Callable[[Any], Callable[..., Any]] | None = None,
) -> Callable[[Any], Any]:
    """The call of a row, with every parameter, and a body where there is one."""
    row, described = ROWS[operation], operations()[operation]
    path, query = row.arguments(described)
    if described.request is not None and body is None and fields is None:
        body = unwrapped(operation, next(iter(examples(described.request).values())))
    given = [*path, body] if body is not None else path
    chosen = method or quiet(row.call)
    return lambda client: chosen(client)(*given, **query, **(fields or {}))


def unwrapped(operation: str, body: Any) -> Any:
    """What a user gives: the list itself where Postmark wants it inside an object."""
    wrapper = operations()[operation].node.get("x-postmark-body-list")
    return body[wrapper] if wrapper else body


def as_many(operation: str, answer: Any) -> Any:
    """A body with as many messages as the answer has results, where the answer is a list; None for others."""
    request = operations()[operation].request
    if request is None or not isinstance(answer, list):
        return None
    rows = unwrapped(operation, next(iter(examples(request).values())))
    return (rows * len(answer))[: len(answer)]


def test_every_operation_has_a_row_and_every_row_an_operation() -> None:
    assert set(ROWS) == set(OPERATIONS) == set(operations())


@pytest.mark.parametrize("name", ROWS)
def test_a_row_has_every_parameter_of_its_operation(name: str) -> None:
    described = {parameter["name"]: parameter["in"] for parameter in operations()[name].parameters}
    row = ROWS[name]
    assert {**dict.fromkeys(row.path, "path"), **dict.fromkeys(row.query.values(), "query")} == described
    assert row.call == OPERATIONS[name].label


@pytest.mark.parametrize("name", ROWS)
def test_the_table_of_operations_agrees_with_the_description(name: str) -> None:
    described, operation = operations()[name], OPERATIONS[name]
    assert (operation.id, operation.method, operation.path) == (name, described.method, described.path)
    assert operation.account is described.account
    assert operation.timeout == described.node["x-postmark-timeout"]
    assert set(described.node["x-postmark-errors"]) <= set(operation.errors)
    assert (operation.body is None) is (described.request is None)


@pytest.mark.parametrize("world", WORLDS)
@pytest.mark.parametrize(("name", "example"), CASES)
def test_the_request_is_as_described_and_the_answer_is_read_whole(
    server: DescribedServer, world: str, name: str, example: str
) -> None:
    server.example = example
    media = operations()[name].answer
    result = call(world, server.url, invoked(name, as_many(name, examples(media)[example])))
    (seen,) = server.seen
    assert (seen.operation, seen.problems) == (name, [])
    assert list(differences(examples(media)[example], result, media["schema"])) == []


@pytest.mark.parametrize("name", ROWS)
def test_optional_parameters_that_are_not_given_are_not_sent(server: DescribedServer, name: str) -> None:
    row, described = ROWS[name], operations()[name]
    body = unwrapped(name, next(iter(examples(described.request).values()))) if described.request else None
    given = [*row.arguments(described)[0], *([] if body is None else [body])]
    call("sync", server.url, lambda client: quiet(row.call)(client)(*given))
    (seen,) = server.seen
    assert seen.problems == []
    sent = {part.partition("=")[0].lower() for part in seen.target.partition("?")[2].split("&") if part}
    assert sent <= {"count", "offset"}


# --- bodies ---------------------------------------------------------------------------------------------------------


def python_names(value: Any, schema: dict[str, Any]) -> Any:
    """A body as a user of Python writes it; what stands inside free-form objects keeps its own keys."""
    schema = fitting(value, resolve(schema))
    known = properties(schema)
    if isinstance(value, list) and "items" in schema:
        return [python_names(item, schema["items"]) for item in value]
    if isinstance(value, dict) and known:
        return {
            known[wire].get("x-postmark-name") or attribute(wire): python_names(item, known[wire])
            for wire, item in value.items()
        }
    return value


def as_models(value: Any, schema: dict[str, Any]) -> Any:
    schema_name = (schema.get("items") or schema)["$ref"].rpartition("/")[2]
    cls = getattr(models, schema_name)
    if isinstance(value, list):
        return [converter().structure(item, cls) for item in value]
    return converter().structure(value, cls)


def rows_schema(name: str) -> dict[str, Any]:
    """The schema of what a user gives."""
    described = operations()[name]
    assert described.request is not None
    schema: dict[str, Any] = described.request["schema"]
    wrapper = described.node.get("x-postmark-body-list")
    return properties(schema)[wrapper] if wrapper else schema


FORMS: dict[str, Callable[[Any, dict[str, Any]], Any]] = {
    "wire": lambda value, _schema: value,
    "python": python_names,
    "model": as_models,
}


def assert_sent_as_described(server: DescribedServer, name: str, example: str) -> None:
    request = operations()[name].request
    assert request is not None
    (seen,) = server.seen
    assert (seen.operation, seen.problems) == (name, [])
    assert seen.json == plain(examples(request)[example], request["schema"])


@pytest.mark.parametrize("world", WORLDS)
@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize(("name", "example"), REQUESTS)
def test_every_form_of_a_body_sends_the_same_json(
    server: DescribedServer, world: str, form: str, name: str, example: str
) -> None:
    value = unwrapped(name, examples(operations()[name].request or {})[example])
    call(world, server.url, invoked(name, FORMS[form](value, rows_schema(name))))
    assert_sent_as_described(server, name, example)


@pytest.mark.parametrize("world", WORLDS)
@pytest.mark.parametrize(
    ("name", "example"), [case for case in REQUESTS if not (body := OPERATIONS[case[0]].body) or not body.is_list]
)
def test_the_fields_of_a_body_may_be_keyword_arguments(
    server: DescribedServer, world: str, name: str, example: str
) -> None:
    value = examples(operations()[name].request or {})[example]
    call(world, server.url, invoked(name, fields=python_names(value, rows_schema(name))))
    assert_sent_as_described(server, name, example)


# --- iterating, deprecation -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("world", WORLDS)
@pytest.mark.parametrize("name", LISTS)
def test_every_list_has_an_iterating_twin_with_the_same_filters(server: DescribedServer, world: str, name: str) -> None:
    row, described = ROWS[name], operations()[name]
    path, query = row.arguments(described)
    filters = {key: value for key, value in query.items() if key not in {"count", "offset", "pagination_key"}}
    paging = described.node["x-postmark-pagination"]
    answers = {key: value[paging["items"]] for key, value in examples(described.answer).items()}
    server.example = next(key for key, items in answers.items() if items)
    wanted = answers[server.example]
    twin = row.call.replace(".list", ".iterate")
    found = call(world, server.url, lambda client: quiet(twin)(client)(*path, **filters, limit=len(wanted)))
    assert server.seen[0].problems == []
    schema = properties(described.answer["schema"])[paging["items"]]
    assert list(differences(wanted, found, schema)) == []
    assert len(server.seen) == 1


@pytest.mark.parametrize("world", WORLDS)
@pytest.mark.parametrize("name", DEPRECATED)
def test_deprecated_operations_say_what_to_use_instead(server: DescribedServer, world: str, name: str) -> None:
    advice = operations()[name].node["x-postmark-deprecated"]
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", DeprecationWarning)
        call(world, server.url, invoked(name, method=operator.attrgetter(ROWS[name].call)))
    assert [str(each.message) for each in caught if each.category is DeprecationWarning] == [advice]

from __future__ import annotations

import datetime as _dt
import decimal
import json
import uuid
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, unquote

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from postmark_sdk import PostmarkClient
from postmark_sdk._core.body.json_text import json_bytes
from postmark_sdk._core.http.request import (
    check_page,
    prefixed,
    query_string,
    raw_operation,
    segment,
)
from postmark_sdk._core.schema.operation import Pagination
from postmark_sdk.errors import InvalidMessageError
from postmark_sdk.models import Bounce

if TYPE_CHECKING:
    from collections.abc import Callable

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)


@pytest.mark.parametrize(
    ("query", "text"),
    [
        ({}, ""),
        ({"a": None}, ""),
        ({"count": 1, "offset": 0}, "?count=1&offset=0"),
        ({"inactive": True, "other": False}, "?inactive=true&other=false"),
        ({"todate": _dt.date(2026, 1, 2)}, "?todate=2026-01-02"),
        ({"tag": "a b&c=d+e/ü"}, "?tag=a%20b%26c%3Dd%2Be%2F%C3%BC"),
        ({"metadata_a b": "x"}, "?metadata_a%20b=x"),
        ({"tag": ""}, "?tag="),
    ],
)
def test_query_strings(query: dict[str, Any], text: str) -> None:
    assert query_string(query) == text


@given(st.dictionaries(TEXT.filter(bool), TEXT | st.integers() | st.none(), max_size=6))
def test_a_query_string_says_what_was_meant(query: dict[str, Any]) -> None:
    text = query_string(query)
    expected = [(key, str(value)) for key, value in query.items() if value is not None]
    assert parse_qsl(text.removeprefix("?"), keep_blank_values=True, strict_parsing=bool(expected)) == expected
    assert text.isascii()
    assert not set(text) & set(" #/\r\n")


@pytest.mark.parametrize(
    ("value", "text"),
    [(5, "5"), ("outbound", "outbound"), (" x ", "x"), ("a/b", "a%2Fb"), ("a?b#c", "a%3Fb%23c"), ("ü", "%C3%BC")],
)
def test_path_segments_are_encoded(value: Any, text: str) -> None:
    assert segment("stream_id", value) == text


@pytest.mark.parametrize("value", ["", "  ", ".", "..", None, 1.5, True, b"x", ["x"], {}])
def test_what_would_change_the_path_is_refused(value: Any) -> None:
    with pytest.raises(InvalidMessageError) as caught:
        segment("stream_id", value)
    assert caught.value.problems[0].field == "stream_id"


@given(TEXT.filter(lambda text: text.strip() not in {"", ".", ".."}))
def test_a_segment_stays_one_segment(value: str) -> None:
    text = segment("id", value)
    assert not set(text) & set("/?#%\\ \r\n") - {"%"}
    assert unquote(text) == value.strip()


@pytest.mark.parametrize("write", [segment, lambda name, value: query_string({name: value})])
def test_half_a_surrogate_pair_is_refused(write: Callable[[str, str], str]) -> None:
    with pytest.raises(InvalidMessageError, match="tag: half a surrogate pair"):
        write("tag", "a\ud800")


@pytest.mark.parametrize("method", ["", "G T", "GET\r\n", "GÉT"])
def test_a_raw_method_is_one_word(method: str) -> None:
    with pytest.raises(InvalidMessageError, match="method"):
        raw_operation(method, "/server", account=False, idempotent=None)


def test_one_metadata_filter_becomes_one_parameter() -> None:
    assert prefixed("metadata", "metadata_", {"campaign": "x"}) == {"metadata_campaign": "x"}
    assert prefixed("metadata", "metadata_", None) == prefixed("metadata", "metadata_", {}) == {}


def test_two_metadata_filters_are_refused() -> None:
    with pytest.raises(InvalidMessageError, match="metadata: 2 pairs; a search takes one"):
        prefixed("metadata", "metadata_", {"a": "x", "b": "y"})


SEARCH = Pagination(items="Messages", total="TotalCount", max_page=500, max_window=10000)


@pytest.mark.parametrize("query", [{}, {"count": 1}, {"count": 500, "offset": 9500}, {"Count": 500, "Offset": 0}])
def test_pages_inside_the_limits_pass(query: dict[str, Any]) -> None:
    check_page(SEARCH, query)


@pytest.mark.parametrize(
    ("query", "fields"),
    [
        ({"count": 0}, ["count"]),
        ({"count": 501}, ["count"]),
        ({"Count": 501}, ["count"]),
        ({"offset": -1}, ["offset"]),
        ({"count": 500, "offset": 9501}, ["offset"]),
        ({"count": 501, "offset": 9999}, ["count", "offset"]),
    ],
)
def test_pages_outside_the_limits_are_refused_with_every_reason(query: dict[str, Any], fields: list[str]) -> None:
    with pytest.raises(InvalidMessageError) as caught:
        check_page(SEARCH, query)
    assert [problem.field for problem in caught.value.problems] == fields


@attrs.define
class Point:
    x: int


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ({"a": [1, True, None, 1.5, "ü"]}, '{"a":[1,true,null,1.5,"ü"]}'),
        ({"at": _dt.datetime(2026, 1, 2, 3, 4, 5, tzinfo=_dt.timezone.utc)}, '{"at":"2026-01-02T03:04:05+00:00"}'),
        ({"on": _dt.date(2026, 1, 2)}, '{"on":"2026-01-02"}'),
        ({"price": decimal.Decimal("1.50")}, '{"price":"1.50"}'),
        ({"id": uuid.UUID(int=0)}, '{"id":"00000000-0000-0000-0000-000000000000"}'),
        ({"point": Point(1)}, '{"point":{"x":1}}'),
        ({"set": {1}}, '{"set":[1]}'),
        ({"tuple": (1, 2)}, '{"tuple":[1,2]}'),
    ],
)
def test_bodies_are_compact_utf8(value: Any, text: str) -> None:
    assert json_bytes(value) == text.encode()


def _nested() -> Any:
    value: list[Any] = []
    for _ in range(200_000):
        value = [value]
    return value


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        (float("nan"), "NaN"),
        (float("inf"), "NaN or infinity"),
        ("\ud800", "surrogate"),
        (object(), "has no JSON form"),
        ({(1, 2): 3}, "keys must be"),
    ],
)
def test_what_json_cannot_say_is_refused(value: Any, reason: str) -> None:
    with pytest.raises(InvalidMessageError, match=reason):
        json_bytes({"v": value} if not isinstance(value, dict) else value)


def test_what_is_nested_too_deeply_is_refused() -> None:
    with pytest.raises(InvalidMessageError, match="nested too deeply"):
        json_bytes(_nested())


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | TEXT,
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
        max_leaves=10,
    )
)
def test_json_is_read_back_as_it_was(value: Any) -> None:
    assert json.loads(json_bytes(value)) == value


@pytest.mark.parametrize("path", ["bounces", "", "/bounces?count=1", "/a#b", "/a\\b", "/a\nb"])
def test_a_raw_path_is_written_from_the_root_without_query(path: str) -> None:
    with pytest.raises(InvalidMessageError) as caught:
        raw_operation("GET", path, account=False, idempotent=None)
    assert caught.value.problems[0].field == "path"


@pytest.mark.parametrize(
    ("method", "path", "idempotent", "timeout", "template"),
    [
        ("get", "/bounces/5", True, "call", "/bounces/{bounce_id}"),
        ("POST", "/email", False, "call", "/email"),
        ("POST", "/EMAIL/Batch/", False, "batch", "/email/batch"),
        ("GET", "/newest/thing", True, "call", "/newest/thing"),
        ("PUT", "/newest/thing", True, "call", "/newest/thing"),
        ("POST", "/newest/thing", False, "call", "/newest/thing"),
        ("PATCH", "/newest/thing", False, "call", "/newest/thing"),
        ("GET", "/newest/ann%40example.org/things", True, "call", "/newest/{address}/things"),
        ("POST", "/message-streams/x/suppressions", True, "call", "/message-streams/{stream_id}/suppressions"),
    ],
)
def test_a_raw_call_knows_what_the_description_knows(
    method: str,
    path: str,
    idempotent: bool,  # noqa: FBT001 - a column of the table
    timeout: str,
    template: str,
) -> None:
    operation = raw_operation(method, path, account=False, idempotent=None)
    assert (operation.method, operation.path) == (method.upper(), template)
    assert (operation.idempotent, operation.timeout) == (idempotent, timeout)


def test_the_caller_decides_about_repeating_a_raw_call() -> None:
    assert raw_operation("GET", "/bounces", account=False, idempotent=False).idempotent is False
    assert raw_operation("POST", "/email", account=True, idempotent=True).idempotent is True


@pytest.mark.parametrize(
    ("given", "problem"),
    [
        ({"recipient": ["a@example.org"]}, "recipient: a list; it takes one value"),
        ({"tag": {"a"}}, "tag: a set; it takes one value"),
        ({"metadata": "order"}, "metadata: a str; it takes a dict of one key and its value"),
        ({"from_date": 5}, "int given; a day or time is a date or datetime"),
        ({"from_date": _dt.timedelta(days=7)}, "timedelta given; a day or time is a date or datetime"),
    ],
)
def test_a_filter_of_another_kind_finds_no_nothing(given: Any, problem: str) -> None:
    with pytest.raises(InvalidMessageError) as caught:
        PostmarkClient("server-token-for-tests").outbound.list(**given)
    assert problem in str(caught.value)


def test_a_record_in_place_of_its_id_is_named() -> None:
    with pytest.raises(InvalidMessageError, match="bounce_id: a Bounce; it takes the id alone, which is a field of it"):
        PostmarkClient("server-token-for-tests").bounces.activate(Bounce.from_dict({"ID": 5}))  # type: ignore[arg-type]

"""A readable answer is read, whatever is odd in it; garbage says that it is garbage."""

from __future__ import annotations

import copy
import datetime as _dt
import json
import logging
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fuzz import mutations
from postmark_sdk import converter
from postmark_sdk._core.http.outcome import Reply
from postmark_sdk._core.http.response import decode
from postmark_sdk._core.schema.dates import parse_date, parse_datetime
from postmark_sdk._generated.operations import OPERATIONS
from postmark_sdk.models import BouncePage

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)


def test_thousands_of_mutations_are_read() -> None:
    failures: list[str] = []
    assert mutations.run(4_000, 6, failures.append) == 0, failures


@pytest.mark.parametrize(("id_", "answer"), mutations.answers())
def test_an_answer_of_which_every_field_is_missing_or_null_is_read(id_: str, answer: Any) -> None:
    bare: Any = [{} for _ in answer] if isinstance(answer, list) else {}
    mutations.read(id_, bare)
    if isinstance(answer, dict):
        mutations.read(id_, dict.fromkeys(answer))
        for name in answer:
            mutations.read(id_, {key: value for key, value in answer.items() if key != name})


@pytest.mark.parametrize("id_", OPERATIONS)
@pytest.mark.parametrize("body", mutations.GARBAGE)
def test_garbage_is_a_decode_error_that_keeps_its_beginning(id_: str, body: bytes) -> None:
    assert mutations.garbage_is_a_decode_error(id_, body)


@given(value=JSON)
def test_any_items_of_a_page_are_handed_on(value: Any) -> None:
    for id_, name in (("bounces_list", "Bounces"), ("outbound_list", "Messages"), ("servers_list", "Servers")):
        page = mutations.read(id_, {"TotalCount": value, name: value})
        assert len(page.items) == (len(value) if isinstance(value, list) else 0)


def answered(value: bytes) -> Any:
    return decode(OPERATIONS["emails_send"], Reply(200, {}, value))


def test_a_text_of_ten_megabytes_and_half_a_surrogate_pair_are_kept() -> None:
    long = "\N{PILE OF POO}" * 2_500_000
    assert answered(json.dumps({"MessageID": "id", "Message": long}).encode()).message == long
    assert answered(b'{"MessageID": "id", "Message": "\\ud800"}').message == "\ud800"


@pytest.mark.parametrize("depth", [150, 1_000, 100_000])
def test_deep_nesting_in_an_unknown_field_does_not_cost_the_message_id(depth: int) -> None:
    deep = b'{"Odd": "\\"[{", "MessageID": "id", "New": ' + b'{"a":[' * depth + b"1" + b"]}" * depth + b', "To": "x"}'
    result = answered(deep)
    assert (result.message_id, result.to) == ("id", "x")


def test_an_integer_of_thousands_of_digits_does_not_cost_the_message_id() -> None:
    result = answered(b'{"MessageID": "id", "ErrorCode": ' + b"9" * 5_000 + b', "Small": 7}')
    assert (result.message_id, result.extra["Small"]) == ("id", 7)


def test_64_bit_ids_stay_exact() -> None:
    bounce = decode(OPERATIONS["bounces_get"], Reply(200, {}, b'{"ID": 4323372036854775807}'))
    assert bounce.id == 4323372036854775807


@pytest.mark.parametrize(
    "text", ["", "yesterday", "2014-02-30T00:00:00Z", "2014-02-17T25:00:00Z", "\u0662\u0660\u0661\u0664-02-17", 7, None]
)
def test_a_date_that_is_none_is_kept_and_a_debug_record_says_so(text: Any, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG, "postmark_sdk"):
        assert parse_datetime(text) is text
    assert [record.levelname for record in caplog.records] == ["DEBUG"]
    assert "as it came" in caplog.text


@given(value=st.text() | st.integers() | st.none() | st.floats())
def test_no_date_raises(value: Any) -> None:
    for read in (parse_datetime, parse_date):
        result: Any = read(value)
        assert result is value or isinstance(result, _dt.date)


@given(
    moment=st.datetimes(min_value=_dt.datetime(1900, 1, 1)),  # noqa: DTZ001
    minutes=st.integers(-14 * 60, 14 * 60),
    digits=st.integers(0, 7),
)
def test_every_number_of_digits_is_read(moment: _dt.datetime, minutes: int, digits: int) -> None:
    aware = moment.replace(tzinfo=_dt.timezone(_dt.timedelta(minutes=minutes)))
    fraction = f".{moment.microsecond:06d}7"[: digits + 1] if digits else ""
    zone = aware.isoformat()[-6:]
    read = parse_datetime(f"{moment:%Y-%m-%dT%H:%M:%S}".rjust(19, "0") + fraction + zone)
    kept = int(f"{moment.microsecond:06d}"[: min(digits, 6)].ljust(6, "0")) if digits else 0
    assert read == aware.replace(microsecond=kept)


def test_reading_stored_pages_leaves_the_callers_data_alone() -> None:
    stored = {"TotalCount": 2, "Bounces": [{"ID": 1}, {"ID": 2}], "New": [3, 4]}
    before = copy.deepcopy(stored)
    page = converter().structure(stored, BouncePage)
    assert [bounce.id for bounce in page] == [1, 2]
    assert page.extra == {"New": [3, 4]}
    assert stored == before

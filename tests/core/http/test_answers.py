"""What an answer with status 200 is worth when it cannot be read, and what is kept when only a part is odd."""

from __future__ import annotations

import json
import pickle
from typing import TYPE_CHECKING, Any

import pytest

from postmark_sdk._core.http.outcome import problem_of
from postmark_sdk._core.http.raw import RawResponse
from postmark_sdk._core.http.response import GARBAGE, parsed
from postmark_sdk._generated.models.message_result import MessageResult
from postmark_sdk._generated.operations import OPERATIONS
from postmark_sdk.errors import DecodeError, OutcomeUnknownError
from tests.core.harness import MAIL, READ, SEND, Answer, run

if TYPE_CHECKING:
    from collections.abc import Callable

UNREADABLE = [
    b"",
    b"<html>",
    b"\xff\xfe",
    b'{"a":',
    pytest.param(b"[" * 99999, id="deep"),
    pytest.param(b"[" * 3000 + b'"' + b'\\"' * 500_000, id="deep, then a text without end"),  # hours, were it quadratic
    b"null",
    b"5",
    b'"text"',
    b"true",
]


@pytest.mark.parametrize("body", [*UNREADABLE, b"[]"])
def test_an_unreadable_answer_to_a_read_is_a_decode_error(body: bytes) -> None:
    failed = run([Answer(200, body, {"X-Seen": "yes"})])
    assert failed.tries == 1
    assert type(failed.error) is DecodeError
    assert (failed.error.status_code, failed.error.headers["x-seen"]) == (200, "yes")
    assert failed.error.body == body[:1024]
    assert failed.error.operation == "server.get"
    assert failed.error.__cause__ is None


@pytest.mark.parametrize("body", [*UNREADABLE, b"[]"])
def test_an_unreadable_answer_to_a_send_is_an_unknown_outcome_that_keeps_the_answer(body: bytes) -> None:
    failed = run([Answer(200, body)], SEND)
    assert failed.tries == 1
    assert type(failed.error) is OutcomeUnknownError
    assert failed.error.status_code == 200
    assert type(failed.error.__cause__) is DecodeError
    assert failed.error.__cause__.body == body[:1024]


@pytest.mark.parametrize("body", [*UNREADABLE, b"{}"])
def test_a_batch_answers_with_a_list(body: bytes) -> None:
    failed = run([Answer(200, body)], OPERATIONS["emails_send_batch"], body=[MAIL])
    assert type(failed.error) is OutcomeUnknownError
    assert type(failed.error.__cause__) is DecodeError


@pytest.mark.parametrize(
    ("body", "words"),
    [(b"[]", "an object was expected, a JSON array came"), (b"5", "a JSON number came"), (b"x", "not JSON")],
)
def test_a_decode_error_says_what_came(body: bytes, words: str) -> None:
    assert words in str(run([Answer(200, body)]).error)


@pytest.mark.parametrize("item", [None, 5, "text", [], {"ErrorCode": "x"}])
def test_one_odd_item_of_a_batch_never_costs_the_other_ids(item: Any) -> None:
    rows = [{"ErrorCode": 0, "MessageID": "one"}, item, {"ErrorCode": 0, "MessageID": "three"}]
    results = run([Answer(200, rows)], OPERATIONS["emails_send_batch"], body=[MAIL, MAIL, MAIL]).result
    assert len(results) == 3
    assert [results[0].message_id, results[2].message_id] == ["one", "three"]


@pytest.mark.parametrize(
    ("answer", "success"),
    [
        ({"ErrorCode": 0, "MessageID": "m", "Message": "OK"}, True),
        ({"MessageID": "m", "Message": "Message accepted, but delivery may be delayed."}, True),
        ({"ErrorCode": "0", "MessageID": "m"}, True),
        ({"ErrorCode": 406, "Message": "Inactive."}, False),
        ({"ErrorCode": "300", "Message": "No."}, False),
    ],
)
def test_a_message_was_accepted_without_a_code_or_with_code_0(answer: dict[str, Any], *, success: bool) -> None:
    (result,) = run([Answer(200, [answer])], OPERATIONS["emails_send_batch"], body=[MAIL]).result
    assert result.success is success
    assert bool(result.hint) is not success


def test_a_result_pickles() -> None:
    result = run([Answer(200, {"ErrorCode": 0, "MessageID": "m", "New": 1})], SEND).result
    again = pickle.loads(pickle.dumps(result))  # noqa: S301 - our own bytes
    assert isinstance(again, MessageResult)
    assert again == result
    assert again.extra == {"New": 1}


def test_unknown_fields_of_any_answer_are_reachable() -> None:
    assert run([Answer(200, {"ID": 1, "Newest": [1]})], READ).result.extra == {"Newest": [1]}


def test_a_raw_answer_is_bytes_and_json() -> None:
    raw = RawResponse(status_code=200, headers={"a": "token-for-tests"}, content=b'{"a":1}')
    assert raw.json() == {"a": 1}
    assert "token-for-tests" not in repr(raw)
    with pytest.raises(DecodeError, match="not JSON"):
        RawResponse(status_code=200, headers={}, content=b"<html>").json()


@pytest.mark.parametrize("made", ["[" * 10, "[],", "{},", "1,"])
@pytest.mark.parametrize("wrap", [str, str.encode])
def test_json_made_to_be_dear_is_not_read(made: str, wrap: Callable[[str], Any]) -> None:
    text = wrap(f"[{made * (9_000_000 // len(made))}1]")
    assert parsed(text) is GARBAGE
    assert problem_of(text if isinstance(text, bytes) else text.encode(), {}) == (None, None)


def test_what_text_looks_like_does_not_count() -> None:
    text = "[{," * 2_000_000 + '\\"[{,'
    assert parsed(json.dumps({"TextBody": text}).encode()) == {"TextBody": text}
    assert len(parsed(b"[" + b'{"EmailAddress":"a@b.example"},' * 300_000 + b"{}]")) == 300_001

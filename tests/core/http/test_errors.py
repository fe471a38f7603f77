from __future__ import annotations

import json
import sys
from typing import Any

import httpx
import pytest

from postmark_sdk._core.http.errors import error_for
from postmark_sdk._core.http.outcome import Reply, error_code
from postmark_sdk._core.http.response import error_of, hint
from postmark_sdk._generated.error_codes import ERROR_CODES
from postmark_sdk._generated.operations import OPERATIONS
from postmark_sdk.errors import (
    APIError,
    AuthenticationError,
    InactiveRecipientError,
    InvalidRequestError,
    NotFoundError,
    OutcomeUnknownError,
    PostmarkError,
    RateLimitError,
    ServerError,
    inactive_addresses,
)
from tests.core.harness import READ, SEND, Answer, run

# The codes of Postmark's tables, current and retired, by the error that a user catches.
NOT_FOUND = {12, 501, 510, 601, 701, 812, 1001, 1101, 1226, 1235, 1301, 1352, 1451, 1453, 1454}
INVALID = {
    *(11, 13, 14, 300, 400, 401, 402, 403, 405, 409, 410, 411, 412, 413, 422),
    *(500, 502, 503, 504, 505, 506, 507, 508, 511, 512, 513, 514, 515, 516, 520, 521, 522, 523),
    *(600, 602, 603, 604, 605, 606, 607, 608, 609, 610, 611, 612, 613, 614, 615, 700, 702, 703),
    *(800, 809, 810, 811, 813, 900, 1000, 1002, 1003, 1100, 1105, 1109, 1120, 1121, 1122, 1123, 1124, 1125, 1130, 1131),
    *(1220, 1221, 1222, 1223, 1224, 1225, 1227, 1228, 1229, 1230, 1231, 1232, 1233, 1234, 1236, 1237, 1238, 1239),
    *(1240, 1241, 1300, 1302, 1350, 1351, 1353, 1354, 1355, 1356, 1357, 1358, 1359, 1360, 1361, 1362, 1363, 1364),
    *(1400, 1401, 1402, 1403, 1404, 1405, 1406, 1407, 1408, 1409, 1410, 1411),
    *(1450, 1452, 1455, 1456, 1457, 1458, 1459, 1460, 1480, 1500, 1501, 1502),
}
CLASSES: dict[int, type[APIError]] = {
    10: AuthenticationError,
    100: ServerError,
    101: ServerError,
    406: InactiveRecipientError,
    429: RateLimitError,
    709: ServerError,
    **dict.fromkeys(NOT_FOUND, NotFoundError),
    **dict.fromkeys(INVALID, InvalidRequestError),
}


def refused(status: int, body: Any, headers: dict[str, str] | None = None, operation: Any = READ) -> APIError:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    return error_of(operation, Reply(status, httpx.Headers(headers or {}), content))


def test_the_catalogue_has_every_known_code() -> None:
    assert set(ERROR_CODES) == set(CLASSES)


@pytest.mark.parametrize("code", CLASSES)
def test_every_code_has_its_class_and_its_hint(code: int) -> None:
    status = ERROR_CODES[code].status[0]
    error = refused(422 if status == 200 else status, {"ErrorCode": code, "Message": "No."})
    assert type(error) is CLASSES[code]
    assert error.error_code == code
    assert error.message == "No."
    assert ERROR_CODES[code].hint == hint(code)
    assert error.hint
    assert error.hint == hint(code) or isinstance(error, AuthenticationError)
    assert error.hint.endswith(".")
    if sys.version_info >= (3, 11):
        assert error.__notes__ == [error.hint]


@pytest.mark.parametrize(
    ("operation", "wanted", "other"), [(READ, "server", "account"), (OPERATIONS["servers_list"], "account", "server")]
)
def test_swapped_tokens_are_said_as_that(operation: Any, wanted: str, other: str) -> None:
    error = refused(401, {"ErrorCode": 10, "Message": "No."}, operation=operation)
    assert isinstance(error, AuthenticationError)
    assert error.wanted == wanted
    assert error.hint
    assert f"knows no {wanted} with this token" in error.hint
    assert f"the two are swapped: that one is {other}_token" in error.hint


@pytest.mark.parametrize(
    ("status", "cls"),
    [
        (400, InvalidRequestError),
        (401, AuthenticationError),
        (402, APIError),
        (403, APIError),
        (404, NotFoundError),
        (405, APIError),
        (408, APIError),
        (409, APIError),
        (413, InvalidRequestError),
        (415, InvalidRequestError),
        (418, APIError),
        (422, InvalidRequestError),
        (429, RateLimitError),
        (500, ServerError),
        (502, ServerError),
        (503, ServerError),
        (504, ServerError),
        (599, ServerError),
        (201, APIError),
        (204, APIError),
        (301, APIError),
        (304, APIError),
    ],
)
@pytest.mark.parametrize(
    "body", [b"", b"<html>no json</html>", b"\xff\xfe", b"[]", b"5", b"null", b'{"Other":1}', b"[" * 99999]
)
def test_every_status_has_its_class_whatever_the_body(status: int, cls: type[APIError], body: bytes) -> None:
    error = refused(status, body, {"content-type": "text/html"})
    assert type(error) is cls
    assert (error.status_code, error.error_code) == (status, None)
    assert (error.hint is not None) is (status in {403, 429} or cls is ServerError)
    assert f"answered {status}" in str(error)
    assert f"{len(body)} bytes of text/html" in str(error)


@pytest.mark.parametrize("status", [403, 422])
def test_an_address_that_may_not_call_is_an_invalid_request_under_either_status(status: int) -> None:
    error = refused(status, {"ErrorCode": 1480, "Message": "No."}, operation=SEND)
    assert type(error) is InvalidRequestError
    assert error.hint == ERROR_CODES[1480].hint


def test_a_403_of_a_network_layer_says_whom_to_ask() -> None:
    error = refused(403, b"<html><h1>Forbidden</h1></html>", {"content-type": "text/html"}, operation=SEND)
    assert type(error) is APIError
    assert "support" in str(error.hint)
    assert refused(403, {"ErrorCode": 99_999, "Message": "New."}).hint == error.hint


def test_an_answer_that_is_no_json_is_kept_up_to_a_kilobyte() -> None:
    assert refused(502, b"<html>\xff" + b"x" * 5000).body == "<html>\ufffd" + "x" * 1017


@pytest.mark.parametrize("code", ["300", 300, 300.0, " 300 "])
def test_a_code_may_be_a_number_or_its_digits(code: Any) -> None:
    assert refused(422, {"ErrorCode": code, "Message": "m"}).error_code == 300


@pytest.mark.parametrize("code", ["", "x", True, [], {}, None])
def test_an_odd_code_is_no_code(code: Any) -> None:
    assert refused(422, {"ErrorCode": code, "Message": "m"}).error_code is None


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_a_code_that_is_no_number_is_no_code(value: float) -> None:
    assert error_code(value) is None


@pytest.mark.parametrize("body", [b"", b"<html>", b"{}", b'{"ErrorCode":null}'])
def test_the_code_may_stand_in_the_header_alone(body: bytes) -> None:
    error = refused(422, body, {"X-PM-ApiErrorCode": "406"})
    assert type(error) is InactiveRecipientError
    assert error.error_code == 406


def test_the_code_in_the_body_wins() -> None:
    assert refused(422, {"ErrorCode": 300}, {"X-PM-ApiErrorCode": "406"}).error_code == 300


def test_an_unknown_code_keeps_the_class_of_its_status() -> None:
    error = refused(422, {"ErrorCode": 99999, "Message": "New."})
    assert (type(error), error.error_code, error.hint) == (InvalidRequestError, 99999, None)


def test_a_5xx_with_a_code_of_something_else_stays_a_server_error() -> None:
    error = refused(500, {"ErrorCode": 501, "Message": "No DKIM data."})
    assert type(error) is ServerError
    assert error.hint == ERROR_CODES[501].hint


def test_several_errors_are_kept_by_field() -> None:
    several = {"From": [{"ErrorCode": 300, "Message": "Invalid 'From' value."}]}
    assert refused(422, {"ErrorCode": 11, "Message": "Multiple.", "Errors": several}).errors == several
    assert refused(422, {"ErrorCode": 11, "Message": "Multiple.", "Errors": [1]}).errors == {}


@pytest.mark.parametrize(("operation", "wanted"), [("server_get", "server"), ("servers_list", "account")])
def test_a_refused_token_says_which_kind_was_wanted(operation: str, wanted: str) -> None:
    error = refused(401, {"ErrorCode": 10, "Message": "No."}, operation=OPERATIONS[operation])
    assert isinstance(error, AuthenticationError)
    assert error.wanted == wanted
    assert f"wanted='{wanted}'" in repr(error)


def test_str_is_the_call_the_answer_and_postmarks_words() -> None:
    error = refused(422, {"ErrorCode": 300, "Message": "Invalid 'From' address."}, operation=SEND)
    assert str(error) == "POST /email answered 422, code 300: Invalid 'From' address."
    assert repr(error) == (
        "InvalidRequestError(status_code=422, error_code=300, operation='emails.send', method='POST', path='/email')"
    )


def test_the_path_of_an_error_is_the_template() -> None:
    result = run([Answer(422, {"ErrorCode": 1001, "Message": "m"})], OPERATIONS["bounces_get"], path="/bounces/123456")
    assert isinstance(result.error, NotFoundError)
    assert result.error.path == "/bounces/{bounce_id}"
    assert "123456" not in repr(result.error) + str(result.error)


def test_headers_and_json_of_a_refusal_are_kept() -> None:
    error = refused(422, {"ErrorCode": 300, "Message": "m", "New": 1}, {"X-Trace": "abc"})
    assert error.headers["x-trace"] == "abc"
    assert error.body == {"ErrorCode": 300, "Message": "m", "New": 1}


def test_only_a_call_that_changes_something_has_an_unknown_outcome() -> None:
    reply = Reply(500, {}, b'{"ErrorCode":101,"Message":"m"}', attempts=1)
    assert isinstance(error_for(READ, reply), ServerError)
    unknown = error_for(SEND, reply)
    assert isinstance(unknown, OutcomeUnknownError)
    assert (unknown.status_code, unknown.error_code) == (500, 101)
    assert isinstance(unknown.__cause__, ServerError)
    assert unknown.__cause__.message == "m"


LIST = ["a.one@example.com", "b-two@example.org"]


@pytest.mark.parametrize(
    "text",
    [
        (
            "Message OK, but will not deliver to these inactive addresses: a.one@example.com, b-two@example.org. "
            "Inactive recipients are ones that have generated a hard bounce or a spam complaint."
        ),
        "Message OK, but will not deliver to these inactive addresses: a.one@example.com, b-two@example.org",
        (
            "You tried to send to recipient(s) that have been marked as inactive. Found inactive addresses: "
            "a.one@example.com, b-two@example.org. Inactive recipients are ones that have generated a hard bounce, a "
            "spam complaint, or a manual suppression."
        ),
        (
            "You tried to send to recipient(s) that have been marked as inactive.\nFound inactive addresses: "
            "a.one@example.com,b-two@example.org.\nInactive recipients are ones that have generated a hard bounce, a "
            "spam complaint, or a manual suppression. "
        ),
        (
            "You tried to send to a recipient that has been marked as inactive.\nFound inactive addresses: "
            "a.one@example.com, b-two@example.org.\nInactive recipients are ones that have generated a hard bounce or "
            "a spam complaint."
        ),
        "Found inactive addresses: a.one@example.com,b-two@example.org Inactive recipients are ones that",
    ],
)
def test_suppressed_addresses_are_found_under_every_known_wording(text: str) -> None:
    assert inactive_addresses(text) == LIST
    error = refused(422, {"ErrorCode": 406, "Message": text}, operation=SEND)
    assert isinstance(error, InactiveRecipientError)
    assert error.addresses == LIST
    result = run([Answer(200, {"ErrorCode": 0, "MessageID": "m", "Message": text})], SEND).result
    assert result.success
    assert result.inactive_recipients == LIST


@pytest.mark.parametrize("text", ["OK", "", None, "Test job accepted", "Inactive recipients are ones that"])
def test_other_texts_name_no_suppressed_address(text: str | None) -> None:
    assert inactive_addresses(text) == []


def test_every_error_is_a_postmark_error() -> None:
    import postmark_sdk.errors as module

    classes = [getattr(module, name) for name in module.__all__ if name.endswith("Error")]
    assert all(issubclass(cls, PostmarkError) for cls in classes)
    assert module.__all__ == sorted(module.__all__)

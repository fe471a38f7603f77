"""The retry table of the design, row by row, in both worlds."""

from __future__ import annotations

import email.utils
import logging
import time
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from postmark_sdk._core.http.failures import failure_of, stranger_in
from postmark_sdk._core.http.outcome import Failure, Reply, parse_retry_after
from postmark_sdk._core.http.policy import Policy
from postmark_sdk._core.http.retry import MAX_RETRY_AFTER_SECONDS, pause
from postmark_sdk._generated.operations import OPERATIONS
from postmark_sdk.errors import (
    APIError,
    AuthenticationError,
    InvalidRequestError,
    NotFoundError,
    OutcomeUnknownError,
    RateLimitError,
    RequestTimeoutError,
    ServerError,
    TransportError,
)
from tests.core.harness import MAIL, READ, SEND, Answer, Step, run

NOT_CONNECTED = [httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.ProxyError]
CUT_OFF = [
    httpx.ReadTimeout,
    httpx.WriteTimeout,
    httpx.ReadError,
    httpx.WriteError,
    httpx.CloseError,
    httpx.RemoteProtocolError,
    httpx.DecodingError,
]
TIMEOUTS = {httpx.ConnectTimeout, httpx.PoolTimeout, httpx.ReadTimeout, httpx.WriteTimeout}
MAINTENANCE = Answer(503, {"ErrorCode": 100, "Message": "Down."})
FINE: dict[Any, Answer] = {
    READ: Answer(200, {"ID": 1, "Name": "n"}),
    SEND: Answer(200, {"MessageID": "m", "ErrorCode": 0, "Message": "OK"}),
}


def transport_error(step: type[Exception]) -> type[TransportError]:
    return RequestTimeoutError if step in TIMEOUTS else TransportError


# --- the table ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("operation", [READ, SEND], ids=["read", "send"])
@pytest.mark.parametrize("step", NOT_CONNECTED)
def test_without_a_connection_everything_is_repeated(operation: Any, step: type[Exception]) -> None:
    recovered = run([step, step, FINE[operation]], operation)
    assert (recovered.tries, recovered.error, recovered.pauses) == (3, None, [0.5, 1.0])
    failed = run([step], operation)
    assert failed.tries == 3
    assert type(failed.error) is transport_error(step)
    assert failed.error.attempts == 3
    assert isinstance(failed.error.__cause__, step)


@pytest.mark.parametrize("operation", [READ, SEND], ids=["read", "send"])
@pytest.mark.parametrize(
    ("step", "cls", "tries"), [(Answer(429, {}), RateLimitError, 6), (MAINTENANCE, ServerError, 3)]
)
def test_what_postmark_did_not_take_is_repeated(operation: Any, step: Answer, cls: type[APIError], tries: int) -> None:
    recovered = run([step, FINE[operation]], operation)
    assert (recovered.tries, recovered.error) == (2, None)
    failed = run([step], operation)
    assert failed.tries == tries
    assert type(failed.error) is cls
    assert failed.error.attempts == tries


@pytest.mark.parametrize("step", CUT_OFF)
def test_a_read_that_was_cut_off_is_repeated(step: type[Exception]) -> None:
    assert run([step, FINE[READ]]).tries == 2
    failed = run([step])
    assert failed.tries == 3
    assert type(failed.error) is transport_error(step)
    assert isinstance(failed.error.__cause__, step)


@pytest.mark.parametrize("step", CUT_OFF)
def test_a_send_that_was_cut_off_is_not_repeated(step: type[Exception]) -> None:
    stopped = run([step, FINE[SEND]], SEND)
    assert (stopped.tries, stopped.pauses) == (1, [])
    assert type(stopped.error) is OutcomeUnknownError
    assert isinstance(stopped.error.__cause__, step)
    assert stopped.error.status_code is None
    assert stopped.error.attempts == 1


@pytest.mark.parametrize("status", [408, 500, 502, 503, 504])
def test_a_faulty_answer_to_a_read_is_repeated(status: int) -> None:
    assert run([Answer(status, b"<html>"), FINE[READ]]).tries == 2
    failed = run([Answer(status, b"<html>")])
    assert failed.tries == 3
    assert type(failed.error) is (ServerError if status >= 500 else APIError)


@pytest.mark.parametrize("status", [408, 500, 502, 503, 504])
@pytest.mark.parametrize("body", [b"<html>", b'{"ErrorCode":101,"Message":"Fault."}'])
def test_a_faulty_answer_to_a_send_stops_with_the_answer_attached(status: int, body: bytes) -> None:
    stopped = run([Answer(status, body), FINE[SEND]], SEND)
    assert stopped.tries == 1
    assert type(stopped.error) is OutcomeUnknownError
    assert stopped.error.status_code == status
    assert isinstance(stopped.error.__cause__, APIError)
    assert stopped.error.__cause__.status_code == status


@pytest.mark.parametrize("operation", [READ, SEND], ids=["read", "send"])
@pytest.mark.parametrize(
    ("status", "cls"),
    [
        (201, APIError),
        (301, APIError),
        (307, APIError),
        (400, InvalidRequestError),
        (401, AuthenticationError),
        (403, APIError),
        (404, NotFoundError),
        (413, InvalidRequestError),
        (415, InvalidRequestError),
        (422, InvalidRequestError),
        (501, ServerError),
        (505, ServerError),
    ],
)
def test_any_other_answer_is_raised_at_once(operation: Any, status: int, cls: type[APIError]) -> None:
    raised = run([Answer(status, {}, {"Location": "http://127.0.0.1/other"}), FINE[operation]], operation)
    assert (raised.tries, raised.pauses) == (1, [])
    refused = 400 <= status < 500  # no redirect, no other success and no server fault says what became of a send
    assert type(raised.error) is (cls if operation is READ or refused else OutcomeUnknownError)
    assert raised.error.attempts == 1


@pytest.mark.parametrize("step", [httpx.UnsupportedProtocol, httpx.InvalidURL, httpx.LocalProtocolError])
@pytest.mark.parametrize("operation", [READ, SEND], ids=["read", "send"])
def test_what_never_gets_better_is_not_repeated(operation: Any, step: type[Exception]) -> None:
    assert run([step], operation).tries == 1


@pytest.mark.parametrize("step", [ValueError, KeyError, RuntimeError])
@pytest.mark.parametrize("operation", [READ, SEND], ids=["read", "send"])
def test_no_foreign_error_escapes(operation: Any, step: type[Exception]) -> None:
    failed = run([step], operation)
    assert type(failed.error) is (TransportError if operation is READ else OutcomeUnknownError)
    assert isinstance(failed.error.__cause__, step)


@pytest.mark.parametrize("operation", OPERATIONS.values(), ids=list(OPERATIONS))
def test_the_description_decides_which_operations_may_be_repeated(operation: Any) -> None:
    from postmark_sdk._core.http.retry import is_ambiguous, may_repeat

    lost = Failure("r", sent=True, timed_out=False, error=httpx.ReadError("x"))
    fault = Reply(500, {}, b"")
    for outcome in (lost, fault):
        assert may_repeat(operation, outcome) is operation.idempotent
        assert is_ambiguous(operation, outcome) is not operation.idempotent
    assert may_repeat(operation, Failure("r", sent=False, timed_out=False, error=httpx.ConnectError("x")))
    assert may_repeat(operation, Reply(429, {}, b""))
    assert not may_repeat(operation, Reply(422, {}, b""))


def test_no_send_and_no_create_may_be_repeated() -> None:
    from tests.description import operations

    repeatable = {name for name, operation in OPERATIONS.items() if operation.idempotent}
    described = {name for name, each in operations().items() if each.node["x-postmark-idempotent"]}
    assert repeatable == described
    assert not {name for name in repeatable if name.startswith(("emails_send", "data_removals_create"))}
    reads = {name for name, operation in OPERATIONS.items() if operation.method in {"GET", "DELETE"}}
    assert reads <= repeatable


# --- sequences ------------------------------------------------------------------------------------------------------


def test_every_try_sends_the_same_request() -> None:
    sent = run([httpx.ConnectError, MAINTENANCE, FINE[SEND]], SEND, fields=MAIL).requests
    assert len(sent) == 3
    assert len(set(sent)) == 1
    assert sent[0][0] == "POST"
    assert b'"From":"a@example.com"' in sent[0][2]


def test_an_unknown_outcome_after_known_ones_counts_all_tries() -> None:
    stopped = run([httpx.ConnectError, httpx.ReadTimeout, FINE[SEND]], SEND)
    assert isinstance(stopped.error, OutcomeUnknownError)
    assert stopped.error.attempts == 2


def test_a_refusal_after_a_repeat_is_raised() -> None:
    stopped = run([MAINTENANCE, Answer(422, {"ErrorCode": 300, "Message": "m"})], SEND)
    assert isinstance(stopped.error, InvalidRequestError)
    assert stopped.error.attempts == 2


@pytest.mark.parametrize("retries", [0, 1, 2, 5])
@pytest.mark.parametrize("step", [httpx.ConnectError, MAINTENANCE, Answer(500, {})])
def test_retries_counts_the_repeats_after_the_first_try(retries: int, step: Step) -> None:
    failed = run([step], policy={"retries": retries})
    assert failed.tries == retries + 1
    assert len(failed.pauses) == retries


@pytest.mark.parametrize("operation", [READ, SEND], ids=["read", "send"])
@pytest.mark.parametrize(("retries", "pauses"), [(0, []), (1, [1, 2, 4, 8, 8]), (6, [1, 2, 4, 8, 8, 8])])
def test_rate_limits_have_a_longer_schedule_of_their_own(operation: Any, retries: int, pauses: list[float]) -> None:
    limited = run([Answer(429, {})], operation, policy={"retries": retries})
    assert isinstance(limited.error, RateLimitError)
    assert limited.pauses == pauses
    policy = Policy(dice=lambda low, _: low)
    assert [pause(Reply(429, {}, b""), attempt, policy) for attempt in (1, 2, 3, 4, 9)] == [0.5, 1, 2, 4, 4]


def test_rate_limits_end_with_the_time_for_the_call() -> None:
    limited = run([Answer(429, {})], policy={"max_elapsed": 9.0})
    assert limited.pauses == [1, 2, 4]


def test_rate_limits_leave_the_repeats_for_other_failures_alone() -> None:
    both = run([Answer(429, {}), Answer(429, {}), Answer(429, {}), Answer(500, {})])
    assert both.pauses == [1, 2, 4, 0.5, 1.0]
    assert both.tries == 6


def test_pauses_grow_up_to_a_cap_and_the_dice_may_shorten_them() -> None:
    assert run([Answer(500, {})], policy={"retries": 7, "max_elapsed": 1000.0}).pauses == [0.5, 1, 2, 4, 8, 8, 8]
    policy = Policy(dice=lambda low, high: low + high / 4)
    assert [pause(Reply(500, {}, b""), attempt, policy) for attempt in (1, 2, 3)] == [0.125, 0.25, 0.5]


@given(st.integers(1, 200))
def test_a_pause_is_never_negative_and_never_above_its_cap(attempt: int) -> None:
    assert 0.0 <= pause(Reply(500, {}, b""), attempt, Policy()) <= 8.0


# --- Retry-After ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("status", [429, 503])
def test_retry_after_is_waited_for(status: int) -> None:
    waited = run([Answer(status, {"ErrorCode": 100}, {"Retry-After": "7"}), FINE[SEND]], SEND)
    assert (waited.tries, waited.pauses) == (2, [7.0])


def test_retry_after_zero_means_at_once() -> None:
    assert run([Answer(429, {}, {"Retry-After": "0"}), FINE[READ]]).pauses == [0.0]


@pytest.mark.parametrize("text", ["soon", "", "Wed, 99 Foo 2026", "nan", "inf"])
def test_an_unreadable_retry_after_counts_as_none(text: str) -> None:
    waited = run([Answer(429, {}, {"Retry-After": text}), FINE[READ]])
    assert (waited.tries, waited.pauses) == (2, [1.0])


def test_a_longer_retry_after_than_the_cap_is_raised_at_once() -> None:
    for operation in (READ, SEND):
        stopped = run([Answer(429, {}, {"Retry-After": "31"}), FINE[operation]], operation)
        assert (stopped.tries, stopped.pauses) == (1, [])
        assert isinstance(stopped.error, RateLimitError)
        assert stopped.error.retry_after == 31.0
    assert MAX_RETRY_AFTER_SECONDS == 30.0
    assert run([Answer(429, {}, {"Retry-After": "30"}), FINE[READ]]).pauses == [30.0]


def test_the_last_rate_limit_error_tells_how_long_to_wait() -> None:
    failed = run([Answer(429, {}, {"Retry-After": "2"})])
    assert isinstance(failed.error, RateLimitError)
    assert failed.error.retry_after == 2.0
    assert failed.pauses == [2.0] * 5
    silent = run([Answer(429, {})], policy={"retries": 0})
    assert isinstance(silent.error, RateLimitError)
    assert silent.error.retry_after is None


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        (None, None),
        ("5", 5.0),
        (" 5 ", 5.0),
        ("1.5", 1.5),
        ("-5", 0.0),
        ("1e400", None),
        ("nan", None),
        ("x", None),
        (email.utils.formatdate(1010, usegmt=True), 10.0),
        (email.utils.formatdate(990, usegmt=True), 0.0),
        ("Thu, 01 Jan 1970 00:16:50 -0000", 10.0),
        ("Mon, 32 Jan 2026 00:00:00 GMT", None),
    ],
)
def test_retry_after_is_seconds_or_a_date(value: str | None, seconds: float | None) -> None:
    assert parse_retry_after(value, lambda: 1000.0) == seconds


@pytest.mark.skipif(not hasattr(time, "tzset"), reason="the time zone of a process cannot be changed here")
@pytest.mark.parametrize("zone", ["GMT", "-0000", ""])
def test_a_retry_after_does_not_depend_on_where_the_machine_stands(zone: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "Pacific/Auckland")
    time.tzset()
    try:
        assert parse_retry_after(f"Thu, 01 Jan 1970 00:16:50 {zone}".strip(), lambda: 1000.0) == 10.0
    finally:
        monkeypatch.undo()
        time.tzset()


@given(st.text(max_size=40))
def test_no_retry_after_breaks_the_call(value: str) -> None:
    seconds = parse_retry_after(value, lambda: 1000.0)
    assert seconds is None or 0.0 <= seconds < float("inf")


# --- max_elapsed ----------------------------------------------------------------------------------------------------


def test_no_try_begins_after_max_elapsed() -> None:
    failed = run([httpx.ReadTimeout], policy={"retries": 9, "max_elapsed": 60.0}, seconds_per_try=30.0)
    assert failed.tries == 2
    assert isinstance(failed.error, RequestTimeoutError)


def test_a_pause_that_would_end_after_max_elapsed_is_not_begun() -> None:
    stopped = run([Answer(429, {}, {"Retry-After": "20"}), FINE[READ]], policy={"max_elapsed": 19.9})
    assert (stopped.tries, stopped.pauses) == (1, [])
    assert run([Answer(429, {}, {"Retry-After": "20"}), FINE[READ]], policy={"max_elapsed": 20.0}).tries == 2


def test_max_elapsed_zero_means_one_try_unless_nothing_is_waited_for() -> None:
    assert run([Answer(500, {})], policy={"max_elapsed": 0.0}).tries == 1


@given(
    st.lists(
        st.sampled_from(
            [httpx.ConnectError, httpx.ReadTimeout, Answer(429, {}, {"Retry-After": "9"}), Answer(500, {})]
        ),
        min_size=1,
        max_size=5,
    ),
    st.integers(0, 4),
    st.floats(0.0, 40.0),
    st.sampled_from([0.0, 3.0, 30.0]),
)
def test_the_worst_case_is_max_elapsed_and_one_more_try(
    script: list[Step], retries: int, max_elapsed: float, seconds: float
) -> None:
    for operation in (READ, SEND):
        done = run(script, operation, policy={"retries": retries, "max_elapsed": max_elapsed}, seconds_per_try=seconds)
        limited = [isinstance(step, Answer) and step.status == 429 for step in script[: done.tries]]
        assert done.tries <= retries + 1 + (max(5, retries) if retries and any(limited) else 0)
        assert sum(done.pauses) + (done.tries - 1) * seconds <= max_elapsed + 1e-6
        ambiguous = [step in (httpx.ReadTimeout, Answer(500, {})) for step in script]
        if operation is SEND:
            assert not any(ambiguous[: done.tries - 1]), "a send was repeated after an unknown outcome"


# --- what is logged -------------------------------------------------------------------------------------------------


def test_repeats_are_logged_without_token_address_or_body(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG, "postmark_sdk")
    run([MAINTENANCE, httpx.ConnectError, FINE[SEND]], SEND)
    warnings = [record for record in caplog.records if record.levelno == logging.WARNING]
    assert len(warnings) == 4  # two repeats in each world
    assert "emails.send" in warnings[0].getMessage()
    assert "answered 503, code 100" in warnings[0].getMessage()
    for secret in ("server-token-for-tests", "a@example.com", "b@example.org", "Hello."):
        assert secret not in caplog.text


@pytest.mark.parametrize("error", [httpx.ReadTimeout("t@example.com"), OSError("t@example.com")])
def test_the_reason_of_a_failure_holds_nothing_of_the_librarys_text(error: Exception) -> None:
    assert "t@example.com" not in failure_of(error).reason


# --- libraries that mock HTTP -----------------------------------------------------------------------------------------


def _of_respx(name: str, base: type[Exception] = Exception) -> Any:
    return type(name, (base,), {"__module__": "respx.models"})


@pytest.mark.parametrize("step", [*NOT_CONNECTED[:3], *CUT_OFF])
def test_what_a_test_tells_respx_to_raise_means_what_it_means_elsewhere(step: type[Exception]) -> None:
    told = step("told")
    because = _of_respx("SideEffectError")("route")
    because.origin = told
    told.__cause__ = because
    assert stranger_in(told, None, lent=False) is None
    assert failure_of(told).sent is (step in CUT_OFF)


@pytest.mark.parametrize(
    "error",
    [
        _of_respx("AllMockedAssertionError", AssertionError)("RESPX: <Request> not mocked!\nmore"),
        httpx.TimeoutException("No response can be found for POST request on https://x\nmore"),
    ],
)
def test_a_request_that_no_mock_answers_says_so_and_is_not_repeated(error: Exception) -> None:
    failure = failure_of(error)
    assert failure.reason == f"no mock answers it: {str(error).splitlines()[0]}"
    assert (failure.sent, failure.timed_out, failure.repeatable) == (False, False, False)


def test_a_timeout_that_only_looks_like_a_mock_proves_nothing() -> None:
    assert failure_of(httpx.TimeoutException("too slow")).sent
    assert failure_of(type("AllMockedAssertionError", (Exception,), {})("x")).sent

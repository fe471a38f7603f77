"""Whether, when and how often a call is repeated. No I/O; tenacity drives it after a first failure."""

from __future__ import annotations

import functools
import time
from typing import TYPE_CHECKING, Any

from .response import MAINTENANCE, problem_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from tenacity import RetryCallState

    from ..schema.operation import Operation
    from .policy import Policy

MAX_RETRY_AFTER_SECONDS = 30.0
FIRST_PAUSE_SECONDS = 0.5
MAX_PAUSE_SECONDS = 8.0


class Reply:
    """An answer, whatever its status."""

    def __init__(self, status: int, headers: Mapping[str, str], body: bytes, attempts: int = 1) -> None:
        self.status = status
        self.headers = headers
        self.body = body
        self.attempts = attempts

    def __repr__(self) -> str:
        """Without headers and body."""
        return f"Reply(status={self.status}, attempts={self.attempts})"

    @functools.cached_property
    def problem(self) -> tuple[Any, int | None]:
        """The JSON of a refusal and Postmark's code in it."""
        return problem_of(self.body, self.headers)

    @property
    def retry_after(self) -> float | None:
        """Seconds that the answer asks to wait, None if it does not say; a date counts from now."""
        return parse_retry_after(self.headers.get("retry-after"), time.time)


class Failure:
    """No answer. ``sent`` says that writing had begun, so that Postmark may have acted."""

    def __init__(
        self,
        reason: str,
        *,
        sent: bool,
        timed_out: bool,
        error: BaseException,
        repeatable: bool = True,
        attempts: int = 1,
    ) -> None:
        self.reason = reason
        self.sent = sent
        self.timed_out = timed_out
        self.error = error
        self.repeatable = repeatable
        self.attempts = attempts

    def __repr__(self) -> str:
        """Without the exception, which may hold the request."""
        return f"Failure({self.reason!r}, sent={self.sent}, timed_out={self.timed_out}, attempts={self.attempts})"


def parse_retry_after(value: str | None, now: Callable[[], float]) -> float | None:
    """Seconds from a ``Retry-After`` header: a number, or an HTTP date, which is one in UTC if it names no zone."""
    if value is None:
        return None
    try:
        seconds = float(value)
    except ValueError:
        from email.utils import parsedate_to_datetime  # noqa: PLC0415 - this form is rare

        from ..schema.dates import zoned  # noqa: PLC0415

        try:
            seconds = zoned(parsedate_to_datetime(value)).timestamp() - now()
        except (TypeError, ValueError, OverflowError):
            return None
    return max(0.0, seconds) if seconds == seconds and seconds != float("inf") else None  # noqa: PLR0124 - NaN


def may_repeat(operation: Operation[Any], outcome: Reply | Failure) -> bool:
    """The retry table: a send is repeated only when Postmark certainly did not take it."""
    if isinstance(outcome, Failure):
        return outcome.repeatable and (operation.idempotent or not outcome.sent)
    if outcome.status == 429 or not_taken(outcome):  # noqa: PLR2004 - HTTP statuses are their own names
        return True
    return operation.idempotent and outcome.status in {408, 500, 502, 503, 504}


def not_taken(reply: Reply) -> bool:
    """Postmark's own word (503, code 100) that it did not take a request; a bare 503 may come from anywhere."""
    return reply.status == 503 and reply.problem[1] == MAINTENANCE  # noqa: PLR2004


def is_ambiguous(operation: Operation[Any], outcome: Reply | Failure) -> bool:
    """Whether a send or create may have happened although no success came back."""
    if operation.idempotent:
        return False
    if isinstance(outcome, Failure):
        return outcome.sent
    # Only 4xx is a refusal: Postmark's one success is 200, and no redirect or other 5xx says what became of a message.
    return (outcome.status < 400 or outcome.status == 408 or outcome.status >= 500) and not not_taken(outcome)  # noqa: PLR2004


def pause(outcome: Reply | Failure, attempt: int, policy: Policy) -> float:
    """Seconds before the next try: as Postmark asks, else growing with full jitter."""
    if isinstance(outcome, Reply) and (asked := outcome.retry_after) is not None:
        return asked
    return policy.dice(0.0, min(MAX_PAUSE_SECONDS, FIRST_PAUSE_SECONDS * 2.0 ** (attempt - 1)))


def is_last(
    operation: Operation[Any],
    outcome: Reply | Failure,
    attempt: int,
    pause_seconds: float,
    elapsed: float,
    policy: Policy,
) -> bool:
    """Whether to stop here: not repeatable, enough tries, too long a pause, or no time left for it."""
    return (
        not may_repeat(operation, outcome)
        or attempt > policy.retries
        or (isinstance(outcome, Reply) and pause_seconds > MAX_RETRY_AFTER_SECONDS)
        or elapsed + pause_seconds > policy.max_elapsed
    )


def arguments(operation: Operation[Any], policy: Policy, started: float) -> dict[str, Any]:
    """Keyword arguments for tenacity's ``Retrying`` and ``AsyncRetrying``; an outcome is a result, never raised."""
    pauses: dict[int, float] = {}

    def wait(state: RetryCallState) -> float:
        return _pause_once(state, pauses, policy)

    def stop(state: RetryCallState) -> bool:
        seconds = _pause_once(state, pauses, policy)
        return is_last(operation, _outcome(state), state.attempt_number, seconds, policy.clock() - started, policy)

    def again(state: RetryCallState) -> bool:
        return may_repeat(operation, _outcome(state))

    return {"wait": wait, "stop": stop, "retry": again, "retry_error_callback": _outcome}


def _pause_once(state: RetryCallState, pauses: dict[int, float], policy: Policy) -> float:
    """The dice are thrown once for each try, whichever of wait and stop asks first."""
    if state.attempt_number not in pauses:
        pauses[state.attempt_number] = pause(_outcome(state), state.attempt_number, policy)
    return pauses[state.attempt_number]


def _outcome(state: RetryCallState) -> Reply | Failure:
    assert state.outcome is not None  # noqa: S101 - tenacity sets it before it asks
    outcome: Reply | Failure = state.outcome.result()
    return outcome

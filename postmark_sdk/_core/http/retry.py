"""Whether, when and how often a call is repeated. No I/O; tenacity drives it after a first failure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .outcome import Failure, Reply, says_maintenance

if TYPE_CHECKING:
    from tenacity import RetryCallState

    from ..schema.operation import Operation
    from .policy import Policy

MAX_RETRY_AFTER_SECONDS = 30.0
FIRST_PAUSE_SECONDS = 0.5
MAX_PAUSE_SECONDS = 8.0


def may_repeat(operation: Operation[Any], outcome: Reply | Failure) -> bool:
    """The retry table: a send is repeated only when Postmark certainly did not take it."""
    if isinstance(outcome, Failure):
        return outcome.repeatable and (operation.idempotent or not outcome.sent)
    if outcome.status == 429 or not_taken(outcome):  # noqa: PLR2004 - HTTP statuses are their own names
        return True
    return operation.idempotent and outcome.status in {408, 500, 502, 503, 504}


def not_taken(reply: Reply) -> bool:
    """Postmark's own word (503, code 100) that it did not take a request; a bare 503 may come from anywhere."""
    return reply.status == 503 and says_maintenance(*reply.problem)  # noqa: PLR2004


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

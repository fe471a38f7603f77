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
RATE_LIMIT_RETRIES = 5
RATE_LIMIT_FIRST_PAUSE_SECONDS = 1.0


def may_repeat(operation: Operation[Any], outcome: Reply | Failure) -> bool:
    """The retry table: a send is repeated only when Postmark certainly did not take it."""
    if isinstance(outcome, Failure):
        return outcome.repeatable and (operation.idempotent or not outcome.sent)
    if is_rate_limit(outcome) or not_taken(outcome):
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


def is_rate_limit(outcome: Reply | Failure) -> bool:
    """Whether Postmark took nothing because there was too much. That may last longer than other failures."""
    return isinstance(outcome, Reply) and outcome.status == 429  # noqa: PLR2004 - HTTP statuses are their own names


def pause(outcome: Reply | Failure, attempt: int, policy: Policy) -> float:
    """Seconds before the next try: as Postmark asks, else growing with jitter.

    Args:
        outcome: Of the last try.
        attempt: How many tries have ended like that.
        policy: Whose dice to throw.
    """
    if isinstance(outcome, Reply) and (asked := outcome.retry_after) is not None:
        return asked
    if is_rate_limit(outcome):  # some of it always: those who were refused together shall not come back at once
        longest = min(MAX_PAUSE_SECONDS, RATE_LIMIT_FIRST_PAUSE_SECONDS * 2.0 ** (attempt - 1))
        return policy.dice(longest / 2, longest)
    return policy.dice(0.0, min(MAX_PAUSE_SECONDS, FIRST_PAUSE_SECONDS * 2.0 ** (attempt - 1)))


def is_last(
    operation: Operation[Any],
    outcome: Reply | Failure,
    attempt: int,
    pause_seconds: float,
    elapsed: float,
    policy: Policy,
) -> bool:
    """Whether to stop here: not repeatable, enough tries like this, too long a pause, or no time left for it."""
    retries = max(RATE_LIMIT_RETRIES, policy.retries) if policy.retries and is_rate_limit(outcome) else policy.retries
    return (
        not may_repeat(operation, outcome)
        or attempt > retries
        or (isinstance(outcome, Reply) and pause_seconds > MAX_RETRY_AFTER_SECONDS)
        or elapsed + pause_seconds > policy.max_elapsed
    )


def arguments(operation: Operation[Any], policy: Policy, started: float) -> dict[str, Any]:
    """Keyword arguments for tenacity's ``Retrying`` and ``AsyncRetrying``; an outcome is a result, never raised."""
    course = _Course(policy)

    def wait(state: RetryCallState) -> float:
        return course.at(state)[1]

    def stop(state: RetryCallState) -> bool:
        attempt, seconds = course.at(state)
        return is_last(operation, _outcome(state), attempt, seconds, policy.clock() - started, policy)

    def again(state: RetryCallState) -> bool:
        return may_repeat(operation, _outcome(state))

    return {"wait": wait, "stop": stop, "retry": again, "retry_error_callback": _outcome}


class _Course:
    """How a call has gone so far. The dice are thrown once for each try, whichever of wait and stop asks first."""

    def __init__(self, policy: Policy) -> None:
        self._policy = policy
        self._seen = {False: 0, True: 0}
        self._asked: dict[int, tuple[int, float]] = {}

    def at(self, state: RetryCallState) -> tuple[int, float]:
        """How many tries have ended like this one, and the seconds before the next."""
        if state.attempt_number not in self._asked:
            outcome = _outcome(state)
            kind = is_rate_limit(outcome)
            self._seen[kind] += 1
            self._asked[state.attempt_number] = self._seen[kind], pause(outcome, self._seen[kind], self._policy)
        return self._asked[state.attempt_number]


def _outcome(state: RetryCallState) -> Reply | Failure:
    assert state.outcome is not None  # noqa: S101 - tenacity sets it before it asks
    outcome: Reply | Failure = state.outcome.result()
    return outcome

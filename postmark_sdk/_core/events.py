"""What can be seen of a call from outside: log records that hold no token, body or address."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from .log import logger
from .retry import Failure, Reply

if TYPE_CHECKING:
    from collections.abc import Callable

    from tenacity import RetryCallState

    from .operation import Operation


def attempted(operation: Operation[Any], outcome: Reply | Failure) -> None:
    """One DEBUG record for each try."""
    if logger.isEnabledFor(logging.DEBUG):
        logger.debug("%s: try %d: %s", operation.label, outcome.attempts, _summary(outcome))


def repeating(operation: Operation[Any]) -> Callable[[RetryCallState], None]:
    """One WARNING record before each repeat, as tenacity's ``before_sleep``."""

    def report(state: RetryCallState) -> None:
        outcome = state.outcome.result() if state.outcome else None
        pause = state.next_action.sleep if state.next_action else 0.0
        logger.warning("%s: %s; trying again in %.1f s", operation.label, _summary(outcome), pause)

    return report


def _summary(outcome: Reply | Failure | None) -> str:
    if isinstance(outcome, Failure):
        return outcome.reason
    if outcome is None:
        return "no outcome"
    code = outcome.problem[1] if outcome.status != 200 else None  # noqa: PLR2004 - every success is 200
    return f"answered {outcome.status}" + ("" if code is None else f", code {code}")

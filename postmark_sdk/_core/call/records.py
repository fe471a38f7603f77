"""Log records of tries, without tokens, bodies or addresses. Apart from ``events``, which most calls do not need."""

from __future__ import annotations

import logging
import sys
from typing import TYPE_CHECKING, Any

from ..schema.log import logger

if TYPE_CHECKING:
    from collections.abc import Callable

    from tenacity import RetryCallState

    from ..http.outcome import Failure, Reply
    from ..schema.operation import Operation


def seen(outcome: Reply | Failure) -> dict[str, Any]:
    """What may be told of an outcome."""
    reason = getattr(outcome, "reason", None)
    if reason is not None:
        return {"bytes_received": 0, "status": None, "error_code": None, "failure": reason}
    reply: Any = outcome
    return {
        "bytes_received": len(reply.body),
        "status": reply.status,
        "error_code": reply.problem[1] if reply.status != 200 else None,  # noqa: PLR2004 - every success is 200
        "failure": None,
    }


def attempted(operation: Operation[Any], outcome: Reply | Failure) -> None:
    """One DEBUG record for each try."""
    if logger.isEnabledFor(logging.DEBUG):
        logger.debug("%s: try %d: %s", operation.label, outcome.attempts, _summary(outcome))


def interrupted(operation: Operation[Any], error: BaseException) -> None:
    """Say of a send or create that was cut off from this side that it may have happened."""
    if operation.idempotent:
        return
    _note(f"{operation.label} was interrupted after it began: whether Postmark took it is unknown", error)


def succeeded(operation: Operation[Any], message_ids: tuple[str, ...], error: BaseException) -> None:
    """Say of a send or create whose result is lost to an interruption that it happened."""
    if operation.idempotent:
        return
    ids = f"; message ids: {', '.join(message_ids)}" if message_ids else ""
    _note(f"{operation.label} had succeeded when its on_event was interrupted{ids}", error)


def _note(text: str, error: BaseException) -> None:
    logger.warning("%s (%s)", text, type(error).__name__)
    if sys.version_info >= (3, 11):
        error.add_note(text)


def repeating(operation: Operation[Any], reported: Callable[[float], None] | None) -> Callable[[RetryCallState], None]:
    """One WARNING record before each repeat, and word to whoever listens, as tenacity's ``before_sleep``."""

    def report(state: RetryCallState) -> None:
        outcome = state.outcome.result() if state.outcome else None
        pause = state.next_action.sleep if state.next_action else 0.0
        logger.warning("%s: %s; trying again in %.1f s", operation.label, _summary(outcome), pause)
        if reported is not None:
            reported(pause)

    return report


def _summary(outcome: Reply | Failure | None) -> str:
    if outcome is None:
        return "no outcome"
    what = seen(outcome)
    if what["failure"] is not None:
        return str(what["failure"])
    return f"answered {what['status']}" + ("" if what["error_code"] is None else f", code {what['error_code']}")

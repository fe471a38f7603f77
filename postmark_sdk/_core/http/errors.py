"""The error that the last outcome of a call means. No I/O."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ...errors import OutcomeUnknownError, PostmarkError, RequestTimeoutError, TransportError
from .outcome import Failure
from .response import error_of
from .retry import is_ambiguous

if TYPE_CHECKING:
    from ..schema.operation import Operation
    from .outcome import Reply


def error_for(operation: Operation[Any], outcome: Reply | Failure) -> PostmarkError:
    """The error of a call's last outcome, with what it was caused by: raise it ``from`` its own cause to keep that."""
    where: dict[str, Any] = {
        "operation": operation.label,
        "method": operation.method,
        "path": operation.path,
        "attempts": outcome.attempts,
    }
    if isinstance(outcome, Failure):
        failed = _failed(operation, outcome, where)
        failed.__cause__ = outcome.error
        return failed
    answered = error_of(operation, outcome)
    if not is_ambiguous(operation, outcome):
        return answered
    unknown = OutcomeUnknownError(
        f"the answer was {outcome.status}",
        status_code=outcome.status,
        error_code=answered.error_code,
        **where,
    )
    unknown.__cause__ = answered
    return unknown


def _failed(operation: Operation[Any], failure: Failure, where: dict[str, Any]) -> OutcomeUnknownError | TransportError:
    if is_ambiguous(operation, failure):
        return OutcomeUnknownError(failure.reason, **where)
    kind = RequestTimeoutError if failure.timed_out else TransportError
    return kind(failure.reason, host=failure.host, **where)

"""What the answer to a send means for the mails it was about. No I/O."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..http.outcome import error_code
from ..http.response import error_of, unreadable
from ..schema.generated import generated
from .rows import contradicted

if TYPE_CHECKING:
    from ...errors import OutcomeUnknownError
    from ..http.outcome import Reply
    from ..schema.operation import Operation
    from .trace import Mails


def told(operation: Operation[Any], result: Any, mails: Mails, reply: Reply) -> Any:
    """The result, if it tells what became of the mails.

    Raises:
        APIError: A success by its status that is a refusal by its code.
        OutcomeUnknownError: It tells nothing, or not for every mail.
    """
    if operation.answer == "bulk_request":
        return result if result.id else _refused_or_unknown(operation, result.extra.get("ErrorCode"), reply)
    if operation.answer == "message_result":
        return _told_of_each(operation, result, mails, reply)
    if operation.answer != "send_result":
        return result
    return result if result.success else _refused_or_unknown(operation, result.error_code, reply)


def _refused_or_unknown(operation: Operation[Any], code: Any, reply: Reply) -> Any:
    refused = error_code(code)  # what is no number tells nothing
    raise error_of(operation, reply) if refused else unreadable(operation, reply, "it tells nothing about the message")


def _told_of_each(operation: Operation[Any], results: list[Any], mails: Mails, reply: Reply) -> list[Any]:
    MessageResult = generated("models.message_result").MessageResult  # noqa: N806 - a class
    read = [result if isinstance(result, MessageResult) else MessageResult() for result in results]
    ids = tuple(result.message_id for result in read if result.message_id)
    reason = f"{len(read)} results for {mails.number} messages"
    if len(read) == mails.number:
        wrong = contradicted(
            [None if error_code(result.error_code) else result.message_id for result in read],
            [result.to for result in read],
            mails.given,
        )
        for place in wrong:
            read[place] = MessageResult(extra=generated("models.message_result").dump_message_result(read[place]))
        if not all(result.unknown for result in read):
            return read
        reason = "it tells nothing about the messages"
    error: OutcomeUnknownError = unreadable(operation, reply, reason)  # type: ignore[assignment]  # a send's
    error.message_ids = ids
    raise error


def about(error: Exception, mails: Mails | None) -> Any:
    """The same error; one of unknown outcome learns which mails it is about."""
    if mails is not None and hasattr(error, "message_ids"):
        error.messages = mails.refs()  # type: ignore[attr-defined]  # only OutcomeUnknownError has ids
    return error

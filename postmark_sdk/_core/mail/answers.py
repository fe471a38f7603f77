"""The answer to a call of many mails as rows, one for each. No I/O."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..http.errors import error_for
from ..http.outcome import Reply
from ..http.response import decode, unreadable

if TYPE_CHECKING:
    from ..http.outcome import Failure
    from ..schema.operation import Operation


def rows_of(operation: Operation[Any], outcome: Reply | Failure, number: int) -> list[Any]:
    """A row for each of so many mails, as Postmark wrote it.

    Raises:
        PostmarkError: The call failed as a whole, or the answer does not fit; ids in it are in ``message_ids`` then.
    """
    if not isinstance(outcome, Reply) or outcome.status != 200:  # noqa: PLR2004 - every success is 200
        raise error_for(operation, outcome)
    rows: list[Any] = decode(operation, outcome)
    if len(rows) == number:
        return rows
    error: Any = unreadable(operation, outcome, f"{len(rows)} results for {number} messages")
    ids = (row.get("MessageID") for row in rows if isinstance(row, dict))
    error.message_ids = tuple(each for each in ids if isinstance(each, str))
    raise error

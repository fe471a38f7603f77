"""What the outcome of a call means for its chunk, and each row for its message. No I/O."""

from __future__ import annotations

import datetime as _dt
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final, Literal, NamedTuple

from .._core.http.outcome import Failure, error_code, is_acceptance
from .._core.mail.answers import rows_of
from .._core.mail.rows import contradicted
from .._core.schema.dates import parse_datetime, zoned
from ..errors import (
    APIError,
    OutcomeUnknownError,
    PostmarkError,
    RateLimitError,
    ServerError,
    TransportError,
    with_hint,
)
from .content import storable
from .ledger import Outcome
from .states import ACCEPTED, REFUSED, UNKNOWN

if TYPE_CHECKING:
    from .._core.http.outcome import Reply
    from .._core.schema.operation import Operation

_OF_THE_CONTENT: Final = frozenset({413, 422})
"""Statuses of refusals that another chunk need not meet."""
_OF_THE_ACCOUNT: Final = frozenset({405, 413})
"""Codes of an account that may not send, or has no credit: no mail of any chunk would be taken."""
_OF_THE_SENDER: Final = frozenset({400, 401, 412})
"""Codes of a sender that is not confirmed yet, or an account that waits for approval."""
_MOST_CODE: Final = 2**31 - 1


class Verdict(NamedTuple):
    """What to do with a chunk after its call."""

    kind: Literal["answered", "unknown", "not taken", "hold", "stop"]
    """``stop``: nothing was taken, and every other chunk would meet the same."""
    outcomes: Sequence[Outcome] = ()
    """One for each message, if it was answered."""
    error: PostmarkError | None = None
    reason: str | None = None
    everybody: bool = False
    """Whether all workers should wait."""
    retry_after: float | None = None


def judged(operation: Operation[Any], outcome: Reply | Failure, messages: Sequence[Mapping[str, Any]]) -> Verdict:
    """What the outcome of a call about these messages means."""
    try:
        rows = rows_of(operation, outcome, len(messages))
    except PostmarkError as error:
        return _failed(with_hint(error), outcome)
    outcomes = outcomes_of(rows, messages)
    return _refused_for_all(outcomes) or Verdict("answered", outcomes)


def _failed(error: PostmarkError, outcome: Reply | Failure) -> Verdict:
    if isinstance(error, OutcomeUnknownError):
        ids = f"; accepted: {', '.join(error.message_ids)}" if error.message_ids else ""
        return Verdict("unknown", error=error, reason=error.reason + ids)
    if isinstance(error, RateLimitError):
        return Verdict("not taken", error=error, reason=str(error), everybody=True, retry_after=error.retry_after)
    if isinstance(error, ServerError):
        return Verdict("not taken", error=error, reason=str(error), everybody=True)
    if isinstance(error, TransportError) and isinstance(outcome, Failure) and (outcome.repeatable or outcome.timed_out):
        return Verdict("not taken", error=error, reason=error.reason)
    of_content = isinstance(error, APIError) and error.status_code in _OF_THE_CONTENT
    if of_content and getattr(error, "error_code", None) not in _OF_THE_ACCOUNT:
        return Verdict("hold", error=error, reason=str(error))
    return Verdict("stop", error=error, reason=str(error))


def _refused_for_all(outcomes: Sequence[Outcome]) -> Verdict | None:
    """A chunk whose rows all say the same of account or sender was not refused for the sake of its messages."""
    codes = {outcome.error_code for outcome in outcomes}
    code = codes.pop() if len(codes) == 1 else None
    text = f"all of its messages were refused with code {code}: {outcomes[0].text}"
    if code in _OF_THE_SENDER:
        return Verdict("hold", reason=text)
    return Verdict("stop", reason=text) if code in _OF_THE_ACCOUNT else None


def outcomes_of(rows: Sequence[Any], messages: Sequence[Mapping[str, Any]]) -> list[Outcome]:
    """What each row says of its message; of which message some rows are may be open."""
    read: list[dict[str, Any]] = [row if isinstance(row, dict) else {} for row in rows]
    ids = [None if error_code(row.get("ErrorCode")) else row.get("MessageID") for row in read]
    wrong = contradicted(ids, [row.get("To") for row in read], messages)
    times: dict[Any, _dt.datetime | None] = {}
    return [
        Outcome(UNKNOWN, text=f"contradicted; accepted: {ids[place]}" if ids[place] else "contradicted")
        if place in wrong
        else _outcome(row, times)
        for place, row in enumerate(read)
    ]


def _outcome(row: Mapping[str, Any], times: dict[Any, _dt.datetime | None]) -> Outcome:
    code, message_id, text = row.get("ErrorCode"), row.get("MessageID"), row.get("Message")
    text = None if text == "OK" else storable(text)
    if is_acceptance(code, message_id):
        submitted = row.get("SubmittedAt")
        if isinstance(submitted, str) and submitted not in times:
            times[submitted] = in_utc(parse_datetime(submitted))
        return Outcome(ACCEPTED, storable(message_id), times.get(submitted), None, text)
    refused = error_code(code)
    if refused:
        return Outcome(REFUSED, error_code=refused if refused <= _MOST_CODE else None, text=text)
    return Outcome(UNKNOWN, text=text)


def in_utc(moment: Any) -> _dt.datetime | None:
    """A time as the ledger holds it, None where it is none."""
    if not isinstance(moment, _dt.datetime):
        return None
    try:
        return zoned(moment).astimezone(_dt.timezone.utc).replace(tzinfo=None)
    except OverflowError:  # at either end of the years
        return None

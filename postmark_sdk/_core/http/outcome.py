"""What came of one try: an answer, or none. No I/O."""

from __future__ import annotations

import functools
import json
import time
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from ..body.json_text import is_dear

if TYPE_CHECKING:
    from collections.abc import Callable


_LONGEST_CODE = 20
_MAINTENANCE = 100


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
        self.host: str | None = None

    def __repr__(self) -> str:
        """Without the exception, which may hold the request."""
        return f"Failure({self.reason!r}, sent={self.sent}, timed_out={self.timed_out}, attempts={self.attempts})"


def problem_of(body: bytes, headers: Mapping[str, str]) -> tuple[Any, int | None]:
    """The JSON of a refusal, None if there is none, and Postmark's code in it or in its header."""
    try:
        value = None if is_dear(body) else json.loads(body)
    except (ValueError, RecursionError):
        value = None
    code = value.get("ErrorCode") if isinstance(value, Mapping) else None
    if code is None:
        code = headers.get("x-pm-apierrorcode")
    return value, error_code(code)


def error_code(value: Any) -> int | None:
    """A code as Postmark wrote it: a whole number, seldom a string of digits; what is neither tells nothing."""
    if value.__class__ is int or (value.__class__ is float and value.is_integer()):
        return int(value)
    digits = value.strip() if isinstance(value, str) and len(value) < _LONGEST_CODE else ""
    return int(digits) if digits.isascii() and digits.isdigit() else None


def is_acceptance(code: Any, message_id: Any) -> bool:
    """Whether code and id of an answer to a message say that Postmark took it: code 0 itself, or an id without code."""
    if isinstance(message_id, str) and message_id:
        return not error_code(code)
    return code.__class__ is int and code == 0


def says_maintenance(value: Any, code: int | None) -> bool:
    """Whether a refusal's JSON, or its header alone, has code 100 itself: the one word that nothing was taken."""
    own = value.get("ErrorCode") if isinstance(value, Mapping) else None
    return code == _MAINTENANCE and (own is None or own.__class__ is int)


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

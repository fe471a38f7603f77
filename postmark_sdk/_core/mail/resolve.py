"""Finding out what became of mails whose call had no trustworthy answer, by the marks in their metadata. No I/O."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, Literal

from attrs import field, frozen

from ...errors import InvalidMessageError, MessageRef, OutcomeUnknownError, Problem
from ..schema.generated import generated
from .trace import TRACE_KEY

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from ..._generated.models.outbound_message import OutboundMessage
    from ..._generated.models.send_result import SendResult

FIRST_PAUSE_SECONDS = 1.0
MAX_PAUSE_SECONDS = 15.0
_NO_RECORD = object()


@frozen(kw_only=True)
class Resolution:
    """What a search found out about mails of unknown outcome.

    A mail that was not found may still turn up: Postmark takes an unknown time to make mails findable.
    """

    state: Literal["accepted", "not_found_yet", "cannot_tell"]
    """``accepted``: all of them; ``not_found_yet``: not all of them, until the deadline; ``cannot_tell``: they carry no
    mark, since the call was made without ``trace``."""
    messages: tuple[MessageRef, ...] = ()
    """The messages that were looked for."""
    results: tuple[SendResult | None, ...] = field(default=(), repr=False)
    """For each of them what Postmark answered, or None where it was not found."""

    @property
    def accepted(self) -> bool:
        """Whether Postmark took all of them."""
        return self.state == "accepted"

    @property
    def result(self) -> SendResult | None:
        """Of the first message: what its call would have returned; None where it was not found."""
        return self.results[0] if self.results else None


class Search:
    """Which mark to look for next, and when to give up."""

    def __init__(self, subject: Any, timeout: float, clock: Callable[[], float] = time.monotonic) -> None:
        self.messages = _messages(subject)
        self._results: list[SendResult | None] = [None] * len(self.messages)
        self._clock = clock
        self._last = _checked(timeout) == 0
        self._began = clock()
        self._ends = self._began + timeout
        self._pause = FIRST_PAUSE_SECONDS

    def missing(self) -> Iterable[tuple[int, dict[str, str]]]:
        """The place of each message not found so far, and the filter that finds it; the last look leaves none out."""
        self._began = self._clock()
        for number, (place, mark) in enumerate(self._open()):
            if number and not self._last and self._clock() >= self._ends:
                return
            yield place, {TRACE_KEY: mark}

    def _open(self) -> Iterable[tuple[int, str]]:
        for place, message in enumerate(self.messages):
            if self._results[place] is None and message.trace is not None:
                yield place, message.trace

    def found(self, place: int, page: Iterable[OutboundMessage]) -> None:
        """A page of the search came."""
        mark = self.messages[place].trace
        self._results[place] = next((_result(message) for message in page if _carries(message, mark)), None)

    def pause(self) -> float | None:
        """Seconds before looking again; None when all is known, or no time is left for a look as long as the last."""
        now = self._clock()
        left = self._ends - now - (now - self._began)
        if self._last or left <= 0 or not any(True for _ in self._open()):
            return None
        self._last = self._pause >= left
        seconds = min(self._pause, left)
        self._pause = min(self._pause * 2, MAX_PAUSE_SECONDS)
        return seconds

    def resolution(self) -> Resolution:
        """The answer."""
        state: Literal["accepted", "not_found_yet", "cannot_tell"] = "accepted"
        if not self.messages or any(message.trace is None for message in self.messages):
            state = "cannot_tell"
        elif any(result is None for result in self._results):
            state = "not_found_yet"
        return Resolution(state=state, messages=self.messages, results=tuple(self._results))


def _messages(subject: Any) -> tuple[MessageRef, ...]:
    if isinstance(subject, OutcomeUnknownError):
        return subject.messages
    if isinstance(subject, str):
        return (MessageRef(0, subject),)
    if isinstance(subject, MessageRef):
        return (subject,)
    raise InvalidMessageError(
        [
            Problem(
                "error", f"a {type(subject).__name__}; it takes an OutcomeUnknownError, one of its messages or a mark"
            )
        ]
    )


def _checked(timeout: Any) -> float:
    if isinstance(timeout, bool) or not isinstance(timeout, int | float) or not 0 <= timeout < float("inf"):
        raise InvalidMessageError([Problem("timeout", "it takes seconds from 0")])
    return float(timeout)


def _carries(message: Any, mark: str | None) -> bool:
    """Whether a record is the mail that was looked for: one without metadata is taken at the search's word."""
    metadata = getattr(message, "metadata", _NO_RECORD)
    if not isinstance(metadata, dict):
        return metadata is None
    return not metadata or any(key.lower() == TRACE_KEY and value == mark for key, value in metadata.items())


def _result(message: OutboundMessage) -> SendResult:
    people: Any = message.to
    known = people if isinstance(people, list) else ()
    to = ", ".join(filter(None, (getattr(each, "email", None) for each in known))) or None
    result: SendResult = generated("models.send_result").SendResult(
        to=to,
        submitted_at=message.received_at,
        message_id=message.message_id,
        error_code=0,
        message="Found by its trace.",
    )
    return result


class Patience:
    """When to ask again how far a bulk request is."""

    def __init__(self, timeout: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._ends = clock() + _checked(timeout)
        self._pause = FIRST_PAUSE_SECONDS

    def pause(self) -> float | None:
        """Seconds before asking again; None when the time is up."""
        left = self._ends - self._clock()
        if left <= 0:
            return None
        seconds = min(self._pause, left)
        self._pause = min(self._pause * 2, MAX_PAUSE_SECONDS)
        return seconds

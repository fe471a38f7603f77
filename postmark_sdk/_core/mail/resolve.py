"""Finding out what became of mails whose call had no trustworthy answer, by the marks in their metadata. No I/O."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, Literal

from attrs import field, frozen

from ... import _types as _t
from ...errors import InvalidMessageError, MessageRef, OutcomeUnknownError, Problem
from ..schema.generated import generated
from .lookup import Lookup
from .report import SendReport

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from .lookup import Look

FIRST_PAUSE_SECONDS = 1.0
MAX_PAUSE_SECONDS = 15.0


@frozen(kw_only=True)
class Resolution:
    """What a search found out about mails of unknown outcome.

    A mail that was not found may still turn up: Postmark takes an unknown time to make mails findable.
    """

    state: Literal["accepted", "not_found_yet", "cannot_tell"]
    """``accepted``: all of them, or a report had none to look for; ``not_found_yet``: not all of them, until the
    deadline; ``cannot_tell``: they carry no mark, since the call was made without ``trace``."""
    messages: tuple[MessageRef, ...] = ()
    """The messages that were looked for."""
    results: tuple[_t.SendResult | None, ...] = field(default=(), repr=False)
    """For each of them what Postmark answered, or None where it was not found."""

    @property
    def accepted(self) -> bool:
        """Whether Postmark took all of them."""
        return self.state == "accepted"

    @property
    def result(self) -> _t.SendResult | None:
        """Of the first message: what its call would have returned; None where it was not found."""
        return self.results[0] if self.results else None


class Search:
    """Which searches to make, and when to give up.

    Args:
        subject: An error, a report, a reference or a mark.
        timeout: Seconds to look for them.
        clock: What tells the time.
        message_stream: The stream to look at. None: that of each message, and all streams where it is not known.
    """

    def __init__(
        self,
        subject: Any,
        timeout: float,
        clock: Callable[[], float] = time.monotonic,
        *,
        message_stream: str | None = None,
    ) -> None:
        self.lookup = Lookup(_messages(subject), message_stream=_checked_stream(message_stream))
        self._is_about_sends = bool(self.lookup.messages) or isinstance(subject, SendReport)
        self._clock = clock
        self._last = _checked(timeout) == 0
        self._began = clock()
        self._ends = self._began + timeout
        self._pause = FIRST_PAUSE_SECONDS

    def looks(self) -> Iterator[Look]:
        """The searches of a round, as many as there is time for; the last round leaves none out."""
        self._began = self._clock()
        for number, look in enumerate(self.lookup.looks()):
            if number and not self._last and self._clock() >= self._ends:
                return
            yield look

    def pause(self) -> float | None:
        """Seconds before looking again; None when all is known, or no time is left for a look as long as the last."""
        now = self._clock()
        left = self._ends - now - (now - self._began)
        if self._last or left <= 0 or not self.lookup.missing:
            return None
        self._last = self._pause >= left
        seconds = min(self._pause, left)
        self._pause = min(self._pause * 2, MAX_PAUSE_SECONDS)
        return seconds

    def resolution(self) -> Resolution:
        """The answer."""
        messages, found = self.lookup.messages, self.lookup.found
        state: Literal["accepted", "not_found_yet", "cannot_tell"] = "accepted"
        if not self._is_about_sends or any(message.trace is None for message in messages):
            state = "cannot_tell"
        elif len(found) < len(messages):
            state = "not_found_yet"
        results = (_result(found[place]) if place in found else None for place in range(len(messages)))
        return Resolution(state=state, messages=tuple(messages), results=tuple(results))


def _messages(subject: Any) -> tuple[MessageRef, ...]:
    if isinstance(subject, OutcomeUnknownError):
        return subject.messages
    if isinstance(subject, SendReport):
        return subject._unknown_refs()  # noqa: SLF001 - it offers them to us alone
    if isinstance(subject, str):
        return (MessageRef(0, subject),)
    if isinstance(subject, MessageRef):
        return (subject,)
    takes = "an OutcomeUnknownError, one of its messages, a SendReport or a mark"
    raise InvalidMessageError([Problem("error", f"a {type(subject).__name__}; it takes {takes}")])


def _checked(timeout: Any) -> float:
    if isinstance(timeout, bool) or not isinstance(timeout, int | float) or not 0 <= timeout < float("inf"):
        raise InvalidMessageError([Problem("timeout", "it takes seconds from 0")])
    return float(timeout)


def _checked_stream(value: Any) -> str | None:
    if value is not None and not (isinstance(value, str) and value.strip()):
        raise InvalidMessageError([Problem("message_stream", "it takes the ID of a stream, or None")])
    stream: str | None = value
    return stream


def _result(message: Any) -> _t.SendResult:
    people: Any = message.to
    known = people if isinstance(people, list) else ()
    to = ", ".join(filter(None, (getattr(each, "email", None) for each in known))) or None
    result: _t.SendResult = generated("models.send_result").SendResult(
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

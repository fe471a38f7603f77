"""Finding out what became of mails whose call had no trustworthy answer, by the marks in their metadata. No I/O."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, Literal

from attrs import field, frozen

from ... import _types as _t
from ...errors import InvalidMessageError, MessageRef, OutcomeUnknownError, Problem
from ..schema.generated import generated
from .trace import TRACE_KEY

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from ..._generated.models.message_stream import MessageStream
    from ..._generated.models.outbound_message import OutboundMessage
    from ..._generated.models.outbound_message_details import OutboundMessageDetails

FIRST_PAUSE_SECONDS = 1.0
MAX_PAUSE_SECONDS = 15.0


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
    """Which mark to look for next, and when to give up.

    Args:
        subject: An error, a reference or a mark.
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
        self.messages = _messages(subject)
        self._stream = _checked_stream(message_stream)
        self._streams: tuple[str | None, ...] = (None,)
        self._results: list[_t.SendResult | None] = [None] * len(self.messages)
        self._clock = clock
        self._last = _checked(timeout) == 0
        self._began = clock()
        self._ends = self._began + timeout
        self._pause = FIRST_PAUSE_SECONDS

    @property
    def needs_streams(self) -> bool:
        """Whether :meth:`look_at` has to be told which streams there are: a search looks at one."""
        return self._stream is None and any(self.messages[place].message_stream is None for place, _ in self._open())

    def look_at(self, streams: Iterable[MessageStream]) -> None:
        """Take all streams of the server; archived ones may hold what was sent before."""
        kinds = ((getattr(each, "id", None), getattr(each, "message_stream_type", None)) for each in streams)
        self._streams = tuple(name for name, kind in kinds if isinstance(name, str) and kind != "Inbound") or (None,)

    def missing(self) -> Iterable[tuple[int, dict[str, Any]]]:
        """The place of each message not found so far, and the filters that find it; the last look leaves none out."""
        self._began = self._clock()
        for number, (place, mark) in enumerate(self._open()):
            if number and not self._last and self._clock() >= self._ends:
                return
            for stream in self._streams_of(self.messages[place]):
                if self._results[place] is None:
                    yield place, {"metadata": {TRACE_KEY: mark}, "message_stream": stream}

    def _streams_of(self, message: MessageRef) -> tuple[str | None, ...]:
        known = self._stream or message.message_stream
        return self._streams if known is None else (known,)

    def _open(self) -> Iterable[tuple[int, str]]:
        for place, message in enumerate(self.messages):
            if self._results[place] is None and message.trace is not None:
                yield place, message.trace

    def found(self, place: int, page: Iterable[OutboundMessage]) -> list[str]:
        """A page of the search came; the ids of records that only :meth:`detailed` can tell about."""
        unproven = []
        for message in page:
            self.detailed(place, message)
            if _may_carry(message):
                unproven.append(message.message_id)
        return unproven[:1] if self._results[place] is None else []  # more than were asked for

    def detailed(self, place: int, message: OutboundMessage | OutboundMessageDetails | None) -> None:
        """A record came: it is the mail that was looked for if it has the mark."""
        if self._results[place] is None and _carries(message, self.messages[place].trace):
            self._results[place] = _result(message)

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


def _checked_stream(value: Any) -> str | None:
    if value is not None and not (isinstance(value, str) and value.strip()):
        raise InvalidMessageError([Problem("message_stream", "it takes the ID of a stream, or None")])
    stream: str | None = value
    return stream


def _carries(message: Any, mark: str | None) -> bool:
    """Whether a record is the mail that was looked for; nothing but the mark in it is proof."""
    metadata = getattr(message, "metadata", None)
    return isinstance(metadata, dict) and any(
        key.lower() == TRACE_KEY and value == mark for key, value in metadata.items()
    )


def _may_carry(message: Any) -> bool:
    """Whether a record leaves open what metadata the mail has, and can be asked for."""
    return not getattr(message, "metadata", True) and isinstance(message.message_id, str) and bool(message.message_id)


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

"""What became of each of many mails, in 25 bytes for one that was accepted. No I/O."""

from __future__ import annotations

import datetime as _dt
import itertools
import json
import uuid
from array import array
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Literal, get_type_hints, overload

from attrs import define, field, frozen

from ...errors import MessageRef, OutcomeUnknownError, Problem, inactive_addresses
from ..body.encode import UNPREPARED
from ..http.response import hint
from .chunk import Chunk
from .rows import Ids

Status = Literal["accepted", "refused", "unknown", "not_attempted"]
_STATUSES: tuple[Status, ...] = ("not_attempted", "accepted", "refused", "unknown")
NOT_ATTEMPTED, ACCEPTED, REFUSED, UNKNOWN = range(4)
ID_BYTES = 16
NO_ID = bytes(ID_BYTES)
NO_TIME = float("nan")


@frozen(kw_only=True)
class SendOutcome:
    """What became of one message of ``send_many``."""

    index: int
    """Its place in what was given, from 0."""
    status: Status
    """``accepted``, ``refused``, ``unknown`` (it left, and no trustworthy answer came) or ``not_attempted``."""
    message_id: str | None = None
    """Postmark's id, of an accepted message."""
    submitted_at: _dt.datetime | None = None
    """When Postmark took it, in UTC."""
    error_code: int | None = None
    """Postmark's code, of a refused message; None if it was refused here and never sent."""
    text: str | None = field(default=None, repr=False)
    """Postmark's words about it, or what is wrong with it; may name addresses."""
    problems: tuple[Problem, ...] = ()
    """What is wrong with it, if it was refused here and never sent."""
    trace: str | None = None
    """The mark in its metadata, if ``trace`` was asked for."""
    row: Mapping[str, Any] | None = field(default=None, repr=False)
    """What Postmark answered in the place of an unknown message: it tells nothing, or contradicts the message or
    another row, so that nobody knows of which mail it is."""
    message: Any = field(default=None, repr=False)
    """What the caller gave, unless it was accepted."""

    def to_dict(self) -> dict[str, object]:
        """A dict that JSON can hold, without what the caller gave: times as ISO 8601 text, problems as dicts."""
        return {
            "index": self.index,
            "status": self.status,
            "message_id": self.message_id,
            "submitted_at": None if self.submitted_at is None else self.submitted_at.isoformat(),
            "error_code": self.error_code,
            "text": self.text,
            "problems": [problem._asdict() for problem in self.problems],
            "trace": self.trace,
            "row": None if self.row is None else dict(self.row),
        }

    def to_json(self) -> str:
        """The text of what ``to_dict`` gives."""
        return json.dumps(self.to_dict(), ensure_ascii=False)

    @classmethod
    def __get_pydantic_core_schema__(cls, source: object, handler: Any) -> Any:
        """How pydantic, and so FastAPI, reads, writes and describes it: as ``to_dict`` writes it."""
        from ..schema.described import as_objects, core_schema  # noqa: PLC0415 - only pydantic asks

        hints = {**get_type_hints(cls), "problems": as_objects(Problem)}
        del hints["message"]
        return core_schema(cls, handler, hints)

    @property
    def success(self) -> bool:
        """Whether Postmark took it."""
        return self.status == "accepted"

    @property
    def inactive_recipients(self) -> list[str]:
        """Suppressed addresses: those left out of an accepted message, or all of a refused one (code 406)."""
        return inactive_addresses(self.text)

    @property
    def hint(self) -> str | None:
        """What to do about a refused message, in one sentence."""
        return hint(self.error_code)


class SendReport(Sequence[SendOutcome]):
    """What became of every message of ``send_many``, in the order of the input.

    It is a sequence of :class:`SendOutcome`. Accepted messages take some 25 bytes each, whatever their size; those
    that were not accepted keep what the caller gave.
    """

    def __init__(self) -> None:
        self._states = bytearray()
        self._drawn = Drawn(0)
        self._ids = bytearray()
        self._times = array("d")
        self._odd_ids: dict[int, str] = {}
        self._texts: dict[int, str] = {}
        self._codes: dict[int, int] = {}
        self._problems: dict[int, tuple[Problem, ...]] = {}
        self._messages: dict[int, Any] = {}
        self._rows: dict[int, dict[str, Any]] = {}
        self._seen = Ids()
        self._again: set[int] = set()
        self._chunks: dict[int, Chunk] = {}
        self._input: Sequence[Any] | Iterator[Any] = ()
        self._input_from = 0
        self._trace: Any = None
        self._preparation = UNPREPARED
        self._refs: dict[int, MessageRef] = {}
        self._errors: list[OutcomeUnknownError] = []

    def __len__(self) -> int:
        """Messages drawn from the input so far."""
        return max(len(self._states), self._drawn.end)

    @overload
    def __getitem__(self, index: int) -> SendOutcome: ...
    @overload
    def __getitem__(self, index: slice) -> list[SendOutcome]: ...
    def __getitem__(self, index: int | slice) -> SendOutcome | list[SendOutcome]:
        """The outcome at a place, or those of a slice."""
        if isinstance(index, slice):
            return [self._outcome(each) for each in range(*index.indices(len(self)))]
        place = range(len(self))[index]
        return self._outcome(place)

    def __repr__(self) -> str:
        """How many of each kind."""
        counts = ", ".join(f"{name}={self._count_of(code)}" for code, name in enumerate(_STATUSES))
        return f"SendReport({counts})"

    @property
    def ok(self) -> bool:
        """Whether every message was accepted."""
        return self._count_of(ACCEPTED) == len(self)

    @property
    def accepted(self) -> Outcomes:
        """The messages that Postmark took."""
        return Outcomes(self, ACCEPTED)

    @property
    def refused(self) -> Outcomes:
        """The messages that Postmark did not take, and those that were wrong and never sent."""
        return Outcomes(self, REFUSED)

    @property
    def unknown(self) -> Outcomes:
        """The messages that left without a trustworthy answer. Sending them again may double them."""
        return Outcomes(self, UNKNOWN)

    @property
    def errors(self) -> tuple[OutcomeUnknownError, ...]:
        """The errors of calls without a trustworthy answer, but for the one that was raised.

        ``reason`` says why; ``message_ids`` has the ids that an answer held which does not fit its call.
        """
        return tuple(self._errors)

    @property
    def not_attempted(self) -> Outcomes:
        """The messages that were drawn from the input and never sent."""
        return Outcomes(self, NOT_ATTEMPTED)

    def unsent(self) -> Iterator[Any]:
        """What may safely go again, as it was given: messages that Postmark certainly did not take.

        These are the messages not attempted, those of a call that was refused as a whole (as for a wrong token or too
        many requests), and what is left of the input, unless that is an async iterable. A message that was refused
        for its own sake is not among them: it would be refused again. Nor is one of unknown outcome.

        What is left of a list or another sequence comes every time, and travels with a pickled report, so it has to be
        of what pickle takes. What is left of a generator comes once, from this report alone.
        """
        for index in range(len(self)):
            state = self._state(index)
            if state == NOT_ATTEMPTED or (state == REFUSED and index in self._again):
                yield self._message(index)
        yield from self._left()

    def _left(self) -> Iterator[Any]:
        """What was not drawn from the input."""
        if isinstance(self._input, Iterator):
            return self._input
        return itertools.islice(self._input, len(self) - self._input_from, None)

    def _where(self, state: int) -> Iterator[SendOutcome]:
        """The outcomes in one state."""
        place = self._states.find(state)
        while place >= 0:
            yield self._outcome(place)
            place = self._states.find(state, place + 1)
        if state == NOT_ATTEMPTED:
            yield from map(self._outcome, range(len(self._states), len(self)))

    def _count_of(self, state: int) -> int:
        """How many are in one state."""
        return self._states.count(state) + (len(self) - len(self._states)) * (state == NOT_ATTEMPTED)

    def _state(self, index: int) -> int:
        return self._states[index] if index < len(self._states) else NOT_ATTEMPTED

    def _outcome(self, index: int) -> SendOutcome:
        state = self._state(index)
        return SendOutcome(
            index=index,
            status=_STATUSES[state],
            message_id=self._id(index),
            submitted_at=self._time(index),
            error_code=self._codes.get(index),
            text=self._texts.get(index),
            problems=self._problems.get(index, ()),
            trace=self._mark(index),
            row=self._rows.get(index) if state == UNKNOWN else None,
            message=None if state == ACCEPTED else self._message(index),
        )

    def _id(self, index: int) -> str | None:
        packed = bytes(self._ids[index * ID_BYTES : (index + 1) * ID_BYTES])
        return self._odd_ids.get(index) if packed in {b"", NO_ID} else str(uuid.UUID(bytes=packed))

    def _time(self, index: int) -> _dt.datetime | None:
        seconds = self._times[index] if index < len(self._times) else NO_TIME
        try:
            return _dt.datetime.fromtimestamp(seconds, _dt.timezone.utc)
        except (OSError, OverflowError, ValueError):  # not a number, or a moment in no year from 1 to 9999
            return None

    def _message(self, index: int) -> Any:
        if index in self._messages:
            return self._messages[index]
        for chunk in self._chunks.values():
            if index in chunk.places:
                return chunk.messages[chunk.places.index(index)]
        return self._drawn.messages[index - self._drawn.first] if self._drawn.first <= index < self._drawn.end else None

    def _mark(self, index: int) -> str | None:
        """The mark of a message."""
        mark: str | None = self._trace.mark(index) if self._trace is not None else None
        return mark

    def _ref(self, index: int) -> MessageRef:
        """How a message can be found again."""
        if self._preparation is UNPREPARED:
            return self._refs.get(index) or MessageRef(index, self._mark(index))
        return self._preparation.ref(index)

    def _unknown_refs(self) -> tuple[MessageRef, ...]:
        return tuple(self._ref(index) for index, state in enumerate(self._states) if state == UNKNOWN)

    def __getstate__(self) -> dict[str, Any]:
        """With what is left of the input, and nothing else of it; a generator does not travel."""
        left = () if isinstance(self._input, Iterator) else [*self._left()]
        return {
            **self.__dict__,
            "_input": left,
            "_input_from": len(self),
            "_preparation": None,
            "_refs": {ref.index: ref for ref in self._unknown_refs()},
            "_seen": Ids(),
        }

    def __setstate__(self, state: dict[str, Any]) -> None:
        """One that an earlier version pickled lacks what came later."""
        SendReport.__init__(self)
        self.__dict__.update(state, _preparation=UNPREPARED)


@define(eq=False, repr=False)
class Drawn:
    """Messages of the input in a row."""

    first: int
    """The place of the first."""
    messages: list[Any] = field(factory=list)

    @property
    def end(self) -> int:
        """The place after the last."""
        return self.first + len(self.messages)


class Outcomes:
    """The outcomes of one kind: count them with ``len``, iterate over them as often as needed."""

    def __init__(self, report: SendReport, state: int) -> None:
        self._report = report
        self._state = state

    def __len__(self) -> int:
        """How many."""
        return self._report._count_of(self._state)  # noqa: SLF001 - half of one thing

    def __iter__(self) -> Iterator[SendOutcome]:
        """In the order of the input."""
        return self._report._where(self._state)  # noqa: SLF001 - as above

    def __repr__(self) -> str:
        """How many of which kind."""
        return f"<{len(self)} {_STATUSES[self._state]}>"

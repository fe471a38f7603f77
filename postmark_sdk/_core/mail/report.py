"""What became of each of many mails, in 25 bytes for one that was accepted. No I/O."""

from __future__ import annotations

import datetime as _dt
import itertools
import uuid
from array import array
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Literal, overload

from attrs import define, field, frozen

from ...errors import APIError, MessageRef, OutcomeUnknownError, PostmarkError, Problem, inactive_addresses
from ..body.encode import UNPREPARED, Preparation
from ..http.outcome import error_code, is_acceptance
from ..http.response import hint
from ..schema.dates import parse_datetime, zoned
from .chunk import Chunk
from .rows import Ids, contradicted

Status = Literal["accepted", "refused", "unknown", "not_attempted"]
_STATUSES: tuple[Status, ...] = ("not_attempted", "accepted", "refused", "unknown")
NOT_ATTEMPTED, ACCEPTED, REFUSED, UNKNOWN = range(4)
_ID_BYTES = 16
_UUID_CHARACTERS = 36
_DASHES = (8, 13, 18, 23)
_NO_ID = bytes(_ID_BYTES)
_NO_TIME = float("nan")


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
        }

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
        self._drawn = _Drawn(0)
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

    # --- reading ----------------------------------------------------------------------------------------------------

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
        counts = ", ".join(f"{name}={self.count_of(code)}" for code, name in enumerate(_STATUSES))
        return f"SendReport({counts})"

    @property
    def ok(self) -> bool:
        """Whether every message was accepted."""
        return self.count_of(ACCEPTED) == len(self)

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

    def where(self, state: int) -> Iterator[SendOutcome]:
        """The outcomes in one state."""
        place = self._states.find(state)
        while place >= 0:
            yield self._outcome(place)
            place = self._states.find(state, place + 1)
        if state == NOT_ATTEMPTED:
            yield from map(self._outcome, range(len(self._states), len(self)))

    def count_of(self, state: int) -> int:
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
            trace=self.mark(index),
            row=self._rows.get(index) if state == UNKNOWN else None,
            message=None if state == ACCEPTED else self._message(index),
        )

    def _id(self, index: int) -> str | None:
        packed = bytes(self._ids[index * _ID_BYTES : (index + 1) * _ID_BYTES])
        return self._odd_ids.get(index) if packed in {b"", _NO_ID} else str(uuid.UUID(bytes=packed))

    def _time(self, index: int) -> _dt.datetime | None:
        seconds = self._times[index] if index < len(self._times) else _NO_TIME
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

    def mark(self, index: int) -> str | None:
        """The mark of a message."""
        mark: str | None = self._trace.mark(index) if self._trace is not None else None
        return mark

    # --- writing: at every step, wherever Ctrl-C comes between, all that is told is true and no message is lost -------

    def begin(self, trace: Any, messages: Sequence[Any] | Iterator[Any], preparation: Preparation) -> None:
        """Remember the call's mark, its input, and what is done to it."""
        self._trace = trace
        self._input = messages
        self._preparation = preparation

    def complete(self) -> None:
        """Nothing is left of the input."""
        self._input = ()

    @property
    def drawn(self) -> list[Any]:
        """Messages of the input that are in no chunk yet; more may be appended."""
        return self._drawn.messages

    def count_drawn(self) -> None:
        """All drawn messages are held in chunks."""
        self._states.extend(bytes(len(self) - len(self._states)))
        self._drawn = _Drawn(len(self._states))

    def hold(self, chunk: Chunk) -> None:
        """Keep the messages of a chunk until its outcome is known."""
        self._chunks[id(chunk)] = chunk

    def let_go(self, chunk: Chunk) -> None:
        """Its messages are held elsewhere, or their outcome is known."""
        self._chunks.pop(id(chunk), None)

    def leaving(self, chunk: Chunk) -> None:
        """From now on nobody knows, until an answer came."""
        self._set(chunk, UNKNOWN)

    def wrong(self, index: int, message: Any, problems: list[Problem]) -> None:
        """A message that was refused here."""
        self._problems[index] = tuple(problems)
        self._texts[index] = "\n".join(map(str, problems))
        self._messages[index] = message
        self._states[index] = REFUSED

    def answered(self, chunk: Chunk, rows: list[Any]) -> bool:
        """The answer of a chunk, a row for each message; whether it told what became of all of them."""
        self._make_room()
        if not self._all_plain(chunk, rows):
            self._take_rows(chunk, [row if isinstance(row, dict) else {} for row in rows])
        self.let_go(chunk)
        if any(map(self._is_unknown, chunk.places)):
            return False
        self._preparation.forget(chunk.places)
        return True

    def _make_room(self) -> None:
        self._ids.extend(bytes(len(self._states) * _ID_BYTES - len(self._ids)))
        self._times.extend([_NO_TIME] * (len(self._states) - len(self._times)))

    def _contradicted(self, chunk: Chunk, ids: list[Any], named: list[Any]) -> frozenset[int]:
        messages = chunk.messages if self._preparation.keeps_recipients else ()
        again = self._seen.again(ids, chunk.places[0])
        return again | contradicted(ids, named, messages, lambda: self._elsewhere(chunk))

    def _elsewhere(self, chunk: Chunk) -> Iterator[Any]:
        """Messages of other calls: of those that are under way, and of rows that were another mail's."""
        for other in self._chunks.values():
            yield from () if other is chunk else other.messages
        yield from map(self._messages.get, self._rows)

    def _all_plain(self, chunk: Chunk, rows: list[Any]) -> bool:
        """Take the usual answer in one go: every message accepted, nothing else to say."""
        first, count = chunk.places[0], len(rows)
        try:
            codes, texts = [row["ErrorCode"] for row in rows], [row["Message"] for row in rows]
            written = [row["MessageID"] for row in rows]
            ids = _packed(written)
            times = [row["SubmittedAt"] for row in rows]
            seconds = {text: zoned(parse_datetime(text)).timestamp() for text in {*times}}
        except (AttributeError, KeyError, TypeError, ValueError):
            return False
        if codes.count(0) != count or texts.count("OK") != count or chunk.places[-1] - first != count - 1:
            return False
        if self._contradicted(chunk, written, [row.get("To") for row in rows]):
            return False
        self._ids[first * _ID_BYTES : (first + count) * _ID_BYTES] = ids
        self._times[first : first + count] = array("d", map(seconds.__getitem__, times))
        self._states[first : first + count] = bytes([ACCEPTED]) * count
        return True

    def _take_rows(self, chunk: Chunk, rows: list[dict[str, Any]]) -> None:
        """Take the rows one by one; of which mail some of them are may be open."""
        ids = [None if error_code(row.get("ErrorCode")) else row.get("MessageID") for row in rows]
        wrong = self._contradicted(chunk, ids, [row.get("To") for row in rows])
        for number, (place, message, row) in enumerate(zip(chunk.places, chunk.messages, rows, strict=True)):
            if number in wrong:
                self._messages[place] = message
                self._rows[place] = row
            else:
                self._row(place, message, row)

    def loose_ids(self, chunk: Chunk) -> tuple[str, ...]:
        """Ids that the answer to a chunk held, and nobody knows of which of its mails."""
        ids = (self._rows[place].get("MessageID") for place in chunk.places if place in self._rows)
        return tuple(each for each in ids if isinstance(each, str))

    def _row(self, index: int, message: Any, row: dict[str, Any]) -> None:
        code, message_id, text = row.get("ErrorCode"), row.get("MessageID"), row.get("Message")
        if isinstance(text, str) and text != "OK":
            self._texts[index] = text
        if is_acceptance(code, message_id):
            self._set_id(index, message_id)
            self._set_time(index, row.get("SubmittedAt"))
            self._states[index] = ACCEPTED
            return
        self._messages[index] = message
        refused = error_code(code)
        if refused:
            self._codes[index] = refused
            self._states[index] = REFUSED
        elif row:
            self._rows[index] = row

    def _set_id(self, index: int, text: Any) -> None:
        if not isinstance(text, str) or not text:
            return
        try:
            packed = uuid.UUID(text).bytes
        except ValueError:
            packed = _NO_ID
        if packed == _NO_ID or str(uuid.UUID(bytes=packed)) != text:
            self._odd_ids[index] = text
        else:
            self._ids[index * _ID_BYTES : (index + 1) * _ID_BYTES] = packed

    def _set_time(self, index: int, text: Any) -> None:
        read: Any = parse_datetime(text)
        if isinstance(read, _dt.datetime):
            self._times[index] = zoned(read).timestamp()

    def failed(self, chunk: Chunk, error: PostmarkError) -> None:
        """A chunk without an answer for each of its messages."""
        for place, message in zip(chunk.places, chunk.messages, strict=True):
            if self._states[place] != ACCEPTED:
                self._messages[place] = message
        if isinstance(error, OutcomeUnknownError):
            error.messages = tuple(map(self._ref, filter(self._is_unknown, chunk.places)))
        else:
            self._failed_for_all(chunk, error)
        self.let_go(chunk)

    def _is_unknown(self, index: int) -> bool:
        return self._states[index] == UNKNOWN

    def _ref(self, index: int) -> MessageRef:
        return MessageRef(index, self.mark(index), self._preparation.streams.get(index))

    def _failed_for_all(self, chunk: Chunk, error: PostmarkError) -> None:
        if not isinstance(error, APIError):
            self._set(chunk, NOT_ATTEMPTED)
            return
        for place in chunk.places:
            self._texts[place] = error.message
            if error.error_code is not None:
                self._codes[place] = error.error_code
        self._again.update(chunk.places)
        self._set(chunk, REFUSED)

    def _set(self, chunk: Chunk, state: int) -> None:
        first, count = chunk.places[0], len(chunk.places)
        if chunk.places[-1] - first == count - 1:
            self._states[first : first + count] = bytes([state]) * count
        else:
            for place in chunk.places:
                self._states[place] = state

    def __getstate__(self) -> dict[str, Any]:
        """With what is left of the input, and nothing else of it; a generator does not travel."""
        left = () if isinstance(self._input, Iterator) else [*self._left()]
        return {**self.__dict__, "_input": left, "_input_from": len(self), "_preparation": UNPREPARED, "_seen": Ids()}


@define(eq=False, repr=False)
class _Drawn:
    """Messages of the input in a row."""

    first: int
    """The place of the first."""
    messages: list[Any] = field(factory=list)

    @property
    def end(self) -> int:
        """The place after the last."""
        return self.first + len(self.messages)


def _packed(uuids: list[str]) -> bytes:
    """All ids in 16 bytes each.

    Raises:
        ValueError: One of them is no UUID as Postmark writes them, in lower case with dashes in their places.
    """
    text = "".join(uuids)
    dashes = "".join([text[at::_UUID_CHARACTERS] for at in _DASHES])
    ids = bytes.fromhex(text.replace("-", " "))
    usual = {*map(len, uuids)} == {_UUID_CHARACTERS} and dashes == "-" * len(dashes) and text == text.lower()
    if not usual or len(ids) != len(uuids) * _ID_BYTES:
        raise ValueError
    return ids


class Outcomes:
    """The outcomes of one kind: count them with ``len``, iterate over them as often as needed."""

    def __init__(self, report: SendReport, state: int) -> None:
        self._report = report
        self._state = state

    def __len__(self) -> int:
        """How many."""
        return self._report.count_of(self._state)

    def __iter__(self) -> Iterator[SendOutcome]:
        """In the order of the input."""
        return self._report.where(self._state)

    def __repr__(self) -> str:
        """How many of which kind."""
        return f"<{len(self)} {_STATUSES[self._state]}>"

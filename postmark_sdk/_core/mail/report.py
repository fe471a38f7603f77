"""What became of each of many mails, in 25 bytes for one that was accepted. No I/O."""

from __future__ import annotations

import datetime as _dt
import itertools
import uuid
from array import array
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, Literal, overload

from attrs import field, frozen

from ...errors import APIError, MessageRef, OutcomeUnknownError, PostmarkError, inactive_addresses
from ..http.outcome import error_code
from ..http.response import hint
from ..schema.dates import parse_datetime, zoned

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ...errors import Problem
    from .chunk import Chunk

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
    message: Any = field(default=None, repr=False)
    """What the caller gave, unless it was accepted."""

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
        self._ids = bytearray()
        self._times = array("d")
        self._odd_ids: dict[int, str] = {}
        self._texts: dict[int, str] = {}
        self._codes: dict[int, int] = {}
        self._problems: dict[int, tuple[Problem, ...]] = {}
        self._messages: dict[int, Any] = {}
        self._again: set[int] = set()
        self._chunks: dict[int, Chunk] = {}
        self._input: Sequence[Any] | Iterator[Any] = ()
        self._input_from = 0
        self._trace: Any = None

    # --- reading ----------------------------------------------------------------------------------------------------

    def __len__(self) -> int:
        """Messages drawn from the input so far."""
        return len(self._states)

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
        counts = ", ".join(f"{name}={self._states.count(code)}" for code, name in enumerate(_STATUSES))
        return f"SendReport({counts})"

    @property
    def ok(self) -> bool:
        """Whether every message was accepted."""
        return self._states.count(ACCEPTED) == len(self._states)

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
        for index, state in enumerate(self._states):
            if state == NOT_ATTEMPTED or index in self._again:
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

    def count_of(self, state: int) -> int:
        """How many are in one state."""
        return self._states.count(state)

    def _outcome(self, index: int) -> SendOutcome:
        return SendOutcome(
            index=index,
            status=_STATUSES[self._states[index]],
            message_id=self._id(index),
            submitted_at=self._time(index),
            error_code=self._codes.get(index),
            text=self._texts.get(index),
            problems=self._problems.get(index, ()),
            trace=self.mark(index),
            message=self._message(index),
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
        return None

    def mark(self, index: int) -> str | None:
        """The mark of a message."""
        mark: str | None = self._trace.mark(index) if self._trace is not None else None
        return mark

    # --- writing ----------------------------------------------------------------------------------------------------

    def begin(self, trace: Any, messages: Sequence[Any] | Iterator[Any]) -> None:
        """Remember the call's mark, and its input."""
        self._trace = trace
        self._input = messages

    def complete(self) -> None:
        """Nothing is left of the input."""
        self._input = ()

    def draw(self, count: int) -> range:
        """So many more messages of the input: their places."""
        first = len(self._states)
        self._states.extend(bytes(count))
        return range(first, first + count)

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
        self._states[index] = REFUSED
        self._problems[index] = tuple(problems)
        self._texts[index] = "\n".join(map(str, problems))
        self._messages[index] = message

    def answered(self, chunk: Chunk, rows: list[Any]) -> bool:
        """The answer of a chunk, a row for each message; whether it told what became of all of them."""
        self.let_go(chunk)
        self._make_room()
        if self._all_plain(chunk, rows):
            return True
        for place, message, row in zip(chunk.places, chunk.messages, rows, strict=True):
            self._row(place, message, row if isinstance(row, dict) else {})
        return all(self._states[place] != UNKNOWN for place in chunk.places)

    def _make_room(self) -> None:
        new = len(self._states) - len(self._times)
        self._ids.extend(bytes(new * _ID_BYTES))
        self._times.extend([_NO_TIME] * new)

    def _all_plain(self, chunk: Chunk, rows: list[Any]) -> bool:
        """Take the usual answer in one go: every message accepted, nothing else to say."""
        first, count = chunk.places[0], len(rows)
        try:
            codes, texts = [row["ErrorCode"] for row in rows], [row["Message"] for row in rows]
            ids = _packed([row["MessageID"] for row in rows])
            times = [row["SubmittedAt"] for row in rows]
            seconds = {text: zoned(parse_datetime(text)).timestamp() for text in {*times}}
        except (AttributeError, KeyError, TypeError, ValueError):
            return False
        if codes.count(0) != count or texts.count("OK") != count or chunk.places[-1] - first != count - 1:
            return False
        self._ids[first * _ID_BYTES : (first + count) * _ID_BYTES] = ids
        self._times[first : first + count] = array("d", map(seconds.__getitem__, times))
        self._states[first : first + count] = bytes([ACCEPTED]) * count
        return True

    def _row(self, index: int, message: Any, row: Mapping[str, Any]) -> None:
        code, message_id, text = error_code(row.get("ErrorCode")), row.get("MessageID"), row.get("Message")
        if isinstance(text, str) and text != "OK":
            self._texts[index] = text
        if code:
            self._states[index] = REFUSED
            self._codes[index] = code
        elif isinstance(message_id, str) and message_id:
            self._states[index] = ACCEPTED
            self._set_id(index, message_id)
            self._set_time(index, row.get("SubmittedAt"))
            return
        elif code == 0:
            self._states[index] = ACCEPTED
            return
        self._messages[index] = message

    def _set_id(self, index: int, text: str) -> None:
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
        self.let_go(chunk)
        for place, message in zip(chunk.places, chunk.messages, strict=True):
            if self._states[place] != ACCEPTED:
                self._messages[place] = message
        if isinstance(error, OutcomeUnknownError):
            left = (place for place in chunk.places if self._states[place] == UNKNOWN)
            error.messages = tuple(MessageRef(place, self.mark(place)) for place in left)
            return
        refused = isinstance(error, APIError)
        self._set(chunk, REFUSED if refused else NOT_ATTEMPTED)
        self._again.update(chunk.places)
        if isinstance(error, APIError):
            for place in chunk.places:
                self._texts[place] = error.message
                if error.error_code is not None:
                    self._codes[place] = error.error_code

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
        return {**self.__dict__, "_input": left, "_input_from": len(self)}


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

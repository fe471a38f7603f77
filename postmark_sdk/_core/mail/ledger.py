"""A report while it is written.

At every step, wherever Ctrl-C comes between, all that it tells is true and no message is lost.
"""

from __future__ import annotations

import datetime as _dt
import uuid
from array import array
from collections.abc import Iterator, Sequence
from typing import Any

from ...errors import APIError, OutcomeUnknownError, PostmarkError, Problem
from ..body.encode import Preparation
from ..http.outcome import error_code, is_acceptance
from ..schema.dates import parse_datetime, zoned
from .chunk import Chunk
from .report import ACCEPTED, ID_BYTES, NO_ID, NO_TIME, NOT_ATTEMPTED, REFUSED, UNKNOWN, Drawn, SendReport
from .rows import contradicted

_UUID_CHARACTERS = 36
_DASHES = (8, 13, 18, 23)


class Ledger(SendReport):
    """What ``send_many`` writes and its caller reads as a :class:`SendReport`."""

    def __dir__(self) -> list[str]:
        """What there is to read."""
        return dir(SendReport)

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
        self._drawn = Drawn(len(self._states))

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
        self._ids.extend(bytes(len(self._states) * ID_BYTES - len(self._ids)))
        self._times.extend([NO_TIME] * (len(self._states) - len(self._times)))

    def _contradicted(self, chunk: Chunk, ids: list[Any], named: list[Any]) -> frozenset[int]:
        messages = chunk.messages if self._preparation.keeps_recipients else ()
        again = self._seen.again(ids, chunk.places[0])
        return again | contradicted(ids, named, messages, lambda: self._elsewhere(chunk))

    def _elsewhere(self, chunk: Chunk) -> Iterator[Any]:
        """Messages of other calls whose answers may come late: of those under way, and of those that told nothing."""
        for other in self._chunks.values():
            if other is not chunk and self._state(other.places[0]) == UNKNOWN:
                yield from other.messages
        yield from (message for place, message in self._messages.items() if self._is_unknown(place))

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
        self._ids[first * ID_BYTES : (first + count) * ID_BYTES] = ids
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
            packed = NO_ID
        if packed == NO_ID or str(uuid.UUID(bytes=packed)) != text:
            self._odd_ids[index] = text
        else:
            self._ids[index * ID_BYTES : (index + 1) * ID_BYTES] = packed

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
            self._seen.again([*error.message_ids], chunk.places[0])
        else:
            self._failed_for_all(chunk, error)
        self.let_go(chunk)

    def keep(self, error: OutcomeUnknownError) -> None:
        """The error of a call, which nobody else will see."""
        self._errors.append(error.with_traceback(None))

    def _is_unknown(self, index: int) -> bool:
        return self._states[index] == UNKNOWN

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


def _packed(uuids: list[str]) -> bytes:
    """All ids in 16 bytes each.

    Raises:
        ValueError: One of them is no UUID as Postmark writes them, in lower case with dashes in their places.
    """
    text = "".join(uuids)
    dashes = "".join([text[at::_UUID_CHARACTERS] for at in _DASHES])
    ids = bytes.fromhex(text.replace("-", " "))
    usual = {*map(len, uuids)} == {_UUID_CHARACTERS} and dashes == "-" * len(dashes) and text == text.lower()
    if not usual or len(ids) != len(uuids) * ID_BYTES:
        raise ValueError
    return ids

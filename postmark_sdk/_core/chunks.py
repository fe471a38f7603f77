"""Many mails cut into calls of at most 500 messages and 50 MB. No I/O."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from attrs import define, evolve, field

from .._generated import operations
from .bodies import UNPREPARED, Parts, coerce, enclosed, kind, pack, pack_carefully, size_of
from .payload import Payload

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ..errors import Problem
    from .bodies import Preparation
    from .operation import Operation
    from .report import SendReport

# The rows of an answer are taken as they are: a report needs no models of them.
_PLAIN: Operation[Any] = evolve(operations.EMAILS_SEND_BATCH, answer=None)
_TEMPLATED: Operation[Any] = evolve(operations.EMAILS_SEND_BATCH_WITH_TEMPLATES, answer=None)
_TEMPLATE_NAMES = frozenset(
    {"template_id", "template_alias", "template_model", "TemplateId", "TemplateAlias", "TemplateModel"}
)
_ROWS = "messages"
_MOST = 500
_SMALL = 10_000
"""Characters of a mail so small that 500 of them, whatever their letters, stay below half of what a call takes."""
_MOST_BYTES_PER_CHARACTER = 4
_HALF = 25_000_000


@define(eq=False)
class Chunk:
    """The messages of one call."""

    operation: Operation[Any]
    name: str
    places: list[int] = field(factory=list)
    messages: list[Any] = field(factory=list)
    parts: list[Parts] = field(factory=list)
    size: int = 20
    """Bytes at most, with what encloses the messages."""

    def payload(self) -> Payload:
        """Its body.

        Raises:
            UnicodeEncodeError: One of its messages holds half a surrogate pair.
        """
        assert self.operation.body is not None  # noqa: S101 - both take one
        return Payload(enclosed(self.operation.body, self.parts))


class Chunker:
    """Takes mails and hands out full chunks: one open for plain, one for templated mails."""

    def __init__(self, report: SendReport, preparation: Preparation) -> None:
        self._report = report
        self._preparation = preparation
        self._open: dict[str, Chunk] = {}
        self._email, _, write = kind("email")
        self._write = write if preparation is UNPREPARED else None

    def fill(self, messages: Iterator[Any]) -> Chunk | None:
        """Draw mails until a chunk is full; None at the end of the input.

        Plain mails with nothing unusual about them are taken right here: this loop is what many mails cost.
        """
        write, drawn = self._write, 0
        if write is None:
            return self._fill_carefully(messages)
        chunk = self._open_chunk()
        try:
            for message in messages:
                pieces: Any = write(message) if message.__class__ is self._email else None
                if pieces is None or (size := sum(map(len, pieces))) > _SMALL or chunk.size > _HALF:
                    self._report.draw(drawn)
                    drawn = 0
                    full = self.add(message)
                    chunk = self._open_chunk()
                    if full is not None:
                        return full
                    continue
                chunk.places.append(len(self._report) + drawn)
                drawn += 1
                chunk.messages.append(message)
                chunk.parts.append(pieces)
                chunk.size += size * _MOST_BYTES_PER_CHARACTER
                if len(chunk.places) == _MOST:
                    return self._open.pop(chunk.name)
        finally:
            self._report.draw(drawn)
        return None

    def _fill_carefully(self, messages: Iterator[Any]) -> Chunk | None:
        for message in messages:
            full = self.add(message)
            if full is not None:
                return full
        return None

    def _open_chunk(self, operation: Operation[Any] = _PLAIN) -> Chunk:
        assert operation.body is not None  # noqa: S101 - both take one
        name = operation.body.model
        if name not in self._open:
            self._open[name] = Chunk(operation, name)
            self._report.hold(self._open[name])
        return self._open[name]

    def add(self, message: Any) -> Chunk | None:
        """Take one mail of any kind; the chunk that is full then, if one is."""
        place = self._report.draw()
        operation = _operation_for(message)
        assert operation.body is not None  # noqa: S101 - both take one
        parts = self._packed(operation.body.model, message, place)
        if parts is None:
            return None
        size = size_of(parts) + 1
        chunk = self._open_chunk(operation)
        full = None
        if chunk.places and chunk.size + size > (operation.body.max_bytes or size):
            full = self._open.pop(chunk.name)
            chunk = self._open_chunk(operation)
        chunk.places.append(place)
        chunk.messages.append(message)
        chunk.parts.append(parts)
        chunk.size += size
        return self._open.pop(chunk.name) if full is None and len(chunk.places) == operation.body.max_items else full

    def _packed(self, name: str, message: Any, place: int) -> Parts | None:
        found: list[Problem] = []
        model = coerce(kind(name).cls, message, f"{_ROWS}[{place}]", found)
        parts = [] if model is None else pack(name, model, place, _ROWS, found, self._preparation)
        if found:
            self._report.wrong(place, message, found)
            return None
        return parts

    def rest(self) -> Iterator[Chunk]:
        """What is left at the end of the input."""
        while self._open:
            chunk = self._open.pop(next(iter(self._open)))
            if chunk.places:
                yield chunk

    def weed(self, chunk: Chunk) -> None:
        """Refuse the mails of a chunk whose text cannot be encoded; seen only when all is put together."""
        kept = []
        for row in zip(chunk.places, chunk.messages, chunk.parts, strict=True):
            found: list[Problem] = []
            if not _encodable(row[2]):
                model = coerce(kind(chunk.name).cls, row[1], "", found)
                pack_carefully(chunk.name, model, row[0], _ROWS, found, self._preparation)
                self._report.wrong(row[0], row[1], found)
            else:
                kept.append(row)
        chunk.places, chunk.messages, chunk.parts = (
            (list(column) for column in zip(*kept, strict=True)) if kept else ([], [], [])
        )


def _encodable(parts: Parts) -> bool:
    try:
        for part in parts:
            if isinstance(part, str):
                part.encode()
    except UnicodeEncodeError:
        return False
    return True


def _operation_for(message: Any) -> Operation[Any]:
    if isinstance(message, Mapping):
        return _PLAIN if _TEMPLATE_NAMES.isdisjoint(message) else _TEMPLATED
    return _TEMPLATED if "template_model" in getattr(message, "__wire__", ()) else _PLAIN

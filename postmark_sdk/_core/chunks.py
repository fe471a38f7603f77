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
_MOST_BYTES_PER_CHARACTER = 4
_HALF = 25_000_000
"""Bytes up to which a chunk takes any plain mail unweighed: the largest of them stays far below the other half."""


@define(eq=False)
class Chunk:
    """The messages of one call."""

    operation: Operation[Any]
    name: str
    places: list[int] = field(factory=list)
    messages: list[Any] = field(factory=list)
    parts: Parts = field(factory=list)
    """Of all its messages, each with a comma at the end."""
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
        write, email, drawn = self._write, self._email, 0
        if write is None:
            return self._fill_carefully(messages)
        chunk, before = self._open_chunk(), len(self._report)
        try:
            for message in messages:
                usual = message.__class__ is email and chunk.size <= _HALF
                size = write(message, chunk.parts) if usual else 0
                if not size:
                    self._report.draw(drawn)
                    drawn = 0
                    full = self.add(message)
                    chunk, before = self._open_chunk(), len(self._report)
                    if full is not None:
                        return full
                    continue
                chunk.places.append(before + drawn)
                drawn += 1
                chunk.messages.append(message)
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
        chunk.parts += parts
        chunk.parts.append(",")
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
        rows = list(zip(chunk.places, chunk.messages, strict=True))
        chunk.places, chunk.messages, chunk.parts = [], [], []
        for place, message in rows:
            found: list[Problem] = []
            model = coerce(kind(chunk.name).cls, message, "", found)
            parts = pack_carefully(chunk.name, model, place, _ROWS, found, self._preparation)
            if found:
                self._report.wrong(place, message, found)
                continue
            chunk.places.append(place)
            chunk.messages.append(message)
            chunk.parts += (*parts, ",")


def _operation_for(message: Any) -> Operation[Any]:
    if isinstance(message, Mapping):
        return _PLAIN if _TEMPLATE_NAMES.isdisjoint(message) else _TEMPLATED
    return _TEMPLATED if "template_model" in getattr(message, "__wire__", ()) else _PLAIN

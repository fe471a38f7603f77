"""Many mails cut into calls of at most 500 messages and 50 MB. No I/O."""

from __future__ import annotations

import functools
import itertools
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Protocol, cast

from ..body.coerce import coerce
from ..body.encode import Parts, kind, pack, pack_all, size_of
from .chunk import PLAIN, TEMPLATED, Chunk

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from ...errors import Problem
    from ..body.encode import Preparation
    from ..schema.operation import Body, Operation

_TEMPLATE_NAMES = frozenset(
    {"template_id", "template_alias", "template_model", "TemplateId", "TemplateAlias", "TemplateModel"}
)
_ROWS = "messages"
_MOST: int = cast("Body", PLAIN.body).max_items  # type: ignore[assignment]  # the description has both limits
_MOST_BYTES: int = cast("Body", PLAIN.body).max_bytes  # type: ignore[assignment]
_AROUND = 20
"""Bytes at most that enclose the messages of a call."""
_BYTES_TOGETHER = 2_500_000
"""Bytes of messages drawn and written at a time: enough for speed, few enough to hold."""


class Register(Protocol):
    """What keeps account of messages while they become chunks."""

    @property
    def drawn(self) -> list[Any]:
        """Messages of the input that are in no chunk yet."""
        ...

    def __len__(self) -> int:
        """Messages of the input so far, those in :attr:`drawn` too."""
        ...

    def complete(self) -> None:
        """Nothing is left of the input."""

    def count_drawn(self) -> None:
        """All drawn messages are held in chunks; the next ones go into an empty list."""

    def hold(self, chunk: Chunk) -> None:
        """A chunk has messages now."""

    def let_go(self, chunk: Chunk) -> None:
        """Its messages are held elsewhere."""

    def wrong(self, index: int, message: Any, problems: list[Problem]) -> None:
        """A message that was refused here."""


class Chunker:
    """Takes messages and hands out full chunks. Plain and templated ones go into chunks of their own.

    Args:
        report: What keeps account of them.
        preparation: What is done to each.
        most_bytes: Of a chunk with more than one message.
    """

    def __init__(self, report: Register, preparation: Preparation, most_bytes: int = _MOST_BYTES) -> None:
        self._report = report
        self._preparation = preparation
        self._most_bytes = most_bytes
        self._open: dict[str, Chunk] = {}
        self._step = 1

    def chunks(self, messages: Iterator[Any]) -> Iterator[Chunk]:
        """All chunks of an iterator, each made when it is asked for."""
        while True:
            self._report.drawn.extend(itertools.islice(messages, self._room()))
            if not self._report.drawn:
                self._report.complete()
                break
            yield from self._write()
        yield from self.rest()

    def full(self) -> Iterable[Chunk]:
        """The chunks that are full with what was drawn."""
        return self._write() if len(self._report.drawn) >= self._room() else ()

    def rest(self) -> Iterator[Chunk]:
        """What is left at the end of the input."""
        if self._report.drawn:
            yield from self._write()
        while self._open:
            yield self._open.pop(next(iter(self._open)))

    def _room(self) -> int:
        """How many messages to write next."""
        return min(self._step, _MOST - max((len(chunk.places) for chunk in self._open.values()), default=0))

    def _write(self) -> list[Chunk]:
        """Put the JSON of the drawn messages into open chunks; those that are full then."""
        messages, first = self._report.drawn, len(self._report) - len(self._report.drawn)
        waiting = Chunk(places=[*range(first, first + len(messages))], messages=messages)
        self._report.hold(waiting)
        self._report.count_drawn()
        full: list[Chunk] = []
        for chunk in _sorted(waiting):
            full += self._written(chunk)
        self._report.let_go(waiting)
        return full

    def _written(self, chunk: Chunk) -> list[Chunk]:
        body = chunk.operation.body
        assert body is not None  # noqa: S101 - both take one
        text = pack_all(body.model, chunk.messages, chunk.places, _ROWS, self._preparation)
        if text is not None:
            self._step = max(1, _BYTES_TOGETHER * len(chunk.messages) // len(text))
            chunk.parts, chunk.size = [text, b","], len(text) + 1
            return self._collect(chunk)
        self._step = 1  # large ones, maybe: draw no more of them than needed
        full: list[Chunk] = []
        for place, message in zip(chunk.places, chunk.messages, strict=True):
            parts = self._packed(body.model, message, place)
            if parts is not None:
                full += self._collect(Chunk(chunk.operation, [place], [message], [*parts, b","], size_of(parts) + 1))
        return full

    def _collect(self, more: Chunk) -> list[Chunk]:
        """Add messages to the open chunk; what is full then."""
        name, full = more.operation.id, []
        chunk = self._open.get(name)
        if chunk is None:
            chunk = more
        elif len(chunk.places) + len(more.places) > _MOST or _AROUND + chunk.size + more.size > self._most_bytes:
            full.append(chunk)
            chunk = more
        else:
            chunk.take(more)
        self._open[name] = chunk
        self._report.hold(chunk)
        if len(chunk.places) == _MOST:
            full.append(self._open.pop(name))
        return full

    def _packed(self, name: str, message: Any, place: int) -> Parts | None:
        found: list[Problem] = []
        model = coerce(kind(name).cls, message, f"{_ROWS}[{place}]", found)
        parts = [] if model is None else pack(name, model, place, _ROWS, found, self._preparation)
        if found:
            self._report.wrong(place, message, found)
            return None
        return parts


def _sorted(waiting: Chunk) -> list[Chunk]:
    """Plain and templated messages, apart from each other."""
    operations = [*map(_operation_of, map(type, waiting.messages))]
    if None in operations:
        operations = [
            known or _operation_by_keys(message) for known, message in zip(operations, waiting.messages, strict=True)
        ]
    if len({*operations}) == 1:
        return [Chunk(operations[0], waiting.places, waiting.messages)]
    apart = [Chunk(PLAIN), Chunk(TEMPLATED)]
    for operation, place, message in zip(operations, waiting.places, waiting.messages, strict=True):
        chunk = apart[operation is TEMPLATED]
        chunk.places.append(place)
        chunk.messages.append(message)
    return apart


@functools.cache
def _operation_of(cls: Any) -> Any:
    """For the messages of a class; None where each tells by its keys."""
    if issubclass(cls, Mapping):
        return None
    return TEMPLATED if "template_model" in getattr(cls, "__wire__", ()) else PLAIN


def operation_of(message: Any) -> Operation[Any]:
    """The call for a message: the plain or the templated one."""
    cls: Any = type(message)
    operation: Operation[Any] = _operation_of(cls) or _operation_by_keys(message)
    return operation


def names_template(message: Mapping[str, Any]) -> bool:
    """Whether a dict is a templated mail; what is None is not given."""
    return any(message[name] is not None for name in _TEMPLATE_NAMES.intersection(message))


def _operation_by_keys(message: Mapping[str, Any]) -> Operation[Any]:
    return TEMPLATED if names_template(message) else PLAIN

"""A chunk's messages as they lie in the ledger: their JSON, their numbers, their marks. No I/O."""

from __future__ import annotations

import json
import zlib
from collections.abc import Collection, Iterable, Mapping, Sequence
from itertools import groupby
from typing import TYPE_CHECKING, Any

from .._core.body.encode import enclosed
from .._core.body.json_text import json_bytes
from .._core.body.payload import Payload
from .._core.mail.chunk import PLAIN, TEMPLATED
from .._core.mail.guard import stopped
from .._core.schema.operation import Operation

if TYPE_CHECKING:
    from .._core.mail.guard import Guard
    from ..errors import Problem

OPERATIONS: dict[str, Operation[Any]] = {"batch": PLAIN, "batchWithTemplates": TEMPLATED}
_MOST_CHARACTERS = 10_000
_LEVEL = 1
"""Of compression: the mails of a job are much alike, so the fastest finds most of it."""


def storable(text: Any) -> str | None:
    """A text as every database takes it; None where it is none."""
    if not isinstance(text, str):
        return None
    kept: str = text[:_MOST_CHARACTERS]
    return kept if kept.isprintable() else kept.replace("\0", "\ufffd").encode("utf-8", "replace").decode()


def operation_name(operation: Operation[Any]) -> str:
    """What the ledger calls it: the end of its path."""
    return "batchWithTemplates" if operation is TEMPLATED else "batch"


def packed(rows: bytes) -> bytes:
    """The JSON of messages with commas between them, compressed."""
    return zlib.compress(rows, _LEVEL)


def wires(content: bytes) -> list[dict[str, Any]]:
    """The messages' JSON objects."""
    read: list[dict[str, Any]] = json.loads(b"[%b]" % zlib.decompress(content))
    return read


def body(operation: Operation[Any], content: bytes) -> Payload:
    """The request of a whole chunk, byte by byte as it was added."""
    assert operation.body is not None  # noqa: S101 - both take one
    return Payload(enclosed(operation.body, [zlib.decompress(content)]))


def body_of(operation: Operation[Any], messages: Iterable[Mapping[str, Any]]) -> Payload:
    """The request of some messages of a chunk."""
    assert operation.body is not None  # noqa: S101 - both take one
    return Payload(enclosed(operation.body, [b",".join(map(json_bytes, messages))]))


def guarded(guard: Guard, messages: Sequence[dict[str, Any]]) -> dict[int, list[Problem]]:
    """What a guard stops, by place; messages that it redirects are changed in place."""
    found = {place: stopped(guard, message, "") for place, message in enumerate(messages)}
    return {place: problems for place, problems in found.items() if problems}


def written(numbers: Sequence[int]) -> str:
    """Rising numbers as ranges: ``3,5-7``."""
    ranges = []
    for _, group in groupby(enumerate(numbers), lambda pair: pair[1] - pair[0]):
        run = [number for _, number in group]
        ranges.append(f"{run[0]}-{run[-1]}" if len(run) > 1 else f"{run[0]}")
    return ",".join(ranges)


def read(numbers: str) -> list[int]:
    """The numbers of such a text."""
    found: list[int] = []
    for each in numbers.split(","):
        first, _, last = each.partition("-")
        found += range(int(first), int(last or first) + 1)
    return found


def mark_of(message: Mapping[str, Any], key: str) -> str | None:
    """A mark in a message's metadata."""
    metadata = message.get("Metadata")
    value = metadata.get(key) if isinstance(metadata, Mapping) else None
    return value if isinstance(value, str) else None


def left_out(messages: Sequence[Any], numbers: Sequence[int], known: Collection[int]) -> tuple[list[Any], list[int]]:
    """The messages, and their numbers, whose outcome is not known."""
    kept = [(message, number) for message, number in zip(messages, numbers, strict=True) if number not in known]
    return [message for message, _ in kept], [number for _, number in kept]

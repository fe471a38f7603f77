"""The bytes of a request body: known length, repeatable, and not all in memory at once. No I/O."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from .json_text import Part


_CHUNK_BYTES = 128 * 1024
"""Bytes handed to the connection at a time: small ones cost a system call each, large ones memory."""


class Payload:
    """A body made of text and of attachments' contents, which become base64 while they are sent."""

    __slots__ = ("_parts", "length")

    def __init__(self, parts: Iterable[Part]) -> None:
        self._parts = list(_joined(parts))
        self.length: int = sum(map(len, self._parts))
        """Bytes."""

    @property
    def has_contents(self) -> bool:
        """Whether there is more in it than text."""
        return any(not isinstance(part, bytes) for part in self._parts)

    @property
    def content(self) -> bytes:
        """All of it."""
        return b"".join(self._pieces())

    def chunks(self) -> Iterator[bytes]:
        """The bytes in order; every call begins anew, so that a failed try can be repeated."""
        waiting: list[bytes] = []
        for piece in self._pieces():
            waiting.append(piece)
            if len(piece) >= _CHUNK_BYTES or sum(map(len, waiting)) >= _CHUNK_BYTES:
                yield b"".join(waiting)
                waiting.clear()
        if waiting:
            yield b"".join(waiting)

    def _pieces(self) -> Iterator[bytes]:
        for part in self._parts:
            if isinstance(part, bytes):
                yield part
            else:
                yield from part.pieces()


def _joined(parts: Iterable[Part]) -> Iterator[Part]:
    """Neighbouring bytes as one; contents that come twice are told to keep their base64."""
    texts: list[bytes] = []
    seen: set[int] = set()
    for part in parts:
        if isinstance(part, bytes):
            texts.append(part)
            continue
        if id(part) in seen:
            part.keep()
        seen.add(id(part))
        yield b"".join(texts)
        texts.clear()
        yield part
    yield b"".join(texts)

"""What is inside an attachment: the bytes of a file, made into base64 no earlier and no oftener than needed."""

from __future__ import annotations

import binascii
from typing import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:
    from collections.abc import Iterator

PIECE_BYTES = 768 * 1024
"""Bytes of a file that become base64 at a time; a multiple of three, so that the pieces join without padding."""


class FileContent:
    """The content of an attachment. ``str`` of it is the base64 that goes over the wire.

    It stands for the file until it is sent: 300 of them in a batch cost 300 files of memory, not 300 base64 texts
    beside them. One that goes to many recipients is encoded once and then kept.
    """

    __slots__ = ("_data", "_encoded", "_kept")

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._encoded: bytes | None = None
        self._kept = False

    @property
    def data(self) -> bytes:
        """The bytes of the file."""
        return self._data

    def keep(self) -> None:
        """Encode once and hold the base64: it will be needed again."""
        self._kept = True

    def pieces(self) -> Iterator[bytes]:
        """The base64, piece by piece; can be asked for again."""
        if self._encoded is not None:
            yield self._encoded
        elif self._kept:
            yield self._all()
        else:
            self._kept = True  # who asks a second time will ask a third time
            view = memoryview(self._data)
            for start in range(0, len(view), PIECE_BYTES):
                yield binascii.b2a_base64(view[start : start + PIECE_BYTES], newline=False)

    def _all(self) -> bytes:
        if self._encoded is None:
            self._encoded = binascii.b2a_base64(self._data, newline=False)
        return self._encoded

    def __len__(self) -> int:
        """Characters of the base64."""
        return (len(self._data) + 2) // 3 * 4

    def __str__(self) -> str:
        """The base64."""
        return b"".join(self.pieces()).decode("ascii")

    def __repr__(self) -> str:
        """Its size only."""
        return f"{type(self).__name__}(<{len(self._data)} bytes>)"

    def __eq__(self, other: object) -> bool:
        """Equal to the same bytes, also where these were written as base64."""
        if isinstance(other, FileContent):
            return self._data == other._data
        return str(self) == other if isinstance(other, str) else NotImplemented

    __hash__: ClassVar[None] = None  # type: ignore[assignment]  # equal to a text whose hash it cannot have cheaply

    def __reduce__(self) -> tuple[type[FileContent], tuple[bytes]]:
        """Travel as the bytes alone."""
        return FileContent, (self._data,)


class EncodedContent:
    """Base64 that the caller wrote. It needs no escapes in JSON, so it is spliced in as it is."""

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    def keep(self) -> None:
        """Nothing to do: it is encoded already."""

    def pieces(self) -> Iterator[bytes]:
        """The text."""
        yield self._text.encode("ascii")

    def __len__(self) -> int:
        """Characters of the base64."""
        return len(self._text)


_SPLICED_CHARACTERS = 4096
_BASE64 = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/="


def spliced(text: str) -> EncodedContent | str:
    """Long base64 that can go between quotes as it is; short or folded one is left to the JSON encoder.

    Raises:
        ValueError: It is no base64.
    """
    others = text.encode("ascii").translate(None, _BASE64)
    if others.strip(b" \t\r\n") or (len(text) - len(others)) % 4:
        raise ValueError
    return text if others or len(text) < _SPLICED_CHARACTERS else EncodedContent(text)

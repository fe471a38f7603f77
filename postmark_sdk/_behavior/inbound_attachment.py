"""Files of an inbound mail: their bytes, and a way to disk that a stranger cannot bend."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING

from ..errors import DecodeError

if TYPE_CHECKING:
    import os
    from pathlib import Path


class InboundAttachmentMixin:
    """Reads the content when it is asked for, not before."""

    __slots__ = ()

    if TYPE_CHECKING:
        name: str | None
        content_base64: str | None
        content_type: str | None
        content_id: str | None

    @property
    def content(self) -> bytes:
        """The bytes of the file, decoded anew each time: keep them if you need them twice.

        Raises:
            DecodeError: What came is no base64.
        """
        text = self.content_base64
        if not text:
            return b""
        try:
            return base64.b64decode(text)
        except (TypeError, ValueError):
            return _padded(text)

    @property
    def is_inline(self) -> bool:
        """Whether the HTML body shows it by its ``content_id``."""
        return bool(self.content_id)

    def save(self, directory: str | os.PathLike[str]) -> Path:
        """Write the file into a directory, under a name made of the sender's.

        Nothing outside the directory is written and nothing in it is overwritten, whatever the name: separators and
        their look-alikes, control and direction characters, names that Windows reserves, leading and trailing dots are
        replaced, long names are cut, a name that is taken gets a number. The directory is made if there is none.

        Args:
            directory: Where to; nobody else should be able to change it meanwhile.

        Returns:
            Path of the new file.

        Raises:
            DecodeError: What came is no base64.
            OSError: The directory cannot be written to.
        """
        from .files import write_new  # noqa: PLC0415 - only for those who save

        return write_new(directory, self.name, self.content_type, self.content)


def _padded(text: object) -> bytes:
    """The bytes where the padding was left out."""
    try:
        if isinstance(text, str):
            return base64.b64decode(f"{text.rstrip('=')}==")
    except ValueError:
        pass
    raise DecodeError("the content of an attachment is no base64", status_code=400)

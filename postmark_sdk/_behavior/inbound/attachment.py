"""Files of an inbound mail: their bytes, and a way to disk that a stranger cannot bend."""

from __future__ import annotations

import binascii
import os
from pathlib import Path
from typing import TYPE_CHECKING

from attrs import define

from ... import _types as _t
from ..._core.schema.model import Model
from ...errors import DecodeError

_SPACE = b" \t\r\n"
_URL_SAFE = bytes.maketrans(b"-_", b"+/")
_BASE64 = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
_GROUP = 4


@define(kw_only=True, eq=False, repr=False)
class InboundAttachmentMixin(Model):
    """Reads the content when it is asked for, not before."""

    is_inline: bool = False
    """Whether the HTML body of the mail shows it, as ``cid:<content_id>``. Many mail programs give every file an id."""

    if TYPE_CHECKING:
        name: str | None
        content_base64: str | None
        content_type: str | None
        content_id: str | None
    else:

        def __getattr__(self, name: str) -> object:
            """One that was read without its mail is shown by none."""
            if name == "is_inline":
                return False
            return object.__getattribute__(self, name)  # raises what was raised before

    @property
    def content(self) -> bytes:
        """The bytes of the file, decoded anew each time: keep them if you need them twice.

        Raises:
            DecodeError: What came is no base64.
        """
        return b"" if self.content_base64 is None else _decoded(self.content_base64)

    def to_attachment(self) -> _t.Attachment:
        """The same file for a mail of your own, inline if this mail shows it."""
        from ..handing_on import attachment_of  # noqa: PLC0415 - only for those who hand it on

        return attachment_of(self)

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


def _decoded(text: object) -> bytes:
    """The bytes of base64 in either alphabet, folded or not, padded or not. The library's decoder skips the others."""
    if isinstance(text, str) and text.isascii():
        data = text.encode().translate(_URL_SAFE, _SPACE)
        plain = data.rstrip(b"=")
        if not plain.translate(None, _BASE64) and _is_padding(len(data) - len(plain), len(plain)):
            return binascii.a2b_base64(plain + b"=" * (-len(plain) % _GROUP))
    raise DecodeError("the content of an attachment is no base64", status_code=400)


def _is_padding(given: int, characters: int) -> bool:
    needed = -characters % _GROUP
    return needed < _GROUP - 1 and given in {0, needed}

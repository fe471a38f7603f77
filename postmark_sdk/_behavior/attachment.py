"""Attachments from what people have: bytes, files, paths."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, ClassVar, cast

from .. import _types as _t
from .._core.body.content import FileContent
from .._core.body.inputs import content_id as as_shown
from .._core.body.media_types import type_of

_Bytes = bytes | bytearray | memoryview


class AttachmentMixin:
    """Constructors that read the content once; it becomes base64 when it is sent."""

    __slots__ = ()

    __ignored__: ClassVar[frozenset[str]] = frozenset({"ContentLength", "Disposition", "content_length", "disposition"})
    """What other packages and inbound mails say of a file besides; nothing comes of it."""

    if TYPE_CHECKING:
        name: str
        content_id: str | None

    @property
    def src(self) -> str:
        """What to put into ``<img src="...">``; empty for an ordinary attachment."""
        return as_shown(self.content_id or "")

    @classmethod
    def from_bytes(
        cls, content: _Bytes, name: str, *, content_type: str | None = None, content_id: str | None = None
    ) -> _t.Self:
        """An attachment of these bytes.

        Args:
            content: The file's bytes, not yet encoded.
            name: File name as the recipient sees it.
            content_type: MIME type. None: guessed from the name, else ``application/octet-stream``.
            content_id: Marks an inline part, written ``cid:logo.png`` or ``logo.png``. None: an ordinary attachment.

        Raises:
            TypeError: Something else than bytes.
        """
        fields: dict[str, Any] = {
            "name": name,
            "content": FileContent(_as_bytes(content)),
            "content_type": content_type or type_of(name),
            "content_id": as_shown(content_id) if content_id else None,
        }
        return cls(**fields)

    @classmethod
    def from_file(
        cls,
        file: BinaryIO,
        name: str | None = None,
        *,
        content_type: str | None = None,
        content_id: str | None = None,
    ) -> _t.Self:
        """An attachment of what is left to read in an open binary file; see :meth:`from_bytes`.

        One that stands at its end, because it was just written or read, is read from the start. Without a name it has
        that of the file, if there is one.

        Raises:
            TypeError: It gives something else than bytes, or needs a name.
            ValueError: Nothing is left to read, and the file cannot go back to its start.
        """
        content: Any = file.read()
        if hasattr(content, "__await__"):  # FastAPI's UploadFile, files of aiofiles and anyio
            content.close()
            raise TypeError(
                "file: its read() is async; give the plain file inside (an UploadFile's .file), or its bytes"
            )
        return cls.from_bytes(
            content or _reread(file), name or _name_of(file), content_type=content_type, content_id=content_id
        )

    @classmethod
    def from_path(
        cls,
        path: str | os.PathLike[str],
        *,
        name: str | None = None,
        content_type: str | None = None,
        content_id: str | None = None,
    ) -> _t.Self:
        """An attachment of a file on disk, under its own name unless another is given; see :meth:`from_bytes`.

        Raises:
            OSError: The file cannot be read.
        """
        source = Path(path)
        return cls.from_bytes(
            source.read_bytes(), name or source.name, content_type=content_type, content_id=content_id
        )

    @classmethod
    def inline(
        cls, source: _Bytes | str | os.PathLike[str], name: str | None = None, *, content_type: str | None = None
    ) -> tuple[_t.Self, str]:
        """An image for the HTML body: the attachment, and what to put into ``<img src="...">``.

        >>> logo, src = Attachment.inline("logo.png")  # doctest: +SKIP
        >>> html = f'<img src="{src}">'  # doctest: +SKIP

        Args:
            source: The image's bytes, or a path to it.
            name: File name. None: the path's own; bytes need one.
            content_type: MIME type. None: guessed from the name.

        Raises:
            OSError: The file cannot be read.
            TypeError: Bytes without a name.
        """
        if isinstance(source, _Bytes):
            if name is None:
                raise TypeError("name: bytes have none of their own; give one with an extension, such as logo.png")
            made = cls.from_bytes(source, name, content_type=content_type)
        else:
            made = cls.from_path(source, name=name, content_type=content_type)
        cast("Any", made).content_id = f"cid:{os.urandom(8).hex()}-{_plain(made.name)}"
        return made, made.src


def _as_bytes(content: Any) -> bytes:
    if not isinstance(content, _Bytes):
        raise TypeError(f"content: it takes bytes, not {type(content).__name__}")
    return bytes(content)


def _name_of(file: object) -> str:
    for given in (getattr(file, "filename", None), getattr(file, "name", None)):
        if isinstance(given, str) and (name := Path(given).name):
            return name
    raise TypeError("name: the file has none of its own; give one with an extension, such as invoice.pdf")


def _reread(file: BinaryIO) -> bytes:
    try:
        file.seek(0)
    except (AttributeError, OSError) as error:  # a pipe, a socket, an answer that is read as it comes
        raise ValueError(
            "file: nothing is left to read, and it cannot go back to its start; give its bytes to from_bytes"
        ) from error
    return file.read()


def _plain(name: str) -> str:
    """A file name as it may stand in the address of a part."""
    return re.sub(r"[^A-Za-z0-9._-]", "-", name)

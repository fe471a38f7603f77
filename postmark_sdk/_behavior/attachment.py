"""Attachments from what people have: bytes, files, paths."""

from __future__ import annotations

import base64
import mimetypes
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, cast

if TYPE_CHECKING:
    import os

    from typing_extensions import Self

    from .._generated.models.attachment import Attachment


class AttachmentMixin:
    """Constructors that read the content once and encode it once."""

    __slots__ = ()

    @classmethod
    def from_bytes(
        cls, content: bytes, name: str, *, content_type: str | None = None, content_id: str | None = None
    ) -> Self:
        """An attachment of these bytes.

        Args:
            content: The file's bytes, not yet encoded.
            name: File name as the recipient sees it.
            content_type: MIME type. None: guessed from the name, else ``application/octet-stream``.
            content_id: Marks an inline part, written ``cid:logo.png``. None: an ordinary attachment.
        """
        kind = content_type or mimetypes.guess_type(name)[0] or "application/octet-stream"
        made = cast("type[Attachment]", cls)(
            name=name,
            content=base64.b64encode(content).decode("ascii"),
            content_type=kind,
            content_id=content_id,
        )
        return cast("Self", made)

    @classmethod
    def from_file(
        cls, file: BinaryIO, name: str, *, content_type: str | None = None, content_id: str | None = None
    ) -> Self:
        """An attachment of what is left to read in an open binary file; see :meth:`from_bytes`."""
        return cls.from_bytes(file.read(), name, content_type=content_type, content_id=content_id)

    @classmethod
    def from_path(
        cls,
        path: str | os.PathLike[str],
        *,
        name: str | None = None,
        content_type: str | None = None,
        content_id: str | None = None,
    ) -> Self:
        """An attachment of a file on disk, under its own name unless another is given; see :meth:`from_bytes`.

        Raises:
            OSError: The file cannot be read.
        """
        source = Path(path)
        return cls.from_bytes(
            source.read_bytes(), name or source.name, content_type=content_type, content_id=content_id
        )

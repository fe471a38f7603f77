"""Files of an inbound mail, made into files of one's own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .._core.body.content import FileContent
from .._core.body.inputs import content_id
from .._core.body.media_types import ANY_BYTES, ending_of
from .._core.body.text import clean
from .._core.schema.generated import generated
from ..errors import DecodeError

if TYPE_CHECKING:
    from .._generated.models.attachment import Attachment
    from .inbound.attachment import InboundAttachmentMixin


def attachment_of(one: InboundAttachmentMixin) -> Attachment:
    """The same file; what a stranger left out is filled in, and what Postmark refuses is left to the checks."""
    kind = _line(one.content_type)
    cls: type[Attachment] = generated("models.attachment").Attachment
    return cls(
        name=_line(one.name) or f"attachment{ending_of(kind)}",
        content=_content(one),
        content_type=kind or ANY_BYTES,
        content_id=content_id(_line(one.content_id)) if one.is_inline else None,
    )


def _content(one: InboundAttachmentMixin) -> Any:
    """The bytes; what is no base64 as it came."""
    try:
        return FileContent(one.content)
    except DecodeError:
        return one.content_base64


def _line(text: object) -> str:
    return clean(text) if isinstance(text, str) else ""

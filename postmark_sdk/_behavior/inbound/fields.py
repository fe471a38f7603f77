"""What may be given to answers besides what the mail decides."""

from __future__ import annotations

from typing import TYPE_CHECKING

from typing_extensions import TypedDict

if TYPE_CHECKING:
    from ..._core.call.forms import HeadersInput, MetadataInput, Recipients


class ReplyFields(TypedDict, total=False):
    """Fields of ``Email`` that an answer leaves open."""

    bcc: Recipients | None
    reply_to: Recipients | None
    tag: str | None
    headers: HeadersInput | None
    metadata: MetadataInput | None
    track_opens: bool | None
    track_links: str | None
    message_stream: str | None

"""A mail of the standard library in, an ``Email`` out. No I/O."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ....errors import Problem
from ...schema.generated import generated
from ..headers import FIELDS, POSTMARKS_OWN
from ..text import join
from .headers import Row, first, people, rows_of, sender, text, text_with_ids
from .parts import contents_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from email.message import Message

    from ...schema.model import Model

_ADDRESSES = {"to": "to", "cc": "cc", "bcc": "bcc", "reply_to": "reply-to"}
_TEXTS = {
    "subject": "subject",
    "tag": "x-pm-tag",
    "message_stream": "x-pm-message-stream",
    "track_links": "x-pm-tracklinks",
}
_TRACK_OPENS = "x-pm-trackopens"
_METADATA = "x-pm-metadata-"
_NOT_SENT = frozenset({"mime-version", _TRACK_OPENS, *_TEXTS.values(), *FIELDS}) | POSTMARKS_OWN
_FLAGS = {"true": True, "false": False}


def email_of(
    message: Message, where: str, found: list[Problem], *, page: str | None = None, templated: bool = False
) -> Model:
    """The same mail as an ``Email``; what Postmark cannot take of it is added to ``found``.

    Args:
        message: The mail. It is not changed.
        where: Its place in the call.
        found: Problems.
        page: HTML that will be sent instead of the mail's own; it decides which files are shown in it.
        templated: Whether a template will bring the HTML.
    """
    rows = rows_of(message)
    fields: dict[str, Any] = {name: people(rows, header) or None for name, header in _ADDRESSES.items()}
    fields.update((name, first(rows, header)) for name, header in _TEXTS.items())
    senders = people(rows, "from")
    if len(senders) > 1:
        found.append(Problem(join(where, "from_"), f"{len(senders)} senders; Postmark takes one"))
    made: Model = generated("models.email").Email(
        from_=sender(senders[0]) if senders else None,
        track_opens=_flag(first(rows, _TRACK_OPENS), join(where, "track_opens"), found),
        metadata=dict(_metadata(rows)) or None,
        headers=list(_headers(rows)) or None,
        **fields,
        **contents_of(message, page=page, templated=templated),
    )
    return made


def _flag(value: str | None, where: str, found: list[Problem]) -> bool | None:
    if value is None:
        return None
    flag = _FLAGS.get(value.strip().lower())
    if flag is None:
        found.append(Problem(where, "X-PM-TrackOpens is neither true nor false"))
    return flag


def _metadata(rows: list[Row]) -> Iterator[tuple[str, str]]:
    for row in rows:
        if row.name.startswith(_METADATA):
            yield row.written[len(_METADATA) :], text(row.value)


def _headers(rows: list[Row]) -> Iterator[tuple[str, str]]:
    for row in rows:
        if row.name not in _NOT_SENT and not row.name.startswith((_METADATA, "content-")):
            yield row.written, text_with_ids(row.value)

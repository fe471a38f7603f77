"""The raw source of a sent message, built when somebody asks for it."""

from __future__ import annotations

import base64
from datetime import datetime, timezone
from email.header import Header
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from typing import TYPE_CHECKING

from ..reference.dates import TICKS_PER_SECOND
from .contents import content_of

if TYPE_CHECKING:
    from ..reference.problems import Json
    from ..state.state import State

_POLICY = SMTP.clone(refold_source="none")
_LONG = 2000
"""Characters of a header; longer ones are only folded, because taking them apart needs quadratic time."""
_LIFTED = {"from", "to", "cc", "bcc", "reply-to", "subject", "date", "content-type", "content-transfer-encoding"}


def source_of(state: State, key: int) -> str:
    """The whole message as text with CRLF line ends."""
    message_id, at, subject, sender = state.store.one(
        "SELECT id, at, subject, sender FROM messages WHERE key = ?", (key,)
    )
    content = content_of(state, key)
    mail = EmailMessage(policy=_POLICY)
    _put(mail, "From", sender)
    for name in ("To", "Cc"):
        if content.message.get(name):
            _put(mail, name, content.message[name])
    _put(mail, "Reply-To", content.message.get("ReplyTo") or "")
    _put(mail, "Subject", subject or "")
    _put(mail, "Date", format_datetime(datetime.fromtimestamp(at // TICKS_PER_SECOND, timezone.utc)))
    headers = content.message.get("Headers") or []
    if not any(header["Name"].lower() == "message-id" for header in headers):
        _put(mail, "Message-ID", f"<{message_id}@mtasv.net>")
    for header in headers:
        if header["Name"].lower() not in _LIFTED:
            _put(mail, header["Name"], header["Value"])
    _bodies(mail, content.parts)
    for attachment in content.message.get("Attachments") or []:
        _attach(mail, attachment)
    return mail.as_bytes().decode("utf-8", "replace")


def _put(mail: EmailMessage, name: str, value: str) -> None:
    flat = " ".join(value.split())
    if not flat:
        return
    if len(flat) > _LONG:
        charset = "us-ascii" if flat.isascii() else "utf-8"
        mail.set_raw(name, Header(flat, charset, header_name=name).encode(linesep="\r\n"))
        return
    try:
        mail[name] = flat
    except (ValueError, IndexError, AttributeError):
        # What Postmark takes is wider than what Python's mail package can structure.
        mail[f"X-Unparsed-{name}"] = flat.encode("ascii", "backslashreplace").decode()


def _bodies(mail: EmailMessage, parts: dict[str, Json]) -> None:
    text, html = parts.get("TextBody"), parts.get("HtmlBody")
    if text:
        mail.set_content(text, cte="quoted-printable")
        if html:
            mail.add_alternative(html, subtype="html", cte="quoted-printable")
    elif html:
        mail.set_content(html, subtype="html", cte="quoted-printable")


def _attach(mail: EmailMessage, attachment: dict[str, Json]) -> None:
    kind = str(attachment.get("ContentType") or "application/octet-stream").partition(";")[0].strip()
    main, _, sub = kind.partition("/")
    content_id = str(attachment.get("ContentID") or "").removeprefix("cid:")
    usable = main.isalnum() and main not in {"multipart", "message"} and sub
    mail.add_attachment(
        decode_base64(attachment["Content"]),
        maintype=main if usable else "application",
        subtype=sub if usable else "octet-stream",
        filename=" ".join(str(attachment["Name"]).split()) or "attachment",
        disposition="inline" if content_id else "attachment",
        cid=f"<{content_id}>" if content_id.isascii() and content_id.isprintable() and content_id else None,
    )


def decode_base64(text: str) -> bytes:
    """The bytes of an attachment that was accepted."""
    return base64.b64decode("".join(text.split()))

"""The raw source of a sent message, built when somebody asks for it."""

from __future__ import annotations

import base64
import re
from datetime import datetime, timezone
from email.header import Header
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import encode_rfc2231, format_datetime
from typing import TYPE_CHECKING

from ..reference.dates import TICKS_PER_SECOND
from ..reference.problems import Problem
from .addresses import Address, parse_list, quoted
from .contents import content_of

if TYPE_CHECKING:
    from ..reference.problems import Json
    from ..state.state import State

_POLICY = SMTP.clone(refold_source="none")
_TYPE = re.compile(r"(?!multipart/|message/)([a-z0-9!#$&^_.+-]+)/([a-z0-9!#$&^_.+-]+)", re.IGNORECASE)
_PLAIN_NAME = re.compile(r"[ !#-<>-\[\]-~]+")
_LIFTED = {"from", "to", "cc", "bcc", "reply-to", "subject", "date", "content-type", "content-transfer-encoding"}


def source_of(state: State, key: int) -> str:
    """The whole message as text with CRLF line ends."""
    message_id, at, subject = state.store.one("SELECT id, at, subject FROM messages WHERE key = ?", (key,))
    content = content_of(state, key)
    mail = EmailMessage(policy=_POLICY)
    for name, field in (("From", "From"), ("To", "To"), ("Cc", "Cc"), ("Reply-To", "ReplyTo")):
        _put_addresses(mail, name, content.message.get(field) or "")
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
    """Write a header as it is: the mail package would take it apart, and not every text survives that."""
    flat = " ".join(value.split())
    if flat:
        mail.set_raw(name, _encoded(flat, name))


def _encoded(text: str, name: str) -> str:
    return Header(text, "us-ascii" if text.isascii() else "utf-8", header_name=name).encode(linesep="\r\n")


def _put_addresses(mail: EmailMessage, name: str, value: str) -> None:
    try:
        addresses = parse_list(value, name)[: 1 if name == "From" else None]
    except Problem:
        _put(mail, name, value)
        return
    if addresses:
        mail.set_raw(name, ",\r\n ".join(_mailbox(address, name) for address in addresses))


def _mailbox(address: Address, header: str) -> str:
    name = " ".join(address.name.split())
    email = address.email if address.email.isascii() else _ascii_domain(address.email)
    if not name:
        return email
    return f"{quoted(name) if name.isascii() else _encoded(name, header)} <{email}>"


def _ascii_domain(email: str) -> str:
    local, _, domain = email.rpartition("@")
    try:
        return f"{local}@{domain.encode('idna').decode()}"
    except UnicodeError:
        return f"{local}@{domain.encode('punycode').decode()}"


def _bodies(mail: EmailMessage, parts: dict[str, Json]) -> None:
    text, html = parts.get("TextBody"), parts.get("HtmlBody")
    if text:
        mail.set_content(text, cte="quoted-printable")
        if html:
            mail.add_alternative(html, subtype="html", cte="quoted-printable")
    elif html:
        mail.set_content(html, subtype="html", cte="quoted-printable")


def _attach(mail: EmailMessage, attachment: dict[str, Json]) -> None:
    found = _TYPE.fullmatch(str(attachment.get("ContentType") or "").partition(";")[0].strip())
    main, sub = found.groups() if found else ("application", "octet-stream")
    content_id = str(attachment.get("ContentID") or "").removeprefix("cid:")
    part = EmailMessage(policy=_POLICY)
    part.set_content(decode_base64(attachment["Content"]), maintype=main, subtype=sub)
    name = " ".join(str(attachment["Name"]).split()) or "attachment"
    kind = "inline" if content_id else "attachment"
    part.set_raw("Content-Disposition", f"{kind}; {_file_name(name)}")
    if content_id.isascii() and content_id.isprintable() and content_id:
        _put(part, "Content-ID", f"<{content_id}>")
    if mail.get_content_subtype() != "mixed":
        mail.make_mixed()
    mail.attach(part)


def _file_name(name: str) -> str:
    return f'filename="{name}"' if _PLAIN_NAME.fullmatch(name) else f"filename*={encode_rfc2231(name, 'utf-8')}"


def decode_base64(text: str) -> bytes:
    """The bytes of an attachment that was accepted."""
    return base64.b64decode("".join(text.split()))

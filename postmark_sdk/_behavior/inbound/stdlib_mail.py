"""An inbound mail as the standard library's message."""

from __future__ import annotations

import email
import re
from base64 import b64encode
from email.message import EmailMessage, MIMEPart
from email.utils import formataddr
from typing import TYPE_CHECKING, Any

from ..._core.body.shown import bare_id
from ..._core.body.text import clean
from ...errors import DecodeError
from .headers import files
from .mail_policy import StrangersPolicy

if TYPE_CHECKING:
    from ..._generated.models.inbound_attachment import InboundAttachment
    from ..._generated.models.inbound_event import InboundEvent

# Headers are written as they are: folding them again takes the standard library minutes, or fails, for some that a
# stranger can write.
_POLICY: Any = StrangersPolicy(linesep="\r\n", refold_source="none")
_MAX_PARAMETER = 200
_MAX_DEPTH = 50
"""Parts inside parts. Real mails have a dozen, and the library writes some 120 before it runs out of stack."""
_MAX_WORD = 45
"""Bytes in an encoded word, which may be 75 characters long."""
_LINE = re.compile(r"(.{40,72}?)(?= )")
_TOKEN = re.compile(r"[A-Za-z0-9!#$&^_.+-]+")


def to_email_message(event: InboundEvent) -> EmailMessage:
    """The message as it came if the server hands on the source, else one made of the parts."""
    raw = event.raw_email
    if raw and isinstance(raw, str):
        return _parsed(raw.encode("utf-8", "replace"))
    return _assembled(event)


class _Parsed(EmailMessage):
    """A message whose parts are nested so that everybody can walk through them."""

    _depth = 0

    def attach(self, payload: Any) -> None:
        """The parser calls it as soon as it knows that there is another part."""
        if self._depth == _MAX_DEPTH:
            raise DecodeError(f"parts inside parts, more than {_MAX_DEPTH} deep", status_code=400)
        payload._depth = self._depth + 1  # noqa: SLF001 - of the same class, or never asked
        super().attach(payload)


def _parsed(source: bytes) -> EmailMessage:
    return email.message_from_bytes(source, _Parsed, policy=_POLICY)


def _assembled(event: InboundEvent) -> EmailMessage:
    message = EmailMessage(policy=_POLICY)
    for header in event.headers:
        _add(message, getattr(header, "name", None), getattr(header, "value", None))
    _add(message, "From", addresses([event.from_full]) or event.from_)
    _add(message, "To", addresses(event.to_full) or event.to)
    _add(message, "Cc", addresses(event.cc_full) or event.cc)
    _add(message, "Reply-To", event.reply_to)
    _add(message, "Subject", event.subject)
    _add(message, "Date", event.date)
    _add_content(message, event)
    return message


def addresses(found: Any) -> str:
    """A header value from address objects."""
    if not isinstance(found, list):
        return ""
    return ", ".join(_address(one) for one in found if isinstance(getattr(one, "email", None), str) and one.email)


def _address(one: Any) -> str:
    name = clean(one.name) if isinstance(one.name, str) else ""
    address = clean(one.email)
    if not name or not address.isascii():
        return address
    return formataddr((name, address)) if name.isascii() else f"{_encoded(name)} <{address}>"


def _add(message: EmailMessage, name: object, value: object) -> None:
    if not isinstance(name, str) or not isinstance(value, str) or not value or not _TOKEN.fullmatch(name):
        return
    if name.lower().startswith("content-") or name.lower() == "mime-version":
        return
    # Kept unparsed, as a parser keeps it.
    message.set_raw(name, _folded(clean(value)))


def _folded(text: str) -> str:
    return _LINE.sub(r"\1\r\n", text if text.isascii() else _encoded(text))


def _encoded(text: str) -> str:
    """The words that stand for what is not ASCII (RFC 2047)."""
    words, data, start = [], text.encode(), 0
    while start < len(data):
        part = data[start : start + _MAX_WORD].decode("utf-8", "ignore").encode()  # never half a character
        words.append(f"=?utf-8?b?{b64encode(part).decode()}?=")
        start += len(part)
    return " ".join(words)


def _add_content(message: EmailMessage, event: InboundEvent) -> None:
    text, html = _body(event.text_body), _body(event.html_body)
    if text or not html:
        message.set_content(text)
        if html:
            message.add_alternative(html, subtype="html")
    else:
        message.set_content(html, subtype="html")
    page = message.get_body(("html",))
    for one in files(event.attachments):
        if one.is_inline and page is not None:
            _attach(page, one, inline=True)
        else:
            _attach(message, one, inline=False)


def _body(text: object) -> str:
    return text.encode("utf-8", "replace").decode() if isinstance(text, str) else ""


def _attach(part: MIMEPart, one: InboundAttachment, *, inline: bool) -> None:
    kind = (one.content_type or "").partition(";")[0].strip().lower() if isinstance(one.content_type, str) else ""
    name = clean(one.name[:_MAX_PARAMETER]) if isinstance(one.name, str) and one.name else None
    add: Any = part.add_related if inline else part.add_attachment
    options: dict[str, Any] = {"filename": name, "disposition": "inline" if inline else "attachment"}
    if one.content_id and isinstance(one.content_id, str):
        options["cid"] = f"<{clean(bare_id(one.content_id)[:_MAX_PARAMETER])}>"
    content = one.content
    inner = _mail_in(content) if kind == "message/rfc822" else None
    if inner is not None:
        add(inner, **options)
        return
    main, _, sub = kind.partition("/")
    if main in {"multipart", "message"} or not (_TOKEN.fullmatch(main) and _TOKEN.fullmatch(sub)):
        main, sub = "application", "octet-stream"
    add(content, maintype=main, subtype=sub, **options)


def _mail_in(content: bytes) -> EmailMessage | None:
    """A mail that came as a file; None for one that is nested too deeply, which stays bytes."""
    try:
        return _parsed(content)
    except DecodeError:
        return None

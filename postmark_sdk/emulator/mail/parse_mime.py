"""An ``.eml`` file as Postmark would post it."""

from __future__ import annotations

import base64
import re
from datetime import datetime, timezone
from email import message_from_bytes
from email.generator import BytesGenerator
from email.policy import EmailPolicy
from email.utils import format_datetime, getaddresses
from io import BytesIO
from typing import TYPE_CHECKING

from ..reference.problems import Json, Problem
from .inbound import mailbox_hash

if TYPE_CHECKING:
    from email.message import Message

_NEVER = datetime(1970, 1, 1, tzinfo=timezone.utc)
_GTUBE = b"XJS*C4JDBQADN1.NSBN3*2IDNEN*GTUBE-STANDARD-ANTI-UBE-TEST-EMAIL*C.34X"
"""What every SpamAssassin takes for spam: https://spamassassin.apache.org/gtube/."""
_LIFTED = {"from", "to", "cc", "bcc", "subject", "date", "reply-to", "mime-version"}
_WROTE = r"[ \t]*On .{1,400}(?:\n.{1,400}){0,2}?\bwrote:[ \t\r]*$"
_QUOTED = re.compile(rf"^(?:{_WROTE}\s*(?=>)|>.*$)", re.MULTILINE)
"""What is quoted line by line, and the words before it, in English: "On ... wrote:" on up to three lines."""
_ALL_BELOW = re.compile(
    rf"^(?:{_WROTE}|-{{2,20}} ?(?i:original|forwarded) (?i:message) ?-{{2,20}}[ \t\r]*$|_{{10}}"
    r"|\*?From:\*?[ \t].{0,400}(?:@|\n\*?(?:Sent|Date|To|Subject):))",
    re.MULTILINE,
)
"""Where everything that follows is quoted: in Outlook, or where lines have no mark."""


class _Lenient(EmailPolicy):
    """What the mail package cannot read of a header is read as it stands; all are written as they came."""

    def header_fetch_parse(self, name: str, value: Json) -> Json:
        try:
            return super().header_fetch_parse(name, value)
        except Exception:  # noqa: BLE001 - the mail package raises whatever it stumbles over
            return _header_text(value)

    def fold_binary(self, name: str, value: str) -> bytes:
        return f"{name}: {value}\n".replace("\r\n", "\n").encode("utf-8", "surrogateescape")


_POLICY = _Lenient()


def parse_eml(raw: bytes, recipient: str | None = None, received: datetime = _NEVER) -> dict[str, Json]:
    """The inbound payload of a mail; lines that are no mail are code 402."""
    try:
        return _payload(raw, recipient, received)
    except RecursionError:
        raise Problem(402, "This email is nested too deeply.") from None


def _payload(raw: bytes, recipient: str | None, received: datetime) -> dict[str, Json]:
    mail = message_from_bytes(raw, policy=_POLICY)
    if not mail.keys():
        raise Problem(402, "This is not an email: it has no headers.")
    text, html, attachments = _parts(mail)
    headers = [
        {"Name": name, "Value": _header_text(value)}
        for name, value in mail.raw_items()
        if name.lower() not in _LIFTED and not name.lower().startswith("content-")
    ]
    senders = _addresses(mail, "From")
    sender = senders[0]["Email"] if senders else ""
    headers = [*_own_headers(sender, recipient or "the inbound address", received, spam=_GTUBE in raw), *headers]
    payload: dict[str, Json] = {
        "FromFull": senders[0] if senders else {"Email": "", "Name": "", "MailboxHash": ""},
        "To": _text(mail, "To"),
        "ToFull": _addresses(mail, "To"),
        "Cc": _text(mail, "Cc"),
        "CcFull": _addresses(mail, "Cc"),
        "Bcc": _text(mail, "Bcc"),
        "BccFull": _addresses(mail, "Bcc"),
        "Subject": _text(mail, "Subject"),
        "ReplyTo": _text(mail, "Reply-To"),
        "Date": _raw(mail, "Date"),
        "TextBody": text,
        "HtmlBody": html,
        "StrippedTextReply": _stripped(mail, text),
        "Headers": headers,
        "Attachments": attachments,
    }
    if recipient:
        payload["OriginalRecipient"] = recipient
    return payload


def _own_headers(sender: str, recipient: str, received: datetime, *, spam: bool) -> list[dict[str, Json]]:
    """What Postmark writes on top of a mail, whatever stands below."""
    score, tests = ("1000.0", "GTUBE") if spam else ("0.0", "")
    written = {
        "Return-Path": f"<{sender}>",
        "Received": (
            f"from localhost (localhost [127.0.0.1])\tby emulator (Postfix) with ESMTP id emulator\tfor <{recipient}>; "
            f"{format_datetime(received)}"
        ),
        "X-Spam-Checker-Version": "SpamAssassin 3.4.0 (2014-02-07) on emulator",
        "X-Spam-Status": "Yes" if spam else "No",
        "X-Spam-Score": score,
        "X-Spam-Tests": tests,
        "Received-SPF": f"none (the emulator asks no DNS) client-ip=127.0.0.1; envelope-from={sender}",
    }
    return [{"Name": name, "Value": value} for name, value in written.items()]


def _text(mail: Message, name: str) -> str:
    return _clean(str(mail.get(name, "") or ""))


def _raw(mail: Message, name: str) -> str:
    """A header as its sender wrote it."""
    raws = [value for key, value in mail.raw_items() if key.lower() == name.lower()]
    return _header_text(raws[0]).strip() if raws else ""


def _header_text(value: object) -> str:
    return _clean(str(value).replace("\r\n", "").replace("\n", ""))


def _clean(text: str) -> str:
    """Bytes that were no text arrive as lone surrogates; JSON has none."""
    return text.encode("utf-8", "replace").decode("utf-8").replace("\r", "").replace("\n", "")


def _addresses(mail: Message, name: str) -> list[dict[str, Json]]:
    return [
        {"Email": email, "Name": label, "MailboxHash": mailbox_hash(email)}
        for label, email in getaddresses([_text(mail, name)])
        if email
    ]


def _parts(mail: Message) -> tuple[str, str, list[dict[str, Json]]]:
    texts: dict[str, str] = {}
    attachments = []
    for part in _leaves(mail):
        kind = part.get_content_type()
        if part.get_content_disposition() != "attachment" and kind in {"text/plain", "text/html"} and kind not in texts:
            texts[kind] = _content(part)
        else:
            attachments.append(_attachment(part))
    return texts.get("text/plain", ""), texts.get("text/html", ""), attachments


def _leaves(mail: Message) -> list[Message]:
    if mail.is_multipart() and mail.get_content_maintype() == "multipart":
        inner: Json = mail.get_payload()
        return [leaf for part in inner for leaf in _leaves(part)]
    return [mail]


def _content(part: Message) -> str:
    payload = part.get_payload(decode=True)
    data = payload if isinstance(payload, bytes) else b""
    try:
        return data.decode(part.get_content_charset() or "utf-8", "replace").replace("\r\n", "\n")
    except (LookupError, ValueError):  # no charset, or none that decodes whatever comes
        return data.decode("utf-8", "replace").replace("\r\n", "\n")


def _attachment(part: Message) -> dict[str, Json]:
    if part.is_multipart():
        inner: Json = part.get_payload()
        data = b"".join(_source(each) for each in inner)
    else:
        payload = part.get_payload(decode=True)
        data = payload if isinstance(payload, bytes) else b""
    return {
        "Name": _clean(part.get_filename() or ""),
        "Content": base64.b64encode(data).decode(),
        "ContentType": part.get_content_type(),
        "ContentLength": len(data),
        "ContentID": _text(part, "Content-ID").strip("<> "),
    }


class _Generator(BytesGenerator):
    """Writes what was no ASCII as it came; the one of the mail package stumbles over some of it."""

    _fp: BytesIO

    def write(self, s: str) -> None:
        self._fp.write(s.encode("utf-8", "surrogateescape"))


def _source(mail: Message) -> bytes:
    """A mail within a mail."""
    buffer = BytesIO()
    _Generator(buffer, mangle_from_=False, policy=_POLICY).flatten(mail)
    return buffer.getvalue()


def _stripped(mail: Message, text: str) -> str:
    """A reply without what it quotes; only for replies."""
    if not (mail.get("In-Reply-To") or mail.get("References")):
        return ""
    own = _QUOTED.sub("", text)
    found = _ALL_BELOW.search(own)
    return re.sub(r"\n{3,}", "\n\n", own[: found.start()] if found else own).strip()

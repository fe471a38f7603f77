"""Mails of the standard library, as ``EmailMessage`` or the older MIME classes, read into an ``Email``. No I/O."""

from __future__ import annotations

import contextlib
import copy
import mimetypes
import re
from email.errors import HeaderParseError, InvalidHeaderDefect
from email.header import Header, decode_header, make_header
from email.policy import Compat32, compat32, default
from email.utils import collapse_rfc2231_value, quote
from typing import TYPE_CHECKING, Any, cast

from ...errors import Problem
from ..schema.generated import generated
from .addresses import name_and_address, split
from .direct import is_plain
from .headers import FIELDS, POSTMARKS_OWN
from .text import is_encodable, join

if TYPE_CHECKING:
    from collections.abc import Iterator
    from email.message import Message

    from ..schema.model import Model

_ADDRESSES = {"to": "To", "cc": "Cc", "bcc": "Bcc", "reply_to": "Reply-To"}
_TEXTS = {
    "subject": "Subject",
    "tag": "X-PM-Tag",
    "message_stream": "X-PM-Message-Stream",
    "track_links": "X-PM-TrackLinks",
}
_TRACK_OPENS = "x-pm-trackopens"
_METADATA = "x-pm-metadata-"
_NOT_SENT = frozenset({"mime-version", _TRACK_OPENS, *map(str.lower, _TEXTS.values()), *FIELDS}) | POSTMARKS_OWN
_FOLD = re.compile(r"\r?\n(?=[ \t])")
_TOKEN = re.compile(r"[\w!#$%&'*+.^`|~-]+", re.ASCII)
_WORD = r"=\?[^?\s]+\?[bBqQ]\?[^?\s]*\?="
_WORDS = re.compile(rf"{_WORD}(?:\s+{_WORD})+")
_SYNTAX = frozenset("(;:")
"""What means something in a header, though not in a name that a caller writes: comments and groups."""
_FLAGS = {"true": True, "false": False}
_UNFOLDED = default.clone(utf8=True, max_line_length=0)


def email_of(message: Message, where: str, found: list[Problem]) -> Model:
    """The same mail as an ``Email``; what Postmark cannot take of it is added to ``found``."""
    rows = [(name, _value(message, name, written)) for name, written in message.raw_items()]
    fields: dict[str, Any] = {name: _people(rows, header) or None for name, header in _ADDRESSES.items()}
    fields.update((name, _text(_first(rows, header))) for name, header in _TEXTS.items())
    senders = _people(rows, "From")
    if len(senders) > 1:
        found.append(Problem(join(where, "from_"), f"{len(senders)} senders; Postmark takes one"))
    made: Model = generated("models.email").Email(
        from_=senders[0] if senders else None,
        track_opens=_flag(_first(rows, _TRACK_OPENS), join(where, "track_opens"), found),
        metadata=dict(_metadata(rows)) or None,
        headers=list(_headers(rows)) or None,
        **fields,
        **_contents(message),
    )
    return made


# --- headers --------------------------------------------------------------------------------------------------------


def _value(message: Message, name: str, written: Any) -> Any:
    """A header as its class reads it; one that the standard library's parser breaks at, as it is written."""
    if not isinstance(written, str) or hasattr(written, "defects"):  # an object since it was set
        return written
    text = _one_word(_utf8(written))
    try:
        return message.policy.header_fetch_parse(name, text)
    except Exception:  # noqa: BLE001 - it fails in many ways
        return text


def _one_word(written: str) -> str:
    """The same; encoded words beside each other are one, which the newer parser forgets in names."""
    return _WORDS.sub(lambda words: Header(_text(words[0]), "utf-8", maxlinelen=0).encode(), written)


def _utf8(written: str) -> str:
    """The same; bytes outside ASCII are read as UTF-8, which RFC 6532 has in headers."""
    if not is_encodable(written):
        with contextlib.suppress(UnicodeEncodeError):
            return written.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
    return written


def _all(rows: list[tuple[str, Any]], header: str) -> list[Any]:
    return [value for name, value in rows if name.lower() == header.lower()]


def _first(rows: list[tuple[str, Any]], header: str) -> Any:
    return next(iter(_all(rows, header)), None)


def _people(rows: list[tuple[str, Any]], header: str) -> list[Any]:
    """Pairs of name and address; what cannot be read as such is left to the checks as it is written."""
    people: list[Any] = []
    for value in _all(rows, header):
        text = _FOLD.sub("", str(value))
        parsed = hasattr(value, "addresses")
        if not parsed and _needs_no_parser(text):
            people += map(name_and_address, split(text))
            continue
        try:
            people += _pairs(value if parsed else default.header_factory(header, text))
        except Exception:  # noqa: BLE001 - as above
            people += split(text)
    return people


def _needs_no_parser(text: str) -> bool:
    return text.isascii() and "=?" not in text and _SYNTAX.isdisjoint(text) and is_plain(text) is not None


def _pairs(header: Any) -> list[Any]:
    pairs = [(_utf8(each.display_name), each.addr_spec) for each in header.addresses]
    if not pairs or any(isinstance(defect, InvalidHeaderDefect) for defect in header.defects):
        _, _, text = header.fold(policy=_UNFOLDED).partition(":")
        entries = _named(text)
        if [name_and_address(entry)[1] for entry in entries] != [address for _, address in pairs]:
            return entries
    return pairs


def _named(text: str) -> list[str]:
    """The entries of a list as they are written, with semicolons, too, as some programs have them; none of a group."""
    if ":" in text:
        return split(text) if "@" in text else []
    return split(text if '"' in text else text.replace(";", ","))


def _text(value: Any) -> str | None:
    """A header's text, unfolded and decoded."""
    if value is None:
        return None
    unfolded = _FOLD.sub("", str(value))
    try:
        return str(make_header(decode_header(unfolded)))
    except (HeaderParseError, LookupError, UnicodeError, ValueError):
        return unfolded


def _flag(value: Any, where: str, found: list[Problem]) -> bool | None:
    if value is None:
        return None
    flag = _FLAGS.get(str(value).strip().lower())
    if flag is None:
        found.append(Problem(where, "X-PM-TrackOpens is neither true nor false"))
    return flag


def _metadata(rows: list[tuple[str, Any]]) -> Iterator[tuple[str, str]]:
    for name, value in rows:
        if name.lower().startswith(_METADATA):
            yield name[len(_METADATA) :], _text(value) or ""


def _headers(rows: list[tuple[str, Any]]) -> Iterator[tuple[str, str]]:
    for name, value in rows:
        lower = name.lower()
        if lower not in _NOT_SENT and not lower.startswith((_METADATA, "content-")):
            yield name, _text(value) or ""


# --- bodies and files -----------------------------------------------------------------------------------------------


class _AsWritten(Compat32):
    """Headers as text for the older functions: the newer parser breaks at some that a stranger can write."""

    def header_fetch_parse(self, name: str, value: str) -> str:  # noqa: ARG002 - as the base
        return _FOLD.sub("", _utf8(str(value))).strip()


_AS_WRITTEN = _AsWritten()


def _contents(message: Message) -> dict[str, Any]:
    bodies: dict[str, str] = {}
    files: list[Model] = []
    for part in _leaves(message):
        name = {"text/plain": "text_body", "text/html": "html_body"}.get(part.get_content_type())
        if name is not None and name not in bodies and not _is_file(part):
            bodies[name] = _decoded(part)
        else:
            files.append(_file(part, len(files) + 1))
    return {**bodies, "attachments": files or None}


def _leaves(message: Message) -> Iterator[Message]:
    """The parts that hold something; a mail inside a mail is one of them."""
    part = copy.copy(message)
    part.policy = _AS_WRITTEN
    if part.get_content_maintype() == "multipart" and part.is_multipart():
        for inner in cast("list[Message]", part.get_payload()):
            yield from _leaves(inner)
    else:
        yield part


def _is_file(part: Message) -> bool:
    return part.get_content_disposition() == "attachment" or part.get_filename() is not None


def _decoded(part: Message) -> str:
    text = _unencoded(part)
    if text is not None:
        return text
    data = _bytes(part)
    try:
        return data.decode(part.get_content_charset("utf-8"), "replace")
    except (LookupError, ValueError):  # a charset that Python does not know, or that is none
        return data.decode("utf-8", "replace")


def _unencoded(part: Message) -> str | None:
    """The text of a mail that was parsed from text: its letters outside ASCII were never encoded."""
    with contextlib.suppress(ValueError):  # a charset that is none
        text = part.get_payload()
        if isinstance(text, str) and not text.isascii():
            return text if part.get_payload(decode=True) == text.encode("raw-unicode-escape") else None
    return None


def _bytes(part: Message) -> bytes:
    if part.get_content_maintype() == "message" and part.is_multipart():
        return b"\n".join(map(_source, cast("list[Message]", part.get_payload())))
    text = _unencoded(part)
    data = part.get_payload(decode=True) if text is None else _encoded(text, part.get_content_charset("utf-8"))
    return data if isinstance(data, bytes) else b""


def _encoded(text: str, charset: str) -> bytes:
    try:
        return text.encode(charset)
    except (LookupError, ValueError):
        return text.encode()


def _source(message: Message) -> bytes:
    try:
        return message.as_bytes()
    except Exception:  # noqa: BLE001 - as above; or it was parsed from text
        return message.as_string(policy=compat32).encode("utf-8", "surrogateescape")


def _file(part: Message, number: int) -> Model:
    content_id = str(part.get("Content-ID", "")).strip().strip("<>")
    kind = part.get_content_type()
    made: Model = generated("models.attachment").Attachment.from_bytes(
        _bytes(part),
        _text(part.get_filename()) or f"part-{number}{mimetypes.guess_extension(kind) or ''}",
        content_type="; ".join([kind, *_parameters(part)]),
        content_id=f"cid:{content_id}" if content_id else None,
    )
    return made


def _parameters(part: Message) -> Iterator[str]:
    """Those of its type, such as the ``method`` of an invitation; its name is told elsewhere."""
    done = {"name", "boundary"}
    for name, value in part.get_params([])[1:]:
        text = collapse_rfc2231_value(value)
        if name in done or not _TOKEN.fullmatch(name):
            continue
        done.add(name)
        if text and text.isascii() and text.isprintable():
            yield f"{name}={text}" if _TOKEN.fullmatch(text) else f'{name}="{quote(text)}"'

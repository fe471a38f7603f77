"""What an inbound mail says: thread, spam, date, files. Anything in it may be odd."""

from __future__ import annotations

import re
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any, NamedTuple, cast

from ..._core.schema.dates import zoned
from .attachment import InboundAttachmentMixin

if TYPE_CHECKING:
    import datetime as _dt
    from collections.abc import Iterable, Iterator

    from ..._generated.models.inbound_attachment import InboundAttachment

_COLON_OFFSET = re.compile(r"([+-]\d{2}):(\d{2})(?!\d)")
_MESSAGE_ID = re.compile(r"<[^<>\s]+>")
_MAX_DATE = 200
"""Characters of a date that are read."""
_POSTMARKS = re.compile(r"return-path|received|received-spf|x-spam-.*")


class SpamReport(NamedTuple):
    """What Postmark's spam filter said about an inbound mail; None where it said nothing."""

    is_spam: bool | None
    """``X-Spam-Status``: true from a score of 5, unless the server was set otherwise."""
    score: float | None
    """``X-Spam-Score``: the higher, the more likely spam; may be negative."""
    tests: tuple[str, ...]
    """``X-Spam-Tests``: names of the tests that matched."""
    spf: str | None
    """Outcome of ``Received-SPF`` in lower case: ``pass``, ``fail``, ``softfail``, ``neutral`` and others."""


def rows(headers: Any) -> Iterator[tuple[str, str]]:
    """The headers that are any, names in lower case, folds undone."""
    for header in headers if isinstance(headers, list) else ():
        name, value = getattr(header, "name", None), getattr(header, "value", None)
        if isinstance(name, str) and isinstance(value, str):
            yield name.lower(), " ".join(value.split())


def values(headers: Any, name: str) -> Iterator[str]:
    """Every value of a header in the order of the mail, folds undone."""
    wanted = name.lower()
    return (value for found, value in rows(headers) if found == wanted)


def files(attachments: Any) -> list[InboundAttachment]:
    """The attachments that are any."""
    found = attachments if isinstance(attachments, list) else []
    return [cast("InboundAttachment", one) for one in found if isinstance(one, InboundAttachmentMixin)]


def first(headers: Any, name: str) -> str | None:
    """The first value of a header, None if it is not there."""
    return next(values(headers, name), None)


def message_ids(text: str | None) -> list[str]:
    """The ids in a threading header, angle brackets included."""
    return list(dict.fromkeys(_MESSAGE_ID.findall(text or "")))


def read_date(text: object) -> _dt.datetime | None:
    """The time in a ``Date`` header, None if it cannot be read. Without a zone it is taken for UTC."""
    if not isinstance(text, str):
        return None
    try:
        return zoned(parsedate_to_datetime(_COLON_OFFSET.sub(r"\1\2", text[:_MAX_DATE])))
    except (ValueError, TypeError, IndexError, OverflowError):
        return None


# --- spam -------------------------------------------------------------------------------------------------------------


def spam_report(headers: Any) -> SpamReport:
    """Postmark's own spam headers. The sender may have written the same names: those are not believed."""
    own: dict[str, str] = {}
    for name, value in postmarks_own(list(rows(headers))):
        own.setdefault(name, value)
    status, spf = own.get("x-spam-status"), own.get("received-spf")
    return SpamReport(
        is_spam=None if status is None else status[:3].lower() == "yes",
        score=_number(own.get("x-spam-score")),
        tests=tuple(test.strip() for test in own.get("x-spam-tests", "").split(",") if test.strip()),
        spf=spf.split(maxsplit=1)[0].lower() if spf else None,
    )


def postmarks_own(headers: list[tuple[str, str]]) -> Iterable[tuple[str, str]]:
    """The block on top, which Postmark wrote: down to where it says whom it took the mail from.

    Every server writes its headers above those that it finds. In a mail without that line they end with the first one
    that Postmark does not write.
    """
    taken = (place for place, (name, value) in enumerate(headers) if name == "received" and _names_a_source(value))
    others = (place for place, (name, _) in enumerate(headers) if not _POSTMARKS.fullmatch(name))
    return headers[: next(taken, next(others, len(headers)))]


def _names_a_source(value: str) -> bool:
    return value[:5].lower() == "from "


def _number(text: str | None) -> float | None:
    try:
        return None if text is None else float(text)
    except ValueError:
        return None


# --- programs ---------------------------------------------------------------------------------------------------------

_DENIALS = frozenset({"no", "false", "0"})
_PRECEDENCES = frozenset({"bulk", "junk", "list", "auto_reply", "auto-reply"})
# What only programs write, whatever it says unless that is "no". X-Auto-Response-Suppress is not among them: Exchange
# writes it for people, too.
# https://github.com/jpmckinney/multi_mail/wiki/Detecting-autoresponders
_OF_PROGRAMS = re.compile(
    r"list-id|x-failed-recipients|x-autogenerated|x-fc-machinegenerated"
    r"|x-(?:mail-)?auto-?(?:reply|respond|responder)(?:-from)?"
)
_KEYWORD = re.compile(r"[^\s;,(]*")
_BOUNCER = re.compile(r"<?\s*mailer-daemon\s*(?:[@+>]|\Z)", re.IGNORECASE)


def is_automatic(headers: Any, sender: object) -> bool:
    """Whether a program wrote the mail: answering it may begin an endless exchange (RFC 3834)."""
    path = first(headers, "Return-Path") or ""  # Postmark's own, on top
    return (
        path.replace(" ", "") == "<>"
        # Some servers on the way rewrite the empty return path of a bounce.
        or any(map(_BOUNCER.match, (path, sender.strip() if isinstance(sender, str) else "")))
        or any(_tells_a_program(name, value) for name, value in rows(headers))
    )


def _tells_a_program(name: str, value: str) -> bool:
    said = value.lower()
    match name:
        case "auto-submitted":
            return _keyword(said) not in {"", "no"}
        case "precedence" | "x-precedence":
            return _keyword(said) in _PRECEDENCES
        case "delivered-to":
            return said == "autoresponder"
        case "x-post-messageclass":
            return "autoresponder" in said
    return bool(_OF_PROGRAMS.fullmatch(name)) and said not in _DENIALS


def _keyword(text: str) -> str:
    found = _KEYWORD.match(text)
    return found[0] if found else ""

"""What an inbound mail says: thread, spam, date, files. Anything in it may be odd."""

from __future__ import annotations

import re
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any, NamedTuple, cast

from .._core.schema.dates import zoned
from .inbound_attachment import InboundAttachmentMixin

if TYPE_CHECKING:
    import datetime as _dt
    from collections.abc import Iterator

    from .._generated.models.inbound_attachment import InboundAttachment

_COLON_OFFSET = re.compile(r"([+-]\d{2}):(\d{2})(?!\d)")
_MESSAGE_ID = re.compile(r"<[^<>\s]+>")


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


def values(headers: Any, name: str) -> Iterator[str]:
    """Every value of a header in the order of the mail, folds undone."""
    wanted = name.lower()
    for header in headers if isinstance(headers, list) else ():
        found, value = getattr(header, "name", None), getattr(header, "value", None)
        if isinstance(found, str) and isinstance(value, str) and found.lower() == wanted:
            yield " ".join(value.split())


def files(attachments: Any) -> list[InboundAttachment]:
    """The attachments that are any."""
    found = attachments if isinstance(attachments, list) else []
    return [cast("InboundAttachment", one) for one in found if isinstance(one, InboundAttachmentMixin)]


def first(headers: Any, name: str) -> str | None:
    """The first value of a header, None if it is not there."""
    return next(values(headers, name), None)


def last(headers: Any, name: str) -> str | None:
    """The last value of a header: Postmark adds its own behind the sender's, who may have written the same names."""
    return next(iter(list(values(headers, name))[::-1]), None)


def message_ids(text: str | None) -> list[str]:
    """The ids in a threading header, angle brackets included."""
    return list(dict.fromkeys(_MESSAGE_ID.findall(text or "")))


def read_date(text: object) -> _dt.datetime | None:
    """The time in a ``Date`` header, None if it cannot be read. Without a zone it is taken for UTC."""
    if not isinstance(text, str):
        return None
    try:
        return zoned(parsedate_to_datetime(_COLON_OFFSET.sub(r"\1\2", text)))
    except (ValueError, TypeError, IndexError, OverflowError):
        return None


def spam_report(headers: Any) -> SpamReport:
    """Postmark's own spam headers."""
    status = last(headers, "X-Spam-Status")
    spf = last(headers, "Received-SPF")
    tests = last(headers, "X-Spam-Tests") or ""
    return SpamReport(
        is_spam=None if status is None else status[:3].lower() == "yes",
        score=_number(last(headers, "X-Spam-Score")),
        tests=tuple(test.strip() for test in tests.split(",") if test.strip()),
        spf=spf.split(maxsplit=1)[0].lower() if spf else None,
    )


def _number(text: str | None) -> float | None:
    try:
        return None if text is None else float(text)
    except ValueError:
        return None


def is_automatic(headers: Any) -> bool:
    """Whether a program wrote the mail: answering it may begin an endless exchange (RFC 3834)."""
    submitted = (first(headers, "Auto-Submitted") or "no").lower()
    precedence = (first(headers, "Precedence") or "").lower()
    return (
        not submitted.startswith("no")
        or precedence in {"bulk", "junk", "list", "auto_reply"}
        or first(headers, "Return-Path") == "<>"
        or first(headers, "List-Id") is not None
        or first(headers, "X-Autoreply") is not None
    )

"""A mark in the metadata by which a mail can be found again when nobody knows whether Postmark took it. No I/O."""

from __future__ import annotations

import os
from typing import Any, NamedTuple

from ...errors import InvalidMessageError, MessageRef, Problem

TRACE_KEY = "sdk_trace"
"""The metadata key of the mark; it is one of the ten keys a message may have."""

_MAX_CHARACTERS = 64


class Trace:
    """The mark of one call. A call of several mails numbers them: ``<mark>.0``, ``<mark>.1`` and so on."""

    __slots__ = ("value",)

    def __init__(self, value: str) -> None:
        self.value = value

    def mark(self, index: int | None) -> str:
        """The mark of one mail; None for the only one."""
        return self.value if index is None else f"{self.value}.{index}"


def checked_trace(value: bool | str | None) -> Trace | None:  # noqa: FBT001 - as the public option
    """The mark that a caller asked for.

    Raises:
        InvalidMessageError: A text of its own that is empty, too long, or would not survive a query string as it is.
    """
    if value is None or value is False:
        return None
    if value is True:
        return Trace(os.urandom(16).hex())
    if not _is_text(value) or not value.strip() or len(value) > _MAX_CHARACTERS or not value.isprintable():
        raise InvalidMessageError(
            [Problem("trace", f"it takes True, or a text of 1 to {_MAX_CHARACTERS} visible characters")]
        )
    return Trace(value)


def _is_text(value: Any) -> bool:
    return isinstance(value, str)


class Mails(NamedTuple):
    """What a call was about, small enough to keep until its outcome is known."""

    number: int
    trace: Trace | None
    numbered: bool

    def refs(self) -> tuple[MessageRef, ...]:
        """One reference for each mail, without any content."""
        if not self.numbered:
            return (MessageRef(0, self.trace.mark(None) if self.trace else None),) * min(self.number, 1)
        return tuple(MessageRef(index, self.trace.mark(index) if self.trace else None) for index in range(self.number))

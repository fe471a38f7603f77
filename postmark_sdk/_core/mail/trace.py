"""Marks in the metadata by which mails can be found again when nobody knows whether Postmark took them. No I/O."""

from __future__ import annotations

import contextlib
import os
from typing import TYPE_CHECKING, Any, NamedTuple

from ...errors import InvalidMessageError, Problem

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ...errors import MessageRef
    from ..body.encode import Preparation

TRACE_KEY = "sdk_trace"
"""The metadata key of the mark; it is one of the ten keys a message may have."""

CALL_KEY = "sdk_call"
"""The metadata key of the mark that mails of one call share. A mail without room for it goes without."""

TOGETHER = 500
"""Mails that share a mark: as many as a page of a search shows."""

_MAX_CHARACTERS = 64


class Trace:
    """The mark of one call. A call of several mails numbers them: ``<mark>.0``, ``<mark>.1`` and so on.

    The first 500 of these share ``<mark>:0``, the next ``<mark>:1`` and so on.
    """

    __slots__ = ("drawn", "value")

    def __init__(self, value: str, *, drawn: bool = False) -> None:
        self.value: str = value
        self.drawn: bool = drawn
        """Whether it was drawn at random, so that nobody else has it."""

    def mark(self, index: int | None) -> str:
        """The mark of one mail; None for the only one."""
        return self.value if index is None else f"{self.value}.{index}"

    def shared(self, index: int) -> str:
        """The mark that one of several mails shares with its neighbours."""
        return f"{self.value}:{index // TOGETHER}"


def checked_trace(value: bool | str | None) -> Trace | None:  # noqa: FBT001 - as the public option
    """The mark that a caller asked for.

    Raises:
        InvalidMessageError: A text of its own that is empty, too long, or would not survive a query string as it is.
    """
    if value is None or value is False:
        return None
    if value is True:
        return Trace(os.urandom(16).hex(), drawn=True)
    if not _is_text(value) or not value.strip() or len(value) > _MAX_CHARACTERS or not value.isprintable():
        raise InvalidMessageError(
            [Problem("trace", f"it takes True, or a text of 1 to {_MAX_CHARACTERS} visible characters")]
        )
    return Trace(value)


def _is_text(value: Any) -> bool:
    return isinstance(value, str)


class Mails(NamedTuple):
    """What a call was about, kept until its outcome is known."""

    number: int
    trace: Trace | None
    numbered: bool
    prepared: Preparation
    """What was done to them."""
    given: Sequence[Any] = ()
    """The mails themselves, of a batch whose recipients tell which row is whose."""

    def __repr__(self) -> str:
        """How many, without content."""
        return f"Mails({self.number})"

    def refs(self) -> tuple[MessageRef, ...]:
        """One reference for each mail, without any content."""
        return tuple(map(self.prepared.ref, range(self.number) if self.numbered else (None,) * min(self.number, 1)))


class Marks:
    """The marks that a client gave to mails: one is for one mail, or its record would speak for another one, too.

    The oldest of very many are forgotten.
    """

    MOST = 10_000

    def __init__(self) -> None:
        self._used: dict[tuple[str, str], object] = {}

    def claim(self, trace: Trace | None, *, numbered: bool) -> None:
        """Take a mark for a call.

        Raises:
            InvalidMessageError: A mail of this client has it already.
        """
        if trace is None or trace.drawn:
            return
        call = object()
        key, other = _keys(trace.value, numbered=numbered)
        if other in self._used or self._used.setdefault(key, call) is not call:
            raise InvalidMessageError([Problem("trace", _USED)])
        if other is not None and not numbered:
            self._used.setdefault((other[0], _SOME), call)
        while len(self._used) > self.MOST:
            with contextlib.suppress(RuntimeError, StopIteration):  # another thread does the same
                self._used.pop(next(iter(self._used)), None)

    def free(self, trace: Trace | None, *, numbered: bool) -> None:
        """Give a mark back: Postmark took no mail that has it."""
        if trace is not None:
            self._used.pop(_keys(trace.value, numbered=numbered)[0], None)


_USED = (
    "a mail of this client has this mark already, and a mark is for one mail: take another one; if the outcome of that "
    "mail is unknown, ask emails.resolve before you send it again"
)
_ONE, _ALL, _SOME = "one", "all", "some"


def _keys(mark: str, *, numbered: bool) -> tuple[tuple[str, str], tuple[str, str] | None]:
    """What stands for a call's mails, and for calls of the other kind that may mark one of theirs alike."""
    if numbered:
        return (mark, _ALL), (mark, _SOME)
    base, _, number = mark.rpartition(".")
    return (mark, _ONE), (base, _ALL) if number.isdigit() else None

"""What was sent, as a list that is always up to date."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from typing import ClassVar, overload

from ..emulator import SentMessage
from ._mail import Mail, one_line

_SHOWN = 10


class Outbox(Sequence[SentMessage]):
    """Messages that were accepted, oldest first; each look shows what is there by then."""

    def __init__(self, read: Callable[[], list[SentMessage]]) -> None:
        self._read = read

    def find(self, **expected: object) -> list[SentMessage]:
        """The messages with these values; see :class:`Mail` for what may be given."""
        mail = Mail(**expected)
        return [message for message in self if mail == message]

    def one(self, **expected: object) -> SentMessage:
        """The only message with these values.

        Raises:
            AssertionError: There is none, or more than one; the text says what was sent, and how the nearest differs.
        """
        mail, sent = Mail(**expected), list(self)
        found = [message for message in sent if mail == message]
        if len(found) == 1:
            return found[0]
        raise AssertionError("\n".join(_not_one(mail, sent, found)))

    @overload
    def __getitem__(self, index: int) -> SentMessage: ...
    @overload
    def __getitem__(self, index: slice) -> list[SentMessage]: ...
    def __getitem__(self, index: int | slice) -> SentMessage | list[SentMessage]:
        messages = self._read()
        if isinstance(index, int) and not -len(messages) <= index < len(messages):
            raise IndexError(f"there is no message {index}: {len(messages)} sent")
        return messages[index]

    def __iter__(self) -> Iterator[SentMessage]:
        return iter(self._read())

    def __len__(self) -> int:
        return len(self._read())

    def __eq__(self, other: object) -> bool:
        if isinstance(other, Outbox):
            return list(self) == list(other)
        return list(self) == list(other) if isinstance(other, (list, tuple)) else NotImplemented

    __hash__: ClassVar[None] = None  # type: ignore[assignment]  # it changes

    def __repr__(self) -> str:
        messages = self._read()
        shown = [one_line(message) for message in messages[:_SHOWN]]
        more = [f"and {len(messages) - _SHOWN} more"] if len(messages) > _SHOWN else []
        return f"<Outbox of {len(messages)}: {'; '.join([*shown, *more])}>" if messages else "<Outbox, empty>"


def elsewhere() -> list[str]:
    """Where the mails may be that are missing here: test runners of Django keep them."""
    held = getattr(sys.modules.get("django.core.mail"), "outbox", None)
    if not held:
        return []
    return [f"django.core.mail.outbox holds {len(held)}: Django's test runners keep mails unless told otherwise"]


def _not_one(mail: Mail, sent: list[SentMessage], found: list[SentMessage]) -> list[str]:
    if not sent:
        return [f"nothing was sent; expected {mail!r}", *elsewhere()]
    if found:
        return [f"{len(found)} messages are like {mail!r}:", *(f"  {one_line(message)}" for message in found)]
    nearest = min(sent, key=lambda message: len(mail.differences(message)))
    return [
        f"none of {len(sent)} sent messages is like {mail!r}; the nearest, {one_line(nearest)}:",
        *(f"  {line}" for line in mail.differences(nearest)),
    ]

"""In what messages differ, for pytest's reports."""

from __future__ import annotations

from itertools import zip_longest
from typing import TYPE_CHECKING

from ..emulator import SentMessage
from ._mail import FIELDS, Mail, difference, one_line
from ._outbox import Outbox, elsewhere

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import TypeGuard


def explain(left: object, right: object) -> list[str] | None:
    """The lines under a failed ``left == right``; None where this module has nothing to say."""
    if isinstance(left, Mail) or isinstance(right, Outbox):
        left, right = right, left
    if isinstance(left, SentMessage) and isinstance(right, (Mail, SentMessage)):
        return [f"{one_line(left)} is not as expected", *_differences(left, right)]
    if isinstance(left, Outbox) and isinstance(right, (Mail, SentMessage)):
        return [f"an outbox is compared with a list: write == [{_named(right)}]"]
    if isinstance(left, Outbox) or _holds_messages(left):
        return _explain_lists(left, right) if _is_list(left) and _is_list(right) else None
    return None


def _is_list(value: object) -> TypeGuard[Sequence[object]]:
    return isinstance(value, (Outbox, list, tuple))


def _holds_messages(value: object) -> bool:
    return isinstance(value, (list, tuple)) and any(isinstance(each, SentMessage) for each in value)


def _explain_lists(sent: Sequence[object], expected: Sequence[object]) -> list[str]:
    lines = [f"{len(sent)} sent, {len(expected)} expected", *([] if sent else elsewhere())]
    for index, (message, wanted) in enumerate(zip_longest(sent, expected)):
        lines += _explain_pair(index, message, wanted)
    return lines


def _explain_pair(index: int, message: object, wanted: object) -> list[str]:
    if wanted is None:
        return [f"[{index}] not expected: {_named(message)}"]
    if message is None:
        return [f"[{index}] not sent: {_named(wanted)}"]
    if message == wanted:
        return []
    return [f"[{index}] {_named(message)}:", *(f"    {line}" for line in _differences(message, wanted))]


def _named(value: object) -> str:
    return one_line(value) if isinstance(value, SentMessage) else repr(value)


def _differences(message: object, wanted: object) -> list[str]:
    if isinstance(message, SentMessage) and isinstance(wanted, Mail):
        return wanted.differences(message)
    if isinstance(message, SentMessage) and isinstance(wanted, SentMessage):
        pairs = [(name, getattr(message, name), getattr(wanted, name)) for name in FIELDS]
        return [line for name, have, want in pairs if have != want for line in difference(name, have, want)]
    return [f"{message!r}, expected {wanted!r}"]

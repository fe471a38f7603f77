"""What a test expects of a message, and in what a message differs from it."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Mapping
from dataclasses import fields
from email.utils import parseaddr
from typing import ClassVar

from ..emulator import SentAttachment, SentMessage

FIELDS = tuple(field.name for field in fields(SentMessage))
_ADDRESSES = {"from_", "to", "cc", "bcc", "recipients", "reply_to"}
_LISTS = {"to", "cc", "bcc", "recipients"}
_LONG = 60


class Mail:
    """Equal to every sent message that has these values; what is not given does not matter.

    ``assert postmark.outbox == [Mail(to="ada@example.org", subject="Welcome")]``

    Args:
        **expected: Fields of ``SentMessage``. ``to``, ``cc``, ``bcc`` and ``recipients`` take one address or several;
            an address without a name fits one with a name. A compiled pattern is searched in the text. ``headers``
            take a mapping or pairs. ``attachments`` take names or ``SentAttachment``.

    Raises:
        TypeError: A message has no such field.
    """

    def __init__(self, **expected: object) -> None:
        self.expected = expected  # first: pytest shows the object of a constructor that failed
        for name in expected:
            if name not in FIELDS:
                near = difflib.get_close_matches(name, FIELDS, n=1)
                hint = f"; did you mean {near[0]}?" if near else f"; it has {', '.join(FIELDS)}"
                raise TypeError(f"a message has no {name}{hint}")

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, SentMessage):
            return NotImplemented
        return not any(_differs(name, value, getattr(other, name)) for name, value in self.expected.items())

    __hash__: ClassVar[None] = None  # type: ignore[assignment]  # equal to messages that are not equal to each other

    def __repr__(self) -> str:
        return f"Mail({', '.join(f'{name}={value!r}' for name, value in self.expected.items())})"

    def differences(self, message: SentMessage) -> list[str]:
        """Lines that say in what a message is not as expected; none if it is."""
        lines: list[str] = []
        for name, value in self.expected.items():
            actual = getattr(message, name)
            if _differs(name, value, actual):
                lines += difference(name, actual, _shown(name, value))
        return lines


def one_line(message: SentMessage) -> str:
    """A message in a few words."""
    files = f" with {', '.join(each.name for each in message.attachments)}" if message.attachments else ""
    return f"{message.subject!r} to {', '.join(message.recipients)}{files}"


def difference(name: str, actual: object, expected: object) -> list[str]:
    """One field's difference; long texts line by line."""
    if isinstance(actual, str) and isinstance(expected, str) and _is_long(actual, expected):
        compared = difflib.ndiff(expected.splitlines(), actual.splitlines())
        return [f"{name} (- expected, + sent):", *(f"  {line.rstrip()}" for line in compared)]
    return [f"{name}: {actual!r}, expected {_described(expected)}"]


def _is_long(*texts: str) -> bool:
    return any("\n" in text or len(text) > _LONG for text in texts)


def _described(expected: object) -> str:
    return f"a match of {expected.pattern!r}" if isinstance(expected, re.Pattern) else repr(expected)


def _shown(name: str, expected: object) -> object:
    return [expected] if name in _LISTS and isinstance(expected, str) else expected


def _differs(name: str, expected: object, actual: object) -> bool:
    if name in _LISTS and isinstance(actual, list):
        return not _same_addresses(_listed(expected), actual)
    if name == "attachments" and isinstance(actual, list):
        return not _same_attachments(_listed(expected), actual)
    if name == "headers":
        return list(expected.items() if isinstance(expected, Mapping) else _listed(expected)) != actual
    return not _same_text(name, expected, actual)


def _listed(expected: object) -> list[object]:
    if isinstance(expected, (str, re.Pattern)) or not isinstance(expected, Iterable):
        return [expected]
    return list(expected)


def _same_text(name: str, expected: object, actual: object) -> bool:
    if isinstance(expected, re.Pattern):
        return isinstance(actual, str) and expected.search(actual) is not None
    if name in _ADDRESSES and isinstance(expected, str) and isinstance(actual, str):
        return expected in {actual, parseaddr(actual)[1]}
    return expected == actual


def _same_addresses(expected: list[object], actual: list[str]) -> bool:
    return len(expected) == len(actual) and all(
        _same_text("to", want, have) for want, have in zip(expected, actual, strict=True)
    )


def _same_attachments(expected: list[object], actual: list[SentAttachment]) -> bool:
    return len(expected) == len(actual) and all(
        want == (have if isinstance(want, SentAttachment) else have.name)
        for want, have in zip(expected, actual, strict=True)
    )

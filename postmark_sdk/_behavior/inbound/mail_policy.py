"""A policy for mails of strangers: to read a header costs no more than its length, and never fails.

The library's parsers need the square of a length or more, minutes for 40 KB, and break at what they do not expect.
"""

from __future__ import annotations

import re
from email.headerregistry import Address, Group
from email.policy import EmailPolicy
from typing import TYPE_CHECKING, Any

from ..._core.body.addresses import name_and_address, split

if TYPE_CHECKING:
    from collections.abc import Iterator

_MAX_PARSED = 2000
"""Characters that the parsers are given at once."""
_OF_PEOPLE = ("from", "to", "cc", "bcc", "sender")
_ADDRESSES = frozenset({*_OF_PEOPLE, "reply-to", *(f"resent-{name}" for name in _OF_PEOPLE)})
_INSTEAD = {"content-type": "text/plain", "content-disposition": "attachment"}
"""What a part is that says something unreadable of itself."""
_LINE_END = re.compile(r"\r\n?|\n")
_FREE = "X-Text"
"""A header without a syntax."""


class StrangersPolicy(EmailPolicy):
    """Headers are objects as in the policies of the library, and written as they are."""

    def header_fetch_parse(self, name: str, value: str) -> Any:
        """The header, as far as it can be read: of one about a part, the beginning."""
        if hasattr(value, "name"):
            return value
        lower, text = name.lower(), _LINE_END.sub("", _letters(value))
        if lower.startswith("content-"):
            return self._read(name, text[:_MAX_PARSED], _INSTEAD.get(lower, ""))
        if len(text) <= _MAX_PARSED:
            return self._read(name, text, None)
        return self._list(name, text) if lower in _ADDRESSES else self._text(text)

    def fold(self, name: str, value: str) -> str:
        """As it was written."""
        if hasattr(value, "name"):
            return str(super().fold(name, value))
        return f"{name}: {_LINE_END.sub(self.linesep, _letters(value))}{self.linesep}"

    def fold_binary(self, name: str, value: str) -> bytes:
        """Likewise."""
        if hasattr(value, "name"):
            return super().fold_binary(name, value)
        return f"{name}: {_LINE_END.sub(self.linesep, value)}{self.linesep}".encode("utf-8", "surrogateescape")

    def _read(self, name: str, text: str, instead: str | None) -> Any:
        try:
            return self.header_factory(name, text)
        except Exception:  # noqa: BLE001 - it fails in many ways
            return self._text(text) if instead is None else self.header_factory(name, instead)

    def _text(self, text: str) -> Any:
        return self.header_factory(_FREE, text)

    def _list(self, name: str, text: str) -> Any:
        """Addresses that are read one by one."""
        groups = tuple(group for entry in split(text) for group in self._groups(name, entry))
        registry: Any = self.header_factory
        made: Any = str.__new__(registry[name], ", ".join(map(str, groups)))
        # Only to be written again: the tree of a list is what takes long to make.
        made.init(name, parse_tree=self._text(made)._parse_tree, defects=[], groups=groups)  # noqa: SLF001 - as fold reads it
        return made

    def _groups(self, name: str, entry: str) -> Iterator[Group]:
        try:
            if len(entry) <= _MAX_PARSED:
                yield from self.header_factory(name, entry).groups
            else:
                label, address = name_and_address(entry)
                yield Group(None, (Address(str(self._text(label)), addr_spec=address[:_MAX_PARSED]),))
        except Exception:  # noqa: BLE001 - as above
            return


def _letters(value: str) -> str:
    """Bytes outside ASCII are UTF-8 (RFC 6532)."""
    return value.encode("utf-8", "surrogateescape").decode("utf-8", "replace")

"""Lists of addresses as strangers write them, read alike under every Python: its own parser changed within releases."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, TypeAlias

from ..._core.body.addresses import entries

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from ...errors import Problem

Person: TypeAlias = tuple[str, str]
"""A name, empty if there is none, and an address."""

_MAX_TEXT = 10_000
"""Characters of a header that are searched for addresses."""
_QUOTED = r'"(?:[^"\\]|\\.)*"'
_COMMENT = r"\((?:[^()\\]|\\.)*\)"
_PIECE = re.compile(rf"{_QUOTED}|{_COMMENT}|<[^<>]*>|[,;:]|(?:\\.|[^\"(<,;:])+|.", re.DOTALL)
_SEPARATORS = frozenset(",;:")
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)
_BETWEEN_WORDS = re.compile(r'[\s<>"(),;:]+')
_CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")


def people(text: object) -> list[Person]:
    """Whoever a list names that Postmark can send to, each once."""
    if not isinstance(text, str):
        return []
    text = text[:_MAX_TEXT]
    return usable(_written(text)) or usable(("", word) for word in _BETWEEN_WORDS.split(text) if "@" in word)


def usable(found: Iterable[Person]) -> list[Person]:
    """Those that Postmark takes, each address once: one that is broken costs no answer to the others."""
    taken: dict[str, Person] = {}
    for name, address in found:
        person = _usable(" ".join(_CONTROLS.sub(" ", name).split()), address.strip())
        if person is not None:
            taken.setdefault(person[1].lower(), person)
    return list(taken.values())


def _usable(name: str, address: str) -> Person | None:
    for person in ((name, address), ("", address)):
        problems: list[Problem] = []
        entries([person], "", problems)
        if not problems:
            return person
    return None


def _written(text: str) -> Iterator[Person]:
    """Each entry, at commas and semicolons outside of quotes, comments and brackets. What nothing closes is text."""
    entry: list[str] = []
    for piece in _PIECE.findall(text):
        if piece not in _SEPARATORS:
            entry.append(piece)
            continue
        if piece != ":":  # what stands before it is the name of a group
            yield from _of_entry(entry)
        entry = []
    yield from _of_entry(entry)


def _of_entry(pieces: list[str]) -> Iterator[Person]:
    """Whoever has brackets, under the words before them; else the words, with a comment for a name."""
    words: list[str] = []
    bracketed = False
    for piece in pieces:
        if piece[0] == "<" and len(piece) > 1:
            bracketed = True
            yield _unquoted("".join(words).strip(" \t\r\n<>")), piece[1:-1]
            words = []
        else:
            words.append(piece)
    if not bracketed:
        comments = [piece[1:-1] for piece in words if piece[0] == "(" and len(piece) > 1]
        yield " ".join(comments), "".join(piece for piece in words if piece[0] != "(" or len(piece) == 1)


def _unquoted(name: str) -> str:
    return _ESCAPED.sub(r"\1", name[1:-1]) if re.fullmatch(_QUOTED, name, re.DOTALL) else name

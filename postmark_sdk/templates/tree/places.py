"""Where the keys and values of a JSON text stand, which its reader does not tell."""

from __future__ import annotations

import json
import re
from typing import Final, NamedTuple

_TOKEN: Final = re.compile(r'"(?:[^"\\]|\\.)*"?|[{}\[\],:]|[^\s{}\[\],:"]+')
_COLON: Final = re.compile(r"\s*:")


class Place(NamedTuple):
    """Line and column, both from 1."""

    line: int
    column: int


class Places(NamedTuple):
    """Where a key is written first, and the value of it."""

    key: Place
    value: Place


def json_places(source: str) -> dict[tuple[str | None, ...], Places]:
    """Find all keys of objects, by their path from the root; ``None`` is any element of a list.

    Args:
        source: JSON that could be read.
    """
    found: dict[tuple[str | None, ...], Places] = {}
    path: list[str | None] = []
    key: Place | None = None
    before = ""
    for match in _TOKEN.finditer(source):
        piece = match.group()
        if key is not None and before == ":":
            found.setdefault(tuple(path), Places(key, _place(source, match.start())))
            key = None
        if piece in "{[":
            path.append(None)
        elif piece in "}]":
            path.pop()
        elif before in {"{", ","} and _COLON.match(source, match.end()):
            path[-1] = json.loads(piece)
            key = _place(source, match.start())
        before = piece
    return found


def _place(source: str, index: int) -> Place:
    return Place(source.count("\n", 0, index) + 1, index - source.rfind("\n", 0, index))

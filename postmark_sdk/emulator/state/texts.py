"""What messages are searched by, in memory: looking through it takes a fraction of what SQLite takes for ``LIKE``.

It is read from the database as far as that went since the last look, so that taking a message costs nothing more.
"""

from __future__ import annotations

import json
from bisect import bisect_left, bisect_right
from dataclasses import dataclass
from itertools import accumulate
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .store import Row, Store

_PART = 1000
"""Messages that are read, and looked through, at a time."""
_SINCE = (
    "SELECT key, subject, sender, json_extract(summary, '$.To', '$.Cc', '$.Bcc') FROM messages"
    " JOIN contents ON contents.message = messages.key WHERE key > ? ORDER BY key LIMIT ?"
)


@dataclass(frozen=True)
class _Part:
    """Messages in a row: their texts one after the other, where each of them begins, and where the last one ends."""

    keys: list[int]
    starts: list[int]
    text: str

    def newest(self, wanted: str, before: int) -> Iterator[int]:
        end = self.starts[bisect_left(self.keys, before)]
        while (found := self.text.rfind(wanted, 0, end)) >= 0:
            index = bisect_right(self.starts, found) - 1
            yield self.keys[index]
            end = self.starts[index]

    def holds(self, key: int, wanted: str) -> bool:
        index = bisect_left(self.keys, key)
        if index == len(self.keys) or self.keys[index] != key:
            return False
        return self.text.find(wanted, self.starts[index], self.starts[index + 1]) >= 0


class Texts:
    """Subject, sender and recipients of each message; those of deleted ones, too, until everything is forgotten."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._parts: list[_Part] = []

    def forget(self) -> None:
        """Begin anew, as keys do."""
        with self._store.lock:
            self._parts = []

    def catch_up(self) -> None:
        """Read what came since the last time; others have their turns in between."""
        while self._read_some() == _PART:
            pass

    def newest(self, text: str, before: int) -> Iterator[int]:
        """Keys below this one of messages with such a text, in whatever case; newest first."""
        self.catch_up()
        wanted = _folded(text)
        for part in reversed(self._snapshot()):
            if part.keys[0] < before and wanted in part.text:
                yield from part.newest(wanted, before)

    def with_text(self, text: str, keys: list[int]) -> Iterator[int]:
        """Those of some keys whose messages have such a text."""
        wanted, parts = _folded(text), self._snapshot()
        firsts = [part.keys[0] for part in parts]
        return (key for key in keys if parts[bisect_right(firsts, key) - 1].holds(key, wanted))

    def _snapshot(self) -> list[_Part]:
        with self._store.lock:
            return self._parts.copy()

    def _read_some(self) -> int:
        with self._store.lock:
            last = self._parts[-1].keys[-1] if self._parts else 0
            rows = self._store.rows(_SINCE, (last, _PART))
            if rows:
                old = self._parts.pop() if self._parts and len(self._parts[-1].keys) < _PART else _Part([], [0], "")
                self._parts.append(_extended(old, rows))
            return len(rows)


def _extended(part: _Part, rows: list[Row]) -> _Part:
    recipients = json.loads(f"[{','.join(row[3] for row in rows)}]")
    texts = [_text(row[1], row[2], kinds) for row, kinds in zip(rows, recipients, strict=True)]
    starts = accumulate(map(len, texts), initial=part.starts[-1])
    return _Part([*part.keys, *(row[0] for row in rows)], [*part.starts[:-1], *starts], part.text + "".join(texts))


def _text(subject: str | None, sender: str, kinds: list[list[dict[str, str]]]) -> str:
    recipients = [text for kind in kinds for each in kind for text in each.values()]
    return _folded("\0".join([subject or "", sender, *recipients, ""]))


def _folded(text: str) -> str:
    return text.casefold()

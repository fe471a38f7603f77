"""Small documents (servers, streams, templates, webhooks, ...) kept in memory and written through."""

from __future__ import annotations

import json
import sqlite3
from typing import TYPE_CHECKING

from ..reference.json_text import dumps
from .store import unusable

if TYPE_CHECKING:
    from ..reference.problems import Json
    from .store import Store

ACCOUNT = 0
"""Owner of what belongs to the account and not to a server."""
FIRST_NUMBER = 5_000_001
"""Small numbers are nobody's: tests of others ask for 1 to see what an unknown id is answered with."""


class Records:
    """Documents by kind, owning server and id, in the order they were made."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._tables: dict[tuple[str, int], dict[str, dict[str, Json]]] = {}
        self._numbers: dict[str, int] = {}
        self.dirty: bool = False
        """Whether something changed that is not committed yet."""
        self.version: int = 0
        """Grows with every change, for caches made from documents."""
        try:
            self.reload()
        except (sqlite3.Error, ValueError, AttributeError) as error:
            store.close()
            raise unusable(store.path, error) from error

    def reload(self) -> None:
        """Read everything from the database again, as after a rollback."""
        self._tables = {}
        self._numbers = {}
        rows = self._store.rows("SELECT kind, server, id, data FROM records")
        loaded = [(kind, server, id_, json.loads(data)) for kind, server, id_, data in rows]
        loaded.sort(key=lambda row: row[3].get("_order", 0))
        for kind, server, id_, data in loaded:
            self._tables.setdefault((kind, server), {})[id_] = data
            self._numbers[kind] = max(self._numbers.get(kind, 0), data.get("_number", 0))
            self._numbers["_order"] = max(self._numbers.get("_order", 0), data.get("_order", 0))
        self.dirty = False
        self.version += 1

    def get(self, kind: str, server: int, id_: object) -> dict[str, Json] | None:
        """One document, or None. Change it only through ``put``."""
        return self._tables.get((kind, server), {}).get(str(id_))

    def all(self, kind: str, server: int) -> list[dict[str, Json]]:
        """Every document of one kind and owner, oldest first."""
        return list(self._tables.get((kind, server), {}).values())

    def put(self, kind: str, server: int, id_: object, document: dict[str, Json]) -> dict[str, Json]:
        """Store a new or changed document."""
        key = str(id_)
        table = self._tables.setdefault((kind, server), {})
        old = table.get(key)
        document["_order"] = old["_order"] if old else self.next_number("_order", start=1)
        if isinstance(id_, int):
            document["_number"] = id_
        table[key] = document
        self._changed()
        self._store.write(
            "INSERT OR REPLACE INTO records (kind, server, id, data) VALUES (?, ?, ?, ?)",
            (kind, server, key, dumps(document)),
        )
        return document

    def remove(self, kind: str, server: int, id_: object) -> None:
        """Forget a document."""
        self._tables.get((kind, server), {}).pop(str(id_), None)
        self._changed()
        self._store.write("DELETE FROM records WHERE kind = ? AND server = ? AND id = ?", (kind, server, str(id_)))

    def remove_server(self, server: int) -> None:
        """Forget everything a server owned."""
        for kind, owner in [key for key in self._tables if key[1] == server]:
            del self._tables[kind, owner]
        self._changed()
        self._store.write("DELETE FROM records WHERE server = ?", (server,))

    def next_number(self, kind: str, start: int = FIRST_NUMBER) -> int:
        """A number no document of this kind has had."""
        number = max(self._numbers.get(kind, 0) + 1, start)
        self._numbers[kind] = number
        return number

    def reserve(self, kind: str, number: int) -> None:
        """Give nobody this number or a smaller one any more."""
        self._numbers[kind] = max(self._numbers.get(kind, 0), number)

    def _changed(self) -> None:
        self.dirty = True
        self.version += 1


def public(document: dict[str, Json]) -> dict[str, Json]:
    """A document without what only the emulator needs."""
    return {name: value for name, value in document.items() if not name.startswith("_")}

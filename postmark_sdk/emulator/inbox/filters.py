"""The filters of lists, as they stand in addresses."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from ..reference.limits import as_number

if TYPE_CHECKING:
    from collections.abc import Mapping

PAGE_SIZE = 50
_MAX_TEXT = 300


@dataclass(frozen=True)
class Filters:
    """What a list is narrowed to; empty text means anything."""

    text: str = ""
    server: str = ""
    stream: str = ""
    tag: str = ""
    recipient: str = ""
    status: str = ""
    before: str = ""

    @classmethod
    def read(cls, query: Mapping[str, str]) -> Filters:
        """Take the filters out of a query string."""
        return cls(**{each.name: query.get(each.name, "").strip()[:_MAX_TEXT] for each in fields(cls)})

    @property
    def server_id(self) -> int | None:
        """The chosen server, or None for all."""
        return as_number(self.server)

    @property
    def before_key(self) -> int | None:
        """The cursor to continue a list from."""
        return as_number(self.before)

    @property
    def chosen(self) -> int:
        """How many of the filters behind the "Filters" button are in use."""
        return sum(bool(value) for value in (self.server, self.stream, self.tag, self.recipient, self.status))

    @property
    def active(self) -> bool:
        """Whether anything is hidden."""
        return bool(self.text or self.chosen)

    @property
    def kept(self) -> dict[str, str]:
        """The filters in use, for forms that lead to the same list."""
        return {name: getattr(self, name) for name in _NAMES if getattr(self, name)}

    def arguments(self) -> dict[str, Any]:
        """Keyword arguments of ``reading.messages``."""
        named = {name: getattr(self, name) or None for name in ("text", "stream", "tag", "recipient", "status")}
        return {"server_id": self.server_id, **named}

    def query(self, **changes: str) -> str:
        """These filters, changed here and there, as a query string."""
        changed = replace(self, **{name: value for name, value in changes.items() if name in _NAMES})
        pairs = list(changed.kept.items())
        pairs += [(name, value) for name, value in changes.items() if name not in _NAMES and value]
        return urlencode(pairs)

    def link(self, path: str, **changes: str) -> str:
        """An address with these filters."""
        query = self.query(**changes)
        return f"{path}?{query}" if query else path


_NAMES = tuple(each.name for each in fields(Filters))

"""One page of a query: the total, then the rows."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ..reference import dates
from ..reference.problems import Json, Problem

if TYPE_CHECKING:
    from .state import State
    from .store import Row


@dataclass
class Filter:
    """Conditions of a WHERE clause and their values."""

    conditions: list[str] = field(default_factory=list)
    values: list[object] = field(default_factory=list)

    def add(self, condition: str, *values: object) -> None:
        """Narrow it."""
        self.conditions.append(condition)
        self.values.extend(values)

    @property
    def where(self) -> str:
        """The clause."""
        return f" WHERE {' AND '.join(self.conditions)}" if self.conditions else ""

    def between(self, query: dict[str, Json], code: int) -> None:
        """The inclusive time range of ``fromdate`` and ``todate``, Eastern."""
        for name, bound, sign in (("fromdate", dates.from_bound, ">="), ("todate", dates.to_bound, "<=")):
            if name in query:
                try:
                    self.add(f"at {sign} ?", bound(query[name]))
                except (ValueError, OverflowError):
                    raise Problem(code, f"The '{name}' parameter is not a valid date.") from None


def contains(text: str) -> str:
    r"""A LIKE pattern for "somewhere in it", to be used with ``ESCAPE '\'``."""
    escaped = text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return f"%{escaped}%"


def page(
    state: State, table: str, columns: str, chosen: Filter, query: dict[str, Json], *, order: str
) -> tuple[int, list[Row]]:
    """Total and rows; all names come from this package."""
    values = tuple(chosen.values)
    total = state.store.value(f"SELECT COUNT(*) FROM {table}{chosen.where}", values)  # noqa: S608
    if not total:
        return 0, []
    rows = state.store.rows(
        f"SELECT {columns} FROM {table}{chosen.where} ORDER BY {order} LIMIT ? OFFSET ?",  # noqa: S608
        (*values, query["count"], query["offset"]),
    )
    return int(total), rows


def page_of(items: list[Json], query: dict[str, Json]) -> list[Json]:
    """The same for a list that is in memory."""
    offset = query["offset"]
    return items[offset : offset + query["count"]]

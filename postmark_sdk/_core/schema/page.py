"""Answers that are lists: iterate over them, index them, or read ``items``."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, Generic, TypeVar, overload

from attrs import define

from .model import Model

T = TypeVar("T")


@define(kw_only=True, eq=False, repr=False)
class Page(Model, Generic[T]):
    """One page of a list. ``len``, iteration, indexes and slices are those of this page, not of all records."""

    offset: int = 0
    """How many records lie before this page."""

    if TYPE_CHECKING:
        items: list[T]

    def __len__(self) -> int:
        """Records in this page."""
        return len(self.items)

    def __iter__(self) -> Iterator[T]:
        """The records of this page."""
        return iter(self.items)

    @overload
    def __getitem__(self, index: int) -> T: ...
    @overload
    def __getitem__(self, index: slice) -> list[T]: ...
    def __getitem__(self, index: int | slice) -> T | list[T]:
        """A record of this page, or those of a slice."""
        return self.items[index]

    def __bool__(self) -> bool:
        """An answer is an answer, even without records."""
        return True

    @property
    def has_more(self) -> bool:
        """Whether more records follow this page. The iterating twin of the method fetches them."""
        total: object = getattr(self, "total_count", None)
        return isinstance(total, int) and self.offset + len(self) < total


@define(kw_only=True, eq=False, repr=False)
class CompletePage(Page[T]):
    """A list that comes whole in one answer."""

    @property
    def total_count(self) -> int:
        """All records there are."""
        return len(self.items)


def records(load: Callable[[Any], T], rows: Any) -> list[T]:
    """The records of a page; what is no list has none.

    Each row goes when its record is there: to hold both for a whole page costs a fifth of the time of reading it.
    """
    if rows.__class__ is not list:
        return []
    rows.reverse()
    return [load(rows.pop()) for _ in range(len(rows))]

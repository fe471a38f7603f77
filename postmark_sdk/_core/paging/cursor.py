"""Where in a list an iteration stands: which page comes next, which records are new, how to go on later. No I/O."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any, NamedTuple

from ...errors import DecodeError, InvalidMessageError, Problem
from .resume import ResumePoint
from .windows import Cut, Records, Verdict, WindowExceededError, bound_of, floor_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ..schema.operation import Operation, Pagination

_DEFAULT_PAGE = 500
_MOST_DIGITS = 18
_MOST_RETURNS = 3
_KNOWN_SHARE = 2
"""A new window is cut as soon as more than half of a page was read before, because so many records arrive."""


@dataclasses.dataclass
class Position:
    """What has to be known to go on."""

    offset: int = 0
    fresh: int = 0
    """New records in this window."""
    bound: str | None = None
    cursor: Any = None
    total: int | None = None
    full: bool = True
    """Whether the last page held as many as were asked for."""
    done: bool = False
    counted: int | None = None
    """What the last page of this window said how many records match."""
    returns: int = 0
    """How often it went back since the last new record."""
    cut: Cut | None = None
    records: Records | None = dataclasses.field(default=None, repr=False)


class Step(NamedTuple):
    """One page to ask for."""

    query: dict[str, Any]
    offset: int
    size: int

    def __repr__(self) -> str:
        """Without the filters, which may name an address."""
        return f"Step(offset={self.offset}, size={self.size})"


class Walk:
    """Walks through one list: it tells what to ask for, and takes the pages in the same order.

    Args:
        operation: The list.
        path: Its path, where it is not the operation's own.
        query: Filters, by their wire names.
        limit: Stop after so many records; None for all of them.
        page_size: Records in one request; None for the most that helps.
        resume: Where an earlier iteration of the same list stopped. Filters and limit come from there.
    """

    def __init__(
        self,
        operation: Operation[Any],
        path: str | None,
        query: Mapping[str, Any],
        *,
        limit: int | None = None,
        page_size: int | None = None,
        resume: ResumePoint | None = None,
    ) -> None:
        assert operation.pagination is not None  # noqa: S101 - only lists are generated with a twin
        self.operation = operation
        self.path = path
        self._pagination: Pagination = operation.pagination
        self._query = {name: value for name, value in query.items() if value is not None}
        self._left = _checked("limit", limit, None)
        self._page_size = _checked("page_size", page_size, self._pagination.max_page) or self._largest_page()
        self._position = Position(records=Records.of(self._pagination))
        if resume is not None:
            self._resume(resume)
        self.replan()

    def _largest_page(self) -> int:
        largest = self._pagination.max_page or _DEFAULT_PAGE
        return largest if self._left is None else max(1, min(largest, self._left))

    def _resume(self, point: ResumePoint) -> None:
        problem = _mismatch(self, point)
        if problem is not None:
            raise InvalidMessageError([Problem("resume", problem)], operation=self.operation.label)
        self._query = dict(point.query)
        self._left = point.left
        self._page_size = point.page_size
        self._position = _copy(point.position)

    def given(self) -> tuple[str | None, dict[str, Any]]:
        """The list as the caller chose it."""
        return self.path, self._query

    def point(self) -> ResumePoint:
        """Where it stands: everything that was taken in counts as read."""
        position = _copy(self._position)
        return ResumePoint(self.operation.label, self.path, self._query, self._left, self._page_size, position)

    def step(self) -> Step | None:
        """The next page to ask for; None while an answer has to come first, and at the end.

        Raises:
            WindowExceededError: Postmark serves no more of this list.
        """
        if self.finished() or not self._may_plan():
            return None
        if self._pagination.max_page is None:
            return self._planned_step(dict(self._query), 0)
        if self._pagination.cursor_parameter is not None:
            paging = {self._pagination.count_parameter: self._page_size}
            return self._planned_step(
                {**self._query, **paging, self._pagination.cursor_parameter: self._position.cursor}, self._page_size
            )
        return self._offset_step()

    def finished(self) -> bool:
        """Whether all was read that there is, or that was asked for."""
        return self._position.done or self._left == 0

    def _may_plan(self) -> bool:
        """Pages after the next one can be asked for once it is known that they exist and are wanted."""
        if self._waiting == 0:
            return True
        position, window = self._position, self._pagination.max_window
        if self._pagination.max_page is None or self._pagination.cursor_parameter is not None or position.cut:
            return False
        ahead = self._planned - position.offset
        return (
            position.total is not None
            and self._planned < position.total
            and (window is None or self._planned < window)
            and (self._left is None or ahead < self._left)
        )

    def _offset_step(self) -> Step:
        window = self._pagination.max_window
        if window is not None and self._planned >= window and self._position.cut is None:
            self._cut()
        cut = self._position.cut
        bound, offset = (cut.text, 0) if cut else (self._position.bound, self._planned)
        count = self._page_size if window is None else min(self._page_size, window - offset)
        query = dict(self._query)
        if bound is not None and self._pagination.time_to is not None:
            query[self._pagination.time_to] = bound
        paging = {self._pagination.count_parameter: count, self._pagination.offset_parameter: offset}
        return self._planned_step({**query, **paging}, count, offset)

    def _planned_step(self, query: dict[str, Any], count: int, offset: int = 0) -> Step:
        self._waiting += 1
        self._planned += count
        return Step(query, offset, count)

    def _cut(self) -> None:
        records = self._position.records
        if self._pagination.time_to is None or records is None or not self._position.fresh:
            raise WindowExceededError.at_limit(self._pagination, self.operation.label)
        given = self._position.bound or self._query.get(self._pagination.time_to)
        self._position.fresh, self._position.counted = 0, None
        floor = floor_of(self._query.get(self._pagination.time_from)) if self._pagination.time_from else None
        self._position.cut = Cut.start(
            records,
            self._pagination,
            ceiling=bound_of(given),
            floor=floor,
            offset=self._position.offset,
            total=self._position.total,
        )

    def take(self, step: Step, page: Any) -> tuple[list[Any], bool]:
        """The records of a page that are new, cut at the limit; and whether the pages planned after it still fit.

        Raises:
            DecodeError: It has none, although more are to come.
            WindowExceededError: Postmark serves no more of this list.
        """
        self._waiting -= 1
        items = page.items
        self._read_total(page)
        self._position.full = len(items) == step.size
        fits = True
        if self._position.cut is not None:
            items, fits = self._try_bound(items)
        else:
            items, fits = self._follow(step, items, page)
        if self._left is not None:
            items = items[: self._left]
            self._left -= len(items)
        if not fits:
            self.replan()
        return items, fits

    def _read_total(self, page: Any) -> None:
        position, total = self._position, _number(getattr(page, "total_count", None))
        before, position.total = position.total, total
        if page.items or position.cut is not None or not position.full:
            return
        expected = before if total is None else total
        if expected is not None and expected > position.offset:
            position.total, position.full = before, False  # asked once more: if there are none again, this is the end
            raise self._unreadable(f"a page without records at offset {position.offset}, where {expected} match")

    def _follow(self, step: Step, items: list[Any], page: Any) -> tuple[list[Any], bool]:
        position, pagination = self._position, self._pagination
        if self._goes_back(step):
            return [], False
        position.offset += len(items)
        position.cursor = getattr(page, "pagination_key", None)
        new = items if position.records is None else position.records.add(items)
        position.fresh += len(new)
        if position.returns and position.records is not None and position.records.has_keys(new):
            position.returns = 0
        position.done = (
            not items
            or pagination.max_page is None
            or (pagination.cursor_parameter is not None and not position.cursor)
            or self._all_counted()
        )
        crowded = len(new) * _KNOWN_SHARE < len(items) and position.fresh > 0
        if crowded and not position.done and pagination.time_to is not None:
            self._cut()
            return new, False
        return new, len(items) == step.size or self._waiting == 0

    def _goes_back(self, step: Step) -> bool:
        """Whether records disappeared, by the totals: as many others stand before this page now that nobody read.

        Raises:
            DecodeError: Again and again, so that nothing new comes.
        """
        position = self._position
        before, position.counted = position.counted, position.total
        if before is None or position.total is None or not 0 <= position.total < before or step.offset == 0:
            return False
        if position.returns == _MOST_RETURNS:
            position.returns = 0
            raise self._unreadable(f"records disappear faster than they are read, at offset {step.offset}")
        position.returns += 1
        position.offset = max(0, step.offset - (before - position.total))
        return True

    def _unreadable(self, reason: str) -> DecodeError:
        return DecodeError(
            f"{reason}; go on from .resume",
            status_code=200,
            operation=self.operation.label,
            method=self.operation.method,
            path=self.operation.path,
        )

    def _all_counted(self) -> bool:
        """Whether all was read, by the total: below what was read it says nothing, at the limit it may be cut there."""
        position, pagination = self._position, self._pagination
        if position.total is None or position.total < position.offset:
            return False
        may_be_cut = position.total == pagination.max_window and position.full and position.fresh > 0
        return position.offset == position.total and not (may_be_cut and pagination.time_from and position.records)

    def _try_bound(self, items: list[Any]) -> tuple[list[Any], bool]:
        """An answer to a bound that was tried: go on from there, or try another one."""
        position, cut, records = self._position, self._position.cut, self._position.records
        assert cut is not None  # noqa: S101 - asked by the caller
        assert records is not None  # noqa: S101 - there is no cut without them
        overlap = records.overlap(items)
        try:
            verdict = cut.judge(overlap, position.total, items, self.operation.label)
        except WindowExceededError:
            if cut.left != 0 or cut.at_second:
                raise
            position.done, position.cut = True, None  # it was tried only in case the total is cut at the limit
            return [], False
        if verdict is Verdict.AGAIN:
            return [], False
        position.bound, position.offset, position.cut = cut.text, cut.overlap, None
        new: list[Any] = []
        if verdict is Verdict.HERE:
            position.counted = position.total
            new = records.add(items)
            position.fresh = len(new)
            position.offset = max(cut.overlap, len(items))
            position.done = self._all_counted()
        return new, False

    def replan(self) -> None:
        """Forget the pages that were planned but not taken in."""
        self._waiting = 0
        self._planned = self._position.offset

    def skip_second(self) -> bool:
        """After a second that holds too much: the second before it comes next. False where nothing can follow."""
        cut = self._position.cut
        if cut is None or not cut.at_second:
            return False
        self._position.bound, self._position.offset, self._position.cut = cut.before(), 0, None
        self.replan()
        return True


def _number(total: Any) -> int | None:
    if isinstance(total, str) and total.isascii() and total.isdigit():
        return int(total[:_MOST_DIGITS])
    return total if isinstance(total, int) and not isinstance(total, bool) else None


def _copy(position: Position) -> Position:
    records = position.records.copy() if position.records is not None else None
    cut = dataclasses.replace(position.cut) if position.cut is not None else None
    return dataclasses.replace(position, records=records, cut=cut)


def _mismatch(walk: Walk, point: Any) -> str | None:
    if not isinstance(point, ResumePoint):
        return f"a {type(point).__name__} given; it takes the resume of an error that iterating raised"
    path, query = walk.given()
    if point.operation != walk.operation.label:
        return f"it belongs to {point.operation}"
    if point.path != path or any(point.query.get(name) != value for name, value in query.items()):
        return "it belongs to other filters: leave them out, they come with it"
    return None


def checked_prefetch(value: Any, *, default: int) -> int:
    """How many pages to ask for ahead."""
    checked = _checked("prefetch", value, None)
    return default if checked is None else checked


def _checked(name: str, value: Any, largest: int | None) -> int | None:
    if value is None:
        return None
    lowest = 0 if largest is None else 1
    if (
        isinstance(value, bool)
        or not isinstance(value, int)
        or value < lowest
        or (largest is not None and value > largest)
    ):
        upper = "" if largest is None else f" to {largest}"
        raise InvalidMessageError([Problem(name, f"{value!r}; it takes a whole number from {lowest}{upper}")])
    return value

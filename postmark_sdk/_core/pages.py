"""Which page comes next. No I/O."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..errors import InvalidMessageError, Problem

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from .operation import Operation, Pagination

_DEFAULT_PAGE = 500


class WindowExceededError(InvalidMessageError):
    """More records match than Postmark serves for one set of filters."""


class Pager:
    """Walks through one list: tell it the pages that came, it tells the query of the next one.

    Args:
        operation: The list.
        query: Filters, by their wire names.
        limit: Stop after so many records; None for all of them.
        page_size: Records in one request, 1 to 500; None for the most that helps.
    """

    def __init__(
        self,
        operation: Operation[Any],
        query: Mapping[str, Any],
        *,
        limit: int | None = None,
        page_size: int | None = None,
    ) -> None:
        assert operation.pagination is not None  # noqa: S101 - only lists are generated with a twin
        self._pagination: Pagination = operation.pagination
        self._operation = operation
        self._query = dict(query)
        self._left = _checked("limit", limit, None)
        self._page_size = _checked("page_size", page_size, self._pagination.max_page) or self._largest_page()
        self._offset = 0
        self._cursor: str | None = None
        self._done = self._left == 0

    def _largest_page(self) -> int:
        largest = self._pagination.max_page or _DEFAULT_PAGE
        return largest if self._left is None else max(1, min(largest, self._left))

    def next_query(self) -> dict[str, Any] | None:
        """The query of the next page, None after the last one."""
        if self._done:
            return None
        if self._pagination.max_page is None:
            return self._query
        if self._pagination.cursor_parameter is not None:
            return {
                **self._query,
                self._pagination.count_parameter: self._page_size,
                self._pagination.cursor_parameter: self._cursor,
            }
        return {
            **self._query,
            self._pagination.count_parameter: self._count(),
            self._pagination.offset_parameter: self._offset,
        }

    def _count(self) -> int:
        window = self._pagination.max_window
        if window is None:
            return self._page_size
        if self._offset >= window:
            problem = Problem(
                "limit",
                f"more than {window} records match, and Postmark serves no more for one set of filters: "
                f"narrow the time range or other filters",
            )
            raise WindowExceededError([problem], operation=self._operation.label)
        return min(self._page_size, window - self._offset)

    def feed(self, page: Any) -> Iterator[Any]:
        """The items of a page that came, cut at the limit."""
        items = page.items or []
        if self._left is not None:
            items = items[: self._left]
            self._left -= len(items)
        self._advance(page, len(page.items or []))
        yield from items

    def _advance(self, page: Any, received: int) -> None:
        self._offset += received
        self._cursor = getattr(page, "pagination_key", None)
        total = getattr(page, "total_count", None)
        self._done = (
            received == 0
            or self._left == 0
            or self._pagination.max_page is None
            or (self._pagination.cursor_parameter is not None and not self._cursor)
            or (isinstance(total, int) and self._offset >= total)
        )


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

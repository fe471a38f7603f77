"""Where a bulk request stands, and a list of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

_FINAL = frozenset({"completed", "cancelled", "failed"})


class BulkRequestMixin:
    """Reads the status; the percentage is not reliable enough."""

    __slots__ = ()

    if TYPE_CHECKING:
        status: str | None

    @property
    def finished(self) -> bool:
        """Whether nothing more will happen: completed, cancelled or failed."""
        return str(self.status).lower() in _FINAL


class BulkRequestPageMixin:
    """Reads the key of the next page, as no total comes."""

    __slots__ = ()

    if TYPE_CHECKING:
        pagination_key: str | None

    @property
    def has_more(self) -> bool:
        """Whether more requests follow this page. ``emails.iterate_bulk`` fetches them."""
        return bool(self.pagination_key)

"""Where a bulk request stands."""

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

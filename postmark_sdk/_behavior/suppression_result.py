"""Whether a suppression list was changed for an address."""

from __future__ import annotations

from typing import TYPE_CHECKING

_DONE = ("Suppressed", "Deleted")


class SuppressionResultMixin:
    """Reads the words of one outcome."""

    __slots__ = ()

    if TYPE_CHECKING:
        status: str | None

    @property
    def success(self) -> bool:
        """Whether the address now is as wanted; if not, ``message`` says why."""
        return self.status in _DONE

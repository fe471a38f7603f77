"""Where an iteration stopped. Apart from ``cursor``, since errors carry it."""

from __future__ import annotations

from typing import Any, NamedTuple


class ResumePoint(NamedTuple):
    """Where an iteration stopped: pass it to the same method as ``resume``. It survives pickle and holds no token."""

    operation: str
    path: str | None
    query: dict[str, Any]
    left: int | None
    page_size: int
    position: Any
    """What the iterator has to know to go on; nobody else's to read."""

    def __repr__(self) -> str:
        """Without the filters, which may name an address."""
        return f"ResumePoint({self.operation}, offset={self.position.offset})"

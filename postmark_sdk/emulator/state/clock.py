"""The emulator's own time: real time plus what was advanced, or standing still."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from ..reference.dates import TICKS_PER_SECOND

if TYPE_CHECKING:
    from collections.abc import Callable


class Clock:
    """Ticks since 1970 that a test can advance, freeze and set."""

    def __init__(self, source: Callable[[], int] = time.time_ns) -> None:
        self._source = source
        self._offset = 0
        self._frozen: int | None = None

    def now(self) -> int:
        """Ticks since 1970-01-01 UTC."""
        if self._frozen is not None:
            return self._frozen
        return self._real() + self._offset

    def advance(self, seconds: float) -> None:
        """Move forward (or, with a negative number, back)."""
        ticks = round(seconds * TICKS_PER_SECOND)
        if self._frozen is None:
            self._offset += ticks
        else:
            self._frozen += ticks

    def set(self, ticks: int) -> None:
        """Continue from this moment."""
        if self._frozen is None:
            self._offset = ticks - self._real()
        else:
            self._frozen = ticks

    def freeze(self) -> None:
        """Stand still until ``resume``; ``advance`` and ``set`` still work."""
        self._frozen = self.now()

    def resume(self) -> None:
        """Run on from the moment the clock stood at."""
        if self._frozen is not None:
            self._offset = self._frozen - self._real()
            self._frozen = None

    def reset(self) -> None:
        """Back to real time."""
        self._offset = 0
        self._frozen = None

    @property
    def frozen(self) -> bool:
        """Whether time stands still."""
        return self._frozen is not None

    def _real(self) -> int:
        return self._source() // 100

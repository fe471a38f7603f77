"""How many requests a second are answered, where a limit was asked for."""

from __future__ import annotations

from collections import deque

from ..reference.dates import TICKS_PER_SECOND


class Rate:
    """The requests of the last second, on the emulator's clock."""

    def __init__(self) -> None:
        self._recent: deque[int] = deque()

    def admits(self, now: int, limit: int) -> bool:
        """Whether one more within this second is within the limit; what is not does not count."""
        while self._recent and not now - TICKS_PER_SECOND < self._recent[0] <= now:
            self._recent.popleft()
        if len(self._recent) >= limit:
            return False
        self._recent.append(now)
        return True

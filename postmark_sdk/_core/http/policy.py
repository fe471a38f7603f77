"""How often and how long a call is tried; apart from ``retry``, so that a new client does not import that."""

from __future__ import annotations

import time

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable


def uniform(low: float, high: float) -> float:
    """A random number between two others."""
    from random import uniform as draw  # noqa: PLC0415 - only a repeat throws dice

    return draw(low, high)  # noqa: S311 - spreads load, guards nothing


class Policy:
    """How often and how long. Clock, sleep and dice are arguments, so that tests neither wait nor guess."""

    __slots__ = ("clock", "dice", "max_elapsed", "retries")

    def __init__(
        self,
        retries: int = 2,
        max_elapsed: float = 60.0,
        clock: Callable[[], float] = time.monotonic,
        dice: Callable[[float, float], float] = uniform,
    ) -> None:
        self.retries = retries
        self.max_elapsed = max_elapsed
        self.clock = clock
        self.dice = dice

    def left(self, started: float) -> float:
        """Seconds until no further try may begin."""
        return self.max_elapsed - (self.clock() - started)

    def __repr__(self) -> str:
        """What a user chose."""
        return f"Policy(retries={self.retries}, max_elapsed={self.max_elapsed})"

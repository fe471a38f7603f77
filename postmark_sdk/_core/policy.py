"""How often and how long a call is tried; apart from ``retry``, so that a new client does not import that."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable


def uniform(low: float, high: float) -> float:
    """A random number between two others."""
    from random import uniform as draw  # noqa: PLC0415 - only a repeat throws dice

    return draw(low, high)


class Policy(NamedTuple):
    """How often and how long. Clock, sleep and dice are arguments, so that tests neither wait nor guess."""

    retries: int = 2
    max_elapsed: float = 60.0
    clock: Callable[[], float] = time.monotonic
    dice: Callable[[float, float], float] = uniform

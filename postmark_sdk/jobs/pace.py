"""How fast, and when again: the bucket that all workers draw from, pauses, and when to look for messages. No I/O."""

from __future__ import annotations

from collections.abc import Callable
from random import uniform

BURST_SECONDS = 1.0
"""What was not used is kept for so long."""
_FIRST_PAUSE_SECONDS = 1.0
_MAX_PAUSE_SECONDS = 300.0
_MAX_ASKED_SECONDS = 3600.0
"""Whoever asks for more is asked again then."""
LEAST_REST_SECONDS = 0.02
BEATS_A_LEASE = 3
"""How often a worker, or an adder, says within a lease that it lives."""
FIRST_LOOK_SECONDS = 5.0
_SECOND_LOOK_SECONDS = 30.0
_MAX_LOOK_SECONDS = 4 * 3600.0
LOOKS_END_SECONDS = 24 * 3600.0
"""After that nobody looks any more, unless told to."""


def refilled(tokens: float, rate: float, seconds: float | None) -> float:
    """Messages that may go now. A chunk may go when it is not negative, and is taken off as a whole.

    Args:
        tokens: Left when it was last looked at; less than nothing after a large chunk.
        rate: Messages a second.
        seconds: Since then; None: it was never looked at.
    """
    most = rate * BURST_SECONDS
    return most if seconds is None else min(most, tokens + rate * max(0.0, seconds))


def pause(asked: float | None, attempt: int, dice: Callable[[float, float], float] = uniform) -> float:
    """Seconds before a chunk that Postmark did not take goes again: as asked, else growing with jitter."""
    if asked is not None:
        return min(asked, _MAX_ASKED_SECONDS)
    longest: float = min(_MAX_PAUSE_SECONDS, _FIRST_PAUSE_SECONDS * 2.0 ** min(attempt, 20))
    return dice(longest / 2, longest)


def next_look(looks: int, age: float, lease: float, resend_after: float | None) -> float | None:
    """Seconds until messages that were not found are looked for again; None: never by itself.

    Args:
        looks: How often they were looked for.
        age: Seconds since they were sent.
        lease: How long a worker has a chunk; no first look waits longer.
        resend_after: At what age they are sent again.
    """
    if not looks:
        return min(FIRST_LOOK_SECONDS, lease)
    if age >= LOOKS_END_SECONDS and resend_after is None:
        return None
    seconds = min(_MAX_LOOK_SECONDS, _SECOND_LOOK_SECONDS * 2.0 ** min(looks - 1, 20))
    return seconds if resend_after is None else max(0.0, min(seconds, resend_after - age))

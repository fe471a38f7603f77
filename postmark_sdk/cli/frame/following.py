"""Searches that are repeated for what is new. No I/O of its own."""

from __future__ import annotations

import datetime as _dt
from collections.abc import Callable, Iterable, Iterator
from time import sleep
from typing import TypeVar

__all__ = ["OVERLAP", "follow"]

T = TypeVar("T")

OVERLAP = _dt.timedelta(minutes=5)
"""How far each search looks back: Postmark makes messages findable some time after it took them."""


def follow(
    search: Callable[[_dt.datetime], Iterable[T]],
    key: Callable[[T], str],
    *,
    interval: float,
    pause: Callable[[float], object] | None = None,
    now: Callable[[], _dt.datetime] = lambda: _dt.datetime.now(_dt.timezone.utc),
) -> Iterator[T]:
    """What comes from now on, each once, oldest first; without end.

    Args:
        search: Finds what there is since a moment, newest first.
        key: What tells one record from another.
        interval: Seconds between two searches.
        pause: Waits so many seconds. None: sleeps.
        now: Tells the time.
    """
    seen = {key(each) for each in search(now() - OVERLAP)}
    while True:
        (pause or sleep)(interval)
        found = list(search(now() - OVERLAP))
        for each in reversed(found):
            if key(each) not in seen:
                yield each
        seen = {key(each) for each in found}  # what is older is not asked for any more

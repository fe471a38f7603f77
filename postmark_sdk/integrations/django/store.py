"""Where a router remembers handled events: Django's cache, for all processes of a project."""

from __future__ import annotations

import hashlib
from typing import Any

from django.core.cache import caches

from ...webhooks import Claim

__all__ = ["CacheStore"]

_DAY_SECONDS = 24 * 3600


class CacheStore:
    """A store for ``WebhookRouter`` and ``signal_router``: an event that arrives again, anywhere, is not handled again.

    It takes a cache that all processes share, such as Redis, Memcached or a table of the database. With one that is
    emptied, or local to a process, an event may be handled again.

    Args:
        cache: The name of the cache in ``CACHES``.
        lease: Seconds after which an event is free again whose handling has not ended: longer than any handler runs.
        ttl: Seconds to remember what was handled: longer than Postmark repeats an event.
    """

    def __init__(self, cache: str = "default", *, lease: float = 600, ttl: float = _DAY_SECONDS) -> None:
        self._cache = cache
        self._lease = lease
        self._ttl = ttl

    def claim(self, key: str) -> Claim:
        """Take an event: only one caller can add a key that is not there."""
        cache: Any = caches[self._cache]
        if cache.add(_name(key), "busy", self._lease):
            return "new"
        return "done" if cache.get(_name(key)) == "done" else "busy"

    def settle(self, key: str, *, handled: bool) -> None:
        """Remember it as handled, or forget it."""
        cache: Any = caches[self._cache]
        if handled:
            cache.set(_name(key), "done", self._ttl)
        else:
            cache.delete(_name(key))


def _name(key: str) -> str:
    """One that every cache takes, whatever is in the key."""
    return f"postmark:{hashlib.sha256(key.encode()).hexdigest()}"

"""Where a ``WebhookRouter`` remembers handled events, in Redis: for several processes or machines.

``WebhookRouter(auth=..., store=RedisStore(redis.Redis()))``; with ``redis.asyncio``, put ``await`` before each command
and make both methods coroutines.
"""

from typing import Any

from postmark_sdk.webhooks import Claim

LEASE_SECONDS = 600  # longer than any handler runs
TTL_SECONDS = 24 * 3600  # longer than Postmark repeats an event


class RedisStore:
    """One key for each event: ``busy`` while it is handled, then ``done``."""

    def __init__(self, redis: Any) -> None:
        self._redis = redis

    def claim(self, key: str) -> Claim:
        """Take an event: only one caller can set a key that is not there."""
        if self._redis.set(f"postmark:{key}", "busy", nx=True, ex=LEASE_SECONDS):
            return "new"
        return "done" if self._redis.get(f"postmark:{key}") == b"done" else "busy"

    def settle(self, key: str, *, handled: bool) -> None:
        """Remember it as handled, or forget it."""
        if handled:
            self._redis.set(f"postmark:{key}", "done", ex=TTL_SECONDS)
        else:
            self._redis.delete(f"postmark:{key}")

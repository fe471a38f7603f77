"""What a contestant can do. Each method does its work ``times`` times; what it returns is looked at after the clock."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

Proof = Callable[[], object]
"""Reads from the last answer what shows that the work was done: a message id, or a number of records."""

PAGE = 500
BATCH = 500


class Contest(Protocol):
    """The work of one contestant."""

    def send(self, times: int) -> Proof:
        """Send single mails; the proof is the last one's id."""
        ...

    async def send_async(self, times: int) -> Proof:
        """Send single mails one after another from a coroutine; the proof is the last one's id."""
        ...

    def pages(self, times: int) -> Proof:
        """Read pages of 500 outbound messages; the proof is the number of messages."""
        ...

    def batch(self, times: int) -> Proof:
        """Send batches of 500 mails; the proof is the number of results of the last one."""
        ...

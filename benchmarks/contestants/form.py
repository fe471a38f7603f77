"""What a contestant can do. Each method does its work ``times`` times; what it returns is looked at after the clock."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Protocol

Proof = Callable[[], object]
"""Reads from the last answer what shows that the work was done: a message id, or a number of records."""

PAGE = 500
BATCH = 500
MANY = 10_000
FILES = 300
THREADS = 16


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

    def batch_fast(self, times: int) -> Proof:
        """The same; the environment has orjson."""
        ...

    def send_many(self, times: int) -> Proof:
        """Send 10,000 small mails in calls of 500; the proof is the number of results."""
        ...

    def send_many_dicts(self, times: int) -> Proof:
        """The same as JSON objects of the wire."""
        ...

    def send_many_trace(self, times: int) -> Proof:
        """The same as models; messages can be found again."""
        ...

    def send_streamed(self, times: int) -> Proof:
        """Send as many small mails as ``times``, made one after another; the proof is the number of results."""
        ...

    def attachments(self, times: int) -> Proof:
        """Send a batch of 300 mails, each with a file of 100 kB of its own; the proof is the number of results."""
        ...

    async def concurrent_20(self, times: int) -> Proof:
        """Send single mails, 20 at a time; the proof is the id in the answer that came last."""
        ...

    async def concurrent_50(self, times: int) -> Proof:
        """The same, 50 at a time."""
        ...

    async def concurrent_100(self, times: int) -> Proof:
        """The same, 100 at a time."""
        ...

    async def concurrent_50_fast(self, times: int) -> Proof:
        """The same, 50 at a time; the environment has httpx-aiohttp."""
        ...

    async def concurrent_100_fast(self, times: int) -> Proof:
        """The same, 100 at a time."""
        ...

    def threads(self, times: int) -> Proof:
        """Send single mails from 16 threads to a server that is 20 ms away; the proof is an id of an answer."""
        ...


def in_threads(send: Callable[[], Any], times: int) -> Any:
    """What the last of so many calls returned, made in 16 threads."""
    with ThreadPoolExecutor(THREADS) as threads:
        return list(threads.map(lambda _: send(), range(times)))[-1]


async def at_once(send: Callable[[], Awaitable[Any]], times: int, together: int) -> Any:
    """What the last of so many calls returned, of which some are under way together."""
    left = iter(range(times))
    last: Any = None

    async def work() -> None:
        nonlocal last
        for _ in left:
            last = await send()

    await asyncio.gather(*(work() for _ in range(together)))
    return last

"""Threads, forks, loops and faults together: ``python -m tests.core.call.soak [seconds]`` (120 without a number).

Every answer must match its request; afterwards no socket, task, thread or memory may be left.
"""

from __future__ import annotations

import asyncio
import gc
import itertools
import logging
import os
import random
import resource
import sys
import threading
import time
import warnings
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any

import anyio

from postmark_sdk import AsyncPostmarkClient, PostmarkClient, PostmarkError
from tests.core.echo import echo, message

if TYPE_CHECKING:
    from collections.abc import Callable

TOKEN = "server-token-for-tests"
MAX_GROWTH_KB = 40_000
BURST = 2_000
_numbers = itertools.count()


class Soak:
    """Counts what was right, what failed as it may, and what must not happen."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.right = 0
        self.failed = 0
        self.wrong: list[str] = []
        self.client = PostmarkClient(TOKEN, base_url=url)
        self.aclient = AsyncPostmarkClient(TOKEN, base_url=url)

    def check(self, mark: str, found: str | None) -> None:
        if found == mark:
            self.right += 1
        else:
            self.wrong.append(f"{mark} was answered with {found}")

    def threads(self) -> None:
        """Many threads on one client and its copies, some with no patience."""

        def work() -> None:
            mark = f"thread-{next(_numbers)}"
            timeout = random.choice([None, None, None, 0.001])  # noqa: S311 - only a mixture
            try:
                self.check(mark, self.client.with_options(timeout=timeout).emails.send(**message(mark)).message_id)
            except PostmarkError:
                self.failed += 1

        with ThreadPoolExecutor(16) as pool:
            for _ in range(160):
                pool.submit(work)

    def forks(self) -> None:
        """Children that use the parent's client."""
        children = []
        for _ in range(4):
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", DeprecationWarning)
                child = os.fork()
            if child == 0:
                wrong = 0
                for number in range(20):
                    mark = f"child-{os.getpid()}-{number}"
                    wrong += self.client.emails.send(**message(mark)).message_id != mark
                os._exit(min(wrong, 100))
            children.append(child)
        for child in children:
            code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
            if code:
                self.wrong.append(f"a child had {code} wrong answers")
            else:
                self.right += 20

    def loops(self) -> None:
        """One async client in loops of both libraries, with cancelled sends between."""
        for backend in ("asyncio", "trio"):
            anyio.run(self._loop, backend=backend)

    async def _loop(self) -> None:
        async def work() -> None:
            mark = f"task-{next(_numbers)}"
            try:
                with anyio.move_on_after(random.choice([5, 5, 0.002])) as scope:  # noqa: S311 - only a mixture
                    self.check(mark, (await self.aclient.emails.send(**message(mark))).message_id)
                self.failed += scope.cancelled_caught
            except PostmarkError:
                self.failed += 1

        async with anyio.create_task_group() as tasks:
            for _ in range(60):
                tasks.start_soon(work)

    def burst(self) -> None:
        """Thousands of sends gathered by one client, and nothing left of their connections."""

        async def work() -> None:
            mark = f"burst-{next(_numbers)}"
            self.check(mark, (await self.aclient.emails.send(**message(mark), timeout=60)).message_id)

        async def gathered() -> None:
            outcomes = await asyncio.gather(*(work() for _ in range(BURST)), return_exceptions=True)
            self.wrong += [f"a send of a burst failed: {each!r}" for each in outcomes if each is not None]

        asyncio.run(gathered())

    def close(self) -> None:
        self.client.close()
        asyncio.run(self.aclient.aclose())


def sockets() -> int:
    """Open sockets of this process."""
    return sum(
        link.is_symlink() and str(link.readlink()).startswith("socket:") for link in Path("/proc/self/fd").iterdir()
    )


def run(seconds: float, report: Callable[[str], Any]) -> list[str]:
    """Everything that was wrong."""
    warnings.simplefilter("error")
    logging.getLogger("postmark_sdk").setLevel(logging.ERROR)  # interrupted sends are wanted here
    with echo(delay=0.001) as server:
        before_sockets, before_threads, first_peak = sockets(), threading.active_count(), 0
        soak = Soak(server.url)
        ends, rounds = time.monotonic() + seconds, 0
        while time.monotonic() < ends or rounds < 2:
            for part in (soak.threads, soak.forks, soak.loops, soak.burst):
                part()
            server.seen.clear()
            gc.collect()
            rounds += 1
            first_peak = first_peak or resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        soak.close()
        del soak.client, soak.aclient
        gc.collect()
        deadline = time.monotonic() + 5
        while (sockets() > before_sockets or threading.active_count() > before_threads) and time.monotonic() < deadline:
            time.sleep(0.01)
        if sockets() > before_sockets:
            soak.wrong.append(f"{sockets() - before_sockets} sockets are left")
        if threading.active_count() > before_threads:
            soak.wrong.append(f"{threading.active_count() - before_threads} threads are left")
        growth = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - first_peak
        if growth > MAX_GROWTH_KB:
            soak.wrong.append(f"memory grew by {growth} KB after the first round")
    report(f"{rounds} rounds, {soak.right} right, {soak.failed} failed as they may, growth {growth} KB")
    return soak.wrong


def main() -> int:
    """The command."""
    wrong = run(float(sys.argv[1]) if len(sys.argv) > 1 else 120.0, print)
    for each in wrong[:20]:
        print(each)  # noqa: T201
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())

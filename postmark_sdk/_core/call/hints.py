"""One word of advice for whoever blocks an event loop with the sync client."""

from __future__ import annotations

import sys

from ..schema.log import logger

TEXT = "PostmarkClient was called inside a running event loop, which stands still meanwhile: use AsyncPostmarkClient"

_given: list[bool] = []


def hint_at_async() -> None:
    """Log it once in a process. Notebooks always run a loop, and nothing else waits for it there: INFO, no warning."""
    if not _given and _in_loop():
        _given.append(True)
        logger.info(TEXT)


def _in_loop() -> bool:
    """Whether this thread runs asyncio or trio, which tells sniffio.

    What another thread is importing has no loop yet, and lacks any of its names.
    """
    running_loop = getattr(sys.modules.get("asyncio"), "_get_running_loop", None)
    if running_loop is not None and running_loop() is not None:
        return True
    told = getattr(sys.modules.get("sniffio"), "thread_local", None)
    return getattr(told, "name", None) == "trio"


def forget() -> None:
    """Give it again."""
    _given.clear()

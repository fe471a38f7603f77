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
    """Whether this thread runs asyncio or trio, which tells sniffio."""
    asyncio, sniffio = sys.modules.get("asyncio"), sys.modules.get("sniffio")
    if asyncio is not None and asyncio._get_running_loop() is not None:  # noqa: SLF001 - public to loops
        return True
    return sniffio is not None and sniffio.thread_local.name == "trio"


def forget() -> None:
    """Give it again."""
    _given.clear()

"""Calls in threads, which nobody can stop: what is to be done after one when nobody waits for it any more."""

from __future__ import annotations

import inspect
import sys
import threading
from typing import TYPE_CHECKING, Any

from .._core.schema.log import logger

if TYPE_CHECKING:
    from collections.abc import Callable


class ThreadCall:
    """A call that may run in a thread of its own.

    Args:
        call: What to call.
    """

    def __init__(self, call: Callable[[], Any]) -> None:
        self._call = call
        self._lock = threading.Lock()
        self._running = False
        self._revoked = False
        self._after: Callable[[Any, BaseException | None], None] | None = None

    def __call__(self) -> Any:
        """Run, unless it was left before it began."""
        with self._lock:
            if self._revoked:
                return None
            self._running = True
        result, failure = None, None
        try:
            result = self._call()
        except BaseException as error:
            failure = error
            raise
        finally:
            with self._lock:
                self._running = False
            if self._after is not None:
                self._after(result, failure)
            del failure  # its traceback holds this frame
        return result

    def leave(self, after: Callable[[Any, BaseException | None], None]) -> bool:
        """Nobody waits any more: hand result and error on at its end.

        Returns:
            Whether it still runs. If not, it is over, or will never begin.
        """
        with self._lock:
            self._revoked = True
            if self._running:
                self._after = after
            return self._running


def finisher() -> Callable[[Callable[[], Any]], None]:
    """What makes a call from a thread, and awaits what it returns in the event loop that runs here now."""
    asyncio = sys.modules.get("asyncio")
    loop: Any = asyncio._get_running_loop() if asyncio is not None else None  # noqa: SLF001 - public to loops

    def finish(call: Callable[[], Any]) -> None:
        try:
            result = call()
            if inspect.iscoroutine(result) and (loop is None or loop.is_closed()):
                result.close()  # the claim ends by itself
            elif inspect.isawaitable(result) and asyncio is not None:
                asyncio.run_coroutine_threadsafe(_awaited(result), loop)
        except Exception as error:  # noqa: BLE001 - what the handler did stands; the claim ends by itself
            logger.error("a webhook event could not be settled: %s", type(error).__name__, exc_info=error)

    return finish


async def _awaited(value: Any) -> Any:
    return await value

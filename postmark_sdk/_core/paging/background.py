"""A call that goes on while the caller does something else, under asyncio and under trio."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any, Protocol

import sniffio

from ..http.pooling.pool import running_loop

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Callable, Coroutine

    import trio


class Job(Protocol):
    """Something under way."""

    async def result(self) -> Any:
        """What came of it, or its error. Where its loop ended and took it along, it is done again."""

    def cancel(self) -> None:
        """Stop it, from any thread, without waiting."""


def start(work: Callable[[], Coroutine[Any, Any, Any]]) -> Job:
    """Begin in the running loop."""
    return _TrioJob(work) if sniffio.current_async_library() == "trio" else _AsyncioJob(work)


class _AsyncioJob:
    def __init__(self, work: Callable[[], Coroutine[Any, Any, Any]]) -> None:
        import asyncio  # noqa: PLC0415 - it runs

        self._work = work
        self._loop = asyncio.get_running_loop()
        self._task: asyncio.Task[Any] = self._loop.create_task(work())
        self._task.add_done_callback(_look_at)

    async def result(self) -> Any:
        if self._task.cancelled() or (not self._task.done() and running_loop() is not self._loop):
            return await self._work()
        return await self._task

    def cancel(self) -> None:
        if not self._task.done():
            with contextlib.suppress(RuntimeError):  # its loop was closed, and the task with it
                self._loop.call_soon_threadsafe(self._task.cancel)


def _look_at(task: asyncio.Task[Any]) -> None:
    """An error of a page nobody waits for is no news."""
    if not task.cancelled():
        task.exception()


class _TrioJob:
    """A system task: a nursery could not outlive the ``__anext__`` that opened it."""

    def __init__(self, work: Callable[[], Coroutine[Any, Any, Any]]) -> None:
        import contextvars  # noqa: PLC0415 - for this alone

        import trio  # noqa: PLC0415 - it runs

        self._work = work
        self._token = trio.lowlevel.current_trio_token()
        self._scope: trio.CancelScope = trio.CancelScope()
        self._done: trio.Event = trio.Event()
        self._page: Any = None
        self._error: Exception | None = None
        trio.lowlevel.spawn_system_task(self._run, work, context=contextvars.copy_context())

    async def _run(self, work: Callable[[], Coroutine[Any, Any, Any]]) -> None:
        with self._scope:
            try:
                self._page = await work()
            except Exception as error:  # noqa: BLE001 - it is raised where the page is asked for
                self._error = error
        self._done.set()

    async def result(self) -> Any:
        if not self._done.is_set() and running_loop() is not self._token:
            return await self._work()
        await self._done.wait()
        error, self._error = self._error, None
        if error is None:
            return self._page
        try:
            raise error
        finally:
            del error  # its traceback holds this frame

    def cancel(self) -> None:
        import trio  # noqa: PLC0415 - it ran

        with contextlib.suppress(trio.RunFinishedError):  # the system task ended with it
            self._token.run_sync_soon(self._scope.cancel, idempotent=True)

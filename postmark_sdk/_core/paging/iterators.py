"""Iterators over all pages of a list, with pages asked for ahead. What to ask for is decided in ``walk``."""

from __future__ import annotations

import contextlib
import os
import queue
import threading
import time
from collections import deque
from typing import TYPE_CHECKING, Any

from ...errors import PostmarkError
from .windows import WindowExceededError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from .background import Job
    from .cursor import Step, Walk

_NOTHING: Iterator[Any] = iter(())


class _Stopped(BaseException):
    """Nobody waits for this page any more."""


class _Ahead:
    """A page that a thread asks for. The thread ends with its answer, and makes no second try once stopped."""

    def __init__(self, fetch: Callable[[Callable[[float], None]], Any]) -> None:
        import contextvars  # noqa: PLC0415 - for prefetching alone

        self._fetch = fetch
        self._process = os.getpid()
        self._stop: queue.SimpleQueue[bool] = queue.SimpleQueue()  # a collected iterator may stop it at any point
        self._done = threading.Event()
        self._page: Any = None
        self._error: BaseException | None = None
        context = contextvars.copy_context()
        threading.Thread(target=context.run, args=(self._run,), name="postmark-prefetch", daemon=True).start()

    def _run(self) -> None:
        try:
            self._page = self._fetch(self._sleep)
        except BaseException as error:  # noqa: BLE001 - it is raised where the page is asked for
            self._error = error
        finally:
            self._done.set()

    def _sleep(self, seconds: float) -> None:
        with contextlib.suppress(queue.Empty):
            self._stop.get(timeout=seconds)
            raise _Stopped

    def result(self) -> Any:
        """The page, or its error. A forked child asks itself: the thread stayed in the parent."""
        if not self._done.is_set():
            if self._process != os.getpid():
                return self._fetch(time.sleep)
            self._done.wait()
        error, self._error = self._error, None
        if error is None:
            return self._page
        try:
            raise error
        finally:
            del error  # its traceback holds this frame

    def cancel(self) -> None:
        """Let it end without another try."""
        if self._process == os.getpid():
            self._stop.put(True)


class _Now:
    """A page that is fetched when it is needed."""

    def __init__(self, fetch: Callable[[], Any]) -> None:
        self.result = fetch

    def cancel(self) -> None:
        """There is nothing to stop."""


class _Failed:
    """A page that could not even be asked for; said in its place, after what came before it."""

    def __init__(self, error: PostmarkError) -> None:
        self._error: PostmarkError | None = error

    def result(self) -> Any:
        """Raise."""
        assert self._error is not None  # noqa: S101 - asked once
        error, self._error = self._error, None
        try:
            raise error
        finally:
            del error

    def cancel(self) -> None:
        """There is nothing to stop."""


class _Reader:
    """What both iterators share: the queue of pages that were asked for."""

    def __init__(self, core: Any, walk: Walk, timeout: Any, prefetch: int) -> None:
        self._core = core
        self._walk = walk
        self._timeout = timeout
        self._prefetch = prefetch
        self._items = _NOTHING
        self._asked: deque[tuple[Step | None, Any]] = deque()
        self._over = False
        self._reading = threading.Lock()

    def _begin(self) -> None:
        """One at a time, as with generators: two who read a page would each take the other's for the end.

        Raises:
            RuntimeError: Somebody reads.
        """
        if not self._reading.acquire(blocking=False):
            raise RuntimeError("another thread or task reads from this iterator: give each one of its own")

    def _given(self, step: Step) -> dict[str, Any]:
        return {"path": self._walk.path, "query": step.query, "timeout": self._timeout}

    def _now(self, step: Step) -> _Now:
        return _Now(lambda: self._core.call(self._walk.operation, **self._given(step)))

    def _planned(self) -> bool:
        """Whether there is a page to read; after the last one it is over."""
        self._ask(1, self._now)
        if not self._asked:
            self._end()
        return not self._over

    def _ask(self, how_many: int, start: Callable[[Step], Any]) -> None:
        """Plan pages until so many are asked for."""
        while len(self._asked) < how_many:
            try:
                step = self._walk.step()
            except PostmarkError as error:
                self._asked.append((None, _Failed(error)))
                return
            if step is None:
                return
            self._asked.append((step, start(step)))

    def _took(self, step: Step | None, page: Any) -> None:
        """Take a page in, and drop what was asked for in vain."""
        assert step is not None  # noqa: S101 - a page without a step raised
        items, fits = self._walk.take(step, page)
        if not fits or self._walk.finished():
            self._drop()
        self._items = iter(items)

    def _drop(self) -> None:
        while self._asked:
            self._asked.popleft()[1].cancel()
        self._walk.replan()

    def _explain(self, error: PostmarkError) -> None:
        """Let the error say where to go on; the iterator itself goes on there too when it is asked again."""
        self._drop()
        if isinstance(error, WindowExceededError):
            self._over = not self._walk.skip_second()
        if not self._over:
            error.resume = self._walk.point()

    def _end(self) -> None:
        self._over = True
        self._items = _NOTHING
        self._drop()


class Pages(_Reader):
    """Iterates over the records of all pages. After an error, asking again goes on where it stopped."""

    def __iter__(self) -> Pages:
        """Itself."""
        return self

    def __next__(self) -> Any:
        """The next record."""
        for item in self._items:
            return item
        return self._from_next_page()

    def _from_next_page(self) -> Any:
        self._begin()
        try:
            while True:
                for item in self._items:
                    return item
                if self._over or not self._planned():
                    raise StopIteration
                self._read()
        finally:
            self._reading.release()

    def _read(self) -> None:
        step, page = self._asked.popleft()
        try:
            answer = page.result()
            self._took(step, answer)
        except PostmarkError as error:
            self._explain(error)
            raise
        except BaseException:
            self._drop()
            raise
        if self._prefetch:
            self._ask(self._prefetch, self._ahead)

    def _ahead(self, step: Step) -> _Ahead:
        core, operation, given = self._core, self._walk.operation, self._given(step)
        return _Ahead(lambda sleep: core.with_sleep(sleep).call(operation, **given))

    def close(self) -> None:
        """Stop: nothing more is asked for."""
        self._end()

    def __del__(self) -> None:
        """Abandoning it stops what was asked for ahead."""
        if hasattr(self, "_asked"):
            self._end()


class AsyncPages(_Reader):
    """The same with ``async for``."""

    def __aiter__(self) -> AsyncPages:
        """Itself."""
        return self

    async def __anext__(self) -> Any:
        """The next record."""
        for item in self._items:
            return item
        self._begin()
        try:
            while True:
                for item in self._items:
                    return item
                if self._over or not self._planned():
                    raise StopAsyncIteration
                await self._read()
        finally:
            self._reading.release()

    async def _read(self) -> None:
        step, page = self._asked.popleft()
        try:
            answer = page.result()
            if step is not None and not isinstance(page, _Failed):
                answer = await answer
            self._took(step, answer)
        except PostmarkError as error:
            self._explain(error)
            raise
        except BaseException:
            page.cancel()
            self._drop()
            raise
        if self._prefetch:
            self._ask(self._prefetch, self._ahead)

    def _ahead(self, step: Step) -> Job:
        from .background import start  # noqa: PLC0415 - for prefetching alone

        core, operation, given = self._core, self._walk.operation, self._given(step)
        return start(lambda: core.call(operation, **given))

    async def aclose(self) -> None:
        """Stop: nothing more is asked for."""
        self._end()

    def __del__(self) -> None:
        """Abandoning it stops what was asked for ahead, unless its loop is gone and took that along."""
        if hasattr(self, "_asked"):
            with contextlib.suppress(RuntimeError):
                self._end()

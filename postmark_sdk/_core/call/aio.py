"""The asynchronous shell: sends, waits, and nothing else. Its twin is ``sync``."""

from __future__ import annotations

import itertools
import sys
import time
from typing import TYPE_CHECKING, Any, TypeVar

from ..http.failures import failure_of, stranger_in, without_frames
from ..http.outcome import Failure, Reply
from ..http.pooling.connections import NoConnectionError
from ..http.retry import arguments
from .core import Call, Core, Finish, Reader
from .records import interrupted, repeating

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Mapping

    import httpx

    from ..http.pooling.connection import AsyncConnection
    from ..http.pooling.lent import AsyncLentClient
    from ..http.pooling.pool import AsyncPool
    from ..schema.operation import Operation
    from .settings import Settings

T = TypeVar("T")


async def sleep(seconds: float) -> None:
    """Sleep in whichever library runs."""
    import anyio  # noqa: PLC0415 - comes with httpx; only repeats need it

    await anyio.sleep(seconds)


class AsyncCore(Core):
    """A client's calls."""

    def __init__(self, settings: Settings, pool: AsyncPool, sleep: Callable[[float], Awaitable[None]] = sleep) -> None:
        super().__init__(settings, pool.timeout, pool.library)
        self.pool = pool
        self.sleep = sleep

    async def call(self, operation: Operation[Any], *, finish: Finish | None = None, **given: Any) -> Any:
        """Prepare, send, and decode."""
        try:
            call = self.prepare(operation, **given)
        finally:
            given.clear()  # nobody who prints a traceback's variables shall see addresses
        return await self.answer(call, finish or self.finish)

    async def answer(self, call: Call, finish: Callable[[Call, Reply | Failure], T]) -> T:
        """Send and decode, observed if anybody listens."""
        if call.watch is None:
            return finish(call, await self.send(call))
        try:
            result = finish(call, await self.send(call))
        except BaseException as error:
            call.watch.ended(None, error)
            raise
        call.watch.ended(result, None)
        return result

    async def deliver(self, call: Call) -> Reply | Failure:
        """Send for a caller who decodes later, observed if anybody listens."""
        if call.watch is None:
            return await self.send(call)
        try:
            outcome = await self.send(call)
        except BaseException:
            call.watch.delivered(None)
            raise
        call.watch.delivered(outcome)
        return outcome

    async def send(self, call: Call) -> Reply | Failure:
        """Send, and again as far as the retry table allows."""
        question = self.question(call)
        if question is not None:
            self.answered(question, await self.deliver(question), call)
        return await self._tries(call)

    async def _tries(self, call: Call) -> Reply | Failure:
        started = self.settings.policy.clock()
        outcome = await self._attempt(call, 1, started)
        if isinstance(outcome, Reply) and outcome.status == 200:  # noqa: PLR2004 - every success is 200
            return outcome
        return await self._again(call, outcome, started)

    async def _again(self, call: Call, first: Reply | Failure, started: float) -> Reply | Failure:
        from tenacity import AsyncRetrying  # noqa: PLC0415 - only failures pay for it

        pending, numbers = [first], itertools.count(2)

        async def attempt() -> Reply | Failure:
            return pending.pop() if pending else await self._attempt(call, next(numbers), started)

        retrying = AsyncRetrying(
            sleep=self.sleep,
            before_sleep=repeating(call.operation, call.watch.reported if call.watch else None),
            **arguments(call.operation, self.settings.policy, started),
        )
        result: Reply | Failure = await retrying(attempt)
        return result

    async def _attempt(self, call: Call, number: int, started: float) -> Reply | Failure:
        handled, began = sys.exc_info()[1], time.perf_counter()
        try:
            lease = await self.pool.acquire(self.settings.policy.left(started))
        except NoConnectionError as error:
            return self._attempted(call, failure_of(error, handled), number, began)
        whole, began = False, time.perf_counter()
        try:
            outcome = await self._exchange(lease[0], call.request, handled)
            whole = isinstance(outcome, Reply)
        except BaseException as error:  # noqa: BLE001 - it goes on, cleaned
            interrupted(call.operation, error)
            if call.watch is not None:
                call.watch.interrupted(number, time.perf_counter() - began)
            raise without_frames(error, handled)  # noqa: B904 - the same error, without the frames that hold the token
        finally:
            await self.pool.release(lease, whole=whole)
        return self._attempted(call, outcome, number, began)

    async def _exchange(
        self, used: AsyncConnection | AsyncLentClient, request: httpx.Request, handled: BaseException | None
    ) -> Reply | Failure:
        try:
            response = await used.send(request)
            try:
                return await self._read(response, request)
            finally:
                await response.aclose()
        except Exception as error:  # noqa: BLE001 - whatever a transport raises, the caller learns what it means
            stranger = stranger_in(error, handled, lent=used.is_lent)
            if stranger is None:
                return failure_of(error, handled)
        raise stranger

    async def _read(self, response: httpx.Response, request: httpx.Request) -> Reply:
        reader = Reader(response, request.extensions["timeout"]["read"])
        chunks: Any = response.aiter_bytes() if reader.unpacks else response.stream
        async for chunk in chunks:
            reader.feed(chunk)
        return Reply(response.status_code, response.headers, reader.body())

    def pages(
        self,
        operation: Operation[Any],
        *,
        path: str | None,
        query: Mapping[str, Any],
        timeout: Any,
        prefetch: int | None = None,
        **limits: Any,
    ) -> AsyncIterator[Any]:
        """Items of all pages, as they are asked for."""
        from ..paging.cursor import Walk, checked_prefetch  # noqa: PLC0415
        from ..paging.iterators import AsyncPages  # noqa: PLC0415 - sending needs no paging

        walk = Walk(operation, path, query, **limits)
        return AsyncPages(self, walk, timeout, checked_prefetch(prefetch, default=1))

    async def close(self) -> None:
        """Close the connections."""
        await self.pool.close()

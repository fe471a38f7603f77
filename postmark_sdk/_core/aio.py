"""The asynchronous shell: sends, waits, and nothing else. Its twin is ``sync``."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any

from .core import Call, Core, Reader
from .events import attempted, repeating
from .pages import Pager
from .retry import Failure, Reply, arguments
from .transport import AsyncPool, failure_of

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Mapping

    import httpx

    from .operation import Operation
    from .settings import Settings


async def sleep(seconds: float) -> None:
    """Sleep in whichever library runs."""
    import anyio  # noqa: PLC0415 - comes with httpx; only repeats need it

    await anyio.sleep(seconds)


class AsyncCore(Core):
    """A client's calls."""

    def __init__(self, settings: Settings, pool: AsyncPool, sleep: Callable[[float], Awaitable[None]] = sleep) -> None:
        super().__init__(settings)
        self.pool = pool
        self.sleep = sleep

    async def call(self, operation: Operation[Any], **given: Any) -> Any:
        """Prepare, send, and decode."""
        return self.finish(operation, await self.send(self.prepare(operation, **given)))

    async def send(self, call: Call) -> Reply | Failure:
        """Send, and again as far as the retry table allows."""
        started = self.settings.policy.clock()
        outcome = await self._attempt(call, 1)
        if isinstance(outcome, Reply) and outcome.status == 200:  # noqa: PLR2004 - every success is 200
            return outcome
        return await self._again(call, outcome, started)

    async def _again(self, call: Call, first: Reply | Failure, started: float) -> Reply | Failure:
        from tenacity import AsyncRetrying  # noqa: PLC0415 - only failures pay for it

        pending, numbers = [first], itertools.count(2)

        async def attempt() -> Reply | Failure:
            return pending.pop() if pending else await self._attempt(call, next(numbers))

        retrying = AsyncRetrying(
            sleep=self.sleep,
            before_sleep=repeating(call.operation),
            **arguments(call.operation, self.settings.policy, started),
        )
        result: Reply | Failure = await retrying(attempt)
        return result

    async def _attempt(self, call: Call, number: int) -> Reply | Failure:
        client = self.pool.client()
        try:
            response = await client.send(call.request, stream=True, follow_redirects=False)
            try:
                outcome: Reply | Failure = await self._read(response)
            finally:
                await response.aclose()
        except Exception as error:  # noqa: BLE001 - whatever a transport raises, the caller learns what it means
            outcome = failure_of(error)
        outcome.attempts = number
        attempted(call.operation, outcome)
        return outcome

    async def _read(self, response: httpx.Response) -> Reply:
        reader = Reader(response.request.extensions["timeout"]["read"])
        async for chunk in response.aiter_bytes():
            reader.feed(chunk)
        return Reply(response.status_code, response.headers, reader.body())

    async def pages(
        self,
        operation: Operation[Any],
        *,
        path: str | None,
        query: Mapping[str, Any],
        timeout: Any,
        **limits: Any,
    ) -> AsyncIterator[Any]:
        """Items of all pages, one request at a time, as they are asked for."""
        pager = Pager(operation, query, **limits)
        while (wanted := pager.next_query()) is not None:
            for item in pager.feed(await self.call(operation, path=path, query=wanted, timeout=timeout)):
                yield item

    async def close(self) -> None:
        """Close the connections."""
        await self.pool.close()

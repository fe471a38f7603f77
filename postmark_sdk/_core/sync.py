"""The synchronous shell: sends, waits, and nothing else. Its twin is ``aio``."""

from __future__ import annotations

import itertools
import time
from typing import TYPE_CHECKING, Any

from .core import Call, Core, Reader
from .events import attempted, repeating
from .pages import Pager
from .retry import Failure, Reply, arguments
from .transport import SyncPool, failure_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    import httpx

    from .operation import Operation
    from .settings import Settings


class SyncCore(Core):
    """A client's calls."""

    def __init__(self, settings: Settings, pool: SyncPool, sleep: Callable[[float], None] = time.sleep) -> None:
        super().__init__(settings)
        self.pool = pool
        self.sleep = sleep

    def call(self, operation: Operation[Any], **given: Any) -> Any:
        """Prepare, send, and decode."""
        return self.finish(operation, self.send(self.prepare(operation, **given)))

    def send(self, call: Call) -> Reply | Failure:
        """Send, and again as far as the retry table allows."""
        started = self.settings.policy.clock()
        outcome = self._attempt(call, 1)
        if isinstance(outcome, Reply) and outcome.status == 200:  # noqa: PLR2004 - every success is 200
            return outcome
        return self._again(call, outcome, started)

    def _again(self, call: Call, first: Reply | Failure, started: float) -> Reply | Failure:
        from tenacity import Retrying  # noqa: PLC0415 - only failures pay for it

        pending, numbers = [first], itertools.count(2)

        def attempt() -> Reply | Failure:
            return pending.pop() if pending else self._attempt(call, next(numbers))

        retrying = Retrying(
            sleep=self.sleep,
            before_sleep=repeating(call.operation),
            **arguments(call.operation, self.settings.policy, started),
        )
        result: Reply | Failure = retrying(attempt)
        return result

    def _attempt(self, call: Call, number: int) -> Reply | Failure:
        client = self.pool.client()
        try:
            response = client.send(call.request, stream=True, follow_redirects=False)
            try:
                outcome: Reply | Failure = self._read(response)
            finally:
                response.close()
        except Exception as error:  # noqa: BLE001 - whatever a transport raises, the caller learns what it means
            outcome = failure_of(error)
        outcome.attempts = number
        attempted(call.operation, outcome)
        return outcome

    def _read(self, response: httpx.Response) -> Reply:
        reader = Reader(response.request.extensions["timeout"]["read"])
        for chunk in response.iter_bytes():
            reader.feed(chunk)
        return Reply(response.status_code, response.headers, reader.body())

    def pages(
        self,
        operation: Operation[Any],
        *,
        path: str | None,
        query: Mapping[str, Any],
        timeout: Any,
        **limits: Any,
    ) -> Iterator[Any]:
        """Items of all pages, one request at a time, as they are asked for."""
        pager = Pager(operation, query, **limits)
        while (wanted := pager.next_query()) is not None:
            yield from pager.feed(self.call(operation, path=path, query=wanted, timeout=timeout))

    def close(self) -> None:
        """Close the connections."""
        self.pool.close()

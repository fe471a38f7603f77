"""The synchronous shell: sends, waits, and nothing else. Its twin is ``aio``."""

from __future__ import annotations

import copy
import itertools
import sys
import time
from typing import TYPE_CHECKING, Any, TypeVar

from ..http.failures import failure_of, stranger_in, without_frames
from ..http.outcome import Failure, Reply
from ..http.pooling.connections import NoConnectionError
from ..http.retry import arguments
from .core import Call, Core, Finish, Reader
from .hints import hint_at_async
from .records import interrupted, repeating

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    import httpx

    from ..http.pooling.connection import Connection
    from ..http.pooling.lent import LentClient
    from ..http.pooling.pool import SyncPool
    from ..schema.operation import Operation
    from .settings import Settings

T = TypeVar("T")


class SyncCore(Core):
    """A client's calls."""

    def __init__(self, settings: Settings, pool: SyncPool, sleep: Callable[[float], None] = time.sleep) -> None:
        super().__init__(settings, pool.timeout, pool.library)
        self.pool = pool
        self.sleep = sleep

    def call(self, operation: Operation[Any], *, finish: Finish | None = None, **given: Any) -> Any:
        """Prepare, send, and decode."""
        try:
            call = self.prepare(operation, **given)
        finally:
            given.clear()  # nobody who prints a traceback's variables shall see addresses
        return self.answer(call, finish or self.finish)

    def answer(self, call: Call, finish: Callable[[Call, Reply | Failure], T]) -> T:
        """Send and decode, observed if anybody listens."""
        if call.watch is None:
            return finish(call, self.send(call))
        try:
            result = finish(call, self.send(call))
        except BaseException as error:
            call.watch.ended(None, error)
            raise
        call.watch.ended(result, None)
        return result

    def deliver(self, call: Call) -> Reply | Failure:
        """Send for a caller who decodes later, observed if anybody listens."""
        if call.watch is None:
            return self.send(call)
        try:
            outcome = self.send(call)
        except BaseException:
            call.watch.delivered(None)
            raise
        call.watch.delivered(outcome)
        return outcome

    def send(self, call: Call) -> Reply | Failure:
        """Send, and again as far as the retry table allows."""
        question = self.question(call)
        if question is not None:
            self.answered(question, self.deliver(question), call)
        return self._tries(call)

    def _tries(self, call: Call) -> Reply | Failure:
        hint_at_async()
        started = self.settings.policy.clock()
        outcome = self._attempt(call, 1, started)
        if isinstance(outcome, Reply) and outcome.status == 200:  # noqa: PLR2004 - every success is 200
            return outcome
        return self._again(call, outcome, started)

    def _again(self, call: Call, first: Reply | Failure, started: float) -> Reply | Failure:
        from tenacity import Retrying  # noqa: PLC0415 - only failures pay for it

        pending, numbers = [first], itertools.count(2)

        def attempt() -> Reply | Failure:
            return pending.pop() if pending else self._attempt(call, next(numbers), started)

        retrying = Retrying(
            sleep=self.sleep,
            before_sleep=repeating(call.operation, call.watch.reported if call.watch else None),
            **arguments(call.operation, self.settings.policy, started),
        )
        result: Reply | Failure = retrying(attempt)
        return result

    def _attempt(self, call: Call, number: int, started: float) -> Reply | Failure:
        handled, began = sys.exc_info()[1], time.perf_counter()
        try:
            used = self.pool.acquire(self.settings.policy.left(started))
        except NoConnectionError as error:
            return self._attempted(call, failure_of(error, handled), number, began)
        whole, began = False, time.perf_counter()
        try:
            outcome = self._exchange(used, call.request, handled)
            whole = isinstance(outcome, Reply)
        except BaseException as error:  # noqa: BLE001 - it goes on, cleaned
            interrupted(call.operation, error)
            if call.watch is not None:
                call.watch.interrupted(number, time.perf_counter() - began)
            raise without_frames(error, handled)  # noqa: B904 - the same error, without the frames that hold the token
        finally:
            self.pool.release(used, whole=whole)
        return self._attempted(call, outcome, number, began)

    def _exchange(
        self, used: Connection | LentClient, request: httpx.Request, handled: BaseException | None
    ) -> Reply | Failure:
        try:
            response = used.send(request)
            try:
                return self._read(response, request)
            finally:
                response.close()
        except Exception as error:  # noqa: BLE001 - whatever a transport raises, the caller learns what it means
            stranger = stranger_in(error, handled, lent=used.is_lent)
            if stranger is None:
                return failure_of(error, handled)
        raise stranger

    def _read(self, response: httpx.Response, request: httpx.Request) -> Reply:
        reader = Reader(response, request.extensions["timeout"]["read"])
        chunks: Any = response.iter_bytes() if reader.unpacks else response.stream
        for chunk in chunks:
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
    ) -> Iterator[Any]:
        """Items of all pages, as they are asked for."""
        from ..paging.cursor import Walk, checked_prefetch  # noqa: PLC0415
        from ..paging.iterators import Pages  # noqa: PLC0415 - sending needs no paging

        walk = Walk(operation, path, query, **limits)
        return Pages(self, walk, timeout, checked_prefetch(prefetch, default=0))

    def with_sleep(self, sleep: Callable[[float], None]) -> SyncCore:
        """The same core that pauses in another way."""
        other = copy.copy(self)
        other.sleep = sleep
        return other

    def close(self) -> None:
        """Close the connections."""
        self.pool.close()

"""Sending many, following bulk requests, and finding out about sends of unknown outcome: sync and async twins."""

from __future__ import annotations

import contextlib
import inspect
from collections.abc import AsyncIterable, Callable, Iterable
from typing import TYPE_CHECKING, Any, Literal, cast

from .. import _types as _t
from .._core.schema.generated import generated
from ..errors import MessageRef, NotFoundError, OutcomeUnknownError, PostmarkError, RequestTimeoutError

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Iterator
    from concurrent.futures import Future

    from .._core.call.aio import AsyncCore
    from .._core.call.many import Run
    from .._core.call.sync import SyncCore
    from .._core.http.outcome import Failure, Reply
    from .._core.mail.chunk import Chunk
    from .._core.mail.report import SendReport
    from .._generated.resources.emails import AsyncEmailsResource, EmailsResource

    Pending = dict[Future[Reply | Failure], Chunk]


class EmailsMixin:
    """What one call alone cannot do."""

    __slots__ = ()

    if TYPE_CHECKING:
        _core: Callable[[], SyncCore]

    def send_many(
        self,
        messages: Iterable[_t.Mail],
        *,
        concurrency: int = 1,
        on_progress: Callable[[_t.SendReport], object] | None = None,
        trace: bool | str | None = False,
        on_unknown: Literal["stop", "continue"] = "stop",
        timeout: _t.Timeout = None,
    ) -> _t.SendReport:
        """Send any number of messages, plain ones and templated ones in any order.

        They go out in calls of at most 500 messages and 50 MB each, through ``POST /email/batch`` and
        ``POST /email/batchWithTemplates``. Only the calls on their way are in memory, so a generator may yield
        millions. A message that is wrong is refused in the report and does not keep the others back.

        Args:
            messages: Any iterable of messages, as models, dicts or messages of the standard library.
            concurrency: Calls on their way at a time, each in a thread of its own. The iterable is read in this thread.
            on_progress: Called after every call with the report so far.
            trace: Mark the messages in ``metadata`` under ``sdk_trace``, one of the ten keys, and ``sdk_call``, if a
                second is free, so that ``resolve`` can find them. A text of your own, numbered by place
                (``order-7.0``), is found again even after a crash.
            on_unknown: What to do after a call without a trustworthy answer. ``stop``: raise its
                ``OutcomeUnknownError``. ``continue``: make the next calls; its messages are ``unknown`` in the report,
                the error is in ``report.errors``, and ``resolve(report)`` looks for all of them. Any other failure
                still ends it.
            timeout: Seconds to wait for the server in each call, or an ``httpx.Timeout``.

        Returns:
            What became of each message, in the order of the input. ``ok`` tells whether all were accepted.

        Raises:
            PostmarkError: A call failed as a whole; no further one was made. ``report`` on it tells what became of
                each message so far. Whatever else ends it early, an exception of the iterable, Ctrl-C, carries it too.
        """
        from .._core.call.many import Run  # noqa: PLC0415 - single sends do without it

        run = Run(self._core(), messages, concurrency=concurrency, trace=trace, on_unknown=on_unknown, timeout=timeout)
        try:
            if concurrency == 1:
                _send_in_turn(self._core(), run, on_progress)
            else:
                _send_in_threads(self._core(), run, concurrency, on_progress)
            return run.result()
        except BaseException as error:
            run.left_with(error)
            raise

    def wait_for_bulk(
        self,
        bulk_request_id: str,
        *,
        timeout: float = 300.0,
        on_progress: Callable[[_t.BulkRequest], object] | None = None,
    ) -> _t.BulkRequest:
        """Ask how far a bulk request is until nothing more will happen to it.

        ``GET /email/bulk/{bulk_request_id}``, server token, at growing intervals of 1 to 15 seconds.

        Args:
            bulk_request_id: The ``id`` that ``send_bulk`` returned.
            timeout: Seconds after which to give up.
            on_progress: Called with every answer.

        Returns:
            The request, completed, cancelled or failed.

        Raises:
            RequestTimeoutError: It was still under way at the end of the time; ask again with the same id.
            NotFoundError: No such request (code 12).
            InvalidRequestError: The account may not use the bulk API (code 14).
        """
        from .._core.mail.resolve import Patience  # noqa: PLC0415 - sending does without

        patience = Patience(timeout)
        while True:
            state = cast("EmailsResource", self).get_bulk(bulk_request_id)
            if on_progress is not None:
                on_progress(state)
            if state.finished:
                return state
            pause = patience.pause()
            if pause is None:
                raise _still_under_way(timeout)
            self._core().sleep(pause)

    def resolve(
        self,
        error: OutcomeUnknownError | MessageRef | _t.SendReport | str,
        *,
        timeout: float = 60.0,
        message_stream: str | None = None,
        search_timeout: _t.Timeout = None,
    ) -> _t.Resolution:
        """Find out whether Postmark took messages whose call had no trustworthy answer.

        It looks for the marks that ``trace`` put into the messages, in growing intervals until all are found or the
        time is up, through ``GET /messages/outbound``, server token. Messages of a call that share a mark are found
        with one search for 500, the others with one each. It never sends anything. Only a record that has a message's
        own mark is believed: where a search leaves metadata out, the record's details are read.

        Args:
            error: The error, one of its ``messages``, the report of ``send_many`` for all that are unknown in it, or a
                mark: of a single send the text that was given as ``trace``, of several that text with the place, such
                as ``order-7.0``.
            timeout: Seconds to look for them; of very many, some may not have been looked for. 0: each is looked for
                once, however long that takes. How long Postmark takes to make a message findable is not documented.
            message_stream: The stream to look at, since a search looks at one. None: the one that the error knows, and
                all streams of the server for a mark alone.
            search_timeout: Seconds to wait for the server in each search, or an ``httpx.Timeout``.

        Returns:
            ``accepted`` with the results, ``not_found_yet``, or ``cannot_tell`` if the call was made without ``trace``.
        """
        from .._core.mail.resolve import Search  # noqa: PLC0415 - sending does without

        search, outbound = Search(error, timeout, message_stream=message_stream), _outbound(self._core())
        if search.lookup.needs_streams:
            streams = _streams(self._core()).list(include_archived_streams=True, timeout=search_timeout)
            search.lookup.look_at(streams)
        while True:
            for look in search.looks():
                for message_id in look.take(outbound.list(**look.query, timeout=search_timeout)):
                    with contextlib.suppress(NotFoundError):  # a search may show what is not there yet
                        look.detailed(outbound.get(message_id, timeout=search_timeout))
            pause = search.pause()
            if pause is None:
                return search.resolution()
            self._core().sleep(pause)


class AsyncEmailsMixin:
    """What one call alone cannot do."""

    __slots__ = ()

    if TYPE_CHECKING:
        _core: Callable[[], AsyncCore]

    async def send_many(
        self,
        messages: Iterable[_t.Mail] | AsyncIterable[_t.Mail],
        *,
        concurrency: int = 1,
        on_progress: Callable[[_t.SendReport], object] | None = None,
        trace: bool | str | None = False,
        on_unknown: Literal["stop", "continue"] = "stop",
        timeout: _t.Timeout = None,
    ) -> _t.SendReport:
        """Send any number of messages, plain ones and templated ones in any order.

        They go out in calls of at most 500 messages and 50 MB each, through ``POST /email/batch`` and
        ``POST /email/batchWithTemplates``. Only the calls on their way are in memory, so a generator may yield
        millions. A message that is wrong is refused in the report and does not keep the others back.

        Args:
            messages: Any iterable or async iterable of messages, as models, dicts or messages of the standard library.
            concurrency: Calls on their way at a time.
            on_progress: Called after every call with the report so far; what it returns is awaited if it can be.
            trace: Mark the messages in ``metadata`` under ``sdk_trace``, one of the ten keys, and ``sdk_call``, if a
                second is free, so that ``resolve`` can find them. A text of your own, numbered by place
                (``order-7.0``), is found again even after a crash.
            on_unknown: What to do after a call without a trustworthy answer. ``stop``: raise its
                ``OutcomeUnknownError``. ``continue``: make the next calls; its messages are ``unknown`` in the report,
                the error is in ``report.errors``, and ``resolve(report)`` looks for all of them. Any other failure
                still ends it.
            timeout: Seconds to wait for the server in each call, or an ``httpx.Timeout``.

        Returns:
            What became of each message, in the order of the input. ``ok`` tells whether all were accepted.

        Raises:
            PostmarkError: A call failed as a whole; no further one was made. ``report`` on it tells what became of
                each message so far. Whatever else ends it early, an exception of the iterable, cancellation, carries
                it too.
        """
        from .._core.call.many import Run  # noqa: PLC0415 - single sends do without it

        run = Run(self._core(), messages, concurrency=concurrency, trace=trace, on_unknown=on_unknown, timeout=timeout)
        try:
            if concurrency == 1:
                await _asend_in_turn(self._core(), run, on_progress)
            else:
                await _asend_in_tasks(self._core(), run, concurrency, on_progress)
            return run.result()
        except BaseException as error:
            run.left_with(error)
            raise

    async def wait_for_bulk(
        self,
        bulk_request_id: str,
        *,
        timeout: float = 300.0,
        on_progress: Callable[[_t.BulkRequest], object] | None = None,
    ) -> _t.BulkRequest:
        """Ask how far a bulk request is until nothing more will happen to it.

        ``GET /email/bulk/{bulk_request_id}``, server token, at growing intervals of 1 to 15 seconds.

        Args:
            bulk_request_id: The ``id`` that ``send_bulk`` returned.
            timeout: Seconds after which to give up.
            on_progress: Called with every answer; what it returns is awaited if it can be.

        Returns:
            The request, completed, cancelled or failed.

        Raises:
            RequestTimeoutError: It was still under way at the end of the time; ask again with the same id.
            NotFoundError: No such request (code 12).
            InvalidRequestError: The account may not use the bulk API (code 14).
        """
        from .._core.mail.resolve import Patience  # noqa: PLC0415 - sending does without

        patience = Patience(timeout)
        while True:
            state = await cast("AsyncEmailsResource", self).get_bulk(bulk_request_id)
            await _told(on_progress, state)
            if state.finished:
                return state
            pause = patience.pause()
            if pause is None:
                raise _still_under_way(timeout)
            await self._core().sleep(pause)

    async def resolve(
        self,
        error: OutcomeUnknownError | MessageRef | _t.SendReport | str,
        *,
        timeout: float = 60.0,
        message_stream: str | None = None,
        search_timeout: _t.Timeout = None,
    ) -> _t.Resolution:
        """Find out whether Postmark took messages whose call had no trustworthy answer.

        It looks for the marks that ``trace`` put into the messages, in growing intervals until all are found or the
        time is up, through ``GET /messages/outbound``, server token. Messages of a call that share a mark are found
        with one search for 500, the others with one each. It never sends anything. Only a record that has a message's
        own mark is believed: where a search leaves metadata out, the record's details are read.

        Args:
            error: The error, one of its ``messages``, the report of ``send_many`` for all that are unknown in it, or a
                mark: of a single send the text that was given as ``trace``, of several that text with the place, such
                as ``order-7.0``.
            timeout: Seconds to look for them; of very many, some may not have been looked for. 0: each is looked for
                once, however long that takes. How long Postmark takes to make a message findable is not documented.
            message_stream: The stream to look at, since a search looks at one. None: the one that the error knows, and
                all streams of the server for a mark alone.
            search_timeout: Seconds to wait for the server in each search, or an ``httpx.Timeout``.

        Returns:
            ``accepted`` with the results, ``not_found_yet``, or ``cannot_tell`` if the call was made without ``trace``.
        """
        from .._core.mail.resolve import Search  # noqa: PLC0415 - sending does without

        search, outbound = Search(error, timeout, message_stream=message_stream), _aoutbound(self._core())
        if search.lookup.needs_streams:
            streams = await _astreams(self._core()).list(include_archived_streams=True, timeout=search_timeout)
            search.lookup.look_at(streams)
        while True:
            for look in search.looks():
                for message_id in look.take(await outbound.list(**look.query, timeout=search_timeout)):
                    with contextlib.suppress(NotFoundError):  # a search may show what is not there yet
                        look.detailed(await outbound.get(message_id, timeout=search_timeout))
            pause = search.pause()
            if pause is None:
                return search.resolution()
            await self._core().sleep(pause)


# --- one after the other --------------------------------------------------------------------------------------------


def _send_in_turn(core: SyncCore, run: Run, on_progress: Callable[[SendReport], object] | None) -> None:
    for chunk in run.chunks():
        if not _send_one(core, run, chunk, on_progress):
            return


def _send_one(core: SyncCore, run: Run, chunk: Chunk, on_progress: Callable[[SendReport], object] | None) -> bool:
    try:
        run.arrived(chunk, core.deliver(run.leave(chunk)))
    except PostmarkError as error:  # it did not even leave
        run.failed(chunk, error)
    if on_progress is not None:
        on_progress(run.report)
    return run.failure is None


async def _asend_in_turn(core: AsyncCore, run: Run, on_progress: Callable[[SendReport], object] | None) -> None:
    async with _chunks(run) as chunks:
        async for chunk in chunks:
            if not await _asend_one(core, run, chunk, on_progress):
                return


async def _asend_one(
    core: AsyncCore, run: Run, chunk: Chunk, on_progress: Callable[[SendReport], object] | None
) -> bool:
    try:
        run.arrived(chunk, await core.deliver(run.leave(chunk)))
    except PostmarkError as error:  # it did not even leave
        run.failed(chunk, error)
    await _told(on_progress, run.report)
    return run.failure is None


# --- several at a time ----------------------------------------------------------------------------------------------


def _send_in_threads(
    core: SyncCore, run: Run, concurrency: int, on_progress: Callable[[SendReport], object] | None
) -> None:
    from concurrent.futures import ThreadPoolExecutor  # noqa: PLC0415 - only for those who ask for threads

    from .._core.call.many import GRACE_SECONDS  # noqa: PLC0415 - loaded by then

    pending: Pending = {}
    executor = ThreadPoolExecutor(concurrency, thread_name_prefix="postmark-send")
    try:
        for chunk in run.chunks():
            while len(pending) >= concurrency:
                _collect(run, pending, on_progress)
            if run.failure is not None:
                break
            pending[executor.submit(_sent, core, run, chunk)] = chunk
        while pending:
            _collect(run, pending, on_progress)
    except Exception:  # of the caller's iterable or on_progress: there is time for all answers
        _let_go(run, pending, None)
        raise
    finally:
        try:
            _let_go(run, pending, GRACE_SECONDS)
        finally:
            run.end()
            executor.shutdown(wait=not pending, cancel_futures=True)


def _sent(core: SyncCore, run: Run, chunk: Chunk) -> Reply | Failure:
    return core.deliver(run.leave(chunk))


def _collect(run: Run, pending: Pending, on_progress: Callable[[SendReport], object] | None) -> None:
    """Wait for an answer and take all that are there."""
    from concurrent.futures import FIRST_COMPLETED, wait  # noqa: PLC0415 - loaded by then

    for future in wait(pending, return_when=FIRST_COMPLETED).done:
        _take(run, pending, future)
        if on_progress is not None:
            on_progress(run.report)


def _take(run: Run, pending: Pending, future: Future[Reply | Failure]) -> None:
    """Store an answer; it is pending until that is done."""
    error = future.exception()
    try:
        if error is None:
            run.arrived(pending[future], future.result())
        elif isinstance(error, PostmarkError):
            run.failed(pending[future], error)
        del pending[future]
        if not isinstance(error, PostmarkError | None):
            raise error
    finally:
        del error  # its traceback holds this frame


def _let_go(run: Run, pending: Pending, seconds: float | None) -> None:
    """At an early end: what answers in time is known, the rest is of unknown outcome."""
    if not pending:
        return
    from concurrent.futures import wait  # noqa: PLC0415 - loaded by then

    for future in wait(pending, timeout=seconds).done:
        _take(run, pending, future)


async def _asend_in_tasks(
    core: AsyncCore, run: Run, concurrency: int, on_progress: Callable[[SendReport], object] | None
) -> None:
    import anyio  # noqa: PLC0415 - comes with httpx; only for those who ask for tasks

    room = anyio.Semaphore(concurrency)
    stopped: list[BaseException] = []

    async def work(chunk: Chunk) -> None:
        try:
            with _kept(stopped, group):
                await _asend_one(core, run, chunk, on_progress)
        finally:
            room.release()

    async def start(group: Any, chunk: Chunk) -> bool:
        await room.acquire()
        if run.failure is not None or stopped:
            room.release()
            return False
        group.start_soon(work, chunk)
        return True

    async with anyio.create_task_group() as group:
        with _kept(stopped, group):
            async with _chunks(run) as chunks:
                async for chunk in chunks:
                    if not await start(group, chunk):
                        break
    for each in stopped:
        raise each


@contextlib.contextmanager
def _kept(stopped: list[BaseException], group: Any) -> Iterator[None]:
    """Keep what the caller's code raises until all answers are there; Ctrl-C and the like do not wait for them.

    Raised inside, it would come out in an exception group.
    """
    import anyio  # noqa: PLC0415 - loaded by then

    try:
        yield
    except (anyio.get_cancelled_exc_class(), GeneratorExit):
        raise
    except BaseException as error:  # noqa: BLE001 - it is raised in the end
        stopped.append(error)
        if not isinstance(error, Exception):
            group.cancel_scope.cancel()


def _chunks(run: Run) -> contextlib.aclosing[AsyncGenerator[Chunk, None]]:
    """All chunks of either kind of iterable; an async generator of the caller's is closed where it has its loop."""
    return contextlib.aclosing(_of_async(run) if hasattr(run.source, "__aiter__") else _of_sync(run))


async def _of_sync(run: Run) -> AsyncGenerator[Chunk, None]:
    for chunk in run.chunks():
        yield chunk


async def _of_async(run: Run) -> AsyncGenerator[Chunk, None]:
    messages = aiter(run.source)
    try:
        with contextlib.suppress(StopAsyncIteration):
            while True:
                run.drawn.append(await anext(messages))
                for chunk in run.full():
                    yield chunk
    finally:
        if hasattr(messages, "aclose"):
            await messages.aclose()
    for chunk in run.rest():
        yield chunk


async def _told(listener: Callable[[Any], object] | None, value: object) -> None:
    if listener is not None:
        result = listener(value)
        if inspect.isawaitable(result):
            await result


# --- the rest -------------------------------------------------------------------------------------------------------


def _outbound(core: SyncCore) -> Any:
    return generated("resources.outbound").OutboundResource(lambda: core)


def _aoutbound(core: AsyncCore) -> Any:
    return generated("resources.outbound").AsyncOutboundResource(lambda: core)


def _streams(core: SyncCore) -> Any:
    return generated("resources.message_streams").MessageStreamsResource(lambda: core)


def _astreams(core: AsyncCore) -> Any:
    return generated("resources.message_streams").AsyncMessageStreamsResource(lambda: core)


def _still_under_way(seconds: float) -> RequestTimeoutError:
    return RequestTimeoutError(
        f"the bulk request was still under way after {seconds:g} s; it goes on, ask again with its id",
        operation="emails.wait_for_bulk",
        method="GET",
        path="/email/bulk/{bulk_request_id}",
    )

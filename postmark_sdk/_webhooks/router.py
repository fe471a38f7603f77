"""From a webhook call to the function that handles it, and to the answer that makes Postmark repeat it or not."""

from __future__ import annotations

import functools
import inspect
import json
from collections.abc import Awaitable, Callable, Generator, Mapping
from typing import Any, NamedTuple, TypeAlias, TypeVar, overload

from .._behavior.events import Event
from .._core.schema.log import logger
from .._generated.events import EVENT_MODELS
from ..errors import ConfigurationError, DecodeError
from .auth import WebhookAuth, as_auth
from .errors import WebhookError, warn_open
from .parsing import MAX_BODY_BYTES, announced_length, parse, too_large
from .stores import EventStore, MemoryStore
from .threads import ThreadCall, finisher

Body: TypeAlias = bytes | bytearray | memoryview | str | Mapping[str, Any]
RunSync: TypeAlias = Callable[[Callable[[], Any]], Awaitable[Any]]

__all__ = ["WebhookAnswer", "WebhookRouter"]

E1 = TypeVar("E1", bound=Event)
E2 = TypeVar("E2", bound=Event)
E3 = TypeVar("E3", bound=Event)
H = TypeVar("H", bound=Callable[..., Any])
H1 = TypeVar("H1", bound="Callable[[Any], Any]")


class WebhookAnswer(NamedTuple):
    """What to answer. Postmark only looks at the status."""

    status: int
    outcome: str
    """``handled``, ``ignored`` (no handler), ``duplicate``, ``busy``, ``failed``, or why the call was refused."""
    headers: Mapping[str, str] = {}

    @property
    def body(self) -> bytes:
        """The outcome as JSON."""
        return json.dumps({"outcome": self.outcome}).encode()


_HANDLED = WebhookAnswer(200, "handled")
_IGNORED = WebhookAnswer(200, "ignored")
_DUPLICATE = WebhookAnswer(200, "duplicate")
_BUSY = WebhookAnswer(503, "busy", {"Retry-After": "60"})
_FAILED = WebhookAnswer(500, "failed")
_UNAUTHORIZED = 401


class _Step(NamedTuple):
    """Something to call; whether it may hold up an event loop."""

    call: Callable[[], Any]
    blocking: bool = True


class WebhookRouter:
    """Hands each event to the function registered for its kind.

    What is answered, and so what Postmark does:

    * 200 after the handler returned, for kinds without handler, and for duplicates. Always exactly 200: inbound mail
      and the check of a webhook's URL accept nothing else.
    * 500 after the handler raised: Postmark tries again, six times in 51 minutes (inbound mail ten times in ten hours).
      The error is logged with its traceback.
    * 503 while another call handles the same event: the same.
    * 401, 405, 411, 413, 400: refused; see ``WebhookAuth`` for the first. Bodies are not read before the first four.

    Handlers may be plain functions or coroutine functions, under every adapter: plain ones run in a worker thread where
    there is an event loop, coroutine functions in a loop of their own where there is none.

    A slow body is not timed here but by the server (``--timeout-keep-alive``, ``timeout``, a proxy in front).

    Args:
        auth: What a call must show; a pair is a user and password. None: nothing, with a warning.
        store: Where to remember handled events, so that one that arrives again is not handled again. None: nowhere.
        max_bytes: Bytes that a body may have; 50 MB unless given. Twice that for servers with ``RawEmailEnabled``.

    Raises:
        ConfigurationError: ``auth`` is something else.

    Warns:
        OpenWebhookWarning: ``auth`` is None.
    """

    def __init__(
        self,
        *,
        auth: WebhookAuth | tuple[str, str] | None = None,
        store: EventStore | None = None,
        max_bytes: int = MAX_BODY_BYTES,
    ) -> None:
        if auth is None:
            warn_open(2)
        self.max_bytes = max_bytes
        self._auth = as_auth(auth)
        self._store = store
        self._handlers: dict[type[Event], Callable[[Any], Any]] = {}
        self._fallback: Callable[[Any], Any] | None = None

    # --- registering ----------------------------------------------------------------------------------------------

    @overload
    def on(self, kind: type[E1], /) -> Callable[[Callable[[E1], Any]], Callable[[E1], Any]]: ...

    @overload
    def on(
        self, kind: type[E1], other: type[E2], /
    ) -> Callable[[Callable[[E1 | E2], Any]], Callable[[E1 | E2], Any]]: ...

    @overload
    def on(
        self, kind: type[E1], other: type[E2], third: type[E3], /
    ) -> Callable[[Callable[[E1 | E2 | E3], Any]], Callable[[E1 | E2 | E3], Any]]: ...

    @overload
    def on(self, *kinds: type[Event]) -> Callable[[H], H]: ...

    def on(self, *kinds: type[Event]) -> Callable[[Any], Any]:
        """Register a function for events of these kinds, as a decorator.

        One function for each kind: were there two, the first would run again whenever the second fails.

        Raises:
            ConfigurationError: No kind, not a class of events, or the kind has a function already.
        """
        if not kinds:
            raise ConfigurationError("on: name the kinds, such as on(BounceEvent); all others are for fallback")
        for kind in kinds:
            if not _is_event(kind):
                raise ConfigurationError(f"on: {_no_kind(kind)}")
            if kind in self._handlers:
                raise ConfigurationError(f"on: {kind.__name__} has a function already; call the other one from it")

        def register(handler: Callable[[Any], Any]) -> Callable[[Any], Any]:
            self._handlers.update(dict.fromkeys(kinds, handler))
            return handler

        return register

    def fallback(self, handler: H1) -> H1:
        """Register a function for all other events, as a decorator.

        Raises:
            ConfigurationError: There is one already.
        """
        if self._fallback is not None:
            raise ConfigurationError("fallback: there is one already")
        self._fallback = handler
        return handler

    @property
    def kinds(self) -> tuple[type[Event], ...]:
        """The kinds that functions are registered for."""
        return tuple(self._handlers)

    # --- handling -------------------------------------------------------------------------------------------------

    def handle(
        self, body: Body, *, headers: Mapping[str, str], peer: str | None = None, method: str = "POST"
    ) -> WebhookAnswer:
        """Check and handle a call, wherever it came from. Nothing is raised but what ends the process.

        Args:
            body: The body.
            headers: HTTP headers, under names of any case.
            peer: Address that the connection comes from; needed for ``networks`` only.
            method: HTTP method.

        Returns:
            What to answer.
        """
        return self.refusal(method, headers, peer) or self.dispatch(body, headers)

    async def handle_async(
        self, body: Body, *, headers: Mapping[str, str], peer: str | None = None, method: str = "POST"
    ) -> WebhookAnswer:
        """The same as ``handle``, in an event loop."""
        return self.refusal(method, headers, peer) or await self.dispatch_async(body, headers)

    def refusal(self, method: str, headers: Mapping[str, str], peer: str | None) -> WebhookAnswer | None:
        """For adapters: what to answer without reading the body, None if it is worth reading."""
        if method != "POST":
            return WebhookAnswer(405, "only POST is accepted", {"Allow": "POST"})
        try:
            if self._auth is not None:
                self._auth.check(headers, peer)
            self.check_length(
                next((value for name, value in headers.items() if name.lower() == "content-length"), None)
            )
        except WebhookError as error:
            return self.refused(error)
        return None

    def check_length(self, announced: str | None) -> None:
        """For adapters: refuse a body that announces itself as too large.

        Raises:
            WebhookError: It does; ``status_code`` is 413.
        """
        length = announced_length(announced)
        if length is not None and length > self.max_bytes:
            raise too_large(self.max_bytes)

    def refused(self, error: WebhookError | DecodeError) -> WebhookAnswer:
        """For adapters: the answer that an error means."""
        logger.warning("a webhook call was refused with %d: %s", error.status_code, error.reason)
        if error.status_code == _UNAUTHORIZED:
            return WebhookAnswer(error.status_code, "unauthorized", self._auth.challenge if self._auth else {})
        return WebhookAnswer(error.status_code, error.reason)

    def dispatch(self, body: Body, headers: Mapping[str, str]) -> WebhookAnswer:
        """For adapters: handle a call that was checked before."""
        event = self._parsed(body, headers)
        return event if isinstance(event, WebhookAnswer) else _pump(self._flow(event))

    async def dispatch_async(
        self, body: Body, headers: Mapping[str, str], run_sync: RunSync | None = None
    ) -> WebhookAnswer:
        """For adapters: handle a call that was checked before; ``run_sync`` awaits a plain function's result."""
        event = self._parsed(body, headers)
        if isinstance(event, WebhookAnswer):
            return event
        return await _pump_async(self._flow(event), run_sync or _in_thread)

    def _parsed(self, body: Body, headers: Mapping[str, str]) -> Any:
        try:
            return parse(body, headers=headers, max_bytes=self.max_bytes)
        except (WebhookError, DecodeError) as error:
            return self.refused(error)

    def _flow(self, event: Event) -> Generator[_Step, Any, WebhookAnswer]:
        """What is to be done about an event, step by step: yields what to call, gets what it returned or raised."""
        handler = self._handlers.get(type(event), self._fallback)
        if handler is None:
            return _IGNORED
        try:
            key = event.dedupe_key if self._store is not None else ""
            claim = yield from self._claim(key)
        except Exception as error:  # noqa: BLE001 - a broken store must not lose the event
            return _failed(event, "the store", error)
        if claim != "new":
            return _DUPLICATE if claim == "done" else _BUSY
        call: Any = functools.partial(handler, event)
        if not _is_coroutine(handler):
            call = ThreadCall(call)
        try:
            yield _Step(call)
        except BaseException as error:
            if not self._is_left(call, key):
                yield from self._settle(key, handled=False)
            if not isinstance(error, Exception):
                raise
            return _failed(event, "the handler", error)
        yield from self._settle(key, handled=True)
        return _HANDLED

    def _claim(self, key: str) -> Generator[_Step, Any, str]:
        if self._store is None:
            return "new"
        call: Any = functools.partial(self._store.claim, key)
        if self._blocks and not _is_coroutine(call):
            call = ThreadCall(call)
        try:
            claim: str = yield _Step(call, self._blocks)
        except BaseException:
            self._is_left(call, key, claims=True)
            raise
        return claim

    def _is_left(self, call: Any, key: str, *, claims: bool = False) -> bool:
        """Whether a thread is still at it after the call was cancelled: the claim ends then when the thread has."""
        if self._store is None or not isinstance(call, ThreadCall):
            return False
        finish, settle = finisher(), functools.partial(self._store.settle, key)

        def after(result: Any, error: BaseException | None) -> None:
            if error is not None and not claims:
                logger.error("the handler of a cancelled webhook call raised %s", type(error).__name__, exc_info=error)
            unfinished = inspect.iscoroutine(result)
            if unfinished:
                result.close()
            if not claims or result == "new":
                finish(functools.partial(settle, handled=not (claims or unfinished or error is not None)))

        return call.leave(after)

    def _settle(self, key: str, *, handled: bool) -> Generator[_Step, Any, None]:
        if self._store is None:
            return
        try:
            yield _Step(functools.partial(self._store.settle, key, handled=handled), self._blocks)
        except Exception as error:  # noqa: BLE001 - what the handler did stands; the claim ends by itself
            logger.error("a webhook event could not be settled: %s", type(error).__name__, exc_info=error)

    @property
    def _blocks(self) -> bool:
        return not isinstance(self._store, MemoryStore)


def _is_event(kind: Any) -> bool:
    return isinstance(kind, type) and issubclass(kind, Event)


def _no_kind(given: Any) -> str:
    """What to say of something else: the records of the API have names much like those of events."""
    name = getattr(given, "__name__", type(given).__name__)
    meant = f"{name}Event" if f"{name.lower()}_event" in EVENT_MODELS.values() else "a class such as BounceEvent"
    return f"{name} is no kind of event; write {meant}, from postmark_sdk.webhooks"


def _failed(event: Event, what: str, error: BaseException) -> WebhookAnswer:
    # The traceback holds the application's own words; this line holds nothing of the event but its kind.
    logger.error(
        "%s of a %s webhook raised %s; answered 500, so Postmark will try again",
        what,
        event.__kind__,
        type(error).__name__,
        exc_info=error,
    )
    return _FAILED


def _pump(flow: Generator[_Step, Any, WebhookAnswer]) -> WebhookAnswer:
    resume: Callable[[], _Step] = functools.partial(next, flow)
    try:
        while True:
            resume = _resumption(flow, resume())
    except StopIteration as stop:
        answer: WebhookAnswer = stop.value
        return answer


def _resumption(flow: Generator[_Step, Any, WebhookAnswer], step: _Step) -> Callable[[], _Step]:
    """How the flow goes on: with what the call returned, or with what it raised."""
    try:
        return functools.partial(flow.send, _call(step))
    except BaseException as error:  # noqa: BLE001 - the flow decides what it means
        return functools.partial(flow.throw, error)


def _call(step: _Step) -> Any:
    if not _is_coroutine(step.call):
        result = step.call()
        if not inspect.isawaitable(result):
            return result
        return _in_own_loop(lambda: result)
    return _in_own_loop(step.call)


def _in_own_loop(call: Callable[[], Any]) -> Any:
    import asyncio  # noqa: PLC0415 - only for coroutine functions under a server without event loop

    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return asyncio.run(_awaited(call))
    raise ConfigurationError("this is an event loop: handle the call with handle_async, or use an async adapter")


async def _awaited(call: Callable[[], Any]) -> Any:
    return await call()


async def _pump_async(flow: Generator[_Step, Any, WebhookAnswer], run_sync: RunSync) -> WebhookAnswer:
    resume: Callable[[], _Step] = functools.partial(next, flow)
    try:
        while True:
            resume = await _resumption_async(flow, resume(), run_sync)
    except StopIteration as stop:
        answer: WebhookAnswer = stop.value
        return answer


async def _resumption_async(
    flow: Generator[_Step, Any, WebhookAnswer], step: _Step, run_sync: RunSync
) -> Callable[[], _Step]:
    """How the flow goes on: with what the call returned, or with what it raised."""
    try:
        return functools.partial(flow.send, await _call_async(step, run_sync))
    except BaseException as error:  # noqa: BLE001 - the flow decides what it means
        return functools.partial(flow.throw, error)


async def _call_async(step: _Step, run_sync: RunSync) -> Any:
    inline = _is_coroutine(step.call) or not step.blocking
    result = step.call() if inline else await run_sync(step.call)
    return await result if inspect.isawaitable(result) else result


def _is_coroutine(call: Any) -> bool:
    while isinstance(call, functools.partial):
        call = call.func
    return inspect.iscoroutinefunction(call) or inspect.iscoroutinefunction(getattr(call, "__call__", None))  # noqa: B004


async def _in_thread(call: Callable[[], Any]) -> Any:
    import anyio.to_thread  # noqa: PLC0415 - comes with the HTTP library; only routers in an event loop need it

    return await anyio.to_thread.run_sync(call)

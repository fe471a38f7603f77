from __future__ import annotations

import asyncio
import base64
import json
import logging
import threading
from typing import Any

import pytest
import trio

from postmark_sdk import models
from postmark_sdk._webhooks.threads import ThreadCall
from postmark_sdk.errors import ConfigurationError
from postmark_sdk.webhooks import (
    BounceEvent,
    Claim,
    ClickEvent,
    DeliveryEvent,
    InboundEvent,
    MemoryStore,
    OpenEvent,
    OpenWebhookWarning,
    UnknownEvent,
    WebhookAnswer,
    WebhookAuth,
    WebhookRouter,
)
from tests.webhooks.payloads import example

PAIR = ("postmark", "webhook-password-for-examples")
OPEN = WebhookAuth(checked_elsewhere=True)


def body(kind: str = "bounce", **fields: object) -> bytes:
    return json.dumps({**example(kind), **fields}).encode()


class Spy:
    """A handler that remembers, and fails as often as told."""

    def __init__(self, failures: int = 0) -> None:
        self.events: list[Any] = []
        self.failures = failures

    def __call__(self, event: Any) -> None:
        self.events.append(event)
        if self.failures:
            self.failures -= 1
            raise RuntimeError("out of order")


class AsyncStore:
    """A store with coroutines, as one for a network."""

    def __init__(self) -> None:
        self.inner = MemoryStore()

    async def claim(self, key: str) -> Claim:
        await asyncio.sleep(0)
        return self.inner.claim(key)

    async def settle(self, key: str, *, handled: bool) -> None:
        await asyncio.sleep(0)
        self.inner.settle(key, handled=handled)


def handle(router: WebhookRouter, content: bytes | None = None, *, asynchronous: bool = False) -> WebhookAnswer:
    content = body() if content is None else content
    if asynchronous:
        return asyncio.run(router.handle_async(content, headers={}))
    return router.handle(content, headers={})


both = pytest.mark.parametrize("asynchronous", [False, True], ids=["sync", "async"])


@both
def test_an_event_goes_to_the_function_of_its_kind(*, asynchronous: bool) -> None:
    router, bounces, others = WebhookRouter(auth=OPEN), Spy(), Spy()
    router.on(BounceEvent)(bounces)
    router.on(OpenEvent, ClickEvent)(others)
    assert handle(router, asynchronous=asynchronous) == (200, "handled", {})
    assert [type(event) for event in bounces.events] == [BounceEvent]
    assert others.events == []
    for kind in ("open", "click"):
        handle(router, body(kind), asynchronous=asynchronous)
    assert [type(event) for event in others.events] == [OpenEvent, ClickEvent]
    assert router.kinds == (BounceEvent, OpenEvent, ClickEvent)


@both
def test_coroutine_functions_and_plain_ones_are_both_handlers(*, asynchronous: bool) -> None:
    seen: list[object] = []
    router = WebhookRouter(auth=OPEN)

    @router.on(BounceEvent)
    async def on_bounce(event: BounceEvent) -> None:
        await asyncio.sleep(0)
        seen.append(event.type)

    @router.on(DeliveryEvent)
    def on_delivery(event: DeliveryEvent) -> None:
        seen.append(event.details)

    class Handler:
        async def __call__(self, event: ClickEvent) -> None:
            await asyncio.sleep(0)
            seen.append(event.platform)

    def returns_a_coroutine(event: OpenEvent) -> Any:
        seen.append(event.first_open)
        return asyncio.sleep(0)

    router.on(ClickEvent)(Handler())
    router.on(OpenEvent)(returns_a_coroutine)
    for kind in ("bounce", "delivery", "click", "open"):
        assert handle(router, body(kind), asynchronous=asynchronous).status == 200
    assert seen == ["HardBounce", "smtp;250 2.0.0 OK 1793896434 example-id - gsmtp", "Desktop", True]
    assert (on_bounce, on_delivery) is not None


def test_a_plain_handler_does_not_hold_up_the_event_loop() -> None:
    router, threads = WebhookRouter(auth=OPEN), []
    router.on(BounceEvent)(lambda _: threads.append(threading.current_thread()))
    handle(router, asynchronous=True)
    assert threads != [threading.current_thread()]


def test_it_works_in_trio() -> None:
    router, spy = WebhookRouter(auth=OPEN, store=MemoryStore()), Spy()
    router.on(BounceEvent)(spy)
    answers = [trio.run(lambda: router.handle_async(body(), headers={})).outcome for _ in range(2)]
    assert answers == ["handled", "duplicate"]
    assert len(spy.events) == 1


@both
def test_the_fallback_gets_the_rest(*, asynchronous: bool) -> None:
    router, bounces, rest = WebhookRouter(auth=OPEN), Spy(), Spy()
    router.on(BounceEvent)(bounces)
    router.fallback(rest)
    for content in (body(), body("delivery"), body("delivery", RecordType="New")):
        assert handle(router, content, asynchronous=asynchronous).outcome == "handled"
    assert [type(event) for event in rest.events] == [DeliveryEvent, UnknownEvent]
    assert len(bounces.events) == 1


@both
def test_what_nothing_handles_is_answered_with_200(*, asynchronous: bool) -> None:
    assert handle(WebhookRouter(auth=OPEN), asynchronous=asynchronous) == (200, "ignored", {})


@both
def test_an_error_becomes_500_and_is_logged(caplog: pytest.LogCaptureFixture, *, asynchronous: bool) -> None:
    router, spy = WebhookRouter(auth=OPEN), Spy(failures=1)
    router.on(BounceEvent)(spy)
    assert handle(router, asynchronous=asynchronous) == (500, "failed", {})
    (record,) = caplog.records
    assert record.getMessage() == (
        "the handler of a Bounce webhook raised RuntimeError; answered 500, so Postmark will try again"
    )
    assert record.exc_info is not None
    assert "out of order" in str(record.exc_info[1])
    assert handle(router, asynchronous=asynchronous).status == 200


@both
@pytest.mark.parametrize("store", [MemoryStore, AsyncStore])
def test_an_event_is_handled_once_and_after_a_failure_again(store: type, *, asynchronous: bool) -> None:
    spy = Spy(failures=1)
    router = WebhookRouter(auth=OPEN, store=store())
    router.on(BounceEvent)(spy)
    outcomes = [handle(router, asynchronous=asynchronous).outcome for _ in range(4)]
    assert outcomes == ["failed", "handled", "duplicate", "duplicate"]
    assert len(spy.events) == 2
    assert handle(router, body(ID=7), asynchronous=asynchronous).outcome == "handled"


def test_without_a_store_an_event_is_handled_each_time() -> None:
    router, spy = WebhookRouter(auth=OPEN), Spy()
    router.on(BounceEvent)(spy)
    assert [handle(router).outcome for _ in range(2)] == ["handled", "handled"]


def test_an_event_that_is_being_handled_is_answered_with_503() -> None:
    router = WebhookRouter(auth=OPEN, store=MemoryStore())
    inner: list[WebhookAnswer] = []

    @router.on(BounceEvent)
    def on_bounce(_: BounceEvent) -> None:
        inner.append(handle(router))
        raise RuntimeError

    assert handle(router).status == 500
    assert (inner[0].status, inner[0].outcome, inner[0].headers) == (503, "busy", {"Retry-After": "60"})
    assert on_bounce is not None


def test_many_calls_at_once_are_handled_once() -> None:
    router, spy = WebhookRouter(auth=OPEN, store=MemoryStore()), Spy()
    router.on(BounceEvent)(spy)
    threads = [threading.Thread(target=handle, args=(router,)) for _ in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(spy.events) == 1


class BrokenStore:
    def __init__(self, *, claims: bool) -> None:
        self.claims = claims

    def claim(self, _: str) -> Claim:
        if self.claims:
            return "new"
        raise OSError("no connection")

    def settle(self, _: str, *, handled: bool) -> None:
        raise OSError(f"no connection to settle {handled}")


@both
def test_a_store_that_cannot_claim_makes_postmark_try_again(*, asynchronous: bool) -> None:
    router, spy = WebhookRouter(auth=OPEN, store=BrokenStore(claims=False)), Spy()
    router.on(BounceEvent)(spy)
    assert handle(router, asynchronous=asynchronous).status == 500
    assert spy.events == []


@both
def test_a_store_that_cannot_settle_does_not_undo_what_was_done(
    caplog: pytest.LogCaptureFixture, *, asynchronous: bool
) -> None:
    router, spy = WebhookRouter(auth=OPEN, store=BrokenStore(claims=True)), Spy()
    router.on(BounceEvent)(spy)
    assert handle(router, asynchronous=asynchronous).status == 200
    assert "could not be settled: OSError" in caplog.text


@both
def test_what_ends_the_process_is_let_through_and_the_claim_ends(*, asynchronous: bool) -> None:
    store = MemoryStore()
    router = WebhookRouter(auth=OPEN, store=store)

    @router.on(BounceEvent)
    def on_bounce(_: BounceEvent) -> None:
        raise SystemExit(3)

    with pytest.raises(SystemExit):
        handle(router, asynchronous=asynchronous)
    assert len(store) == 0
    assert on_bounce is not None


def test_a_cancelled_handler_gives_its_claim_back() -> None:
    store = MemoryStore()
    router = WebhookRouter(auth=OPEN, store=store)

    async def run() -> None:
        started = asyncio.Event()

        @router.on(BounceEvent)
        async def on_bounce(_: BounceEvent) -> None:
            started.set()
            await asyncio.sleep(3600)

        assert on_bounce is not None
        task = asyncio.create_task(router.handle_async(body(), headers={}))
        await started.wait()
        assert len(store) == 1
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(run())
    assert len(store) == 0


@pytest.mark.parametrize("store", [MemoryStore, AsyncStore])
@pytest.mark.parametrize(("fails", "then"), [(False, "duplicate"), (True, "handled")])
def test_a_cancelled_call_leaves_its_claim_to_the_thread_that_still_runs(
    store: type, then: str, *, fails: bool, caplog: pytest.LogCaptureFixture
) -> None:
    router = WebhookRouter(auth=OPEN, store=store())
    runs: list[str] = []

    async def run() -> list[str]:
        loop, begun, ended, release = asyncio.get_running_loop(), asyncio.Event(), asyncio.Event(), threading.Event()

        @router.on(BounceEvent)
        def on_bounce(_: BounceEvent) -> None:
            runs.append("begun")
            loop.call_soon_threadsafe(begun.set)
            release.wait(30)
            if fails and len(runs) == 1:
                raise RuntimeError("out of order")

        assert on_bounce is not None
        task = asyncio.create_task(router.handle_async(body(), headers={}))
        await begun.wait()
        settle = router._store.settle  # type: ignore[union-attr]

        def settled(key: str, *, handled: bool) -> Any:
            result = settle(key, handled=handled)
            if asyncio.iscoroutine(result):
                return _and_then(result, ended.set)
            loop.call_soon_threadsafe(ended.set)
            return result

        router._store.settle = settled  # type: ignore[method-assign, union-attr]
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        outcomes = [(await router.handle_async(body(), headers={})).outcome]
        release.set()
        await ended.wait()
        return [*outcomes, (await router.handle_async(body(), headers={})).outcome]

    assert asyncio.run(run()) == ["busy", then]
    assert len(runs) == (2 if fails else 1)
    assert ("out of order" in caplog.text) is fails


async def _and_then(awaitable: Any, call: Any) -> Any:
    result = await awaitable
    call()
    return result


def test_a_thread_that_has_not_begun_when_its_call_is_left_never_does() -> None:
    ran: list[str] = []
    call = ThreadCall(lambda: ran.append("ran"))
    assert not call.leave(lambda *_: ran.append("after"))
    assert call() is None
    assert ran == []


def test_a_coroutine_function_cannot_be_run_from_an_event_loop_without_await(caplog: pytest.LogCaptureFixture) -> None:
    router = WebhookRouter(auth=OPEN)

    @router.on(BounceEvent)
    async def on_bounce(_: BounceEvent) -> None:
        await asyncio.sleep(0)

    async def run() -> WebhookAnswer:
        return handle(router)

    assert asyncio.run(run()).status == 500
    assert "use an async adapter" in caplog.text
    assert on_bounce is not None


def test_registering_twice_or_something_else_is_refused() -> None:
    router = WebhookRouter(auth=OPEN)
    router.on(BounceEvent)(Spy())
    with pytest.raises(ConfigurationError, match="BounceEvent has a function already"):
        router.on(BounceEvent)
    with pytest.raises(ConfigurationError, match=r"write BounceEvent, from postmark_sdk\.webhooks"):
        router.on(models.Bounce)  # type: ignore[type-var]  # that is what is refused
    with pytest.raises(ConfigurationError, match="str is no kind of event; write a class such as BounceEvent"):
        router.on("Bounce")  # type: ignore[call-overload]  # that is what is refused
    with pytest.raises(ConfigurationError, match=r"on: name the kinds, such as on\(BounceEvent\)"):
        router.on()
    router.fallback(Spy())
    with pytest.raises(ConfigurationError, match="there is one already"):
        router.fallback(Spy())


def test_a_user_and_password_are_auth_enough() -> None:
    router = WebhookRouter(auth=PAIR)
    basic = base64.b64encode(":".join(PAIR).encode()).decode()
    assert router.handle(body(), headers={"Authorization": f"Basic {basic}"}).status == 200
    assert router.handle(body(), headers={}).status == 401


@pytest.mark.parametrize("auth", ["password-for-examples", {"basic": PAIR}, 5, WebhookAuth])
def test_what_is_no_auth_is_refused_at_once(auth: Any) -> None:
    with pytest.raises(ConfigurationError, match=r'write auth=\("user", "password"\), or auth=WebhookAuth') as caught:
        WebhookRouter(auth=auth)
    assert "password-for-examples" not in str(caught.value)


def test_without_auth_anybody_is_let_in() -> None:
    with pytest.warns(OpenWebhookWarning):
        router = WebhookRouter()
    assert handle(router).status == 200


def test_a_router_for_anybody_warns() -> None:
    with pytest.warns(OpenWebhookWarning) as caught:
        WebhookRouter()
    assert caught[0].filename == __file__


@both
@pytest.mark.parametrize(
    ("content", "headers", "method", "status", "outcome"),
    [
        (b"{", {}, "POST", 401, "unauthorized"),
        (b"{", {"Authorization": "Basic eDp5"}, "POST", 401, "unauthorized"),
        (b"", {}, "GET", 405, "only POST is accepted"),
        (b"{", "good", "POST", 400, "not JSON"),
        (b"[]", "good", "POST", 400, "a JSON object was expected, another JSON value came"),
        (b'{"a": "' + b"x" * 5000 + b'"}', "good", "POST", 413, "the body is larger than 1000 bytes"),
        (b"{}", {"Content-Length": "1001"}, "POST", 401, "unauthorized"),
        (b"{}", {"Content-Length": "1001", "good": ""}, "POST", 413, "the body is larger than 1000 bytes"),
        (b"{}", {"Content-Length": "9" * 5000, "good": ""}, "POST", 413, "the body is larger than 1000 bytes"),
        (b"{}", {"Content-Length": "0" * 5000 + "1001", "good": ""}, "POST", 413, "the body is larger than 1000 bytes"),
        (b"{}", {"Content-Length": "many", "good": ""}, "POST", 200, "ignored"),
    ],
    ids=range(11),
)
def test_what_is_refused_never_reaches_a_handler(
    content: bytes, headers: Any, method: str, status: int, outcome: str, caplog: Any, *, asynchronous: bool
) -> None:
    router, spy = WebhookRouter(auth=WebhookAuth(basic=PAIR), max_bytes=1000), Spy()
    router.on(BounceEvent)(spy)
    good = {"Authorization": "Basic " + base64.b64encode(":".join(PAIR).encode()).decode()}
    given = good if headers == "good" else {**headers, **(good if "good" in headers else {})}
    if asynchronous:
        answer = asyncio.run(router.handle_async(content, headers=given, method=method))
    else:
        answer = router.handle(content, headers=given, method=method)
    assert (answer.status, answer.outcome, json.loads(answer.body)) == (status, outcome, {"outcome": outcome})
    assert spy.events == []
    assert ("WWW-Authenticate" in answer.headers) == (status == 401)
    assert all(PAIR[1] not in record.getMessage() for record in caplog.records)


def test_nothing_is_raised_by_what_is_nested_too_deeply_for_a_key() -> None:
    """Where the key of an event cannot be told, it is not handled: it might have been before."""
    deep: Any = 1
    for _ in range(100_000):
        deep = [deep]
    payload = {"RecordType": "Bounce", "New": deep}
    spy = Spy()
    for store, status in ((MemoryStore(), 500), (None, 200)):
        router = WebhookRouter(auth=OPEN, store=store)
        router.on(BounceEvent)(spy)
        assert router.handle(payload, headers={}).status == status
    assert len(spy.events) == 1


def test_the_headers_reach_the_event() -> None:
    router, spy = WebhookRouter(auth=OPEN), Spy()
    router.on(InboundEvent)(spy)
    router.handle(body("inbound"), headers={"X-PM-Webhook-Trace-Id": "t", "X-PM-Retries-Remaining": "9"})
    assert [(event.trace_id, event.retries_remaining) for event in spy.events] == [("t", 9)]


def test_log_lines_hold_nothing_of_the_event(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    router, spy = WebhookRouter(auth=OPEN, store=MemoryStore()), Spy(failures=1)
    router.on(BounceEvent)(spy)
    for content in (body(), body(), body(), b"{recipient@example.org"):
        handle(router, content)
    assert caplog.records
    assert "example.org" not in caplog.text

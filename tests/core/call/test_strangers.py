"""What a signal handler or another thread raises inside a call is not the call's own failure."""

from __future__ import annotations

import asyncio
import ctypes
import functools
import signal
import sys
import threading
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from postmark_sdk import AsyncPostmarkClient, OutcomeUnknownError, PostmarkClient, TransportError
from postmark_sdk._core.http.failures import stranger_in
from postmark_sdk._core.http.pooling.connection import AsyncConnection
from tests.core.echo import echo, message

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

TOKEN = "server-token-for-tests"

signals = pytest.mark.skipif(not hasattr(signal, "pthread_kill"), reason="no signals to threads here")


class SoftTimeLimit(Exception):  # noqa: N818 - as those of task runners
    """An exception that no HTTP library knows."""


def limit(kind: type[BaseException], *_: object) -> None:
    raise kind


class Handler:
    """A handler that is an object."""

    def __call__(self, *_: object) -> None:
        raise SoftTimeLimit


@pytest.fixture
def _handler(request: pytest.FixtureRequest) -> Iterator[None]:
    before = signal.signal(signal.SIGUSR1, request.param)
    yield
    signal.signal(signal.SIGUSR1, before)


def signalled(event: threading.Event) -> None:
    """Interrupt the main thread as soon as its request has arrived."""

    def interrupt() -> None:
        event.wait(60)
        signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGUSR1)

    threading.Thread(target=interrupt).start()


HANDLERS = [
    pytest.param(functools.partial(limit, SoftTimeLimit), SoftTimeLimit, id="an exception"),
    pytest.param(functools.partial(limit, TimeoutError), TimeoutError, id="one that sockets raise"),
    pytest.param(Handler(), SoftTimeLimit, id="of an object"),
]


@signals
@pytest.mark.parametrize(("_handler", "kind"), HANDLERS, indirect=["_handler"])
@pytest.mark.usefixtures("_handler")
def test_what_a_signal_handler_raises_comes_out_of_a_send_and_nothing_is_repeated(
    kind: type[Exception], caplog: pytest.LogCaptureFixture
) -> None:
    with echo(silent=True) as server, PostmarkClient(TOKEN, base_url=server.url) as client:
        client.request("GET", "/deliverystats")
        before = server.connections
        signalled(server.arrived)
        with pytest.raises(kind) as caught:
            client.emails.send(**message("cut"))
        assert type(caught.value) is kind
        assert "whether Postmark took it is unknown" in caplog.text
        if sys.version_info >= (3, 11):
            assert any("unknown" in note for note in caught.value.__notes__)
        server.go_on.set()
        assert client.emails.send(**message("next")).message_id == "next"
        assert [each["Subject"] for each in server.seen] == ["cut", "next"]
        assert server.connections == before + 1


@signals
@pytest.mark.parametrize(("_handler", "kind"), HANDLERS, indirect=["_handler"])
@pytest.mark.usefixtures("_handler")
def test_a_read_that_may_be_repeated_is_not(kind: type[Exception]) -> None:
    with echo(silent=True) as server, PostmarkClient(TOKEN, base_url=server.url) as client:
        client.request("GET", "/deliverystats")
        signalled(server.arrived)
        with pytest.raises(kind):
            client.request(
                "POST", "/email", json=dict(message("cut")) | {"To": "a@example.org", "Subject": "cut"}, idempotent=True
            )
        assert len(server.seen) == 1


def thrown_into(thread: threading.Thread, kind: type[BaseException]) -> None:
    assert ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(thread.ident or 0), ctypes.py_object(kind)) == 1


def test_what_another_thread_throws_comes_out() -> None:
    caught: list[BaseException] = []

    def work() -> None:
        try:
            client.emails.send(**message("cut"))
        except BaseException as error:  # noqa: BLE001 - it is looked at
            caught.append(error)

    with echo(silent=True) as server, PostmarkClient(TOKEN, base_url=server.url) as client:
        thread = threading.Thread(target=work)
        thread.start()
        assert server.arrived.wait(60)
        thrown_into(thread, SoftTimeLimit)
        server.go_on.set()  # it waits in a system call until then
        thread.join(60)
    assert [type(each) for each in caught] == [SoftTimeLimit]
    assert len(server.seen) == 1


@pytest.mark.not_over_aiohttp(reason="these are the connections that are not used then")
def test_the_same_for_the_async_client(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    sent: list[httpx.Request] = []

    async def interrupted(_: AsyncConnection, request: httpx.Request) -> httpx.Response:
        sent.append(request)
        raise SoftTimeLimit

    async def main() -> None:
        async with AsyncPostmarkClient(TOKEN, base_url="http://127.0.0.1:9") as client:
            for call in (client.emails.send(**message("cut")), client.server.get()):
                with pytest.raises(SoftTimeLimit):
                    await call

    monkeypatch.setattr(AsyncConnection, "send", interrupted)
    asyncio.run(main())
    assert len(sent) == 2
    assert "whether Postmark took it is unknown" in caplog.text


@pytest.mark.parametrize("asynchronous", [False, True])
def test_a_transport_of_the_callers_may_fail_as_it_likes(*, asynchronous: bool) -> None:
    def fail(_: httpx.Request) -> httpx.Response:
        raise SoftTimeLimit

    async def main() -> None:
        async with httpx.AsyncClient(transport=httpx.MockTransport(fail)) as http:
            await AsyncPostmarkClient(TOKEN, http_client=http).emails.send(**message("one"))

    def send() -> None:
        http = httpx.Client(transport=httpx.MockTransport(fail))
        PostmarkClient(TOKEN, http_client=http).emails.send(**message("one"))

    with pytest.raises(OutcomeUnknownError, match="the call failed"):
        asyncio.run(main()) if asynchronous else send()


def raised(raiser: Callable[[], Any]) -> Exception:
    try:
        raiser()
    except Exception as error:  # noqa: BLE001 - it is looked at
        return error
    raise AssertionError


def test_what_the_caller_was_handling_is_not_looked_at() -> None:
    handled = raised(lambda: limit(SoftTimeLimit))
    error = httpx.ReadTimeout("late")
    error.__context__ = handled
    assert stranger_in(error, handled, lent=False) is None
    assert stranger_in(error, None, lent=False) is handled


@pytest.mark.parametrize("kind", [httpx.ReadTimeout, OSError, ValueError, TimeoutError])
def test_what_transports_raise_is_no_strangers(kind: type[Exception]) -> None:
    assert stranger_in(raised(lambda: limit(functools.partial(kind, "x"))), None, lent=False) is None  # type: ignore[arg-type]


def test_a_transport_error_of_a_lent_client_has_no_request() -> None:
    def fail(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("refused", request=request)

    with pytest.raises(TransportError) as caught:
        PostmarkClient(TOKEN, http_client=httpx.Client(transport=httpx.MockTransport(fail)), retries=0).server.get()
    assert isinstance(caught.value.__cause__, httpx.ConnectError)
    assert TOKEN not in str(vars(caught.value.__cause__))
    with pytest.raises(RuntimeError, match="not been set"):
        str(caught.value.__cause__.request)

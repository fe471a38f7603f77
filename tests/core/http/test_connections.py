"""Connections of our own: used again only when nothing is left of the last answer, closed when nobody needs them."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import json
import os
import signal
import socket
import threading
import warnings
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import TYPE_CHECKING, Any

import anyio
import anyio.lowlevel
import pytest

from postmark_sdk import AsyncPostmarkClient, PostmarkClient, RequestTimeoutError, errors
from postmark_sdk._core.http.pooling import connections, idle
from tests.core.echo import Echo, echo, message
from tests.core.scripted import Scripted, accepted, answer, chunked, scripted

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

TOKEN = "server-token-for-tests"
MAIL: Any = {"from_": "s@example.com", "to": "a@example.org", "text_body": "Hello."}
REFUSAL = answer({"ErrorCode": 300, "Message": "No."}, 422)

ours = pytest.mark.not_over_aiohttp(reason="these are the connections that are not used then")
ASYNC = pytest.param("asyncio", marks=ours)
TRIO = pytest.param("trio", marks=ours)
WORLDS = ["sync", ASYNC, TRIO]


@pytest.fixture(name="server")
def _server() -> Iterator[Echo]:
    with echo() as server:
        yield server


def call(world: str, url: str, act: Callable[[Any], Any], **options: Any) -> Any:
    """Use a client once; ``act`` is handed a function that makes a call and tells what came of it."""
    settings = {"base_url": url, "retries": 0, "timeout": 20, **options}

    async def main() -> Any:
        async with AsyncPostmarkClient(TOKEN, **settings) as client:
            return await act(client)

    if world == "sync":
        with PostmarkClient(TOKEN, **settings) as client:
            return act(client)
    return anyio.run(main, backend=world)


def in_turn(world: str, *acts: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """Several calls; of each its result, or the name of its error."""

    @contextlib.contextmanager
    def collected(outcomes: list[str]) -> Iterator[None]:
        try:
            yield
        except errors.PostmarkError as error:
            outcomes.append(type(error).__name__)

    def told(done: Any) -> str:
        return str(done[0].message_id if isinstance(done, list) else done.message_id)

    def sync(client: Any) -> list[str]:
        outcomes: list[str] = []
        for act in acts:
            with collected(outcomes):
                outcomes.append(told(act(client)))
        return outcomes

    async def asynchronous(client: Any) -> list[str]:
        outcomes: list[str] = []
        for act in acts:
            with collected(outcomes):
                outcomes.append(told(await act(client)))
        return outcomes

    return sync if world == "sync" else asynchronous


def send(client: Any) -> Any:
    return client.emails.send(**MAIL)


def send_batch(client: Any) -> Any:
    return client.emails.send_batch([MAIL])


@pytest.mark.parametrize("world", WORLDS)
@pytest.mark.parametrize(
    "first",
    [
        answer(accepted("mine")) + answer(accepted("old")),
        answer(accepted("mine")) + b"x",
        answer(accepted("mine")) + b"\r\n",
        chunked(accepted("mine")) + answer(accepted("old")),
        answer(accepted("mine"), headers="Connection: close\r\n"),
        answer(accepted("mine")).replace(b"HTTP/1.1", b"HTTP/1.0"),
    ],
    ids=["two answers", "a byte more", "a line more", "two of which one is chunked", "close", "HTTP/1.0"],
)
def test_an_answer_that_is_not_exact_ends_its_connection(world: str, first: bytes) -> None:
    with scripted(first, REFUSAL) as server:
        assert call(world, server.url, in_turn(world, send, send)) == ["mine", "InvalidRequestError"]
        assert server.requests == [0, 1]


@pytest.mark.parametrize("world", WORLDS)
def test_two_answers_to_a_batch_are_not_those_to_two_batches(world: str) -> None:
    first = answer([accepted("mine")]) + answer([accepted("old")])
    with scripted(first, answer([accepted("second")])) as server:
        assert call(world, server.url, in_turn(world, send_batch, send_batch)) == ["mine", "second"]
        assert server.requests == [0, 1]


@pytest.mark.parametrize("world", WORLDS)
@pytest.mark.usefixtures("_kept_open")
@pytest.mark.parametrize("exact", [answer, chunked])
def test_an_exact_answer_keeps_its_connection(world: str, exact: Callable[[Any], bytes]) -> None:
    with scripted(exact(accepted("one"))) as server:
        assert call(world, server.url, in_turn(world, send, send, send)) == ["one"] * 3
        assert server.requests == [0, 0, 0]


@pytest.mark.parametrize("world", WORLDS)
def test_bytes_that_come_later_are_seen_before_the_next_use(world: str) -> None:
    more = threading.Event()

    def two(connection: socket.socket) -> None:
        connection.sendall(answer(accepted("mine")))
        more.wait(60)
        connection.sendall(answer(accepted("old")))

    def give_more(server: Scripted) -> Callable[[Any], Any]:
        def act(client: Any) -> Any:
            more.set()
            server.wait_for(lambda: bool(server.requests))
            while not _readable(client):
                pass
            return client.emails.send(**MAIL)

        return act

    with scripted(two, REFUSAL) as server:
        told = call(world, server.url, in_turn(world, send, give_more(server)))
        assert told == ["mine", "InvalidRequestError"]
        assert server.requests == [0, 1]


def _readable(client: Any) -> bool:
    own = client._link._shared.made._own
    (kept,) = own._idle if not isinstance(own, dict) else next(iter(own.values())).connections._idle
    return not kept.is_fit()


@pytest.mark.parametrize("world", WORLDS)
def test_the_last_connection_is_the_next_one(world: str, server: Echo, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(idle, "KEEP_ALIVE_SECONDS", 3600.0)
    count = 5

    def at_once(client: Any) -> None:
        with ThreadPoolExecutor(count) as threads:
            list(threads.map(lambda n: client.emails.send(**message(f"m{n}")), range(count)))

    def sync(client: Any) -> list[int]:
        at_once(client)
        order = [id(each) for each in client._link._shared.made._own._idle]
        client.emails.send(**message("last"))
        return [order.index(id(each)) for each in client._link._shared.made._own._idle]

    async def asynchronous(client: Any) -> list[int]:
        async with anyio.create_task_group() as calls:
            for number in range(count):
                calls.start_soon(lambda n: client.emails.send(**message(f"m{n}")), number)
        (own,) = client._link._shared.made._own.values()
        order = [id(each) for each in own.connections._idle]
        await client.emails.send(**message("last"))
        return [order.index(id(each)) for each in own.connections._idle]

    before = server.connections
    order = call(world, server.url, sync if world == "sync" else asynchronous)
    assert order == sorted(order)
    assert server.connections - before == len(order)


@pytest.mark.parametrize("world", WORLDS)
def test_more_calls_than_connections_wait_in_order(world: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connections, "MAX_CONNECTIONS", 1)

    def sync(client: Any) -> None:
        with ThreadPoolExecutor(8) as threads:
            results = []
            for number in range(8):
                results.append(threads.submit(partial(client.emails.send, **message(str(number)))))
                _until(lambda: _queued(client) == max(0, len(results) - 1))
            server.go_on.set()
            assert [result.result().message_id for result in results] == [str(number) for number in range(8)]

    async def asynchronous(client: Any) -> None:
        async with anyio.create_task_group() as calls:
            for number in range(8):
                calls.start_soon(lambda n: client.emails.send(**message(n)), str(number))
                while _queued(client) < number:
                    await anyio.lowlevel.checkpoint()
            server.go_on.set()

    with echo(silent=True) as server:
        call(world, server.url, sync if world == "sync" else asynchronous, timeout=20)
        assert [each["Subject"] for each in server.seen] == [str(number) for number in range(8)]
        assert server.connections == 1


def _queued(client: Any) -> int:
    own = client._link._shared.made and client._link._shared.made._own
    if not own:
        return -1
    return len((own if not isinstance(own, dict) else next(iter(own.values())).connections)._waiting)


def _until(happened: Callable[[], bool]) -> None:
    ended = threading.Event()
    while not happened():
        ended.wait(0.001)


@pytest.mark.parametrize("world", WORLDS)
def test_who_waits_too_long_has_sent_nothing_and_is_told_how_many_were_ahead(
    world: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connections, "MAX_CONNECTIONS", 1)

    def sync(client: Any) -> None:
        impatient = client.with_options(max_elapsed=0)
        with ThreadPoolExecutor(1) as threads:
            first = threads.submit(partial(client.emails.send, **message("first")))
            assert server.arrived.wait(60)
            with pytest.raises(RequestTimeoutError, match="all 1 were in use, and 0 other calls waited"):
                impatient.emails.send(**message("late"))
            server.go_on.set()
            assert first.result().message_id == "first"
        assert client.emails.send(**message("next")).message_id == "next"

    async def asynchronous(client: Any) -> None:
        impatient = client.with_options(max_elapsed=0)
        async with anyio.create_task_group() as calls:
            calls.start_soon(lambda: client.emails.send(**message("first")))
            assert await anyio.to_thread.run_sync(server.arrived.wait, 60)
            with pytest.raises(RequestTimeoutError, match="all 1 were in use, and 0 other calls waited"):
                await impatient.emails.send(**message("late"))
            server.go_on.set()
        assert (await client.emails.send(**message("next"))).message_id == "next"

    with echo(silent=True) as server:
        call(world, server.url, sync if world == "sync" else asynchronous)
        assert [each["Subject"] for each in server.seen] == ["first", "next"]


@ours
@pytest.mark.parametrize("backend", ["asyncio", "trio"])
def test_who_is_cancelled_while_waiting_takes_no_connection_along(
    backend: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connections, "MAX_CONNECTIONS", 1)

    async def main() -> None:
        async with AsyncPostmarkClient(TOKEN, base_url=server.url) as client, anyio.create_task_group() as calls:
            calls.start_soon(lambda: client.emails.send(**message("first")))
            assert await anyio.to_thread.run_sync(server.arrived.wait, 60)
            async with anyio.create_task_group() as waiting:
                for number in range(3):
                    waiting.start_soon(lambda n: client.emails.send(**message(f"late{n}")), number)
                while _queued(client) < 3:
                    await anyio.lowlevel.checkpoint()
                waiting.cancel_scope.cancel()
            assert _queued(client) == 0
            server.go_on.set()
            assert (await client.emails.send(**message("next"))).message_id == "next"

    with echo(silent=True) as server:
        anyio.run(main, backend=backend)
        assert [each["Subject"] for each in server.seen] == ["first", "next"]


@pytest.mark.skipif(not hasattr(signal, "pthread_kill"), reason="no signals to threads here")
def test_who_is_interrupted_while_waiting_takes_no_connection_along(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connections, "MAX_CONNECTIONS", 1)
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        with echo(silent=True) as server, PostmarkClient(TOKEN, base_url=server.url) as client:
            client.server.get  # noqa: B018 - imports are not what is interrupted
            first = threading.Thread(target=lambda: client.emails.send(**message("first")))
            first.start()
            assert server.arrived.wait(60)

            def interrupt() -> None:
                _until(lambda: _queued(client) == 1)
                signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGINT)

            threading.Thread(target=interrupt).start()
            with pytest.raises(KeyboardInterrupt):
                client.emails.send(**message("late"))
            assert _queued(client) == 0
            server.go_on.set()
            first.join()
            assert client.emails.send(**message("next")).message_id == "next"
            assert [each["Subject"] for each in server.seen] == ["first", "next"]
    finally:
        signal.signal(signal.SIGINT, before)


def test_a_connection_that_is_lost_between_two_lines_gives_its_place_back(
    server: Echo, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connections, "MAX_CONNECTIONS", 1)
    with PostmarkClient(TOKEN, base_url=server.url) as client:
        client.emails.send(**message("one"))
        lost = client._link.core().pool.acquire(0.0)
        with pytest.raises(connections.NoConnectionError):
            client._link.core().pool.acquire(0.0)
        del lost
        assert client.emails.send(**message("two")).message_id == "two"


@pytest.mark.parametrize("world", WORLDS)
def test_what_nobody_uses_is_closed_although_nobody_calls(world: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(idle, "KEEP_ALIVE_SECONDS", 0.05)
    count = 10

    def sync(client: Any) -> None:
        with ThreadPoolExecutor(count) as threads:
            list(threads.map(lambda _: client.emails.send(**MAIL), range(count)))
        server.wait_for(lambda: set(server.closed) == set(server.requests))

    async def asynchronous(client: Any) -> None:
        async with anyio.create_task_group() as calls:
            for _ in range(count):
                calls.start_soon(lambda: client.emails.send(**MAIL))
        await anyio.to_thread.run_sync(lambda: server.wait_for(lambda: set(server.closed) == set(server.requests)))

    with scripted(answer(accepted("one"))) as server:
        call(world, server.url, sync if world == "sync" else asynchronous)
        assert server.requests


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork here")
def test_the_thread_that_closes_is_not_there_while_the_process_forks(server: Echo) -> None:
    with PostmarkClient(TOKEN, base_url=server.url) as client:
        client.emails.send(**message("one"))
        assert any(thread.name == "postmark-idle" for thread in threading.enumerate())
        others = [thread for thread in threading.enumerate() if thread.name == "postmark-idle"]
        idle._closer.before_fork()
        assert not any(thread.is_alive() for thread in others)
        idle._closer.after_fork()
        assert any(thread.name == "postmark-idle" for thread in threading.enumerate())


@pytest.mark.parametrize("world", WORLDS)
def test_a_head_that_never_ends_ends_the_try(world: str) -> None:
    given_up = threading.Event()

    def flood(connection: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while not given_up.wait(0.01):
                connection.sendall(b"HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n")

    def trickle(connection: socket.socket) -> None:
        with contextlib.suppress(OSError):
            connection.sendall(b"HTTP/1.1 200 OK\r\n")
            while not given_up.wait(0.01):
                connection.sendall(b"X")

    for endless in (flood, trickle):
        with scripted(endless) as server:
            assert call(world, server.url, in_turn(world, send), timeout=0.2) == ["OutcomeUnknownError"]
    given_up.set()


@pytest.mark.parametrize("world", WORLDS)
def test_a_peer_that_reads_slowly_ends_the_try(world: str) -> None:
    given_up = threading.Event()
    listener = socket.create_server(("127.0.0.1", 0))

    def sip() -> None:
        connection, _ = listener.accept()
        with connection, contextlib.suppress(OSError):
            while not given_up.wait(0.01):
                connection.recv(1000)

    threading.Thread(target=sip, daemon=True).start()
    big = {**MAIL, "text_body": "x" * 4_900_000}
    url = f"http://127.0.0.1:{listener.getsockname()[1]}"
    with listener:
        told = call(world, url, in_turn(world, lambda client: client.emails.send(**big)), timeout=0.3)
        assert told == ["OutcomeUnknownError"]
        given_up.set()


def test_addresses_that_do_not_answer_share_the_time_for_connecting(monkeypatch: pytest.MonkeyPatch) -> None:
    shares: list[float] = []

    def create_connection(_: Any, timeout: float, **__: Any) -> Any:
        shares.append(timeout)
        raise TimeoutError

    found = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (f"192.0.2.{n}", 443)) for n in range(1, 6)]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: found)
    monkeypatch.setattr(socket, "create_connection", create_connection)
    client = PostmarkClient(TOKEN, base_url="https://postmark.example", retries=0)
    with client, pytest.raises(RequestTimeoutError, match="no connection in time"):
        client.server.get(timeout=5)
    assert len(shares) == 5
    assert shares[0] == pytest.approx(1.0, abs=0.2)


def test_a_burst_of_thousands_is_sent(server: Echo) -> None:
    async def main() -> list[Any]:
        async with AsyncPostmarkClient(TOKEN, base_url=server.url, timeout=60) as client:
            return await asyncio.gather(*(client.emails.send(**message(str(number))) for number in range(1000)))

    assert [result.message_id for result in asyncio.run(main())] == [str(number) for number in range(1000)]
    assert server.connections <= 100
    assert len(json.dumps(server.seen)) > 1000


def test_a_burst_leaves_no_socket_to_the_collector(server: Echo) -> None:
    async def main() -> None:
        client = AsyncPostmarkClient(TOKEN, base_url=server.url)
        await asyncio.gather(*(client.emails.send(**message(str(number))) for number in range(20)))
        await client.aclose()

    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        asyncio.run(main())
        gc.collect()
    assert [str(each.message) for each in caught] == []

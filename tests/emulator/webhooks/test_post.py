"""One post of a webhook, and how it ends whatever the receiver does."""

from __future__ import annotations

import asyncio
import socket
import threading
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

import pytest

from postmark_sdk.emulator.webhooks.post import Outcome, post

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    Behaviour = Callable[[socket.socket, threading.Event], None]

HEAD = b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n"


def slowly(pieces: bytes) -> Behaviour:
    """A byte of these again and again, until nobody wants them any more."""

    def drip(connection: socket.socket, stop: threading.Event) -> None:
        while not stop.wait(0.01):
            connection.sendall(pieces)

    return drip


def body_that_drips(connection: socket.socket, stop: threading.Event) -> None:
    connection.sendall(HEAD)
    slowly(b"x")(connection, stop)


def head_that_drips(connection: socket.socket, stop: threading.Event) -> None:
    connection.sendall(b"HTTP/1.1 200 OK\r\nX: ")
    slowly(b"x")(connection, stop)


def interim_answers(connection: socket.socket, stop: threading.Event) -> None:
    slowly(b"HTTP/1.1 100 Continue\r\n\r\n")(connection, stop)


@contextmanager
def receiver(behave: Behaviour) -> Iterator[tuple[str, threading.Event]]:
    stop, gone = threading.Event(), threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            connection = listener.accept()[0]
            with connection, suppress(OSError):
                behave(connection, stop)
            gone.set()

        thread = threading.Thread(target=serve)
        thread.start()
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}/hook", gone
        finally:
            stop.set()
            thread.join()


def posted(url: str, *, timeout: float = 60.0) -> Outcome:
    return asyncio.run(post(url, {}, b"{}", timeout=timeout, allowed=()))


@pytest.mark.parametrize("behave", [body_that_drips, head_that_drips, interim_answers])
def test_a_receiver_that_drips_is_let_go_in_time(behave: Behaviour) -> None:
    with receiver(behave) as (url, gone):
        outcome = posted(url, timeout=0.3)
        assert (outcome.status, outcome.error) == (None, "no complete answer within 0.3 seconds")
        assert gone.wait(60), "the connection is still open"


def test_a_post_that_is_cancelled_lets_the_receiver_go() -> None:
    begun = threading.Event()

    async def scene(url: str) -> None:
        task = asyncio.create_task(post(url, {}, b"{}", timeout=60, allowed=()))
        assert await asyncio.to_thread(begun.wait, 60)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    def read_to_the_end(connection: socket.socket, _stop: threading.Event) -> None:
        while connection.recv(65_536):
            begun.set()

    with receiver(read_to_the_end) as (url, gone):
        asyncio.run(scene(url))
        assert gone.wait(60)


def test_head_and_body_do_not_wait_for_each_other(monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[socket.socket] = []
    options: list[int] = []
    connect = socket.create_connection

    def remember(*given: object, **more: object) -> socket.socket:
        opened.append(connect(*given, **more))  # type: ignore[arg-type]
        return opened[-1]

    def look(connection: socket.socket, _stop: threading.Event) -> None:
        connection.recv(65_536)
        options.extend(each.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY) for each in opened)
        connection.sendall(b"HTTP/1.1 204 No Content\r\n\r\n")

    monkeypatch.setattr(socket, "create_connection", remember)
    with receiver(look) as (url, _gone):
        assert posted(url).status == 204
    assert options != [0]
    assert len(options) == 1


@pytest.mark.parametrize("host", ["192.0.2.1", "hooks.shop.invalid", "[2001:db8::1]"])
def test_what_is_not_this_machine_is_out_of_reach_whether_its_name_is_known_or_not(host: str) -> None:
    outcome = posted(f"http://{host}:9/hook")
    assert outcome.out_of_reach
    assert "--allow-webhook-host" in str(outcome.error)


def test_a_name_that_is_looked_up_for_too_long_is_out_of_reach(monkeypatch: pytest.MonkeyPatch) -> None:
    over = threading.Event()

    def without_a_network(*_given: object, **_more: object) -> list[object]:
        over.wait(60)
        return []

    monkeypatch.setattr(socket, "getaddrinfo", without_a_network)
    outcome = posted("http://hooks.shop.example/", timeout=0.1)
    over.set()
    assert outcome.out_of_reach
    assert "--allow-webhook-host hooks.shop.example" in str(outcome.error)

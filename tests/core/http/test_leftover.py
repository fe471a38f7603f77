"""Bytes after an answer never become the answer to the next call, whoever's connections they are on."""

from __future__ import annotations

import contextlib
import os
import socket
import ssl
import sys
import threading
from typing import TYPE_CHECKING, Any

import anyio
import anyio.lowlevel
import httpx
import pytest
import trustme

from postmark_sdk import AsyncPostmarkClient, PostmarkClient, PostmarkError
from postmark_sdk._core.http import transport
from postmark_sdk._core.http.pooling import leftover
from postmark_sdk._core.http.pooling.network import AsyncBackend
from tests.core.scripted import Scripted, accepted, answer, chunked, scripted

if TYPE_CHECKING:
    from collections.abc import Iterator

TOKEN = "server-token-for-tests"
MAIL: Any = {"from_": "s@example.com", "to": "a@example.org", "text_body": "Hello."}
REFUSAL = answer({"ErrorCode": 300, "Message": "No."}, 422)
httpx2: Any = pytest.importorskip("httpx2") if sys.version_info >= (3, 11) else None
LIBRARIES = [httpx] if httpx2 is None else [httpx, httpx2]
WORLDS = ["sync", "asyncio", "trio"]
OWN = pytest.param(
    None, id="own", marks=pytest.mark.not_over_aiohttp(reason="these are the connections that are not used then")
)

libraries = pytest.mark.parametrize("library", LIBRARIES, ids=lambda library: library.__name__)
of_anybody = pytest.mark.parametrize("library", [OWN, *LIBRARIES], ids=lambda library: library.__name__)
lengths = pytest.mark.parametrize("length", [0, 64 * 1024, 256 * 1024], ids=["short", "64 KiB", "256 KiB"])
worlds = pytest.mark.parametrize("world", WORLDS)
encryptions = pytest.mark.parametrize("encrypted", [False, True], ids=["plain", "TLS"])


def padded(value: Any, length: int) -> bytes:
    """An answer of just so many bytes, at which a read from the socket may end."""
    around = len(answer({**value, "Rest": "x" * length})) - length
    return answer({**value, "Rest": "x" * (length - around)})


@pytest.fixture(scope="module", name="authority")
def _authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture(name="server_context")
def _server_context(authority: trustme.CA, monkeypatch: pytest.MonkeyPatch) -> ssl.SSLContext:
    """For a server that our own connections trust."""
    trusting = ssl.create_default_context()
    authority.configure_trust(trusting)
    monkeypatch.setattr(transport, "_trust_authorities", lambda _: trusting)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost").configure_cert(context)
    return context


def told(
    world: str, server: Scripted, library: Any = None, *, verify: Any = None, sends: int = 2, hooks: Any = None
) -> list[str]:
    """What sends one after the other are told, by a client that may be given another one."""
    options: Any = {"base_url": server.url, "retries": 0, "timeout": 20}
    verify = transport._trust_nobody(0) if verify is None else verify
    outcomes: list[str] = []

    def sync() -> None:
        with contextlib.ExitStack() as stack:
            if library is not None:
                options["http_client"] = stack.enter_context(library.Client(verify=verify, event_hooks=hooks))
            client = stack.enter_context(PostmarkClient(TOKEN, **options))
            for number in range(sends):
                with noted(outcomes):
                    outcomes.append(client.emails.send(**MAIL).message_id)
                server.wait_for(lambda: server.answered > number)  # noqa: B023 - called at once

    async def main() -> None:
        async with contextlib.AsyncExitStack() as stack:
            if library is not None:
                options["http_client"] = await stack.enter_async_context(
                    library.AsyncClient(verify=verify, event_hooks=hooks)
                )
            client = await stack.enter_async_context(AsyncPostmarkClient(TOKEN, **options))
            for number in range(sends):
                with noted(outcomes):
                    outcomes.append((await client.emails.send(**MAIL)).message_id)
                server.wait_for(lambda: server.answered > number)  # noqa: B023 - called at once

    sync() if world == "sync" else anyio.run(main, backend=world)
    return outcomes


@contextlib.contextmanager
def noted(outcomes: list[str]) -> Iterator[None]:
    try:
        yield
    except PostmarkError as error:
        outcomes.append(type(error).__name__)


@worlds
@encryptions
@lengths
@of_anybody
def test_a_second_answer_at_once_is_not_the_next_calls(
    world: str, length: int, library: Any, *, encrypted: bool, server_context: ssl.SSLContext
) -> None:
    first = padded(accepted("mine"), length) + answer(accepted("old"))
    with scripted(first, REFUSAL, context=server_context if encrypted else None) as server:
        verify = transport._trust_authorities(0)
        assert told(world, server, library, verify=verify) == ["mine", "InvalidRequestError"]
        assert server.requests == [0, 1]


@worlds
@libraries
@pytest.mark.parametrize(
    "first",
    [
        answer(accepted("mine")) + b"x",
        chunked(accepted("mine")) + answer(accepted("old")),
        answer(accepted("mine"), headers="Content-Encoding: identity\r\n") + answer(accepted("old")),
        answer({"ErrorCode": 300, "Message": "No."}, 422) + answer(accepted("old")),
        b"HTTP/1.1 204 No Content\r\n\r\n" + answer(accepted("old")),
    ],
    ids=["a byte more", "chunked", "identity", "a refusal", "no content"],
)
def test_whatever_is_left_ends_a_connection_of_the_callers(world: str, first: bytes, library: Any) -> None:
    with scripted(first, REFUSAL) as server:
        assert told(world, server, library)[1] == "InvalidRequestError"
        assert server.requests == [0, 1]


@worlds
@libraries
@encryptions
def test_exact_answers_keep_a_connection_of_the_callers(
    world: str, library: Any, *, encrypted: bool, server_context: ssl.SSLContext
) -> None:
    server_context.num_tickets = 0  # they come with the first answer, and count as something to read
    steps = [answer(accepted("one")), chunked(accepted("two")), padded(accepted("three"), 64 * 1024), REFUSAL]
    with scripted(*steps, context=server_context if encrypted else None) as server:
        outcomes = told(world, server, library, verify=transport._trust_authorities(0), sends=4)
        assert outcomes == ["one", "two", "three", "InvalidRequestError"]
        assert server.requests == [0, 0, 0, 0]


@worlds
@libraries
def test_what_a_hook_has_read_is_looked_at_as_well(world: str, library: Any) -> None:
    def read(response: Any) -> None:
        response.read()

    async def aread(response: Any) -> None:
        await response.aread()

    hooks = {"response": [read if world == "sync" else aread]}
    with scripted(answer(accepted("mine")) + answer(accepted("old")), REFUSAL) as server:
        assert told(world, server, library, hooks=hooks) == ["mine", "InvalidRequestError"]
    with scripted(answer(accepted("mine"))) as server:
        assert told(world, server, library, hooks=hooks) == ["mine", "mine"]
        assert server.requests == [0, 0]


@worlds
@libraries
def test_where_nothing_can_be_seen_a_connection_is_used_once(
    world: str, library: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(leftover, "_INNER", ())
    with scripted(answer(accepted("mine"))) as server:
        assert told(world, server, library) == ["mine", "mine"]
        assert server.requests == [0, 1]


@worlds
@libraries
def test_a_transport_of_the_callers_is_looked_at_as_well(world: str, library: Any) -> None:
    def sync(url: str) -> list[str]:
        outcomes: list[str] = []
        with PostmarkClient(TOKEN, base_url=url, transport=library.HTTPTransport) as client:
            for _ in range(2):
                with noted(outcomes):
                    outcomes.append(client.emails.send(**MAIL).message_id)
        return outcomes

    async def main(url: str) -> list[str]:
        outcomes: list[str] = []
        async with AsyncPostmarkClient(TOKEN, base_url=url, transport=library.AsyncHTTPTransport) as client:
            for _ in range(2):
                with noted(outcomes):
                    outcomes.append((await client.emails.send(**MAIL)).message_id)
        return outcomes

    with scripted(answer(accepted("mine")) + answer(accepted("old")), REFUSAL) as server:
        outcomes = sync(server.url) if world == "sync" else anyio.run(main, server.url, backend=world)
        assert outcomes == ["mine", "InvalidRequestError"]


@pytest.mark.parametrize("library", ["httpcore", "httpcore2"])
@pytest.mark.parametrize("ours", [False, True])
def test_what_asyncio_read_beyond_what_was_asked_for_is_seen(library: str, *, ours: bool) -> None:
    """It reads up to 256 KiB at a time, anyio gives the HTTP library 64 KiB of them and keeps the rest."""
    core = pytest.importorskip(library)
    most = 64 * 1024

    async def main(listener: socket.socket) -> None:
        usual = core.AnyIOBackend()
        backend = AsyncBackend(usual) if ours else usual
        stream = await backend.connect_tcp(*listener.getsockname())
        other, _ = listener.accept()
        with other, socket.socket(fileno=os.dup(stream.get_extra_info("socket").fileno())) as same:
            for surplus in (b"", b"x"):
                other.sendall(bytes(most) + surplus)
                while len(same.recv(2 * most, socket.MSG_PEEK)) < most + len(surplus):
                    pass
                assert len(await stream.read(most)) == most
                assert leftover.holds_more(stream) is bool(surplus)
                assert stream.get_extra_info("is_readable") is (bool(surplus) and ours)
        await stream.aclose()

    with socket.create_server(("127.0.0.1", 0)) as listener:
        anyio.run(main, listener)


@pytest.mark.parametrize("given", ["transport", "http_client", "mounts"])
def test_an_answer_that_nobody_asked_for_ends_an_idle_connection_of_aiohttp(given: str) -> None:
    aiohttp_transport: Any = pytest.importorskip("httpx_aiohttp").AiohttpTransport
    asked, came = threading.Event(), threading.Event()

    def two(connection: socket.socket) -> None:
        connection.sendall(answer(accepted("mine")))
        asked.wait(60)
        connection.sendall(answer(accepted("old")))
        came.set()

    async def main(url: str) -> list[str]:
        outcomes: list[str] = []
        async with contextlib.AsyncExitStack() as stack:
            options: Any = {"transport": aiohttp_transport}
            if given != "transport":
                mounts: Any = {"http://": aiohttp_transport()} if given == "mounts" else None
                http = httpx.AsyncClient(transport=None if mounts else aiohttp_transport(), mounts=mounts)
                options = {"http_client": await stack.enter_async_context(http)}
            client = await stack.enter_async_context(AsyncPostmarkClient(TOKEN, base_url=url, retries=0, **options))
            outcomes.append((await client.emails.send(**MAIL)).message_id)
            asked.set()
            came.wait(60)
            for _ in range(3):  # the loop reads what came
                await anyio.lowlevel.checkpoint()
            with noted(outcomes):
                outcomes.append((await client.emails.send(**MAIL)).message_id)
        return outcomes

    with scripted(two, REFUSAL) as server:
        assert anyio.run(main, server.url) == ["mine", "InvalidRequestError"]
        assert server.requests == [0, 1]

"""What the caller brings: HTTP clients, transports and timeouts of httpx and of httpx2, and nothing else."""

from __future__ import annotations

import asyncio
import os
import socket
import subprocess
import sys
import threading
from typing import Any

import httpx
import pytest

from postmark_sdk import (
    AsyncPostmarkClient,
    Attachment,
    ConfigurationError,
    OutcomeUnknownError,
    PostmarkClient,
    RequestTimeoutError,
    TransportError,
)
from postmark_sdk._core.http.pooling import connections
from postmark_sdk._core.http.pooling.library import kinds_of, library_of
from tests.core.echo import echo, message
from tests.core.scripted import accepted, answer, scripted

TOKEN = "server-token-for-tests"
httpx2: Any = pytest.importorskip("httpx2") if sys.version_info >= (3, 11) else None
LIBRARIES = [httpx] if httpx2 is None else [httpx, httpx2]
OURS = pytest.mark.not_over_aiohttp(reason="these are the connections that are not used then")
libraries = pytest.mark.parametrize("library", LIBRARIES, ids=lambda library: library.__name__)


@libraries
def test_an_object_has_a_library(library: Any) -> None:
    class Own(library.HTTPTransport):  # type: ignore[misc]
        """Of the caller's."""

    assert library_of(Own()) is library
    assert {"Own", "HTTPTransport", "BaseTransport"} - {"Own"} <= kinds_of(Own())
    assert "ConnectTimeout" in kinds_of(library.ConnectTimeout("x"))
    assert library_of("text") is None


@libraries
@pytest.mark.parametrize("large", [False, True])
def test_an_http_client_of_either_library_sends(library: Any, *, large: bool) -> None:
    files: Any = {"attachments": [Attachment.from_bytes(b"x" * 200_000, "a.pdf")]} if large else {}

    async def main(url: str) -> str | None:
        async with library.AsyncClient() as http, AsyncPostmarkClient(TOKEN, base_url=url, http_client=http) as client:
            return (await client.emails.send(**message("two"), **files)).message_id

    with echo() as server:
        with library.Client() as http, PostmarkClient(TOKEN, base_url=server.url, http_client=http) as client:
            assert client.emails.send(**message("one"), **files).message_id == "one"
            assert client.request("GET", "/deliverystats").status_code == 200
        assert asyncio.run(main(server.url)) == "two"
        assert all(("Attachments" in each) is large for each in server.seen)


@libraries
def test_a_factory_of_either_library_makes_one_transport_that_is_closed(library: Any) -> None:
    made: list[Any] = []

    class Transport(library.HTTPTransport):  # type: ignore[misc]
        closed = 0

        def __init__(self) -> None:
            super().__init__()
            made.append(self)

        def close(self) -> None:
            self.closed += 1
            super().close()

    class AsyncTransport(library.AsyncHTTPTransport):  # type: ignore[misc]
        closed = 0

        def __init__(self) -> None:
            super().__init__()
            made.append(self)

        async def aclose(self) -> None:
            self.closed += 1
            await super().aclose()

    async def main(url: str) -> None:
        async with AsyncPostmarkClient(TOKEN, base_url=url, transport=AsyncTransport) as client:
            results = await asyncio.gather(*(client.emails.send(**message(str(number))) for number in range(20)))
            assert [result.message_id for result in results] == [str(number) for number in range(20)]

    with echo() as server:
        with PostmarkClient(TOKEN, base_url=server.url, transport=Transport) as client:
            assert made == []
            for mark in ("one", "two"):
                assert client.with_options(retries=0).emails.send(**message(mark)).message_id == mark
        asyncio.run(main(server.url))
    assert [each.closed for each in made] == [1, 1]


@pytest.mark.filterwarnings("ignore:This process.*multi-threaded:DeprecationWarning")  # those of tests before it
@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork here")
def test_a_transport_is_made_anew_in_a_forked_child() -> None:
    made: list[int] = []

    def factory() -> httpx.HTTPTransport:
        made.append(os.getpid())
        return httpx.HTTPTransport()

    with echo() as server, PostmarkClient(TOKEN, base_url=server.url, transport=factory) as client:
        client.emails.send(**message("parent"))
        child = os.fork()
        if child == 0:
            client.emails.send(**message("child"))
            os._exit(0 if made == [os.getppid(), os.getpid()] else 1)
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
        client.emails.send(**message("again"))
        assert made == [os.getpid()]


def test_calls_wait_for_a_shared_transport_as_for_connections(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connections, "MAX_CONNECTIONS", 2)
    together: list[int] = []

    class Counting(httpx.AsyncBaseTransport):
        busy = 0

        async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
            self.busy += 1
            together.append(self.busy)
            await asyncio.sleep(0)
            self.busy -= 1
            return httpx.Response(200, json=accepted(request.method))

    async def main() -> None:
        async with AsyncPostmarkClient(TOKEN, transport=Counting) as client:
            await asyncio.gather(*(client.emails.send(**message(str(number))) for number in range(10)))

    asyncio.run(main())
    assert max(together) == 2
    assert len(together) == 10


@libraries
@pytest.mark.parametrize("asynchronous", [False, True])
def test_a_factory_must_make_a_transport_of_the_right_kind(library: Any, *, asynchronous: bool) -> None:
    async def main(factory: Any) -> None:
        async with AsyncPostmarkClient(TOKEN, transport=factory) as client:
            await client.server.get()

    def get(factory: Any) -> None:
        PostmarkClient(TOKEN, transport=factory).server.get()

    with pytest.raises(ConfigurationError, match="transport: it made"):
        asyncio.run(main(library.HTTPTransport)) if asynchronous else get(library.AsyncHTTPTransport)


@pytest.mark.parametrize("cls", [PostmarkClient, AsyncPostmarkClient])
def test_a_transport_is_made_here_and_not_handed_in(cls: Any) -> None:
    with pytest.raises(ConfigurationError, match=r"transport: httpx\.HTTPTransport given"):
        cls(TOKEN, transport=httpx.HTTPTransport())
    given: Any = httpx.Client() if cls is PostmarkClient else httpx.AsyncClient()
    with pytest.raises(ConfigurationError, match="give one of the two"):
        cls(TOKEN, transport=httpx.HTTPTransport, http_client=given)


class Session:
    """Behaves as those of requests, or as a client of httpx2 that is handed a request of httpx."""

    is_closed = False

    def send(self, *_: object, **__: object) -> None:
        raise RuntimeError

    async def aclose(self) -> None:
        """As if it were async, too."""


@pytest.mark.parametrize("cls", [PostmarkClient, AsyncPostmarkClient])
def test_an_http_client_of_no_known_library_is_refused_when_the_client_is_made(cls: Any) -> None:
    with pytest.raises(ConfigurationError, match=r"http_client: tests\.Session given; it takes an httpx\."):
        cls(TOKEN, http_client=Session())


def _say_nothing(connection: socket.socket) -> None:
    connection.recv(1)


@libraries
def test_timeouts_of_either_library_count(library: Any) -> None:
    with scripted(_say_nothing) as server:
        impatient = library.Timeout(20, read=0.05)
        with PostmarkClient(TOKEN, base_url=server.url, timeout=impatient, retries=0) as client:
            with pytest.raises(RequestTimeoutError, match="no answer in time"):
                client.server.get()
            with pytest.raises(OutcomeUnknownError, match="no answer in time"):
                client.emails.send(**message("one"))
        with library.Client(timeout=impatient) as http:
            own = PostmarkClient(TOKEN, base_url=server.url, http_client=http, retries=0)
            with pytest.raises(RequestTimeoutError, match="no answer in time"):
                own.server.get()


@libraries
@pytest.mark.parametrize("asynchronous", [False, True])
def test_errors_of_either_library_mean_the_same(library: Any, *, asynchronous: bool) -> None:
    async def main() -> None:
        async with library.AsyncClient() as http:
            client = AsyncPostmarkClient(TOKEN, base_url="http://127.0.0.1:9", http_client=http, retries=0)
            await client.emails.send(**message("one"))

    def send() -> None:
        with library.Client() as http:
            client = PostmarkClient(TOKEN, base_url="http://127.0.0.1:9", http_client=http, retries=0)
            client.emails.send(**message("one"))

    with pytest.raises(TransportError, match="no connection: refused, nobody listens there") as caught:
        asyncio.run(main()) if asynchronous else send()
    cause: Any = caught.value.__cause__
    assert library_of(cause) is library
    assert TOKEN not in str([vars(cause), vars(cause.__cause__)])


ALIASED = """
import httpx2
httpx2.alias_httpx()
import sys
from postmark_sdk import PostmarkClient, TransportError
with PostmarkClient("server-token-for-tests", base_url=sys.argv[1]) as client:
    sent = client.emails.send(from_="a@example.com", to="b@example.org", subject="one", text_body="x")
    assert sent.message_id == "one"
with PostmarkClient("server-token-for-tests", base_url="http://127.0.0.1:9", retries=0) as client:
    try:
        client.emails.send(from_="a@example.com", to="b@example.org", text_body="x")
    except TransportError as error:
        print(error)
"""


@pytest.mark.skipif(httpx2 is None, reason="httpx2 needs Python 3.11")
def test_the_package_runs_where_httpx_is_another_name_for_httpx2() -> None:
    with echo() as server:
        done = subprocess.run(  # noqa: S603 - our own words
            [sys.executable, "-W", "error", "-c", ALIASED, server.url], capture_output=True, text=True, check=False
        )
    assert done.returncode == 0, done.stderr
    assert "no connection: refused" in done.stdout


def _speak_no_tls(listener: socket.socket) -> None:
    connection, _ = listener.accept()
    with connection:
        connection.recv(100)
        connection.sendall(answer({}, 400))


@pytest.mark.parametrize("asynchronous", [False, pytest.param(True, marks=OURS)])
def test_a_transport_error_says_why(monkeypatch: pytest.MonkeyPatch, *, asynchronous: bool) -> None:
    async def main(url: str) -> None:
        async with AsyncPostmarkClient(TOKEN, base_url=url, retries=0) as client:
            await client.server.get()

    def get(url: str) -> None:
        with PostmarkClient(TOKEN, base_url=url, retries=0) as client:
            client.server.get()

    def text(url: str) -> str:
        with pytest.raises(TransportError) as caught:
            asyncio.run(main(url)) if asynchronous else get(url)
        return str(caught.value)

    assert "no connection: refused, nobody listens there" in text("http://127.0.0.1:9")
    assert "no connection: the name of the host was not found" in text("https://no-such-host.invalid")
    with socket.create_server(("127.0.0.1", 0)) as plain:
        threading.Thread(target=_speak_no_tls, args=(plain,), daemon=True).start()
        assert "no connection: TLS failed (" in text(f"https://127.0.0.1:{plain.getsockname()[1]}")
    with scripted(b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n") as proxy:
        monkeypatch.setenv("HTTPS_PROXY", proxy.url)
        assert "the proxy refused the connection: it answered 407" in text("https://postmark.example")

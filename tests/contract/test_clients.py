"""What both clients do around a call: connections, copies, closing, timeouts, other endpoints, refusals."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from postmark_sdk import (
    AsyncPostmarkClient,
    ConfigurationError,
    InvalidMessageError,
    InvalidRequestError,
    NotFoundError,
    OutcomeUnknownError,
    PostmarkClient,
    RequestTimeoutError,
    TransportError,
)
from tests.description import examples, operations

from .worlds import WORLDS, call, options

if TYPE_CHECKING:
    from collections.abc import Callable

    from postmark_sdk.models import EmailParams

    from .server import DescribedServer

MAIL: EmailParams = {"from_": "a@example.com", "to": "b@example.org", "text_body": "Hello."}


def with_http(world: str, url: str, made: Callable[[Any], Any], **http: Any) -> tuple[Any, bool]:
    """The result of a call through an HTTP client of the caller's, and whether that was closed by ours."""
    if world == "async":
        return asyncio.run(_with_async_http(url, made, http))
    with httpx.Client(**http) as given:
        with PostmarkClient(**options(url), http_client=given) as client:
            result = made(client)
        return result, given.is_closed


async def _with_async_http(url: str, made: Callable[[Any], Any], http: dict[str, Any]) -> tuple[Any, bool]:
    async with httpx.AsyncClient(**http) as given:
        async with AsyncPostmarkClient(**options(url), http_client=given) as client:
            result = await made(client)
        return result, given.is_closed


async def _close_and_send(client: AsyncPostmarkClient, given: httpx.AsyncClient) -> None:
    await given.aclose()
    await client.emails.send(**MAIL)


# --- connections ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("world", WORLDS)
def test_an_http_client_of_the_callers_is_used_and_never_closed(server: DescribedServer, world: str) -> None:
    result, closed = with_http(world, server.url, lambda client: client.server.get(), headers={"X-Mine": "yes"})
    assert result.id
    assert not closed
    (seen,) = server.seen
    assert seen.problems == []


@pytest.mark.parametrize("world", WORLDS)
def test_headers_and_hooks_of_the_callers_http_client_are_respected(server: DescribedServer, world: str) -> None:
    hooked: list[str] = []

    def note(response: httpx.Response) -> None:
        hooked.append(response.request.method)

    async def anote(response: httpx.Response) -> None:
        note(response)

    hooks = {"response": [anote if world == "async" else note]}
    with_http(world, server.url, lambda client: client.server.get(), event_hooks=hooks)
    assert hooked == ["GET"]


@pytest.mark.parametrize("world", WORLDS)
def test_a_closed_http_client_of_the_callers_sends_nothing_and_says_so(server: DescribedServer, world: str) -> None:
    def close_and_send(client: Any) -> Any:
        given = client._core().pool._given
        if world == "sync":
            given._client.close()
            return client.emails.send(**MAIL)
        return _close_and_send(client, given._client)

    with pytest.raises(ConfigurationError, match="http_client that was given is closed"):
        with_http(world, server.url, close_and_send)
    assert server.seen == []


@pytest.mark.parametrize("world", WORLDS)
def test_a_filter_longer_than_a_url_is_refused(server: DescribedServer, world: str) -> None:
    with pytest.raises(InvalidMessageError, match="a URL takes 65536"):
        call(world, server.url, lambda client: client.bounces.list(tag="x" * 70_000))


@pytest.mark.usefixtures("_kept_open")
def test_calls_and_copies_share_one_connection(server: DescribedServer) -> None:
    with PostmarkClient(**options(server.url)) as client:
        client.server.get()
        client.bounces.get(1)
        copy = client.with_options(timeout=5, retries=1)
        copy.server.get()
        copy.close()
        client.server.get()
    assert [seen.problems for seen in server.seen] == [[]] * 4
    assert server.connections == 1


@pytest.mark.usefixtures("_kept_open")
def test_calls_and_copies_share_one_connection_in_a_loop(server: DescribedServer) -> None:
    async def use() -> None:
        async with AsyncPostmarkClient(**options(server.url)) as client:
            await client.server.get()
            copy = client.with_options(timeout=5)
            await copy.server.get()
            await copy.aclose()
            await client.server.get()

    asyncio.run(use())
    assert len(server.seen) == 3
    assert server.connections == 1


def test_an_async_client_serves_one_loop_after_the_other(server: DescribedServer) -> None:
    client = AsyncPostmarkClient(**options(server.url))

    async def use() -> Any:
        return await client.server.get()

    assert asyncio.run(use()) == asyncio.run(use())
    asyncio.run(client.aclose())
    assert len(server.seen) == 2


@pytest.mark.not_over_aiohttp(reason="aiohttp runs on asyncio alone")
def test_the_async_client_runs_on_trio(server: DescribedServer) -> None:
    trio = pytest.importorskip("trio", reason="trio is not installed")

    async def use() -> Any:
        async with AsyncPostmarkClient(**options(server.url)) as client:
            first = await client.emails.send(**MAIL)
            opened = [item async for item in client.bounces.iterate(limit=1)]
            return first.success, len(opened)

    assert trio.run(use) == (True, 1)
    assert [seen.problems for seen in server.seen] == [[], []]


@pytest.mark.parametrize("world", WORLDS)
def test_another_token_of_a_copy_is_sent(server: DescribedServer, world: str) -> None:
    with pytest.raises(InvalidRequestError, match="header X-Postmark-Server-Token: wrong"):
        call(world, server.url, lambda client: client.with_options(server_token="another").server.get())


# --- closing --------------------------------------------------------------------------------------------------------


def test_a_closed_client_refuses_calls_with_a_sentence(server: DescribedServer) -> None:
    client = PostmarkClient(**options(server.url))
    copy = client.with_options()
    client.server.get()
    client.close()
    client.close()
    for each in (client, copy):
        with pytest.raises(ConfigurationError, match="closed"):
            each.server.get()
        with pytest.raises(ConfigurationError, match="closed"):
            each.request("GET", "/server")
    assert len(server.seen) == 1


def test_a_closed_async_client_refuses_calls_with_a_sentence(server: DescribedServer) -> None:
    async def use() -> None:
        client = AsyncPostmarkClient(**options(server.url))
        await client.server.get()
        await client.aclose()
        await client.aclose()
        with pytest.raises(ConfigurationError, match="closed"):
            await client.server.get()

    asyncio.run(use())
    assert len(server.seen) == 1


def test_a_client_that_was_never_used_closes_too() -> None:
    PostmarkClient("token-for-tests").close()
    asyncio.run(AsyncPostmarkClient("token-for-tests").aclose())


# --- any endpoint ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("world", WORLDS)
def test_request_calls_any_endpoint_and_hands_on_the_answer(server: DescribedServer, world: str) -> None:
    raw = call(world, server.url, lambda client: client.request("get", "/bounces", query={"count": 5, "offset": 0}))
    assert raw.status_code == 200
    assert raw.headers["content-type"].startswith("application/json")
    assert raw.json() == next(iter(examples(operations()["bounces_list"].answer).values()))
    (seen,) = server.seen
    assert (seen.method, seen.target, seen.problems) == ("GET", "/bounces?count=5&offset=0", [])


@pytest.mark.parametrize("world", WORLDS)
def test_request_sends_json_with_the_account_token(server: DescribedServer, world: str) -> None:
    call(
        world, server.url, lambda client: client.request("POST", "/domains", json={"Name": "example.com"}, account=True)
    )
    (seen,) = server.seen
    assert (seen.operation, seen.json, seen.problems) == ("domains_create", {"Name": "example.com"}, [])


@pytest.mark.parametrize("world", WORLDS)
def test_request_raises_the_same_errors(server: DescribedServer, world: str) -> None:
    with pytest.raises(NotFoundError) as caught:
        call(world, server.url, lambda client: client.request("GET", "/nothing/here"))
    assert (caught.value.status_code, caught.value.error_code) == (404, 501)
    with pytest.raises(InvalidMessageError):
        call(world, server.url, lambda client: client.request("GET", "nothing/here"))


@pytest.mark.parametrize("world", WORLDS)
def test_a_mistake_is_found_before_anything_is_sent(server: DescribedServer, world: str) -> None:
    with pytest.raises(InvalidMessageError, match="subject"):
        call(world, server.url, lambda client: client.emails.send(**MAIL, subjet="x"))
    assert server.seen == []
    assert server.connections == 0


# --- timeouts -------------------------------------------------------------------------------------------------------


USUAL = httpx.Client().timeout


def wire_timeouts(
    world: str, made: Callable[[Any], Any], *, own: float | httpx.Timeout = USUAL, **given: Any
) -> dict[str, float | None]:
    """The four timeouts that the HTTP transport is handed; ``own`` is the HTTP client's."""
    seen: list[dict[str, float | None]] = []

    def handle(request: httpx.Request) -> httpx.Response:
        seen.append(request.extensions["timeout"])
        is_list = request.url.path.lower().startswith("/email/batch")
        answer: Any = {"ErrorCode": 0, "MessageID": "m", "Id": "b", "Status": "Accepted"}
        return httpx.Response(200, json=[answer] if is_list else answer)

    settings = {**options("http://127.0.0.1"), **given}
    if world == "async":

        async def use() -> None:
            async with (
                httpx.AsyncClient(transport=httpx.MockTransport(handle), timeout=own) as http,
                AsyncPostmarkClient(**settings, http_client=http) as client,
            ):
                await made(client)

        asyncio.run(use())
    else:
        with (
            httpx.Client(transport=httpx.MockTransport(handle), timeout=own) as http,
            PostmarkClient(**settings, http_client=http) as client,
        ):
            made(client)
    (found,) = seen
    return found


def four(connect: float, wait: float) -> dict[str, float]:
    return {"connect": connect, "read": wait, "write": wait, "pool": wait}


BULK = {"from_": "a@example.com", "subject": "s", "text_body": "x", "messages": [{"to": "b@example.org"}]}
TEMPLATED = {"from_": "a@example.com", "to": "b@example.org", "template_id": 1, "template_model": {}}


@pytest.mark.parametrize("world", WORLDS)
@pytest.mark.parametrize(
    ("made", "wait"),
    [
        (lambda client: client.emails.send(**MAIL), 30.0),
        (lambda client: client.emails.send_with_template(**TEMPLATED), 30.0),
        (lambda client: client.server.get(), 30.0),
        (lambda client: client.servers.list(), 30.0),
        (lambda client: client.emails.send_batch([MAIL]), 120.0),
        (lambda client: client.emails.send_batch_with_templates([TEMPLATED]), 120.0),
        (lambda client: client.emails.send_bulk(**BULK), 120.0),
    ],
    ids=["send", "template", "read", "account", "batch", "template batch", "bulk"],
)
def test_each_class_of_operations_has_its_own_timeout(world: str, made: Callable[[Any], Any], wait: float) -> None:
    assert wire_timeouts(world, made) == four(5.0, wait)


@pytest.mark.parametrize("world", WORLDS)
def test_a_timeout_of_the_client_and_one_of_the_call_reach_the_wire(world: str) -> None:
    def send(client: Any) -> Any:
        return client.emails.send_batch([MAIL])

    def send_quickly(client: Any) -> Any:
        return client.emails.send_batch([MAIL], timeout=3)

    exact = httpx.Timeout(9.0, connect=1.0, pool=None)
    assert wire_timeouts(world, send, own=0.5) == four(0.5, 0.5)
    assert wire_timeouts(world, send, own=exact)["connect"] == 1.0
    assert wire_timeouts(world, send, own=exact, timeout=60) == four(5.0, 60.0)
    assert wire_timeouts(world, send_quickly, own=exact) == four(3.0, 3.0)
    assert wire_timeouts(world, send, timeout=60) == four(5.0, 60.0)
    assert wire_timeouts(world, send, timeout=exact) == {"connect": 1.0, "read": 9.0, "write": 9.0, "pool": None}
    assert wire_timeouts(world, send_quickly, timeout=60) == four(3.0, 3.0)
    assert wire_timeouts(world, lambda client: client.with_options(timeout=7).server.get()) == four(5.0, 7.0)
    assert wire_timeouts(world, lambda client: client.request("GET", "/server", timeout=exact))["connect"] == 1.0


IMPATIENT = httpx.Timeout(60, read=0.05)
"""As long as it takes to connect, next to nothing for the answer."""


@pytest.mark.parametrize("world", WORLDS)
def test_a_read_that_takes_too_long_is_a_timeout_error(silent: DescribedServer, world: str) -> None:
    with pytest.raises(RequestTimeoutError, match="no answer in time") as caught:
        call(world, silent.url, lambda client: client.server.get(timeout=IMPATIENT))
    assert isinstance(caught.value.__cause__, httpx.ReadTimeout)


@pytest.mark.parametrize("world", WORLDS)
def test_a_send_that_takes_too_long_has_an_unknown_outcome_and_is_sent_once(
    silent: DescribedServer, world: str
) -> None:
    with pytest.raises(OutcomeUnknownError, match="no answer in time"):
        call(world, silent.url, lambda client: client.with_options(retries=5).emails.send(**MAIL, timeout=IMPATIENT))
    assert silent.arrived.wait(60)
    assert len(silent.seen) == 1


@pytest.mark.parametrize("world", WORLDS)
def test_where_nobody_listens_nothing_was_changed(world: str) -> None:
    import socket

    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        port = closed.getsockname()[1]
        with pytest.raises(TransportError, match="no connection"):
            call(world, f"http://127.0.0.1:{port}", lambda client: client.emails.send(**MAIL))

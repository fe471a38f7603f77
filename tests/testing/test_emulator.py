from __future__ import annotations

import asyncio
import os
import socket
import time
from functools import partial
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from postmark_sdk import AsyncPostmarkClient, PostmarkClient, testing
from postmark_sdk.errors import InactiveRecipientError, RateLimitError, ServerError
from postmark_sdk.testing import Mail, RealHostError, TestEmulator, _guard
from postmark_sdk.testing._guard import guard, is_real, take_stopped

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    from postmark_sdk.models import EmailWire

_MAIL: EmailWire = {"From": "a@example.com", "To": "b@example.org", "Subject": "s", "TextBody": "t"}
_TOKEN = "00000000-0000-0000-0000-00000000000a"
_REAL = "https://api.postmarkapp.com"
_RESET_SECONDS = 0.005


def test_without_pytest_it_is_a_context_manager(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("POSTMARK_SERVER_TOKEN", "00000000-0000-0000-0000-00000000000a")
    monkeypatch.delenv("POSTMARK_BASE_URL", raising=False)
    with TestEmulator() as postmark:
        assert os.environ["POSTMARK_SERVER_TOKEN"] == postmark.server_token
        with PostmarkClient() as client:
            client.emails.send(_MAIL)
        assert postmark.outbox == [Mail(subject="s")]
    assert os.environ["POSTMARK_SERVER_TOKEN"] == "00000000-0000-0000-0000-00000000000a"
    assert "POSTMARK_BASE_URL" not in os.environ


def test_without_pytest_it_is_an_asynchronous_one_too() -> None:
    async def main() -> None:
        async with TestEmulator() as postmark:
            await postmark.async_client.emails.send(_MAIL)
            async with AsyncPostmarkClient() as client:
                await client.emails.send(_MAIL)
            assert postmark.outbox == [Mail(subject="s")] * 2

    asyncio.run(main())


def test_what_was_never_started_can_be_stopped() -> None:
    emulator = TestEmulator()
    emulator.stop()
    assert emulator.base_url == ""


@pytest.mark.not_over_aiohttp(reason="aiohttp runs on asyncio alone")
def test_the_async_client_serves_one_event_loop_after_the_other(postmark: TestEmulator) -> None:
    for _ in range(3):
        asyncio.run(_send_with(postmark.async_client))
    trio = pytest.importorskip("trio")
    trio.run(partial(_send_with, postmark.async_client))
    assert len(postmark.outbox) == 4


async def _send_with(client: AsyncPostmarkClient) -> None:
    await client.emails.send(_MAIL)


def test_a_reset_takes_less_than_five_milliseconds(postmark: TestEmulator) -> None:
    times = []
    for _ in range(20):
        postmark.client.emails.send_batch([_MAIL] * 20)
        started = time.thread_time()  # what others do with the machine meanwhile does not count
        postmark.reset()
        times.append(time.thread_time() - started)
    assert min(times) < _RESET_SECONDS


def test_a_reset_takes_back_what_a_test_changed(postmark: TestEmulator) -> None:
    postmark.client.emails.send(_MAIL)
    postmark.client.templates.create(name="Mine", alias="mine", subject="s", text_body="t")
    postmark.webhooks.connect()
    postmark.change_settings(check_senders=True, may_send=False)
    postmark.set_latency(30)
    postmark.fail_next(5)
    postmark.freeze_clock()
    postmark.suppress("b@example.org")
    postmark.reset()
    assert not postmark.outbox
    assert "mine" not in [each.alias for each in postmark.client.templates.list(count=100, offset=0)]
    assert not postmark.client.webhooks.list().items
    postmark.client.emails.send(_MAIL)
    assert postmark.outbox == [Mail(to="b@example.org")]


def test_failures_come_when_asked_for(postmark: TestEmulator) -> None:
    client = postmark.client.with_options(retries=0)
    postmark.fail_next(status=500, error_code=1, path="/server")
    client.emails.send(_MAIL)
    with pytest.raises(ServerError):
        client.server.get()
    postmark.fail_next(kind="rate_limit", error_code=429, retry_after=7)
    with pytest.raises(RateLimitError) as caught:
        client.emails.send(_MAIL)
    assert caught.value.retry_after == 7
    assert len(postmark.outbox) == 1


def test_a_bounced_address_is_refused_the_next_time(postmark: TestEmulator) -> None:
    postmark.client.emails.send(_MAIL)
    postmark.bounce(postmark.outbox[0])
    assert [bounce.email for bounce in postmark.client.bounces.list(count=10, offset=0)] == ["b@example.org"]
    with pytest.raises(InactiveRecipientError):
        postmark.client.emails.send(_MAIL)


@pytest.mark.parametrize(
    "reach",
    [
        lambda: httpx.get(f"{_REAL}/server", trust_env=False),
        lambda: httpx.get(f"{_REAL}/server", proxy="http://127.0.0.1:9"),
        lambda: _httpx2().get(f"{_REAL}/server", proxy="http://127.0.0.1:9"),
        lambda: asyncio.run(_get_with_httpx2()),
        lambda: asyncio.run(_get_with_proxy()),
        PostmarkClient(_TOKEN, base_url=_REAL).server.get,
        lambda: asyncio.run(_get_with_client()),
        lambda: socket.create_connection(("smtp.postmarkapp.com", 25), timeout=1),
        lambda: socket.gethostbyname("API.postmarkapp.com."),
        lambda: asyncio.run(_connect()),
        lambda: asyncio.run(_get_with_aiohttp(None)),
        lambda: asyncio.run(_get_with_aiohttp("http://127.0.0.1:9")),
        lambda: _in_uvloop(_connect()),
        lambda: _in_uvloop(_look_up()),
    ],
    ids=[
        "httpx",
        "proxy",
        "httpx2",
        "async httpx2",
        "async proxy",
        "client",
        "async client",
        "smtp",
        "look-up",
        "asyncio",
        "aiohttp",
        "aiohttp and a proxy",
        "uvloop",
        "uvloop's look-up",
    ],
)
def test_nothing_reaches_the_real_host(postmark: TestEmulator, reach: Callable[[], object]) -> None:
    assert postmark.base_url
    take_stopped()
    with pytest.raises(RealHostError, match=r"(?i)stopped before it reached (api|smtp)\.postmarkapp\.com"):
        reach()
    assert len(take_stopped()) == 1


async def _get_with_client() -> None:
    await AsyncPostmarkClient(_TOKEN, base_url=_REAL).server.get()


def _httpx2() -> Any:
    return pytest.importorskip("httpx2", reason="it needs Python 3.11")


async def _get_with_httpx2() -> None:
    async with _httpx2().AsyncClient(proxy="http://127.0.0.1:9") as client:
        await client.get(f"{_REAL}/server")


async def _get_with_proxy() -> None:
    async with httpx.AsyncClient(proxy="http://127.0.0.1:9") as client:
        await client.get(f"{_REAL}/server")


class _Resolver:
    """Asks nobody else, as aiodns."""

    async def resolve(self, host: str, *_: Any, **__: Any) -> Any:
        raise AssertionError(f"{host} was looked up")

    async def close(self) -> None:
        """Nothing is open."""


async def _get_with_aiohttp(proxy: str | None) -> None:
    aiohttp: Any = pytest.importorskip("aiohttp")
    connector = aiohttp.TCPConnector(resolver=_Resolver())
    async with aiohttp.ClientSession(connector=connector) as session, session.get(f"{_REAL}/server", proxy=proxy):
        pass


def _in_uvloop(main: Coroutine[Any, Any, None]) -> None:
    try:
        import uvloop
    except ImportError:
        main.close()
        pytest.skip("uvloop is not installed")
    loop: Any = uvloop.new_event_loop()
    try:
        loop.run_until_complete(main)
    finally:
        loop.close()


async def _look_up() -> None:
    await asyncio.get_running_loop().getaddrinfo("api.postmarkapp.com", 443)


async def _connect() -> None:
    await asyncio.open_connection("api.postmarkapp.com", 443)


def test_a_swallowed_attempt_is_still_known(postmark: TestEmulator) -> None:
    assert postmark.base_url
    take_stopped()
    try:
        socket.getaddrinfo(b"api.postmarkapp.com", 443)
    except BaseException:  # noqa: BLE001 - the worst that code under test does
        assert take_stopped() == ["api.postmarkapp.com"]
    assert take_stopped() == []


def test_only_postmark_is_out_of_bounds() -> None:
    assert is_real("postmarkapp.com")
    assert not is_real("notpostmarkapp.com")
    assert not is_real("127.0.0.1")
    assert not is_real(None)
    with guard():
        assert socket.getaddrinfo("127.0.0.1", 1)


def test_the_way_is_free_again_when_the_last_guard_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_guard, "_watch", _guard._Watch())
    before = (socket.getaddrinfo, httpx.HTTPTransport.handle_request)
    with guard():
        with guard():
            assert socket.getaddrinfo is not before[0]
        assert httpx.HTTPTransport.handle_request is not before[1]
    assert (socket.getaddrinfo, httpx.HTTPTransport.handle_request) == before


def test_the_name_it_had_still_works_and_warns() -> None:
    with pytest.warns(DeprecationWarning, match="Use TestEmulator") as caught:
        assert testing.Emulator is TestEmulator
    assert caught[0].filename == __file__

"""Closing a client while it is used: nothing is cut off, and nothing stays open."""

from __future__ import annotations

from typing import Any

import anyio
import pytest

from postmark_sdk import AsyncPostmarkClient, ConfigurationError, PostmarkClient
from postmark_sdk._core.call.link import Link, Shared
from postmark_sdk._core.call.settings import Settings
from postmark_sdk._core.http.pooling.pool import SyncPool
from tests.core.echo import Echo, echo, message

pytest.importorskip("trio", reason="trio is not installed")


TRIO = pytest.param("trio", marks=pytest.mark.not_over_aiohttp(reason="aiohttp runs on asyncio alone"))


@pytest.mark.parametrize("backend", ["asyncio", TRIO])
def test_closing_lets_async_calls_under_way_finish(backend: str) -> None:
    results: list[Any] = []
    connections: list[Any] = []

    async def main(server: Echo) -> None:
        client = AsyncPostmarkClient("server-token-for-tests", base_url=server.url, retries=0)

        async def send(mark: str) -> None:
            results.append(await client.emails.send(**message(mark)))

        async with anyio.create_task_group() as calls:
            for mark in ("one", "two", "three"):
                calls.start_soon(send, mark)
            assert await anyio.to_thread.run_sync(server.arrived.wait, 60)
            connections.extend(client._link._shared.made._own.values())
            await client.aclose()
            assert [each.connections.is_used for each in connections] == [True]
            server.go_on.set()
        assert [each.connections.is_used for each in connections] == [False]

    with echo(silent=True) as server:
        anyio.run(main, server, backend=backend)
    assert {result.message_id for result in results} == {"one", "two", "three"}


def test_a_client_that_is_closed_while_its_first_call_begins_opens_nothing() -> None:
    shared = Shared(None)

    def make(settings: Settings, shared: Shared) -> SyncPool:
        link.close()  # as by another thread, after the call has begun
        return shared.pool(SyncPool, settings.base_url)

    link = Link(Settings(), make, shared)
    with pytest.raises(ConfigurationError, match="closed"):
        link.core()


def test_a_closed_client_cannot_be_entered_again() -> None:
    client = PostmarkClient("server-token-for-tests")
    with client, client.with_options(timeout=1), client:  # while it is open, as often as one likes
        pass
    for closed in (client, client.with_options(timeout=1)):
        with pytest.raises(ConfigurationError, match="closed and cannot be opened again"), closed:
            pass


def test_a_closed_async_client_cannot_be_entered_again() -> None:
    async def main() -> None:
        client = AsyncPostmarkClient("server-token-for-tests")
        await client.aclose()
        with pytest.raises(ConfigurationError, match="closed and cannot be opened again"):
            await client.__aenter__()

    anyio.run(main)

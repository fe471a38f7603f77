"""Answers made to be large, misread or followed somewhere else end in an error that says so, within their bounds."""

from __future__ import annotations

import asyncio
import contextlib
import functools
import gzip
import json
import re
import tracemalloc
import zlib
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from postmark_sdk import AsyncPostmarkClient, OutcomeUnknownError, PostmarkClient
from postmark_sdk._core.call import core
from tests.core.scripted import accepted, answer, scripted

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable

    from tests.core.scripted import Scripted

TOKEN = "server-token-for-tests"
MAIL: Any = {"from_": "s@example.com", "to": "a@example.org", "text_body": "Hello."}
BODY = json.dumps(accepted("mine")).encode()
MEGABYTE = 1 << 20


def own() -> dict[str, Any]:
    return {}


def of_httpx2(kind: str) -> Callable[[], dict[str, Any]]:
    return lambda: {"http_client": getattr(pytest.importorskip("httpx2"), kind)()}


SYNC: dict[str, Callable[[], dict[str, Any]]] = {
    "own": own,
    "httpx": lambda: {"http_client": httpx.Client()},
    "httpx2": of_httpx2("Client"),
}
ASYNC: dict[str, Callable[[], dict[str, Any]]] = {
    "own, async": own,
    "httpx, async": lambda: {"http_client": httpx.AsyncClient()},
    "httpx2, async": of_httpx2("AsyncClient"),
    "aiohttp": lambda: {"transport": pytest.importorskip("httpx_aiohttp").AiohttpTransport},
}
ways = pytest.mark.parametrize("way", [*SYNC, *ASYNC])


def send(way: str, url: str) -> str | None:
    """The id that a send is told."""
    options: Any = {"base_url": url, "retries": 0, "timeout": 20}

    async def main() -> str | None:
        async with contextlib.AsyncExitStack() as stack:
            options.update(ASYNC[way]())
            if "http_client" in options:
                await stack.enter_async_context(options["http_client"])
            client = await stack.enter_async_context(AsyncPostmarkClient(TOKEN, **options))
            return (await client.emails.send(**MAIL)).message_id

    if way in ASYNC:
        return asyncio.run(main())
    with contextlib.ExitStack() as stack:
        options.update(SYNC[way]())
        if "http_client" in options:
            stack.enter_context(options["http_client"])
        return stack.enter_context(PostmarkClient(TOKEN, **options)).emails.send(**MAIL).message_id


def raw(body: bytes, headers: str) -> bytes:
    return f"HTTP/1.1 200 X\r\nContent-Length: {len(body)}\r\n{headers}\r\n".encode() + body


@functools.cache
def bomb(coding: str) -> bytes:
    return (gzip.compress if coding == "gzip" else zlib.compress)(bytes(320 * MEGABYTE))


def refused(way: str, server: Scripted, words: str) -> None:
    with pytest.raises(OutcomeUnknownError, match=words):
        send(way, server.url)
    assert len(server.requests) == 1


@ways
@pytest.mark.parametrize("coding", ["gzip", "deflate"])
def test_a_few_bytes_that_unpack_to_very_many_are_not_unpacked(
    way: str, coding: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(core, "MAX_ANSWER_BYTES", MEGABYTE)
    with scripted(raw(bomb(coding), f"Content-Encoding: {coding}\r\n")) as server:
        tracemalloc.start()
        try:
            refused(way, server, "the answer is larger than")
            assert tracemalloc.get_traced_memory()[1] < 160 * MEGABYTE, (
                "what one read from the socket unpacks to, twice"
            )
        finally:
            tracemalloc.stop()


@ways
def test_a_body_without_end_ends(way: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(core, "MAX_ANSWER_BYTES", MEGABYTE)

    def endless(connection: socket.socket) -> None:
        connection.sendall(b"HTTP/1.1 200 X\r\nTransfer-Encoding: chunked\r\n\r\n")
        while True:
            connection.sendall(b"10000\r\n%s\r\n" % bytes(0x10000))

    with scripted(endless) as server:
        refused(way, server, "the answer is larger than")


@ways
@pytest.mark.parametrize("coding", ["br", "zstd", "gzip, gzip", "deflate, gzip", "gzip,br"])
def test_an_encoding_that_was_not_asked_for_is_not_unpacked(way: str, coding: str) -> None:
    with scripted(raw(gzip.compress(gzip.compress(BODY)), f"Content-Encoding: {coding}\r\n")) as server:
        refused(way, server, re.escape("the answer's compression is broken, or was not asked for"))


@ways
@pytest.mark.parametrize("coding", ["x-gzip", "compress", "rot13", "none"])
def test_an_encoding_that_nobody_knows_is_not_readable(way: str, coding: str) -> None:
    with scripted(raw(gzip.compress(BODY), f"Content-Encoding: {coding}\r\n")) as server:
        refused(way, server, "not JSON")


@ways
@pytest.mark.parametrize("coding", ["GZIP", " gzip ", "identity", "gzip, identity"])
def test_an_encoding_however_it_is_written_is_unpacked(way: str, coding: str) -> None:
    body = BODY if coding == "identity" else gzip.compress(BODY)
    with scripted(raw(body, f"Content-Encoding: {coding}\r\n")) as server:
        assert send(way, server.url) == "mine"


@ways
@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_takes_neither_mail_nor_token_elsewhere(way: str, status: int) -> None:
    with scripted(answer(accepted("elsewhere"))) as other:
        with scripted(answer({}, status, f"Location: {other.url}/email\r\n")) as server:
            refused(way, server, f"{status}")
        assert other.requests == []


@ways
def test_a_head_of_a_megabyte_is_no_answer(way: str) -> None:
    with scripted(answer(accepted("mine"), headers=f"X-Long: {'x' * MEGABYTE}\r\n")) as server:
        refused(way, server, "unknown")

"""Every adapter behaves alike, in the real framework under a real server."""

from __future__ import annotations

import asyncio
import http.client
import json
import socket
import threading
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import httpx
import pytest

from postmark_sdk.integrations.asgi import WebhookApp
from postmark_sdk.webhooks import BounceEvent, InboundEvent, WebhookAuth, WebhookRouter
from tests.integrations.apps import APPS, LIMIT, PAIR, Received, serving
from tests.webhooks.payloads import example

if TYPE_CHECKING:
    from collections.abc import Iterator

_PLAIN: Any = {
    "trust_env": False,
    "verify": httpx.create_ssl_context(),  # never used, and slow to make for each call
    "timeout": 60,
}

apps = pytest.mark.parametrize("name", APPS)
kinds = pytest.mark.parametrize("asynchronous", [False, True], ids=["plain", "coroutine"])


def post(url: str, content: bytes | Iterator[bytes], **headers: str) -> httpx.Response:
    given = {"Content-Type": "application/json", **{name.replace("_", "-"): value for name, value in headers.items()}}
    return httpx.post(url, content=content, headers=given, auth=PAIR, **_PLAIN)


@apps
@kinds
def test_an_event_is_received(name: str, *, asynchronous: bool) -> None:
    received = Received(asynchronous=asynchronous, failures=1)
    content = json.dumps(example("bounce")).encode()
    with serving(name, received.router) as url:
        answers = [post(url, content, X_PM_Webhook_Trace_Id="trace", X_PM_Retries_Remaining="5") for _ in range(3)]
        ignored = post(url, json.dumps(example("open")).encode())
    assert [(answer.status_code, answer.json()) for answer in answers] == [
        (500, {"outcome": "failed"}),
        (200, {"outcome": "handled"}),
        (200, {"outcome": "duplicate"}),
    ]
    assert {answer.headers["content-type"] for answer in answers} == {"application/json"}
    assert (ignored.status_code, ignored.json()) == (200, {"outcome": "ignored"})
    (event,) = received.events
    assert isinstance(event, BounceEvent)
    assert (event.email, event.trace_id, event.retries_remaining) == ("recipient@example.org", "trace", 5)


@apps
def test_a_body_of_many_chunks_is_received_whole(name: str) -> None:
    received = Received(asynchronous=False)
    text = "ä" * 25_000
    with serving(name, received.router) as url:
        assert post(url, json.dumps({**example("inbound"), "TextBody": text}).encode()).status_code == 200
    (event,) = received.events
    assert isinstance(event, InboundEvent)
    assert event.text_body == text


@apps
def test_a_wrong_password_is_answered_with_401(name: str) -> None:
    received = Received(asynchronous=False)
    content = json.dumps(example("bounce")).encode()
    with serving(name, received.router) as url:
        nobody = httpx.post(url, content=content, **_PLAIN)
        wrong = httpx.post(url, content=content, auth=("postmark", "wrong"), **_PLAIN)
    assert [answer.status_code for answer in (nobody, wrong)] == [401, 401]
    assert nobody.headers["www-authenticate"].startswith("Basic ")
    assert nobody.json() == {"outcome": "unauthorized"}
    assert received.events == []


@apps
def test_what_is_no_event_is_answered_with_400(name: str) -> None:
    with serving(name, Received(asynchronous=False).router) as url:
        assert [post(url, content).status_code for content in (b"{", b"[]", b"\xff")] == [400, 400, 400]


@apps
def test_only_post_is_accepted(name: str) -> None:
    with serving(name, Received(asynchronous=False).router) as url:
        answers = [httpx.request(method, url, **_PLAIN) for method in ("GET", "PUT", "DELETE")]
    assert [answer.status_code for answer in answers] == [405, 405, 405]
    assert all("POST" in answer.headers["allow"] for answer in answers)


@apps
def test_a_body_that_is_too_large_is_refused_before_it_arrives(name: str) -> None:
    """Nothing of the body is ever sent, and the answer comes all the same; only Django under ASGI reads first."""
    if name == "django-async":
        pytest.skip("Django's ASGI handler reads the body before it calls a view")
    with serving(name, Received(asynchronous=False).router) as url:
        parts = urlsplit(url)
        connection = http.client.HTTPConnection("127.0.0.1", parts.port or 80, timeout=60)
        connection.putrequest("POST", parts.path)
        connection.putheader("Content-Length", str(LIMIT + 1))
        connection.putheader("Authorization", httpx.BasicAuth(*PAIR)._auth_header)
        connection.endheaders()
        assert connection.getresponse().status == 413
        connection.close()


@apps
def test_a_body_that_turns_out_too_large_is_refused(name: str) -> None:
    received = Received(asynchronous=False)
    with serving(name, received.router) as url:
        assert post(url, b'{"a": "' + b"x" * LIMIT + b'"}').status_code == 413
        # Postmark says how long a body is; who does not is refused, unless the server can tell where it ends.
        chunked = post(url, iter([b'{"a": "', *[b"x" * 50_000] * 5, b'"}'])).status_code
    assert chunked == {"wsgi": 411, "django": 411}.get(name, 413)
    assert received.events == []


@pytest.mark.parametrize("name", [name for name in APPS if name not in {"wsgi", "django"}])
def test_a_body_without_a_length_is_read_where_the_server_can(name: str) -> None:
    with serving(name, Received(asynchronous=False).router) as url:
        content = json.dumps(example("bounce")).encode()
        assert post(url, iter([content[:50], content[50:]])).json() == {"outcome": "handled"}


def test_an_asgi_application_refuses_what_is_no_http() -> None:
    app = WebhookApp(Received(asynchronous=False).router)

    async def call() -> None:
        await app({"type": "websocket"}, call, call)  # type: ignore[arg-type]  # neither is called

    with pytest.raises(ValueError, match="webhooks are HTTP calls, not websocket"):
        asyncio.run(call())


@apps
def test_the_address_of_the_caller_is_checked(name: str) -> None:
    content = json.dumps(example("bounce")).encode()
    for networks, status in (["127.0.0.0/8"], 200), (["192.0.2.1"], 401):
        with serving(name, WebhookRouter(auth=WebhookAuth(networks=networks))) as url:
            assert post(url, content, X_Forwarded_For="192.0.2.1").status_code == status


@pytest.mark.parametrize("name", ["asgi", "starlette", "fastapi", "wsgi", "flask", "django"])
@pytest.mark.parametrize(
    ("order", "status"), [(["50.31.156.6", "192.0.2.1"], 401), (["192.0.2.1", "50.31.156.6"], 200)]
)
def test_a_header_that_repeats_is_read_as_one_list(name: str, order: list[str], status: int) -> None:
    auth = WebhookAuth(networks=["50.31.156.6"], trusted_proxies=["127.0.0.1"])
    headers = [("X-Forwarded-For", address) for address in order]
    with serving(name, WebhookRouter(auth=auth)) as url:
        answer = httpx.post(url, content=b"{}", headers=headers, **_PLAIN)
    assert answer.status_code == status


@apps
def test_a_caller_who_hangs_up_does_no_harm(name: str) -> None:
    received = Received(asynchronous=False)
    with serving(name, received.router) as url:
        parts = urlsplit(url)
        head = (
            f"POST {parts.path} HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n"
            f"Authorization: {httpx.BasicAuth(*PAIR)._auth_header}\r\n\r\n"
        )
        with socket.create_connection(("127.0.0.1", parts.port or 80)) as connection:
            connection.sendall(head.encode() + b'{"RecordType": ')
        assert post(url, json.dumps(example("bounce")).encode()).status_code == 200
    assert len(received.events) == 1


@apps
def test_many_calls_at_once_are_handled_once(name: str) -> None:
    received = Received(asynchronous=False)
    content = json.dumps(example("bounce")).encode()
    with serving(name, received.router) as url:
        answers: list[int] = []
        threads = [threading.Thread(target=lambda: answers.append(post(url, content).status_code)) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert set(answers) <= {200, 503}
    assert len(received.events) == 1

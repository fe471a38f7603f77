"""Before any operation: tokens, media types, JSON, paths; and whatever an enemy sends."""

from __future__ import annotations

import json
import socket
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest

from postmark_sdk.emulator import Emulator

if TYPE_CHECKING:
    import httpx


NO_TOKEN = {"ErrorCode": 10, "Message": "Request does not contain a valid Server token."}


@pytest.mark.parametrize("token", ["", "wrong", "emulator-account-token"])
def test_a_wrong_token_is_401(api: httpx.Client, token: str) -> None:
    answer = api.get("/server", headers={"X-Postmark-Server-Token": token})
    assert (answer.status_code, answer.json()) == (401, NO_TOKEN)


def test_a_server_token_does_not_open_the_account(postmark: Emulator, account: httpx.Client) -> None:
    answer = account.get("/servers?count=1&offset=0", headers={"X-Postmark-Account-Token": postmark.server_token})
    assert (answer.status_code, answer.json()["ErrorCode"]) == (401, 10)


def test_tokens_are_compared_without_regard_to_case(postmark: Emulator, api: httpx.Client) -> None:
    assert api.get("/server", headers={"X-Postmark-Server-Token": postmark.server_token.upper()}).status_code == 200


def test_other_media_types_are_415(api: httpx.Client, email: dict[str, Any]) -> None:
    assert api.get("/server", headers={"Accept": "text/html"}).status_code == 415
    body = json.dumps(email).encode()
    assert api.post("/email", content=body, headers={"Content-Type": "text/plain"}).status_code == 415
    assert api.post("/email", content=body).status_code == 415


def test_unknown_routes_are_404_and_wrong_methods_405(api: httpx.Client) -> None:
    assert api.get("/no/such/thing").status_code == 404
    answer = api.delete("/email")
    assert (answer.status_code, answer.headers["allow"]) == (405, "POST")


@pytest.mark.parametrize("path", ["/DeliveryStats", "/deliverystats/", "/message-Streams/OUTBOUND", "/%73erver"])
def test_paths_are_matched_without_regard_to_case(api: httpx.Client, path: str) -> None:
    assert api.get(path).status_code == 200


@pytest.mark.parametrize(
    "raw",
    [
        b"{",
        b"not json",
        b'{"From": "\xff"}',
        b'{"From": "\\ud800"}',
        b'{"a": NaN}',
        b'{"a": 1e999}',
        b'{"a": ' + b"[" * 100 + b"]" * 100 + b"}",
        b'{"a": ' + b"[" * 200_000,
        b"[" * 200_000 + b"]" * 200_000,
        b'{"a": ' + b"9" * 5000 + b"}",
        b"\xff\xfe{\x00}\x00",
    ],
)
def test_what_is_no_json_is_402(api: httpx.Client, raw: bytes) -> None:
    for path in ("/email", "/email/batch", "/templates"):
        answer = api.post(path, content=raw, headers={"Content-Type": "application/json"})
        assert (answer.status_code, answer.json()["ErrorCode"]) == (422, 402)


HOSTILE: list[Any] = [
    None,
    True,
    0,
    -1,
    10**30,
    1.5,
    "",
    "x",
    "\x00",
    "' OR 1=1 --",
    "{{#each}}",
    "../../etc/passwd",
    [],
    [[]],
    {},
    {"": ""},
    [None],
    "ü" * 1000,
    "\U0001f600\u202e",
]


def test_no_value_of_any_field_is_answered_with_5xx(
    api: httpx.Client, account: httpx.Client, postmark: Emulator
) -> None:
    for operation in postmark.state.description.operations.values():
        if operation.body_schema is None or operation.shape is None:
            continue
        path = operation.path.replace("{webhook_id}", "1")
        path = "/".join("1" if part.startswith("{") else part for part in path.split("/"))
        client = account if operation.token == "account" else api
        names = list(operation.shape.names.values()) or ["x"]
        for value in HOSTILE:
            for body in (value, {**dict.fromkeys(names, value), "Verify": False}):
                answer = client.request(operation.method, path, json=body)
                assert answer.status_code in {200, 404, 422}, (operation.id, body, answer.text)
        for name in names:
            answer = client.request(operation.method, path, json={name: HOSTILE[len(name) % len(HOSTILE)]})
            assert answer.status_code in {200, 404, 422}, (operation.id, name, answer.text)


def test_no_query_or_path_is_answered_with_5xx(api: httpx.Client, account: httpx.Client, postmark: Emulator) -> None:
    values = ["", "x", "-1", "0", "501", "99999999999999999999", "1.5", "%00", "%FF", "%2F..%2F", "true", "2026-13-45"]
    for operation in postmark.state.description.operations.values():
        if operation.method != "GET":
            continue
        client = account if operation.token == "account" else api
        names = [each.name for each in operation.parameters if each.place == "query"]
        for value in values:
            path = "/".join(value or "1" if part.startswith("{") else part for part in operation.path.split("/"))
            query = "&".join(f"{name}={value}" for name in names)
            assert client.get(f"{path}?{query}").status_code < 500
        for index, name in enumerate(names):
            value = values[index % len(values)]
            answer = client.get(f"{operation.path}?count=1&offset=0&{name}={value}")
            assert answer.status_code in {200, 404, 422}, (operation.id, name, value, answer.text)


def _raw(postmark: Emulator, request: bytes) -> bytes:
    parts = urlsplit(postmark.base_url)
    with socket.create_connection((str(parts.hostname), parts.port or 0), timeout=60) as connection:
        connection.sendall(request)
        answer = b""
        while b"\r\n\r\n" not in answer:
            received = connection.recv(65536)
            if not received:
                break
            answer += received
    return answer


@pytest.mark.parametrize(
    "path", [b"/../../server", b"//server", b"/server/%2e%2e/email", b"/email/%00", b"/\xff", b"/bounces/%ff%fe/dump"]
)
def test_path_tricks_end_in_an_ordinary_refusal(postmark: Emulator, path: bytes) -> None:
    head = b" HTTP/1.1\r\nHost: localhost\r\nAccept: application/json\r\nX-Postmark-Server-Token: "
    answer = _raw(postmark, b"GET " + path + head + postmark.server_token.encode() + b"\r\n\r\n")
    assert answer.split(b" ")[1] in {b"400", b"404", b"405", b"422"}


def test_a_foreign_name_is_not_answered(postmark: Emulator) -> None:
    for path in (b"/server", b"/_emulator", b"/"):
        answer = _raw(postmark, b"GET " + path + b" HTTP/1.1\r\nHost: evil.example\r\n\r\n")
        assert answer.startswith(b"HTTP/1.1 421")
    for host in (b"localhost:1", b"127.0.0.1", b"[::1]:80", b"mail.localhost"):
        answer = _raw(postmark, b"GET /_emulator HTTP/1.1\r\nHost: " + host + b"\r\n\r\n")
        assert answer.startswith(b"HTTP/1.1 200")


def test_an_allowed_name_is_answered() -> None:
    with Emulator(allow_hosts=["Postmark.Example"]) as emulator:
        for path in (b"/_emulator", b"/"):
            answer = _raw(emulator, b"GET " + path + b" HTTP/1.1\r\nHost: postmark.example:8025\r\n\r\n")
            assert answer.startswith(b"HTTP/1.1 200")


@pytest.mark.parametrize(
    ("path", "code"),
    [
        ("/messages/outbound", 700),
        ("/messages/inbound", 700),
        ("/bounces", 1000),
        ("/templates", 1100),
        ("/servers", 600),
        ("/domains", 500),
        ("/senders", 500),
    ],
)
def test_paging_is_required_and_limited(api: httpx.Client, account: httpx.Client, path: str, code: int) -> None:
    client = account if path in {"/servers", "/domains", "/senders"} else api
    for query in ("", "?count=1", "?offset=0", "?count=0&offset=0", "?count=501&offset=0", "?count=1&offset=-1"):
        answer = client.get(path + query)
        assert (answer.status_code, answer.json()["ErrorCode"]) == (422, code)
    assert client.get(f"{path}?Count=500&OFFSET=0").status_code == 200


@pytest.mark.parametrize("path", ["/messages/outbound", "/messages/outbound/opens", "/messages/inbound", "/bounces"])
def test_searches_reach_10000_rows(api: httpx.Client, path: str) -> None:
    assert api.get(f"{path}?count=500&offset=9500").status_code == 200
    assert api.get(f"{path}?count=500&offset=9501").status_code == 422

"""Input that no honest client sends: every answer is one of Postmark's, and the emulator goes on."""

from __future__ import annotations

import json
import socket
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import httpx
import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from postmark_sdk.emulator import Emulator

_MEGABYTE = 1024 * 1024
_MAIL = {"From": "a@example.com", "To": "b@example.org", "Subject": "s", "TextBody": "t"}
_DEEP = 100_000
_WRONG_TYPES: list[object] = [None, True, 7, -1, 1e400, "text", "", [], [[]], {}, {"a": 1}, "\0", "\ud800", "💥" * 1000]


@pytest.fixture(name="client", scope="session")
def _client(running: Emulator) -> Iterator[httpx.Client]:
    headers = {
        "X-Postmark-Server-Token": running.server_token,
        "X-Postmark-Account-Token": running.account_token,
        "Accept": "application/json",
        "Content-Type": "application/json",
    }
    with httpx.Client(base_url=running.base_url, headers=headers, trust_env=False, timeout=30) as client:
        yield client


@pytest.fixture(name="api")
def _api(emulator: Emulator, client: httpx.Client) -> Iterator[httpx.Client]:
    assert emulator.sent() == []
    yield client
    # Whatever came before, an honest request is answered.
    assert client.post("/email", json=_MAIL).status_code == 200


def code_of(answer: httpx.Response) -> int:
    """The code of a refusal, after making sure that it is one of Postmark's form."""
    assert 400 <= answer.status_code < 500
    assert answer.headers["Content-Type"].startswith("application/json")
    body = answer.json()
    assert isinstance(body["Message"], str)
    code = body["ErrorCode"]
    assert isinstance(code, int)
    assert answer.headers["X-PM-ApiErrorCode"] == str(code)
    return code


@pytest.mark.parametrize(
    "body",
    [
        b"{",
        b"}",
        b"",
        b"\xff\xfe",
        b'{"From": "\xff"}',
        b'{"From": "a@example.com", "From": NaN}',
        b'{"Subject": "\\ud800"}',
        b"[" * _DEEP,
        b"[" * _DEEP + b"]" * _DEEP,
        b'{"a":' * _DEEP + b"1" + b"}" * _DEEP,
        b'{"TemplateModel":' + b'{"a":' * _DEEP + b"1" + b"}" * _DEEP + b"}",
        b"1" * 100_000,
        b"-",
        b"\xef\xbb\xbf{}",
        b'{"Attachments": [{"Name": "a", "Content": "\\u0000", "ContentType": "x"}]}',
    ],
    ids=lambda body: repr(bytes(body[:20])),
)
@pytest.mark.parametrize(
    "path", ["/email", "/email/withTemplate", "/email/batch", "/templates", "/webhooks", "/domains"]
)
def test_broken_json_is_refused(api: httpx.Client, path: str, body: bytes) -> None:
    assert code_of(api.post(path, content=body)) > 0


def test_every_field_of_a_mail_with_a_wrong_type(api: httpx.Client) -> None:
    names = [*_MAIL, "Cc", "Bcc", "Tag", "HtmlBody", "ReplyTo", "Headers", "TrackOpens", "TrackLinks", "Metadata"]
    for name in [*names, "Attachments", "MessageStream", "TemplateId", "TemplateModel"]:
        for value in _WRONG_TYPES:
            body = json.dumps({**_MAIL, name: value}).encode()
            for path in ("/email", "/email/withTemplate"):
                answer = api.post(path, content=body)
                assert answer.status_code in {200, 422}, (path, name, value, answer.text)
                assert (answer.status_code == 200) == (answer.json()["ErrorCode"] == 0)


def test_a_mail_inside_out(api: httpx.Client) -> None:
    for value in _WRONG_TYPES:
        content = json.dumps(value).encode()
        for path in ("/email", "/email/batch", "/email/batchWithTemplates", "/email/bulk", "/templates", "/server"):
            method = "PUT" if path == "/server" else "POST"
            assert api.request(method, path, content=content).status_code < 500
        inside = json.dumps({"Headers": [value], "Attachments": [value], "Metadata": {"a": value}, **_MAIL}).encode()
        assert api.post("/email", content=inside).status_code in {200, 422}


def test_sizes_have_limits(api: httpx.Client) -> None:
    large = b'{"TextBody": "' + b"x" * (11 * _MEGABYTE) + b'"}'
    answer = api.post("/email", content=large)
    assert (answer.status_code, code_of(answer)) == (413, answer.json()["ErrorCode"])
    assert api.post("/email", content=iter([large[: 6 * _MEGABYTE], large[6 * _MEGABYTE :]])).status_code == 413


def test_numbers_in_queries_have_limits(api: httpx.Client) -> None:
    for value in ("-1", "1e3", "0x10", "\uff19", "1" * 5000, "", "NaN", "true", "1;2", "' OR 1=1 --", "\0"):
        answer = api.get("/messages/outbound", params={"count": value, "offset": "0"})
        assert code_of(answer) == 700, value
    for name in ("recipient", "subject", "tag", "metadata_x", "fromemail"):
        for value in ("%", "_", "'", '"; DROP TABLE messages; --', "\\", "\0", "💥", "x" * 20_000):
            params = {"count": "1", "offset": "0", name: value}
            assert api.get("/messages/outbound", params=params).status_code in {200, 422}


@pytest.mark.parametrize(
    "path",
    [
        "/../email",
        "/..%2f..%2fetc%2fpasswd",
        "/messages/outbound/..%2f..%2fserver/details",
        "/messages/outbound/%00/details",
        "/messages/outbound/%ff%fe/details",
        "/templates/%2e%2e",
        "/templates/" + "9" * 400,
        "/bounces/-1",
        "/bounces/9223372036854775808",
        "/bounces/%F0%9F%92%A5",
        "/message-streams/%27%20OR%201=1",
        "/webhooks/1e3",
        "//email",
        "/email//",
        "/" + "a/" * 2000,
        "/%",
        "/%zz",
        "/inbox/../email",
        "/_emulator/../server/x",
    ],
)
def test_tricks_with_paths_lead_nowhere(emulator: Emulator, path: str) -> None:
    answer = raw(emulator, f"GET {path} HTTP/1.1")
    status = int(answer.split()[1])
    assert status in {400, 401, 404, 405, 422}, answer[:200]


@pytest.mark.parametrize(
    "head",
    [
        "GET /server HTTP/9.9",
        "\0\0\0\0",
        "POST /email HTTP/1.1\r\nContent-Length: -5",
        "POST /email HTTP/1.1\r\nContent-Length: 5\r\nContent-Length: 6",
        "POST /email HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nzz",
        "GET /server HTTP/1.1\r\nX-Postmark-Server-Token: \xff\xfe",
        "GET /server HTTP/1.1\r\n" + "A: b\r\n" * 2000 + "B: c",
        "GET /server HTTP/1.1\r\nA: " + "b" * 200_000,
        "PROPFIND /email HTTP/1.1",
        "POST /email HTTP/1.1\r\nContent-Length: 0\r\nContent-Type: \xff",
    ],
    ids=lambda head: repr(head[:60]),
)
def test_broken_http_does_no_harm(emulator: Emulator, head: str) -> None:
    answer = raw(emulator, head)
    assert not answer or 400 <= int(answer.split()[1]) < 500
    assert raw(emulator, "GET /server HTTP/1.1").startswith("HTTP/1.1 401")


def test_a_request_that_is_cut_leaves_nothing(emulator: Emulator) -> None:
    body = json.dumps(_MAIL).encode()
    for length in (0, 1, len(body) - 1):
        with socket.create_connection(_address(emulator), timeout=10) as connection:
            head = (
                "POST /email HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nAccept: */*\r\n"
                f"X-Postmark-Server-Token: {emulator.server_token}\r\nContent-Length: {len(body)}\r\n\r\n"
            )
            connection.sendall(head.encode() + body[:length])
    assert raw(emulator, "GET /server HTTP/1.1").startswith("HTTP/1.1 401")
    assert emulator.sent() == []


def _address(emulator: Emulator) -> tuple[str, int]:
    parts = urlsplit(emulator.base_url)
    assert parts.hostname is not None
    assert parts.port is not None
    return parts.hostname, parts.port


def raw(emulator: Emulator, head: str) -> str:
    """What comes back to these very bytes; the connection is closed after one answer."""
    with socket.create_connection(_address(emulator), timeout=2) as connection:
        connection.sendall(f"{head}\r\nHost: 127.0.0.1\r\nAccept: */*\r\nConnection: close\r\n\r\n".encode("latin-1"))
        chunks = []
        try:
            while chunk := connection.recv(65_536):
                chunks.append(chunk)
        except (ConnectionResetError, TimeoutError):
            pass
    return b"".join(chunks).decode("latin-1")

from __future__ import annotations

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

import httpx
import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

jsonschema_rs = pytest.importorskip("jsonschema_rs", reason="needs the extra 'emulator'")

from postmark_sdk.emulator import Emulator  # noqa: E402
from postmark_sdk.emulator.http.routes import Router  # noqa: E402
from postmark_sdk.emulator.reference.description import Operation, load_description, resolve, validator  # noqa: E402


class Conformance:
    """Judges every answer by the description, down to keys nobody documents."""

    def __init__(self) -> None:
        self.description = load_description()
        self.router = Router(self.description.operations.values())
        self.validators: dict[tuple[str, str], Any] = {}
        self.seen: set[str] = set()

    def check(self, response: httpx.Response) -> None:
        response.read()
        found = self.router.find(response.request.url.raw_path)
        operation = found[0].get(response.request.method) if found else None
        if operation is None or response.request.url.path.startswith("/_emulator"):
            return
        answer = response.json()
        schema = self._schema(operation, response.status_code)
        if response.headers.get("x-pm-apierrorcode") == "1364":
            schema = self.description.schema("WebhookVerification")
        key = (operation.id, json.dumps(schema))
        if key not in self.validators:
            self.validators[key] = validator(schema, self.description.document)
        errors = [f"{error.instance_path}: {error.message}" for error in self.validators[key].iter_errors(answer)]
        assert not errors, (operation.id, errors, answer)
        assert not self._undocumented(answer, schema), (operation.id, self._undocumented(answer, schema))
        assert response.headers["content-type"] == "application/json; charset=utf-8"
        if response.status_code == 200:
            self.seen.add(operation.id)
            assert "x-pm-apierrorcode" not in response.headers
        elif "ErrorCode" in answer:
            assert response.headers["x-pm-apierrorcode"] == str(answer["ErrorCode"])

    def _schema(self, operation: Operation, status: int) -> dict[str, Any]:
        document = self.description.document
        raw = document["paths"][operation.path][operation.method.lower()]
        answer = raw["responses"].get(str(status)) or raw["responses"]["default"]
        schema: dict[str, Any] = resolve(document, answer)["content"]["application/json"]["schema"]
        return schema

    def _undocumented(self, value: Any, schema: dict[str, Any], place: str = "$") -> list[str]:
        whole = resolve(self.description.document, schema)
        if isinstance(value, list):
            items = whole.get("items", {})
            return [each for item in value for each in self._undocumented(item, items, f"{place}[]")]
        properties = self._properties(whole)
        if not isinstance(value, dict) or not properties:
            return []
        odd = []
        for name, inner in value.items():
            if name in properties:
                odd += self._undocumented(inner, properties[name], f"{place}.{name}")
            elif not self._is_open(whole):
                odd.append(f"{place}.{name}")
        return odd

    def _properties(self, schema: dict[str, Any]) -> dict[str, Any]:
        whole = resolve(self.description.document, schema)
        found = dict(whole.get("properties", {}))
        for branch in [*whole.get("allOf", []), *whole.get("oneOf", []), *whole.get("anyOf", [])]:
            found.update(self._properties(branch))
        return found

    def _is_open(self, whole: dict[str, Any]) -> bool:
        branches = [resolve(self.description.document, each) for each in whole.get("allOf", [])]
        return any(bool(each.get("additionalProperties")) for each in [whole, *branches])


class Receiver:
    """A webhook endpoint on loopback that answers as it is told."""

    def __init__(self) -> None:
        self.requests: list[tuple[str, dict[str, str], Any]] = []
        self.statuses: list[int] = []
        self.redirect: str | None = None
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"] or 0))
                receiver.requests.append((self.path, dict(self.headers), json.loads(body)))
                status = receiver.statuses.pop(0) if receiver.statuses else 200
                self.send_response(status)
                if receiver.redirect is not None:
                    self.send_header("Location", receiver.redirect)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, format: str, *args: object) -> None:
                """Quiet."""

        class Server(ThreadingHTTPServer):
            request_queue_size = 128  # the emulator makes up to 64 posts at once

        self._server = Server(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        self._thread.start()

    def url(self, path: str = "/hook", user: str = "") -> str:
        return f"http://{user}127.0.0.1:{self._server.server_port}{path}"

    def payloads(self, kind: str | None = None) -> list[Any]:
        return [each[2] for each in self.requests if kind is None or each[2].get("RecordType") == kind]

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


@pytest.fixture(scope="session")
def conformance() -> Conformance:
    return Conformance()


@pytest.fixture(scope="session")
def running() -> Iterator[Emulator]:
    with Emulator() as emulator:
        yield emulator


@pytest.fixture
def postmark(running: Emulator) -> Iterator[Emulator]:
    running.change_settings(
        strict=False,
        check_senders=False,
        pending_approval=False,
        may_send=True,
        bulk_approved=True,
        may_delete_servers=True,
        may_remove_data=True,
        ip_allowed=True,
        dns_verified=True,
        live_style=False,
        rate_limit=0,
        search_delay=0,
        shuffle_webhooks=False,
        time_scale=1,
    )
    running.reset()
    yield running
    running.settle()


def _client(emulator: Emulator, conformance: Conformance, header: str, token: str) -> httpx.Client:
    return httpx.Client(
        base_url=emulator.base_url,
        headers={header: token, "Accept": "application/json"},
        event_hooks={"response": [conformance.check]},
        trust_env=False,
        timeout=60,
    )


@pytest.fixture
def api(postmark: Emulator, conformance: Conformance) -> Iterator[httpx.Client]:
    with _client(postmark, conformance, "X-Postmark-Server-Token", postmark.server_token) as client:
        yield client


@pytest.fixture
def test_api(postmark: Emulator, conformance: Conformance) -> Iterator[httpx.Client]:
    with _client(postmark, conformance, "X-Postmark-Server-Token", "POSTMARK_API_TEST") as client:
        yield client


@pytest.fixture
def account(postmark: Emulator, conformance: Conformance) -> Iterator[httpx.Client]:
    with _client(postmark, conformance, "X-Postmark-Account-Token", postmark.account_token) as client:
        yield client


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    opened = Receiver()
    yield opened
    opened.close()


@pytest.fixture
def email() -> dict[str, Any]:
    return {
        "From": "Sender <sender@example.com>",
        "To": "receiver@example.org",
        "Subject": "Hello",
        "TextBody": "Hello there",
    }

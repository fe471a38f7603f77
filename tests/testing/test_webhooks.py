from __future__ import annotations

import base64
import json
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import TYPE_CHECKING, Any, cast

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from postmark_sdk.models import EmailWire
    from postmark_sdk.testing import TestEmulator


def send(postmark: TestEmulator) -> str:
    result = postmark.client.emails.send(
        from_="a@example.com", to="b@example.org", subject="s", text_body="t", metadata={"order": "7"}
    )
    assert result.message_id is not None
    return result.message_id


def test_without_a_webhook_nothing_is_posted(postmark: TestEmulator) -> None:
    send(postmark)
    assert len(postmark.webhooks) == 0
    assert repr(postmark.webhooks) == "<Webhooks: none posted>"
    with pytest.raises(IndexError, match="there is no webhook post 0: 0 made"):
        postmark.webhooks[0]


def test_every_event_is_posted_in_order(postmark: TestEmulator) -> None:
    number = postmark.webhooks.connect()
    message_id = send(postmark)
    postmark.open(message_id)
    postmark.click(message_id, "https://shop.example/")
    postmark.bounce(message_id)
    postmark.inbound(b"From: c@example.org\r\nTo: x@inbound.postmarkapp.com\r\nSubject: Hi\r\n\r\nHello")
    kinds = ["Delivery", "Open", "Click", "Bounce", "SubscriptionChange"]
    assert [post.kind for post in postmark.webhooks] == kinds
    assert {(post.state, post.status_codes, post.message_id) for post in postmark.webhooks} == {
        ("delivered", (200,), message_id)
    }
    assert [payload["Metadata"] for payload in postmark.webhooks.payloads("Bounce")] == [{"order": "7"}]
    assert [webhook.id for webhook in postmark.client.webhooks.list().items] == [number]


def test_many_posts_at_once_arrive_at_the_first_try(postmark: TestEmulator) -> None:
    postmark.webhooks.connect(triggers=["Delivery"])
    mail: EmailWire = {"From": "a@example.com", "To": "b@example.org", "Subject": "s", "TextBody": "t"}
    postmark.client.emails.send_batch([mail] * 500)
    assert [post.status_codes for post in postmark.webhooks] == [(200,)] * 500


def test_only_what_was_asked_for_is_posted(postmark: TestEmulator) -> None:
    postmark.webhooks.connect(triggers=["Bounce"])
    postmark.bounce(send(postmark))
    assert [post.kind for post in postmark.webhooks[:]] == ["Bounce"]
    with pytest.raises(ValueError, match="no such trigger: Bouncing; Open, "):
        postmark.webhooks.connect(triggers=["Bouncing"])


def test_inbound_mail_is_posted(postmark: TestEmulator) -> None:
    postmark.webhooks.connect_inbound()
    postmark.inbound(b"From: c@example.org\r\nTo: x@inbound.postmarkapp.com\r\nSubject: Hi\r\n\r\nHello")
    (payload,) = postmark.webhooks.payloads("Inbound")
    assert (payload["Subject"], payload["FromFull"]["Email"]) == ("Hi", "c@example.org")


class _Endpoint(HTTPServer):
    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.answers = [500, 200]
        self.seen: list[tuple[dict[str, str], Any]] = []


class _Handler(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        endpoint = cast("_Endpoint", self.server)
        body = self.rfile.read(int(self.headers["Content-Length"]))
        endpoint.seen.append((dict(self.headers), json.loads(body)))
        self.send_response(endpoint.answers.pop(0))
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


@pytest.fixture(name="endpoint")
def _endpoint() -> Iterator[_Endpoint]:
    with _Endpoint() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def test_the_code_under_test_can_be_the_receiver(postmark: TestEmulator, endpoint: _Endpoint) -> None:
    url = f"http://127.0.0.1:{endpoint.server_address[1]}/hook"
    postmark.webhooks.connect(url, triggers=["Delivery"], username="hook", password="fake", headers={"X-Shop": "1"})
    send(postmark)
    assert [(post.state, post.status_codes, post.url) for post in postmark.webhooks] == [("pending", (500,), url)]
    postmark.advance(61)
    assert [(post.state, post.status_codes) for post in postmark.webhooks] == [("delivered", (500, 200))]
    headers, payload = endpoint.seen[1]
    assert payload["RecordType"] == "Delivery"
    assert headers["X-Shop"] == "1"
    assert headers["Authorization"] == "Basic " + base64.b64encode(b"hook:fake").decode()

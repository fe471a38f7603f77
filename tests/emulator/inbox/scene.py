"""A shop's day for the inbox to show: used by the tests of the pages and by the screenshots."""

from __future__ import annotations

import base64
import json
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

import httpx
from typing_extensions import Self

from tests.emulator.client import SERVER

if TYPE_CHECKING:
    from collections.abc import Iterator

    from postmark_sdk.emulator import Emulator

SECTIONS = (
    "/",
    "/inbox/refused",
    "/inbox/inbound",
    "/inbox/inbound/new",
    "/inbox/templates",
    f"/inbox/templates/{SERVER}/{SERVER + 2}",
    "/inbox/bounces",
    "/inbox/suppressions",
    "/inbox/webhooks",
    "/inbox/statistics",
)
VIEWS = ("html", "text", "events", "advice", "links", "headers", "attachments", "metadata", "source", "json")
RECEIPT = """<!doctype html>
<html><head><style>
body { margin: 0; background: #f2efe9; color: #222; font-family: Georgia, "DejaVu Serif", serif; }
.box { max-width: 560px; margin: 0 auto; padding: 28px 20px; }
.card { background: #fff; padding: 28px; border-radius: 6px; }
h1 { font-size: 24px; margin: 0 0 12px; }
table { width: 100%; border-collapse: collapse; margin: 18px 0; }
td { padding: 8px 0; border-bottom: 1px solid #eee; }
.go { display: inline-block; background: #1d5c4b; color: #fff; padding: 10px 18px; border-radius: 4px; }
</style></head><body><div class="box"><div class="card">
<h1>Thank you, Ada</h1><p>Your order 1042 is packed. This is in the parcel:</p>
<table><tr><td>To the Lighthouse</td><td align="right">12.00</td></tr>
<tr><td>The Waves</td><td align="right">14.50</td></tr>
<tr><td><b>Total</b></td><td align="right"><b>26.50</b></td></tr></table>
<a class="go" href="https://shop.example.com/orders/1042">Follow the parcel</a>
<p><img src="cid:seal.png" alt="Seal" width="16" height="16"></p>
</div></div></body></html>"""
PNG = base64.b64encode(
    bytes.fromhex(
        "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c4890000000d49444154789c6360606060000000050001"
        "a5f645400000000049454e44ae426082"
    )
).decode()
TEMPLATE = {
    "Name": "Parcel on its way",
    "Alias": "parcel",
    "Subject": "Your parcel {{ parcel.number }} is on its way",
    "HtmlBody": RECEIPT[: RECEIPT.index("<h1>")]
    + "<h1>Dear {{ name }}</h1><p>Your parcel <b>{{ parcel.number }}</b> left our shelves. It holds:</p>"
    "<table>{{#each parcel.books}}<tr><td>{{ title }}</td><td align=right>{{ author }}</td></tr>{{/each}}</table>"
    '<a class="go" href="https://shop.example.com/parcels/{{ parcel.number }}">Follow it</a></div></div></body></html>',
    "TextBody": "Dear {{ name }},\n\nyour parcel {{ parcel.number }} is on its way.\n",
}
MODEL: dict[str, Any] = {
    "name": "Ada",
    "parcel": {
        "number": "LB-2210",
        "books": [
            {"title": "To the Lighthouse", "author": "Virginia Woolf"},
            {"title": "Middlemarch", "author": "George Eliot"},
        ],
    },
}
LETTER = "<h1>The November letter</h1><p>Three new shelves, and a reading on Friday.</p>"
MAILS: tuple[tuple[str, str, str, str], ...] = (
    ("ada@example.com", "Your receipt from Lighthouse Books", "receipt", "outbound"),
    ("grace.hopper@example.org", "Confirm your address", "confirm", "outbound"),
    ("katherine@example.net", "Reset your password", "password-reset", "outbound"),
    ("hedy.lamarr@example.com", "The November letter", "newsletter", "broadcast"),
    ("margaret@example.org", "Invoice 2026-1104", "invoice", "outbound"),
    ("annie@example.com", "Your parcel is on its way", "shipping", "outbound"),
)


class Shop:
    """Posts to one emulator as an application would, without any SDK."""

    def __init__(self, postmark: Emulator) -> None:
        self.postmark = postmark
        headers = {"X-Postmark-Server-Token": postmark.server_token}
        self._http = httpx.Client(base_url=postmark.base_url, headers=headers, timeout=60)

    def close(self) -> None:
        self._http.close()

    def call(self, method: str, path: str, body: object = None) -> Any:
        return self._http.request(method, path, json=body).json()

    def send(self, **fields: object) -> str:
        """Send one mail; its id."""
        mail = {"From": "Lighthouse Books <shop@example.com>", "To": "ada@example.com", "Subject": "Hello"}
        answer = self.call("POST", "/email", {**mail, "TextBody": "Hello.", **fields})
        assert answer["ErrorCode"] == 0, answer
        return str(answer["MessageID"])

    def receipt(self) -> str:
        """The mail with everything in it."""
        return self.send(
            Subject="Your receipt from Lighthouse Books",
            Cc="Grace Hopper <grace.hopper@example.org>",
            HtmlBody=RECEIPT,
            TextBody="Thank you, Ada. Follow the parcel: https://shop.example.com/orders/1042",
            Tag="receipt",
            TrackOpens=True,
            TrackLinks="HtmlAndText",
            Metadata={"order": "1042", "customer": "c-77"},
            Headers=[{"Name": "X-Shop-Order", "Value": "1042"}],
            Attachments=[
                {
                    "Name": "receipt.pdf",
                    "Content": base64.b64encode(b"%PDF-1.4 not really\n" * 900).decode(),
                    "ContentType": "application/pdf",
                },
                {"Name": "seal.png", "Content": PNG, "ContentType": "image/png", "ContentID": "cid:seal.png"},
            ],
        )


@contextmanager
def shop_of(postmark: Emulator) -> Iterator[Shop]:
    """A shop that hangs up in the end."""
    shop = Shop(postmark)
    try:
        yield shop
    finally:
        shop.close()


class Receiver:
    """Takes webhooks on loopback and keeps them."""

    def __init__(self) -> None:
        self.posts: list[dict[str, Any]] = []
        self._arrived = threading.Condition()
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
                with outer._arrived:
                    outer.posts.append(json.loads(body))
                    outer._arrived.notify_all()
                self.send_response(200)
                self.send_header("Content-Length", "2")
                self.end_headers()
                self.wfile.write(b"ok")

            def log_message(self, format: str, *args: object) -> None:
                pass

        class Server(ThreadingHTTPServer):
            request_queue_size = 128  # the emulator makes up to 64 posts at once

        self._server = Server(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}/postmark"

    def wait_for(self, kind: str, seconds: float = 60) -> dict[str, Any]:
        """The first post of this kind."""
        with self._arrived:
            found = self._arrived.wait_for(lambda: self._first(kind), seconds)
            assert found, f"no {kind} among {[post.get('RecordType') for post in self.posts]}"
            return found

    def _first(self, kind: str) -> dict[str, Any] | None:
        return next((post for post in self.posts if post.get("RecordType") == kind), None)

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._server.shutdown()
        self._server.server_close()


def hook(shop: Shop, receiver: Receiver) -> None:
    """Let every kind of event be posted; what creating the webhook posts to try it is forgotten."""
    made = shop.call(
        "POST",
        "/webhooks",
        {
            "Url": receiver.url,
            "MessageStream": "outbound",
            "Triggers": {
                "Open": {"Enabled": True, "PostFirstOpenOnly": False},
                "Click": {"Enabled": True},
                "Delivery": {"Enabled": True},
                "Bounce": {"Enabled": True, "IncludeContent": False},
                "SpamComplaint": {"Enabled": True, "IncludeContent": False},
                "SubscriptionChange": {"Enabled": True},
            },
        },
    )
    assert "ID" in made, made
    receiver.posts.clear()


def two_weeks(postmark: Emulator, shop: Shop) -> str:
    """Fourteen days of mail, more on some; the last one is the receipt, whose id comes back."""
    postmark.state.clock.advance(-13 * 86_400 - 900)
    for day in range(14):
        for number in range(4 + day * 7 % 9):
            _one(postmark, shop, day, number)
        if day < 13:
            postmark.state.clock.advance(86_400)
    shop.call("POST", "/email", {"From": "shop@", "To": "ada@example.com", "Subject": "Hi", "TextBody": "x"})
    shop.call(
        "POST", "/email", {"From": "shop@example.com", "To": "gone@example.com", "Subject": "Hi", "TextBody": "x"}
    )
    for number in range(5, 0, -1):
        postmark.state.clock.advance(150)
        _one(postmark, shop, 2, number)
    postmark.state.clock.advance(150)
    return shop.receipt()


def _one(postmark: Emulator, shop: Shop, day: int, number: int) -> None:
    to, subject, tag, stream = MAILS[(day + number) % len(MAILS)]
    html = LETTER if stream == "broadcast" else RECEIPT.replace("cid:seal.png", "data:,")
    to = "gone@example.com" if (day, number) == (4, 2) else to
    id_ = shop.send(
        To=to, Subject=subject, Tag=tag, MessageStream=stream, HtmlBody=html, TrackOpens=True, TrackLinks="HtmlOnly"
    )
    from postmark_sdk.emulator.control import actions as _actions

    if to == "gone@example.com":
        _actions.bounce(postmark.state, id_)
    elif number % 2:
        for _ in range(1 + day % 2):
            _actions.open_message(postmark.state, id_, user_agent="Mozilla/5.0 (Macintosh) AppleWebKit/605.1.15")
        if number % 3 == 0 and stream == "outbound":
            _actions.click(postmark.state, id_, "https://shop.example.com/orders/1042", user_agent="Mozilla/5.0")


def every_page(filled: tuple[str, str, str]) -> list[str]:
    base, id_, inbound = filled
    pages = [*SECTIONS, *(f"/inbox/messages/{id_}?view={view}" for view in VIEWS)]
    pages += [f"/inbox/inbound/{inbound}?view={view}" for view in ("text", "headers", "source", "json", "events")]
    return [base + path for path in pages]

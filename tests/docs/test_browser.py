"""The Playwright test that the page on browser tests shows passes in Chromium, with an application that sends mail."""

from __future__ import annotations

import re
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, quote, urlsplit

import httpx
import pytest

pytest.importorskip("starlette", reason="the emulator needs its extra")

from postmark_sdk.emulator import Emulator
from tests.emulator.inbox.chromium import chromium, missing

from .examples import pages

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.skipif(missing() is not None, reason=missing() or "")

_FORM = """<!doctype html><form method="post"><label>Email <input name="email"></label>
<button>Sign up</button></form>"""


@contextmanager
def application(emulator: Emulator) -> Iterator[str]:
    """Signs people up, once they have followed the link in a mail."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            query = parse_qs(urlsplit(self.path).query)
            self.answer(f"Welcome, {query['email'][0]}" if self.path.startswith("/confirm") else _FORM)

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            address = parse_qs(body)["email"][0]
            link = f"http://{self.headers['Host']}/confirm?email={quote(address)}"
            mail = {
                "From": "shop@example.com",
                "To": address,
                "Subject": "Confirm",
                "HtmlBody": f'<p>Hello! <a href="{link}">Confirm</a></p>',
                "TrackLinks": "HtmlOnly",
            }
            headers = {"X-Postmark-Server-Token": emulator.server_token}
            httpx.post(f"{emulator.base_url}/email", json=mail, headers=headers, trust_env=False, timeout=60)
            self.answer("We have sent you a mail.")

        def answer(self, text: str) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.end_headers()
            self.wfile.write(text.encode())

        def log_message(self, format: str, *args: object) -> None:
            """Quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()
    thread.join()


def test_the_test_of_the_page_passes() -> None:
    [example] = pages()["docs/howto/browser-tests.md"]
    with Emulator() as emulator, application(emulator) as address, chromium() as browser:
        source = re.sub(r"http://127.0.0.1:8025", emulator.base_url, example.source)
        source = re.sub(r"http://127.0.0.1:5000", address, source)
        namespace: dict[str, Any] = {}
        exec(compile(source, "browser-tests.md", "exec", dont_inherit=True), namespace)  # noqa: S102 - our own text
        namespace["test_whoever_signs_up_confirms_by_mail"](browser.new_page())
        assert emulator.counters()["Clicks"] == 1

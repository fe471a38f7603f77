"""The examples of the README and of the stores do what they say."""

from __future__ import annotations

import asyncio
import contextlib
import http.client
import importlib.util
import json
import os
import sqlite3
import subprocess
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import pytest

pytest.importorskip("starlette", reason="the emulator needs its extra")

from postmark_sdk import PostmarkClient
from postmark_sdk.emulator import Emulator
from postmark_sdk.webhooks import BounceEvent, EventStore, WebhookAuth, WebhookRouter, parse
from tests.webhooks.payloads import example

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

ROOT = Path(__file__).resolve().parents[2]
EXAMPLES = ROOT / "examples"
PASSWORD = "webhook-password-for-examples"

_APPLICATIONS = [
    ("fastapi", "app", "asgi_server"),
    ("django", "application", "wsgi_server"),
    ("flask", "create_app", "werkzeug_server"),
    ("quart", "app", "asgi_server"),
    ("litestar", "app", "asgi_server"),
    ("aiohttp", "create_app", "aiohttp_server"),
]
_PAGES = {
    "fastapi": "fastapi",
    "django": "django",
    "flask": "flask",
    "quart": "frameworks",
    "litestar": "frameworks",
    "aiohttp": "frameworks",
}
_SERVE = """
import sys
sys.path[:0] = [sys.argv[1], sys.argv[2]]
import importlib
from tests.integrations import servers
app = getattr(importlib.import_module(sys.argv[3]), sys.argv[4])
app = app() if sys.argv[4].startswith("create") else app
with getattr(servers, sys.argv[5])(app) as url:
    print(url, flush=True)
    sys.stdin.read()
"""


@contextlib.contextmanager
def running(module: str, app: str, server: str, postmark: Emulator) -> Iterator[str]:
    """An example under a real server, in a process of its own."""
    command = [sys.executable, "-W", "error", "-c", _SERVE, str(ROOT), str(EXAMPLES), module, app, server]
    environment = {
        **os.environ,
        "DJANGO_SECRET_KEY": "django-key-for-tests",
        "POSTMARK_BASE_URL": postmark.base_url,
        "POSTMARK_SERVER_TOKEN": postmark.server_token,
        "WEBHOOK_PASSWORD": PASSWORD,
    }
    process = subprocess.Popen(  # noqa: S603 - our own text
        command, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdin is not None
    assert process.stdout is not None
    with process:
        try:
            yield process.stdout.readline().strip()
        finally:
            process.stdin.close()
            process.wait(60)


@pytest.mark.parametrize(("framework", "app", "server"), _APPLICATIONS)
def test_the_examples_of_frameworks_run(framework: str, app: str, server: str) -> None:
    pytest.importorskip(framework, reason=f"{framework} is not installed")
    with Emulator() as postmark, running(f"webhooks_{framework}", app, server, postmark) as url:
        assert url.startswith("http://127.0.0.1:")
        auth = WebhookAuth(basic=("postmark", PASSWORD))
        with PostmarkClient(postmark.server_token, base_url=postmark.base_url) as client:
            made = client.webhooks.ensure(f"{url}/postmark", triggers=[BounceEvent], auth=auth)
            assert made.webhook.status == "verified"
            client.server.update(inbound_hook_url=f"{url.replace('://', f'://postmark:{PASSWORD}@')}/postmark")
            postmark.inbound(
                b"From: customer@example.org\r\nTo: a@inbound.postmarkapp.com\r\nSubject: Help\r\n"
                b"Message-ID: <1@example.org>\r\n\r\nIt does not work.\r\n"
            )
            postmark.settle()
        (delivery,) = [each for each in postmark.deliveries() if each["Kind"] == "Inbound"]
        assert [attempt["StatusCode"] for attempt in delivery["Attempts"]] == [200]
        (answer,) = postmark.sent()
        assert answer.subject == "Re: Help"
        assert "> It does not work." in (answer.text_body or "")


@pytest.mark.parametrize(("framework", "app", "server"), _APPLICATIONS)
def test_the_examples_of_frameworks_refuse_what_is_not_postmarks(framework: str, app: str, server: str) -> None:
    pytest.importorskip(framework, reason=f"{framework} is not installed")
    content = json.dumps(example("bounce")).encode()
    chunks = [content[:50], content[50:]]
    plain: Any = {"auth": ("postmark", PASSWORD), "trust_env": False, "timeout": 60}
    with Emulator() as postmark, running(f"webhooks_{framework}", app, server, postmark) as url:
        where = f"{url}/postmark"
        nobody = httpx.post(where, content=content, **{**plain, "auth": None})
        assert (nobody.status_code, nobody.headers["www-authenticate"][:5]) == (401, "Basic")
        assert httpx.get(where, **plain).status_code == 405
        assert httpx.post(where, content=b"{", **plain).status_code == 400
        assert answer_to_large_one(url) == 413
        if server != "wsgi_server":  # which cannot tell where chunks end
            assert httpx.post(where, content=iter(chunks), **plain).json() == {"outcome": "handled"}
            assert httpx.post(where, content=content, **plain).json() == {"outcome": "duplicate"}


def answer_to_large_one(url: str) -> int:
    """Nothing of its body ever comes."""
    connection = http.client.HTTPConnection(url.removeprefix("http://"), timeout=60)
    connection.putrequest("POST", "/postmark")
    connection.putheader("Content-Length", str(60 * 1024 * 1024))
    connection.putheader("Authorization", httpx.BasicAuth("postmark", PASSWORD)._auth_header)
    connection.endheaders()
    with contextlib.closing(connection):
        return connection.getresponse().status


@pytest.mark.parametrize(("framework", "page"), _PAGES.items())
def test_the_page_of_a_framework_shows_its_example(framework: str, page: str) -> None:
    page = (ROOT / "docs" / "howto" / f"{page}.md").read_text(encoding="utf-8")
    assert f"```{{literalinclude}} ../../examples/webhooks_{framework}.py" in page


def test_the_page_of_task_runners_shows_every_task() -> None:
    page = (ROOT / "docs" / "howto" / "queues.md").read_text(encoding="utf-8")
    tasks = [path.name for path in EXAMPLES.glob("tasks_*.py")]
    assert len(tasks) == 6
    assert [name for name in tasks if f"```{{literalinclude}} ../../examples/{name}" not in page] == []


def load(name: str) -> Any:
    spec = importlib.util.spec_from_file_location(name, EXAMPLES / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_application_of_the_readme_can_be_started_again(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("fastapi", reason="fastapi is not installed")
    monkeypatch.setenv("WEBHOOK_PASSWORD", PASSWORD)
    example_app = load("webhooks_fastapi")
    mail = parse(
        b'{"FromFull": {"Email": "customer@example.org"}, "Subject": "Help", "MailboxHash": "", "MessageID": "1"}'
    )

    async def starts() -> None:
        for _ in range(2):
            async with example_app.lifespan(example_app.app):
                await example_app.on_mail(mail)

    with Emulator() as postmark:
        monkeypatch.setenv("POSTMARK_BASE_URL", postmark.base_url)
        monkeypatch.setenv("POSTMARK_SERVER_TOKEN", postmark.server_token)
        asyncio.run(starts())
        assert [sent.subject for sent in postmark.sent()] == ["Re: Help", "Re: Help"]


class Redis:
    """The three commands of Redis that the example uses, with its own time."""

    def __init__(self) -> None:
        self.now = 0.0
        self.lock = threading.Lock()
        self.values: dict[str, tuple[bytes, float]] = {}

    def get(self, name: str) -> bytes | None:
        value, ends = self.values.get(name, (None, 0.0))
        return value if ends > self.now else None

    def set(self, name: str, value: str, *, ex: int, nx: bool = False) -> bool | None:
        with self.lock:
            if nx and self.get(name) is not None:
                return None
            self.values[name] = (value.encode(), self.now + ex)
            return True

    def delete(self, name: str) -> int:
        return int(self.values.pop(name, None) is not None)


def redis_store(_: Path) -> tuple[EventStore, Callable[[float], None]]:
    redis = Redis()
    return load("webhook_store_redis").RedisStore(redis), lambda seconds: setattr(redis, "now", redis.now + seconds)


def table_store(directory: Path) -> tuple[EventStore, Callable[[float], None]]:
    now = [0.0]
    store = load("webhook_store_table").TableStore(
        lambda: sqlite3.connect(directory / "events.db", timeout=60), lambda: now[0]
    )
    return store, lambda seconds: now.__setitem__(0, now[0] + seconds)


stores = pytest.mark.parametrize("make", [redis_store, table_store])


@stores
def test_a_store_keeps_the_protocol(make: Callable[[Path], Any], tmp_path: Path) -> None:
    store, advance = make(tmp_path)
    assert [store.claim("a"), store.claim("a"), store.claim("b")] == ["new", "busy", "new"]
    store.settle("a", handled=True)
    store.settle("b", handled=False)
    assert [store.claim("a"), store.claim("b")] == ["done", "new"]
    advance(601)
    assert [store.claim("a"), store.claim("b")] == ["done", "new"]
    advance(24 * 3600)
    assert [store.claim("a"), store.claim("b")] == ["new", "new"]


@stores
def test_of_many_threads_one_gets_the_event(make: Callable[[Path], Any], tmp_path: Path) -> None:
    store, _ = make(tmp_path)
    claims: list[str] = []
    threads = [threading.Thread(target=lambda: claims.append(store.claim("a"))) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(claims) == ["busy"] * 11 + ["new"]


@stores
def test_a_router_uses_the_store(make: Callable[[Path], Any], tmp_path: Path) -> None:
    router = WebhookRouter(auth=WebhookAuth(checked_elsewhere=True), store=make(tmp_path)[0])
    router.on(BounceEvent)(lambda event: event.email)
    outcomes = [router.handle(example("bounce"), headers={}).outcome for _ in range(2)]
    assert outcomes == ["handled", "duplicate"]

from __future__ import annotations

import base64
import io
import json
from typing import Any

import pytest

pytest.importorskip("django", reason="Django is not installed")

from tests.integrations.apps import PAIR, Received, configure_django
from tests.webhooks.payloads import example

configure_django()

from asgiref.sync import async_to_sync  # noqa: E402 - comes with Django
from django.core.handlers.wsgi import WSGIRequest  # noqa: E402 - needs settings
from django.db import connection, connections, transaction  # noqa: E402 - needs settings
from django.test import RequestFactory  # noqa: E402 - needs settings

from postmark_sdk.integrations.django import async_webhook_view, webhook_view  # noqa: E402 - needs Django
from postmark_sdk.webhooks import BounceEvent, WebhookAuth, WebhookRouter  # noqa: E402

_AUTHORIZATION = "Basic " + base64.b64encode(":".join(PAIR).encode()).decode()


def request(**fields: Any) -> Any:
    content = json.dumps({**example("bounce"), **fields})
    return RequestFactory().post(
        "/hooks/postmark", content, content_type="application/json", headers={"Authorization": _AUTHORIZATION}
    )


def rows() -> list[Any]:
    with connection.cursor() as cursor:
        return list(cursor.execute("SELECT address FROM bounced").fetchall())


@pytest.fixture(name="table")
def _table() -> Any:
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE bounced (address TEXT)")
    yield
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE bounced")
    connections.close_all()


def failing_after_a_write(*, fail: bool) -> WebhookRouter:
    router = WebhookRouter(auth=WebhookAuth(basic=PAIR))

    @router.on(BounceEvent)
    def on_bounce(event: BounceEvent) -> None:
        with connection.cursor() as cursor:
            cursor.execute("INSERT INTO bounced VALUES (%s)", [event.email])
        if fail:
            raise RuntimeError

    assert on_bounce is not None
    return router


@pytest.mark.usefixtures("table")
@pytest.mark.parametrize("fail", [True, False])
def test_what_a_failed_handler_wrote_is_rolled_back_with_atomic_requests(monkeypatch: Any, *, fail: bool) -> None:
    databases: Any = connections.settings
    monkeypatch.setitem(databases["default"], "ATOMIC_REQUESTS", True)
    view: Any = transaction.atomic(webhook_view(failing_after_a_write(fail=fail)))  # as Django wraps it then
    assert view(request()).status_code == (500 if fail else 200)
    assert len(rows()) == (0 if fail else 1)


@pytest.mark.usefixtures("table")
def test_without_atomic_requests_transactions_are_the_handlers_own() -> None:
    assert webhook_view(failing_after_a_write(fail=True))(request()).status_code == 500
    assert len(rows()) == 1


def without_length(*, terminated: bool, size: int = 0) -> Any:
    """A call whose body came in chunks, as a server hands it on that has joined them, or has not."""
    call = request(Content="x" * size)
    environ = {
        **call.environ,
        "wsgi.input": io.BytesIO(call.body),
        "wsgi.input_terminated": terminated,
        "HTTP_TRANSFER_ENCODING": "chunked",
    }
    del environ["CONTENT_LENGTH"]
    return WSGIRequest(environ)


@pytest.mark.parametrize(
    ("terminated", "size", "expected"), [(True, 0, 200), (True, 200_000, 200), (True, 2_000_000, 413), (False, 0, 411)]
)
def test_a_body_in_chunks_is_read_if_the_server_knows_its_end(size: int, expected: int, *, terminated: bool) -> None:
    received = Received(asynchronous=False)
    received.router.max_bytes = 1_000_000
    assert webhook_view(received.router)(without_length(terminated=terminated, size=size)).status_code == expected
    view: Any = async_to_sync(async_webhook_view(received.router))
    assert view(without_length(terminated=terminated, size=size)).status_code == expected
    assert len(received.events) == (expected == 200)  # the second is a duplicate


def test_a_body_beyond_djangos_own_limit_is_read(settings_limit: None) -> None:
    received = Received(asynchronous=False)
    assert webhook_view(received.router)(request(Content="x" * 1000)).status_code == 200
    assert len(received.events) == 1
    assert settings_limit is None


@pytest.fixture(name="settings_limit")
def _settings_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    from django.conf import settings

    monkeypatch.setattr(settings, "DATA_UPLOAD_MAX_MEMORY_SIZE", 10, raising=False)


def test_plain_handlers_of_the_async_view_run_where_django_runs_its_orm() -> None:
    import asyncio
    import threading

    from asgiref.sync import sync_to_async

    router, threads = WebhookRouter(auth=WebhookAuth(basic=PAIR)), []
    router.on(BounceEvent)(lambda _: threads.append(threading.current_thread()))

    async def run() -> None:
        await async_webhook_view(router)(request())
        threads.append(await sync_to_async(threading.current_thread)())

    asyncio.run(run())
    assert threads[0] is threads[1]

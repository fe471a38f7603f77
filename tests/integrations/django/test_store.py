"""Handled events in Django's cache, and so for all processes."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

import pytest

pytest.importorskip("django", reason="Django is not installed")

from tests.integrations.apps import configure_django

configure_django()

from django.core.cache import caches  # noqa: E402 - needs settings
from django.core.management import call_command  # noqa: E402 - as above
from django.test import override_settings  # noqa: E402 - as above

from postmark_sdk.integrations.django import CacheStore  # noqa: E402 - as above
from postmark_sdk.webhooks import BounceEvent, WebhookAuth, WebhookRouter  # noqa: E402 - as above
from tests.webhooks.payloads import example  # noqa: E402 - as above

if TYPE_CHECKING:
    from collections.abc import Iterator

BACKENDS = {
    "local": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache", "LOCATION": "events"},
    "table": {"BACKEND": "django.core.cache.backends.db.DatabaseCache", "LOCATION": "events"},
}


@pytest.fixture(name="store", params=BACKENDS)
def _store(request: pytest.FixtureRequest) -> Iterator[CacheStore]:
    with override_settings(CACHES={"default": BACKENDS["local"], "events": BACKENDS[request.param]}):
        call_command("createcachetable", verbosity=0)
        yield CacheStore("events")
        caches["events"].clear()


def test_it_keeps_the_protocol(store: CacheStore) -> None:
    odd = "Bounce: a trace id with blanks, ünd more than memcached takes " * 5
    assert [store.claim("a"), store.claim("a"), store.claim(odd)] == ["new", "busy", "new"]
    store.settle("a", handled=True)
    store.settle(odd, handled=False)
    assert [CacheStore("events").claim("a"), store.claim(odd)] == ["done", "new"]


def test_a_claim_ends_by_itself(store: CacheStore) -> None:
    ending = CacheStore("events", lease=0, ttl=0)
    assert [ending.claim("a"), store.claim("a")] == ["new", "new"]
    ending.settle("a", handled=True)
    assert store.claim("a") == "new"


def test_of_many_threads_one_gets_the_event() -> None:
    with override_settings(CACHES={"default": BACKENDS["local"]}):
        store, claims = CacheStore(), list[Any]()
        threads = [threading.Thread(target=lambda: claims.append(store.claim("of many"))) for _ in range(12)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        caches["default"].clear()
    assert sorted(claims) == ["busy"] * 11 + ["new"]


def test_a_router_uses_it(store: CacheStore) -> None:
    routers = [WebhookRouter(auth=WebhookAuth(checked_elsewhere=True), store=store) for _ in range(2)]
    for router in routers:
        router.on(BounceEvent)(lambda event: event.email)
    assert [router.handle(example("bounce"), headers={}).outcome for router in routers] == ["handled", "duplicate"]

from __future__ import annotations

from postmark_sdk.webhooks import EventStore, MemoryStore


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def test_a_claim_is_given_once() -> None:
    store: EventStore = MemoryStore()
    assert [store.claim("a"), store.claim("a"), store.claim("b")] == ["new", "busy", "new"]


def test_what_was_handled_is_done_until_its_time_is_over() -> None:
    clock = Clock()
    store = MemoryStore(ttl=60, clock=clock)
    store.claim("a")
    store.settle("a", handled=True)
    clock.now += 59
    assert store.claim("a") == "done"
    clock.now += 2
    assert store.claim("a") == "new"


def test_what_was_not_handled_is_new_again() -> None:
    store = MemoryStore()
    store.claim("a")
    store.settle("a", handled=False)
    assert (len(store), store.claim("a")) == (0, "new")


def test_a_claim_that_nobody_settles_ends() -> None:
    clock = Clock()
    store = MemoryStore(lease=600, clock=clock)
    store.claim("a")
    clock.now += 599
    assert store.claim("a") == "busy"
    clock.now += 2
    assert store.claim("a") == "new"


def test_the_oldest_are_forgotten_first() -> None:
    store = MemoryStore(max_events=3)
    for key in "abcd":
        store.claim(key)
        store.settle(key, handled=True)
    assert len(store) == 3
    assert [store.claim(key) for key in "bcd"] == ["done"] * 3
    assert store.claim("a") == "new"
    assert len(store) == 3

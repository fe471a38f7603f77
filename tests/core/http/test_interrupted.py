"""Wherever Ctrl-C hits what opens, lends and closes connections, no place is lost and nobody waits for ever."""

from __future__ import annotations

import contextlib
import gc
import linecache
import sys
import threading
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from postmark_sdk import PostmarkClient
from postmark_sdk._core.http.pooling import connections, pool
from tests.core.echo import Echo, echo, message

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import FrameType

TOKEN = "server-token-for-tests"
ROOM = str(Path(pool.__file__).parent)
NEVER = -1


def _collects(frame: FrameType | None) -> bool:
    """Whether it runs because something is collected, where no exception comes out."""
    return frame is not None and (frame.f_code.co_name == "__del__" or _collects(frame.f_back))


class Interrupted:
    """Runs something and raises KeyboardInterrupt at one of the room's lines.

    Not at those of ``with``: leaving a block is one step to a real signal, and two to a trace function.
    """

    def __init__(self, stop_at: int) -> None:
        self.lines = 0
        self._stop_at = stop_at

    def run(self, act: Callable[[], object]) -> bool:
        """Whether the interruption came out of it."""
        gc.disable()  # what other tests left behind goes at another time
        before = sys.gettrace()
        sys.settrace(self._watch)
        try:
            act()
        except KeyboardInterrupt:
            return True
        finally:
            sys.settrace(before)
            gc.enable()
        return False

    def _watch(self, frame: FrameType, event: str, _: Any) -> Any:
        code = frame.f_code
        return self._inside if event == "call" and code.co_filename.startswith(ROOM) and not _collects(frame) else None

    def _inside(self, frame: FrameType, event: str, _: Any) -> Any:
        line = linecache.getline(frame.f_code.co_filename, frame.f_lineno).strip()
        if event == "line" and not line.startswith("with "):
            self.lines += 1
            if self.lines == self._stop_at + 1:
                raise KeyboardInterrupt
        return self._inside


@pytest.fixture(name="server")
def _server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Echo]:
    monkeypatch.setattr(connections, "MAX_CONNECTIONS", 1)
    monkeypatch.setattr(connections, "LOOK_SECONDS", 0.01)
    with echo() as server:
        yield server


@contextlib.contextmanager
def made(server: Echo) -> Iterator[PostmarkClient]:
    """A client that has sent, so that there is a connection; a second one is not allowed."""
    with PostmarkClient(TOKEN, base_url=server.url, retries=0, max_elapsed=20) as client:
        client.emails.send(**message("before"))
        yield client


def lines_of(server: Echo, act: Callable[[PostmarkClient], object]) -> int:
    """How many lines there are to be interrupted at."""
    with made(server) as client:
        counting = Interrupted(NEVER)
        assert not counting.run(lambda: act(client))
        return counting.lines


def connections_of(client: Any) -> Any:
    return client._link._shared.made._own


def sent(client: PostmarkClient, mark: str) -> None:
    assert client.emails.send(**message(mark)).message_id == mark


def test_a_call_that_is_interrupted_leaves_its_place_to_the_next(server: Echo) -> None:
    def act(client: PostmarkClient) -> None:
        sent(client, "mine")

    stops = lines_of(server, act)
    assert stops > 50
    for stop_at in range(stops):
        with made(server) as client:
            Interrupted(stop_at).run(partial(act, client))
            sent(client, "next")


def test_whoever_waits_is_served_although_the_call_before_was_interrupted(server: Echo) -> None:
    def act(client: PostmarkClient, other: threading.Thread) -> None:
        core = client._link.core()
        lease = core.pool.acquire(20)
        other.start()
        while not connections_of(client)._waiting:
            pass
        core.pool.release(lease, whole=True)

    for stop_at in range(
        lines_of(server, lambda client: act(client, threading.Thread(target=sent, args=(client, "x"))))
    ):
        with made(server) as client:
            other = threading.Thread(target=sent, args=(client, "other"))
            Interrupted(stop_at).run(partial(act, client, other))
            if other.ident is not None:  # it was begun
                other.join(30)
                assert server.seen[-1]["Subject"] == "other"
                assert not other.is_alive()


def test_who_is_interrupted_while_waiting_leaves_the_queue(server: Echo) -> None:
    def act(client: PostmarkClient) -> None:
        held = client._link.core().pool.acquire(20)
        with contextlib.suppress(connections.NoConnectionError):
            client._link.core().pool.acquire(0.03)
        client._link.core().pool.release(held, whole=True)

    stops = lines_of(server, act)
    for stop_at in range(stops):
        with made(server) as client:
            Interrupted(stop_at).run(partial(act, client))
            assert not connections_of(client)._waiting
            sent(client, "next")


def test_closing_that_is_interrupted_is_finished_by_the_next(server: Echo) -> None:
    stops = lines_of(server, lambda client: client.close())
    assert stops > 5
    for stop_at in range(stops):
        with made(server) as client:
            own = connections_of(client)
            Interrupted(stop_at).run(client.close)
            client.close()
            assert not own._idle
            assert not own._busy


@pytest.mark.parametrize("made_pool", [pool.SyncPool, pool.AsyncPool])
def test_what_was_never_made_is_not_closed(made_pool: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    unraisable: list[Any] = []
    monkeypatch.setattr(sys, "unraisablehook", unraisable.append)
    counting = Interrupted(NEVER)
    assert not counting.run(lambda: made_pool(None))
    for stop_at in range(counting.lines):
        Interrupted(stop_at).run(lambda: made_pool(None))
    gc.collect()
    assert unraisable == []

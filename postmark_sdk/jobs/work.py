"""The synchronous shell of a worker: threads that send, search and write. Its twin is ``awork``."""

from __future__ import annotations

import contextlib
import signal
import threading
import time
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from sqlalchemy.exc import SQLAlchemyError

from ..errors import NotFoundError, PostmarkError
from .desk import Desk
from .ledger import Nothing, Taken
from .pace import LEAST_REST_SECONDS

if TYPE_CHECKING:
    from .._client import PostmarkClient
    from .._core.mail.lookup import Lookup
    from .progress import Display

_JOIN_SECONDS = 0.1


def carry(desk: Desk, client: PostmarkClient, taken: Taken) -> None:
    """Look for a chunk's messages if that has to be, else send them; and write what came of it."""
    try:
        ready = _looked(desk, client, taken)
        leaving = None if ready is None else desk.leave(ready)
        if leaving is None:
            return
        try:
            outcome = desk.core.deliver(leaving.call)
        except PostmarkError as error:
            desk.refused_here(taken, error)
        else:
            desk.settle(taken, leaving, outcome)
    finally:
        desk.let_go(taken)


def _looked(desk: Desk, client: PostmarkClient, taken: Taken) -> Taken | None:
    lookup = desk.lookup(taken)
    if lookup is None:
        return taken
    try:
        _search(client, lookup)
    except PostmarkError as error:
        desk.not_looked(taken, error)
        return None
    return desk.looked(taken, lookup)


def _search(client: PostmarkClient, lookup: Lookup) -> None:
    if lookup.needs_streams:
        lookup.look_at(client.message_streams.list(include_archived_streams=True))
    for look in lookup.looks():
        for message_id in look.take(client.outbound.list(**look.query)):
            with contextlib.suppress(NotFoundError):  # a search may show what is not there yet
                look.detailed(client.outbound.get(message_id))


def work(
    desk: Desk,
    client: PostmarkClient,
    *,
    concurrency: int,
    wait: bool,
    poll: float,
    stop: threading.Event | None = None,
    display: Display | None = None,
) -> None:
    """Work in so many threads until nothing is left to do, or for ever; signals let what has left finish.

    Raises:
        BaseException: What stopped one of the threads, after all others have written their answers.
    """
    with postponing_signals(desk), _beating(desk), _showing(display):
        threads = [_Sender(number, desk, client, wait=wait, poll=poll) for number in range(concurrency)]
        try:
            for thread in threads:
                thread.start()
            _join(threads, desk, stop)
        except BaseException:
            desk.stop.set()
            _join([each for each in threads if each.ident is not None], desk, None)  # those that were started
            raise
        if desk.error is not None:
            raise desk.error


class _Sender(threading.Thread):
    """One of the threads.

    ``over`` tells its end: before Python 3.13 a signal's exception in ``join`` makes a running thread look ended.
    """

    def __init__(self, number: int, desk: Desk, client: PostmarkClient, *, wait: bool, poll: float) -> None:
        super().__init__(name=f"postmark-{number}", daemon=True)
        self.over: threading.Event = threading.Event()
        self._desk = desk
        self._client = client
        self._wait = wait
        self._poll = poll

    def run(self) -> None:
        """Take and carry chunks until told to stop, or nothing is left."""
        try:
            self._work()
        except BaseException as error:  # noqa: BLE001 - it is raised where the threads were started
            self._desk.fail(error)
        finally:
            self.over.set()

    def _work(self) -> None:
        idle = 0
        while not self._desk.stop.is_set():
            taken = self._desk.take()
            if isinstance(taken, Taken):
                idle = 0
                carry(self._desk, self._client, taken)
            elif taken.seconds is None and not self._wait:
                return
            else:
                idle += 1
                self._desk.stop.wait(rest_seconds(taken, idle, self._poll))


def _join(threads: list[_Sender], desk: Desk, stop: threading.Event | None) -> None:
    for thread in threads:
        while not thread.over.wait(_JOIN_SECONDS):
            if desk.is_interrupted or (stop is not None and stop.is_set()):
                desk.stop.set()


def rest_seconds(nothing: Nothing, idle: int, poll: float) -> float:
    """How long to rest after so many turns without work: somebody may add or give back something before it is due."""
    longest = min(poll, LEAST_REST_SECONDS * 2.0 ** min(idle, 20))
    return longest if nothing.seconds is None else max(LEAST_REST_SECONDS, min(longest, nothing.seconds))


@contextlib.contextmanager
def _beating(desk: Desk) -> Iterator[None]:
    """Say now and then that this worker lives, as long as it does."""

    def beat() -> float:
        with contextlib.suppress(SQLAlchemyError):  # the next one may come through
            desk.beat()
        return desk.beat_seconds

    with _repeating("postmark-lease", beat, desk.beat_seconds):
        yield


@contextlib.contextmanager
def _showing(display: Display | None) -> Iterator[None]:
    """Show how far it is, and how it ended if it ended well."""
    if display is None:
        yield
        return

    def show() -> float:
        display.show()
        return display.seconds

    with _repeating("postmark-progress", show, show()):
        yield
    display.show()


@contextlib.contextmanager
def _repeating(name: str, act: Callable[[], float], seconds: float) -> Iterator[None]:
    """Do something now and then in a thread of its own; it says after how many seconds again."""
    over = threading.Event()

    def run() -> None:
        pause = seconds
        while not over.wait(pause):
            pause = act()

    thread = threading.Thread(target=run, name=name, daemon=True)
    try:
        thread.start()
        yield
    finally:
        over.set()
        if thread.ident is not None:
            thread.join()


@contextlib.contextmanager
def postponing_signals(desk: Desk) -> Iterator[None]:
    """Let SIGTERM and Ctrl-C act after what has left is written, where nobody else has a use for them.

    They are noted in a plain attribute: a lock may be held by the very code that the handler interrupts. The second
    Ctrl-C acts at once.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    ours = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT) if _is_default(number)}
    came: list[int] = []

    def restore() -> None:
        for number, handler in ours.items():
            signal.signal(number, handler)

    def note(number: int, _: Any) -> None:
        again = number == signal.SIGINT and number in came
        came.append(number)
        desk.is_interrupted = True
        if again:
            restore()
            signal.raise_signal(number)

    try:
        for number in ours:
            signal.signal(number, note)
        yield
    finally:
        restore()
    if came:
        signal.raise_signal(came[0])


def _is_default(number: int) -> bool:
    """Whether a signal would end the process, or raise KeyboardInterrupt wherever it strikes."""
    handler, usual = signal.getsignal(number), (signal.SIG_DFL, signal.default_int_handler)
    return handler in usual or str(getattr(handler, "__module__", None)).startswith("trio.")


def work_on(desk: Desk, client: PostmarkClient, chunk_id: int, wait: float | None) -> float | None:
    """Do what is due about one chunk; seconds after which it is worth another try, None if there is nothing to do."""
    with _beating(desk):
        left = _once(desk, client, chunk_id)
        while (seconds := desk.rests(left, wait)) is not None:
            time.sleep(seconds)
            left = _once(desk, client, chunk_id)
        if wait is not None and left.seconds is not None:
            desk.ledger.hand_again(chunk_id)
    return left.seconds


def _once(desk: Desk, client: PostmarkClient, chunk_id: int) -> Nothing:
    taken = desk.take(chunk_id)
    if not isinstance(taken, Taken):
        return taken
    carry(desk, client, taken)
    if desk.error is not None:
        raise desk.error
    return desk.ledger.left(chunk_id)

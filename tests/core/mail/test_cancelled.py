"""Whatever comes at any point where the async client waits, nothing that Postmark took is lost or hidden.

Real connections, real tasks and real cancellations: at each suspension in turn, of the call and of its tasks.
"""

from __future__ import annotations

import asyncio
import sys
import threading
import types
from functools import partial
from typing import TYPE_CHECKING, Any

import anyio
import anyio.lowlevel
import anyio.to_thread
import httpx
import pytest

from postmark_sdk import AsyncPostmarkClient, SendReport
from postmark_sdk._core.http.pooling import connections
from postmark_sdk._core.http.transport import tls_context
from postmark_sdk._core.mail import chunks
from tests.core.wire import TOKEN
from tests.faults.server import Case

if TYPE_CHECKING:
    import socket
    from collections.abc import AsyncIterator, Callable, Coroutine, Generator

NEVER = -1
pytestmark = pytest.mark.not_over_aiohttp(reason="its tasks are its own affair")


class Stranger(Exception):  # noqa: N818 - what a time limit of somebody else's raises
    pass


class Points:
    """Counts where coroutines wait, and does something at one of these points: what it returns is raised there."""

    def __init__(self, stop_at: int, act: Callable[[], BaseException | None]) -> None:
        self.seen = 0
        self._stop_at = stop_at
        self._act = act

    async def run(self, coroutine: Any) -> Any:
        return await self._through(coroutine)

    @types.coroutine
    def _through(self, coroutine: Coroutine[Any, Any, Any]) -> Generator[Any, Any, Any]:
        value, error = None, None
        while True:
            try:
                waited = coroutine.send(value) if error is None else coroutine.throw(error)
            except StopIteration as done:
                return done.value
            self.seen += 1
            value, error = None, self._act() if self.seen == self._stop_at + 1 else None
            if error is None:
                try:
                    value = yield waited
                except BaseException as thrown:  # noqa: BLE001 - it is passed on
                    error = thrown


class Postmark(Case):
    """Takes mails on real connections, and knows when all of them have ended."""

    def __init__(self) -> None:
        self.open = 0
        self.changed = threading.Condition()
        super().__init__("none", "first")

    def _serve(self, connection: socket.socket) -> None:
        with self.changed:
            self.open += 1
        super()._serve(connection)
        with self.changed:
            self.open -= 1
            self.changed.notify_all()

    def wait(self) -> None:
        with self.changed:
            assert self.changed.wait_for(lambda: not self.open, 30)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"


@pytest.fixture(autouse=True)
def _small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chunks, "_MOST", 2)
    monkeypatch.setattr(connections, "MAX_CONNECTIONS", 1)  # so that calls wait for one as well


def mail(number: int) -> dict[str, Any]:
    return {"from_": "s@example.com", "to": f"r{number}@example.org", "text_body": "x"}


async def slowly(count: int) -> AsyncIterator[Any]:
    for number in range(count):
        await anyio.lowlevel.checkpoint()
        yield mail(number)


CALLS: dict[str, Callable[[Any], Any]] = {
    "send": lambda emails: emails.send(**mail(0)),
    "send_batch": lambda emails: emails.send_batch([mail(0), mail(1)]),
    "send_many": lambda emails: emails.send_many([mail(number) for number in range(5)]),
    "send_many of a generator": lambda emails: emails.send_many(slowly(5)),
    "send_many at a time": lambda emails: emails.send_many((mail(number) for number in range(5)), concurrency=2),
}


async def attempt(postmark: Postmark, call: str, way: str, stop_at: int, *, lent: bool) -> tuple[Any, bool]:
    """What a call returned or raised, and whether it was hit."""
    scope = anyio.CancelScope()
    task: Any = None

    def act() -> BaseException | None:
        if way == "task":
            task.cancel()
        elif way == "scope":
            scope.cancel()
        else:
            return Stranger() if way == "raised" else KeyboardInterrupt()
        return None

    points = Points(stop_at, act)
    outcome: list[Any] = []
    http = httpx.AsyncClient(verify=tls_context(postmark.url)) if lent else None
    client = AsyncPostmarkClient(TOKEN, base_url=postmark.url, http_client=http, retries=0)

    async def main() -> None:
        with scope:
            try:
                outcome.append(await points.run(CALLS[call](client.emails)))
            except BaseException as error:
                outcome.append(error)
                if way == "scope":
                    raise

    await client.emails.send(**{**mail(0), "to": "before@example.org"})
    if way == "scope":
        await main()
    else:
        loop = asyncio.get_running_loop()
        usual = loop.get_task_factory()
        if call.endswith("at a time"):
            loop.set_task_factory(
                lambda loop, coroutine, **more: asyncio.Task(points.run(coroutine), loop=loop, **more)
            )
        task = asyncio.Task(main())
        await asyncio.wait([task])
        loop.set_task_factory(usual)
    after = await client.emails.send(**{**mail(0), "to": "after@example.org"})
    await client.aclose()
    if http is not None:
        await http.aclose()
    await anyio.to_thread.run_sync(postmark.wait)
    assert [after.message_id] == postmark.taken.pop("after@example.org")
    return outcome[0], points.seen > stop_at


def report_of(error: BaseException | None) -> SendReport | None:
    """On Python 3.10 whoever waits for a task gets an error of its own, and behind it the one that ended the task."""
    if error is None:
        return None
    report: SendReport | None = getattr(error, "report", None)
    return report or report_of(error.__context__)


def untrue(call: str, outcome: Any, taken: dict[str, list[str]]) -> list[str]:
    """What a caller was told that is not so, or was not told."""
    report = outcome if isinstance(outcome, SendReport) else report_of(outcome) if call in MANY else None
    if report is not None:
        return untrue_in(report, taken)
    if isinstance(outcome, BaseException):
        notes = " ".join(getattr(outcome, "__notes__", ()))
        return ["taken, and nothing says so"] * bool(taken and "unknown" not in notes and sys.version_info >= (3, 11))
    rows: list[Any] = outcome if isinstance(outcome, list) else [outcome]
    given = [f"r{number}@example.org" for number in range(len(rows))]
    return [f"{to}: not its id" for to, row in zip(given, rows, strict=True) if taken.get(to) != [row.message_id]]


def untrue_in(report: SendReport, taken: dict[str, list[str]]) -> list[str]:
    wrong = [f"{each['to']}: unsent, and taken" for each in report.unsent() if each["to"] in taken]
    for outcome in report:
        to = f"r{outcome.index}@example.org"
        if outcome.success and [outcome.message_id] != taken.get(to):
            wrong.append(f"{to}: not its id")
        if not outcome.success and outcome.message != mail(outcome.index):
            wrong.append(f"{to}: without its message")
        if to in taken and outcome.status not in {"accepted", "unknown"}:
            wrong.append(f"{to}: {outcome.status}, and taken")
    return wrong + ["taken, and not in the report"] * (len(report) < len(taken))


MANY = [call for call in CALLS if call.startswith("send_many")]


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize(
    ("backend", "way", "lent"),
    [
        *((backend, "scope", lent) for backend in ("asyncio", "trio") for lent in (False, True)),
        *(("asyncio", "task", lent) for lent in (False, True)),
        # What is raised where httpcore waits for a lock, and is no cancellation, leaves that locked: not on clients of
        # the caller's, whose connections are not ours to close.
        ("asyncio", "raised", False),
        ("asyncio", "Ctrl-C", False),
    ],
)
def test_nothing_is_hidden_wherever_it_is_ended(backend: str, way: str, call: str, *, lent: bool) -> None:
    if way == "Ctrl-C" and call.endswith("at a time"):
        pytest.skip("it ends the loop, when it comes in a task")
    wrong: dict[int, list[str]] = {}
    hit, outcome = True, None
    while hit:
        postmark = Postmark()
        outcome, hit = anyio.run(partial(attempt, postmark, call, way, len(wrong), lent=lent), backend=backend)
        postmark.listener.close()
        del postmark.taken["before@example.org"]
        wrong[len(wrong)] = untrue(call, outcome, postmark.taken)
    assert len(wrong) > 3
    assert not isinstance(outcome, BaseException)
    assert {stop_at: told for stop_at, told in wrong.items() if told} == {}

"""Whatever line an interruption hits, the report of send_many tells the truth, and no message is lost."""

from __future__ import annotations

import asyncio
import gc
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import pytest

import postmark_sdk
from postmark_sdk import AsyncPostmarkClient, PostmarkClient, SendReport
from postmark_sdk._core.mail import chunks
from tests.core.wire import TOKEN

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterable
    from types import FrameType

    from typing_extensions import Self

HERE = str(Path(postmark_sdk.__file__).parent)
KEEPING = ("report.py", "ledger.py", "chunks.py")
NEVER = -1


@pytest.fixture(autouse=True)
def small_calls(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chunks, "_MOST", 2)


class Lines:
    """Notes the lines of the SDK that this thread runs, and does something at one of them."""

    def __init__(self, stop_at: int, act: Callable[[], object]) -> None:
        self.seen: list[tuple[str, int]] = []
        self._stop_at = stop_at
        self._act = act

    @property
    def stops(self) -> list[int]:
        """Where to stop: at every line, and again each time it runs where outcomes are kept."""
        first = {line: number for number, line in reversed([*enumerate(self.seen)])}
        return [number for number, line in enumerate(self.seen) if first[line] == number or line[0].endswith(KEEPING)]

    def __enter__(self) -> Self:
        gc.disable()  # what other tests left behind goes at another time
        self._before = sys.gettrace()
        sys.settrace(self._watch)
        return self

    def __exit__(self, *_: object) -> None:
        sys.settrace(self._before)
        gc.enable()

    def _watch(self, frame: FrameType, event: str, _: Any) -> Any:
        return self._inside if event == "call" and frame.f_code.co_filename.startswith(HERE) else None

    def _inside(self, frame: FrameType, event: str, _: Any) -> Any:
        if event == "line":
            self.seen.append((frame.f_code.co_filename, frame.f_lineno))
            if len(self.seen) == self._stop_at + 1:
                self._act()
        return self._inside


def mails() -> list[dict[str, Any]]:
    """Plain and templated ones, one that Postmark refuses and one that does not even leave."""
    made = [{"from_": "s@example.com", "to": f"r{number}@example.org", "text_body": "x"} for number in range(5)]
    made[1]["to"] = "bad1@example.org"
    made[2]["txt"] = "a slip"
    return made


class Postmark:
    """Takes mails and knows which."""

    def __init__(self, loses: str = "") -> None:
        self.taken: set[str] = set()
        self._loses = loses
        """Of whose call the answer is lost."""

    def answer(self, request: httpx.Request) -> httpx.Response:
        people = [mail["To"] for mail in json.loads(request.content)]
        rows = [self._row(to) for to in people]
        if self._loses in people:
            raise httpx.ReadTimeout("x")
        return httpx.Response(200, json=rows)

    async def answer_slowly(self, request: httpx.Request) -> httpx.Response:
        await asyncio.sleep(0)
        answer = self.answer(request)
        await asyncio.sleep(0)
        return answer

    def _row(self, to: str) -> dict[str, Any]:
        if to.startswith("bad"):
            return {"ErrorCode": 300, "Message": "No."}
        self.taken.add(to)
        return {"ErrorCode": 0, "Message": "OK", "MessageID": f"id-{to}", "To": to}


def interrupt() -> None:
    raise KeyboardInterrupt


def report_of(error: BaseException | None) -> SendReport | None:
    """On Python 3.10 whoever waits for a task gets an error of its own, and behind it the one that ended the task."""
    if error is None:
        return None
    report: SendReport | None = getattr(error, "report", None)
    return report or report_of(error.__context__)


def run(postmark: Postmark, messages: Iterable[Any], stop_at: int, concurrency: int) -> tuple[Any, list[int]]:
    """What the report says in the end, and where to stop."""
    lines = Lines(stop_at, interrupt)
    client = PostmarkClient(TOKEN, http_client=httpx.Client(transport=httpx.MockTransport(postmark.answer)))
    emails, _ = client.emails, client._link.core()  # sending begins with all of it there
    try:
        with lines:
            report = emails.send_many(messages, concurrency=concurrency, on_unknown="continue")
    except KeyboardInterrupt as error:
        return report_of(error), []
    return report, lines.stops


async def arun(postmark: Postmark, messages: Any, stop_at: int, concurrency: int) -> tuple[Any, list[int]]:
    """The same, cancelled at that line."""
    http = httpx.AsyncClient(transport=httpx.MockTransport(postmark.answer_slowly))
    client = AsyncPostmarkClient(TOKEN, http_client=http)
    emails, _ = client.emails, client._link.core()
    returned: list[Any] = []

    async def send() -> None:
        returned.append(await emails.send_many(messages, concurrency=concurrency))

    task = asyncio.ensure_future(send())
    try:
        with (lines := Lines(stop_at, task.cancel)):
            await task
    except asyncio.CancelledError as error:  # asyncio drops what was returned when it was cancelled without an await
        return returned[0] if returned else report_of(error), []
    return returned[0], lines.stops


def untrue(given: list[dict[str, Any]], taken: set[str], report: SendReport | None) -> list[str]:
    """What a report says that is not so, or does not say."""
    if report is None:
        return ["no report"] * bool(taken)
    unsent = [*report.unsent()]
    known = {mail["to"] for mail in unsent if mail is not None}
    wrong = ["unsent() yields None"] * (None in unsent) + ["unsent, and taken"] * (not known.isdisjoint(taken))
    for outcome in report:
        to = given[outcome.index]["to"]
        if outcome.success:
            wrong += ["accepted, not taken"] * (to not in taken)
            wrong += ["accepted without its id"] * (outcome.message_id != f"id-{to}")
        else:
            wrong += [f"{outcome.status}, and taken"] * (to in taken and outcome.status != "unknown")
            wrong += [f"{outcome.status} without its message"] * (outcome.message is not given[outcome.index])
        if outcome.status != "not_attempted":
            known.add(to)
    return wrong + ["in no list"] * (len(known) < len(given))


async def slowly(messages: Iterable[Any]) -> AsyncIterator[Any]:
    for message in messages:
        await asyncio.sleep(0)
        yield message


@pytest.mark.parametrize(("draw", "concurrency", "loses"), [(iter, 1, ""), (list, 2, ""), (iter, 1, "r0@example.org")])
def test_ctrl_c_at_any_line_leaves_a_true_report(draw: Callable[[Any], Any], concurrency: int, loses: str) -> None:
    stops = [run(Postmark(loses), draw(mails()), NEVER, concurrency)[1] for _ in range(3)][-1]  # all is imported then
    wrong = {}
    for stop_at in stops:
        given, postmark = mails(), Postmark(loses)
        report, _ = run(postmark, draw(given), stop_at, concurrency)
        wrong[stop_at] = untrue(given, postmark.taken, report)
    assert len(stops) > 100
    assert {stop_at: told for stop_at, told in wrong.items() if told} == {}


@pytest.mark.parametrize(("draw", "concurrency"), [(iter, 1), (slowly, 2)])
def test_cancelled_at_any_line_leaves_a_true_report(draw: Callable[[Any], Any], concurrency: int) -> None:
    async def main() -> dict[int, list[str]]:
        stops = [(await arun(Postmark(), draw(mails()), NEVER, concurrency))[1] for _ in range(3)][-1]
        wrong = {}
        for stop_at in stops:
            given, postmark = mails(), Postmark()
            report, _ = await arun(postmark, draw(given), stop_at, concurrency)
            drawn = given if draw is iter else given[: len(report or ())]  # what is left of it is in no list
            wrong[stop_at] = untrue(drawn, postmark.taken, report)
        assert len(stops) > 100
        return wrong

    assert {stop_at: told for stop_at, told in asyncio.run(main()).items() if told} == {}

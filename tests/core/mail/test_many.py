"""Any number of mails: cut into calls, and every outcome known whatever ends it."""

from __future__ import annotations

import asyncio
import copy
import gc
import itertools
import json
import pickle
import threading
import time
import tracemalloc
import weakref
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from postmark_sdk import (
    AsyncPostmarkClient,
    Attachment,
    AuthenticationError,
    Email,
    InvalidMessageError,
    OutcomeUnknownError,
    PostmarkClient,
    RateLimitError,
    SendReport,
    TemplatedEmail,
    TransportError,
)
from postmark_sdk._core.call.core import Core
from tests.core.wire import MAIL, ROW, TOKEN, Line, answer_to, rows_for

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator

BOTH = pytest.mark.parametrize("asynchronous", [False, True], ids=["sync", "async"])
EACH_AND_SEVERAL = pytest.mark.parametrize("concurrency", [1, 3])


def mails(count: int, *, fail_at: int | None = None) -> Iterator[Email]:
    for number in range(count):
        if number == fail_at:
            raise LookupError("the caller's own")
        yield Email(**{**MAIL, "subject": str(number)})


async def slowly(messages: Iterator[Email]) -> AsyncIterator[Email]:
    for message in messages:
        yield message


def _slow_mails(concurrency: int) -> Any:
    return lambda client: client.emails.send_many(slowly(mails(501)), concurrency=concurrency)


def _given(messages: Any) -> Any:
    return lambda client: client.emails.send_many(messages)


def report_of(error: BaseException) -> SendReport:
    """What whatever ended it carries, an error of this package or not."""
    report = getattr(error, "report", None)
    assert isinstance(report, SendReport)
    return report


def sizes(line: Line) -> list[int]:
    return [len(body["Messages"] if isinstance(body, dict) else body) for body in line.bodies]


@BOTH
@EACH_AND_SEVERAL
def test_mails_go_out_500_at_a_time(*, asynchronous: bool, concurrency: int) -> None:
    line = Line(asynchronous=asynchronous)
    seen: list[int] = []
    report = line.call(
        lambda client: client.emails.send_many(
            mails(1201), concurrency=concurrency, on_progress=lambda report: seen.append(len(report.accepted))
        )
    )
    assert sorted(sizes(line)) == [201, 500, 500]
    assert (len(report), report.ok, len(report.accepted), len(seen)) == (1201, True, 1201, 3)
    assert sorted(int(mail["Subject"]) for body in line.bodies for mail in body) == list(range(1201))
    assert (report[-1].index, report[0].success) == (1200, True)
    assert len({each.message_id for each in report} - {None}) == 1201
    assert report[0].submitted_at.isoformat() == "2026-11-26T17:01:05.179474+00:00"
    assert list(report.unsent()) == []


def test_async_iterables_are_taken_by_the_async_client() -> None:
    line = Line(asynchronous=True)
    for concurrency in (1, 2):
        report = line.call(_slow_mails(concurrency))
        assert report.ok
    assert sorted(sizes(line)) == [1, 1, 500, 500]


@BOTH
def test_plain_and_templated_mails_may_be_mixed(*, asynchronous: bool) -> None:
    filled = TemplatedEmail(from_="a@b.example", to="c@d.example", template_alias="t", template_model={})
    rows: list[Any] = [
        Email(**MAIL),
        filled,
        MAIL,
        {"From": "a@b.example", "To": "c@d.example", "TemplateId": 1, "TemplateModel": {}},
    ]

    def answer(request: httpx.Request) -> httpx.Response:
        code = 1101 if "Templates" in request.url.path else 0
        return httpx.Response(
            200, json=[{**row, "To": None, "ErrorCode": code, "Message": f"{code}"} for row in rows_for(rows[:2])]
        )

    line = Line(asynchronous=asynchronous, answer=answer)
    report = line.call(lambda client: client.emails.send_many(rows))
    assert [outcome.status for outcome in report] == ["accepted", "refused", "accepted", "refused"]
    assert [request.url.path for request in line.requests] == ["/email/batch", "/email/batchWithTemplates"]
    assert (report[1].error_code, report[1].message) == (1101, filled)
    assert "template" in report[1].hint.lower()


def test_calls_stay_below_50_mb() -> None:
    line = Line()
    attachment = Attachment.from_bytes(bytes(5_000_000), "a.pdf")
    report = line.call(lambda client: client.emails.send_many([Email(**MAIL, attachments=[attachment])] * 20))
    assert report.ok
    assert sizes(line) == [7, 7, 6]
    assert all(int(request.headers["content-length"]) < 50 * 1024 * 1024 for request in line.requests)


@BOTH
def test_a_wrong_mail_does_not_keep_the_others_back(*, asynchronous: bool) -> None:
    huge = Email(**{**MAIL, "attachments": [Attachment.from_bytes(bytes(9_000_000), "a.pdf")]})
    rows = [Email(**MAIL), huge, {**MAIL, "to": "x"}, Email(**{**MAIL, "text_body": "half \ud800"}), 5, MAIL]
    line = Line(asynchronous=asynchronous)
    report = line.call(lambda client: client.emails.send_many(rows))
    assert [outcome.status for outcome in report] == ["accepted", *["refused"] * 4, "accepted"]
    assert "10485760" in report[1].text
    assert [outcome.problems[0].field for outcome in report.refused] == [
        "messages[1]", "messages[2].to", "messages[3].text_body", "messages[4]"
    ]  # fmt: skip
    assert report[1].message is huge
    rows = json.loads(json.dumps([outcome.to_dict() for outcome in report]))
    assert [row["message_id"] is not None for row in rows] == [True, *[False] * 4, True]
    assert rows[2]["problems"][0]["field"] == "messages[2].to"
    assert list(report.unsent()) == []
    assert sizes(line) == [2]


def fails_from(
    number: int, failure: Callable[[httpx.Request], httpx.Response]
) -> Callable[[httpx.Request], httpx.Response]:
    calls = itertools.count(1)

    def answer(request: httpx.Request) -> httpx.Response:
        return answer_to(request) if next(calls) < number else failure(request)

    return answer


def lost(_: httpx.Request) -> httpx.Response:
    raise httpx.ReadTimeout("x")


def unreachable(_: httpx.Request) -> httpx.Response:
    raise httpx.ConnectError("x")


def unauthorized(_: httpx.Request) -> httpx.Response:
    return httpx.Response(401, json={"ErrorCode": 10, "Message": "No."})


@BOTH
@EACH_AND_SEVERAL
@pytest.mark.parametrize(
    ("failure", "error", "status"),
    [
        (lost, OutcomeUnknownError, "unknown"),
        (unreachable, TransportError, "not_attempted"),
        (unauthorized, AuthenticationError, "refused"),
    ],
)
def test_a_failing_call_loses_no_outcome(
    failure: Any, error: type[Exception], status: str, *, asynchronous: bool, concurrency: int
) -> None:
    line = Line(asynchronous=asynchronous, answer=fails_from(2, failure), retries=0)
    source = list(mails(2200))
    with pytest.raises(error) as caught:
        line.call(lambda client: client.emails.send_many(source, concurrency=concurrency))
    report = report_of(caught.value)
    accepted = {outcome.index for outcome in report.accepted}
    assert len(accepted) == 500
    assert {outcome.status for outcome in report} <= {"accepted", status, "not_attempted"}
    again = [int(mail.subject) for mail in report.unsent()]
    unknown = {outcome.index for outcome in report.unknown}
    assert sorted([*accepted, *again, *unknown]) == list(range(2200))
    assert bool(unknown) is (status == "unknown")
    travelled = pickle.loads(pickle.dumps(caught.value))  # noqa: S301 - our own
    assert len(travelled.report.accepted) == 500


def fails_at(
    failures: dict[int, Callable[[httpx.Request], httpx.Response]],
) -> Callable[[httpx.Request], httpx.Response]:
    """Calls that fail, by their first message."""

    def answer(request: httpx.Request) -> httpx.Response:
        return failures.get(int(json.loads(request.content)[0]["Subject"]), answer_to)(request)

    return answer


def short(request: httpx.Request) -> httpx.Response:
    return httpx.Response(200, json=json.loads(answer_to(request).content)[1:])


@BOTH
@EACH_AND_SEVERAL
def test_a_run_goes_on_after_a_call_without_an_answer_where_asked(*, asynchronous: bool, concurrency: int) -> None:
    line = Line(asynchronous=asynchronous, answer=fails_at({500: lost, 1500: short}), retries=0)
    seen: list[int] = []
    report = line.call(
        lambda client: client.emails.send_many(
            list(mails(2200)),
            concurrency=concurrency,
            on_unknown="continue",
            on_progress=lambda report: seen.append(len(report.errors)),
        )
    )
    assert len(line.requests) == 5
    assert repr(report) == "SendReport(not_attempted=0, accepted=1200, refused=0, unknown=1000)"
    assert (report.ok, [*report.unsent()]) == (False, [])
    assert [outcome.index for outcome in report.unknown] == [*range(500, 1000), *range(1500, 2000)]
    assert [int(outcome.message.subject) for outcome in report.unknown][::500] == [500, 1500]
    first, second = sorted(report.errors, key=lambda error: error.messages[0].index)
    assert [ref.index for ref in (*first.messages, *second.messages)] == [each.index for each in report.unknown]
    assert (len(first.message_ids), len(second.message_ids), seen[-1]) == (0, 499, 2)
    travelled = pickle.loads(pickle.dumps(report))  # noqa: S301 - our own
    assert [repr(error) for error in travelled.errors] == [repr(error) for error in report.errors]


@BOTH
@EACH_AND_SEVERAL
@pytest.mark.parametrize(
    ("failure", "error", "status"),
    [(unreachable, TransportError, "not_attempted"), (unauthorized, AuthenticationError, "refused")],
)
def test_what_else_fails_ends_a_run_that_goes_on(
    failure: Any, error: type[Exception], status: str, *, asynchronous: bool, concurrency: int
) -> None:
    line = Line(asynchronous=asynchronous, answer=fails_at({0: lost, 1000: failure}), retries=0)
    with pytest.raises(error) as caught:
        line.call(lambda client: client.emails.send_many(mails(5000), concurrency=concurrency, on_unknown="continue"))
    report = report_of(caught.value)
    assert [outcome.index for outcome in report.unknown] == [*range(500)]
    assert [len(each.messages) for each in report.errors] == [500]
    assert report[1000].status == status
    assert len(line.requests) < 10
    assert len(pickle.loads(pickle.dumps(caught.value)).report.errors) == 1  # noqa: S301 - our own


def test_the_error_that_is_raised_is_not_in_its_own_report() -> None:
    line = Line(answer=lost)
    with pytest.raises(OutcomeUnknownError) as caught:
        line.call(lambda client: client.emails.send_many(mails(1500), concurrency=3))
    report = report_of(caught.value)
    told = [caught.value, *report.errors]
    assert sum(len(error.messages) for error in told) == len(report.unknown)
    assert caught.value not in report.errors


@BOTH
def test_there_are_two_ways_after_an_unknown_outcome(*, asynchronous: bool) -> None:
    line = Line(asynchronous=asynchronous)
    for wrong in ("go on", None, True, ["stop"]):
        with pytest.raises(InvalidMessageError, match='on_unknown: it takes "stop" or "continue"'):
            line.call(lambda client, given=wrong: client.emails.send_many(mails(1), on_unknown=given))  # type: ignore[misc]
    assert line.requests == []


def test_an_unknown_outcome_names_the_messages_by_place() -> None:
    line = Line(answer=fails_from(2, lost), retries=0)
    with pytest.raises(OutcomeUnknownError) as caught:
        line.call(lambda client: client.emails.send_many(mails(700), trace="run"))
    assert [ref.index for ref in caught.value.messages] == list(range(500, 700))
    assert caught.value.messages[0].trace == "run.500"
    assert caught.value.messages[0].call_trace == "run:1"
    assert line.bodies[0][7]["Metadata"] == {"sdk_trace": "run.7", "sdk_call": "run:0"}


@BOTH
@EACH_AND_SEVERAL
def test_what_is_left_of_a_list_comes_every_time_and_travels(*, asynchronous: bool, concurrency: int) -> None:
    line = Line(asynchronous=asynchronous, answer=fails_from(2, unauthorized))
    source = list(mails(2200))
    with pytest.raises(AuthenticationError) as caught:
        line.call(lambda client: client.emails.send_many(source, concurrency=concurrency))
    report = report_of(caught.value)
    travelled = pickle.loads(pickle.dumps(report))  # noqa: S301 - our own
    again = pickle.loads(pickle.dumps(travelled))  # noqa: S301 - our own
    expected = sorted({*range(2200)} - {outcome.index for outcome in report.accepted})
    assert len(expected) == 1700
    for each in (report, report, copy.copy(report), travelled, again):
        assert sorted(int(mail.subject) for mail in each.unsent()) == expected


def test_a_report_keeps_no_list_that_was_sent() -> None:
    class Messages(list[Email]):
        """One that can be watched."""

    source = Messages(mails(3))
    watched = weakref.ref(source)
    report = Line().call(_given(source))
    del source
    gc.collect()
    assert report.ok
    assert watched() is None


def test_looking_at_what_is_left_takes_nothing_from_a_list() -> None:
    line = Line()
    left: list[int] = []
    report = line.call(
        lambda client: client.emails.send_many(
            list(mails(1200)), on_progress=lambda report: left.append(len(list(report.unsent())))
        )
    )
    assert (len(report.accepted), left) == (1200, [700, 200, 0])


def test_a_list_that_grows_afterwards_is_not_what_is_left_of_it() -> None:
    given = list(mails(40))
    line = Line(answer=lambda _: httpx.Response(429, json={"ErrorCode": 429, "Message": "slow"}), retries=0)
    with pytest.raises(RateLimitError) as caught:
        line.call(lambda client: client.emails.send_many(given))
    report = report_of(caught.value)
    given.extend(report.unsent())
    assert len(given) == 80
    assert len(list(report.unsent())) == 40


@BOTH
@EACH_AND_SEVERAL
def test_an_exception_of_the_callers_generator_carries_the_report(*, asynchronous: bool, concurrency: int) -> None:
    line = Line(asynchronous=asynchronous)
    with pytest.raises(LookupError) as caught:
        line.call(lambda client: client.emails.send_many(mails(900, fail_at=700), concurrency=concurrency))
    report = report_of(caught.value)
    assert (len(report.accepted), len(report.not_attempted)) == (500, 200)
    assert [int(mail.subject) for mail in report.unsent()] == list(range(500, 700))


def test_an_exception_of_the_callers_generator_waits_for_every_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("postmark_sdk._core.call.many.GRACE_SECONDS", 0.0)  # of Ctrl-C alone
    raised = threading.Event()

    def answer(request: httpx.Request) -> httpx.Response:
        assert raised.wait(60)
        return answer_to(request)

    def failing() -> Iterator[Email]:
        yield from mails(1000)
        raised.set()
        raise LookupError

    with pytest.raises(LookupError) as caught:
        Line(answer=answer).call(lambda client: client.emails.send_many(failing(), concurrency=3))
    assert repr(report_of(caught.value)) == "SendReport(not_attempted=0, accepted=1000, refused=0, unknown=0)"


def test_what_ctrl_c_left_behind_does_not_leave_later(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("postmark_sdk._core.call.many.GRACE_SECONDS", 0.0)
    usual, begun, go_on = Core.request, threading.Event(), threading.Event()
    workers: list[threading.Thread] = []

    def slow(*given: Any) -> Any:
        workers.append(threading.current_thread())
        begun.set()
        assert go_on.wait(60)
        return usual(*given)

    def interrupted() -> Iterator[Email]:
        yield from mails(501)
        assert begun.wait(60)
        raise KeyboardInterrupt

    def handle(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        return answer_to(request)

    monkeypatch.setattr(Core, "request", slow)
    asked: list[httpx.Request] = []
    with PostmarkClient(TOKEN, http_client=httpx.Client(transport=httpx.MockTransport(handle))) as client:
        with pytest.raises(KeyboardInterrupt) as caught:
            client.emails.send_many(interrupted(), concurrency=2)
        report = report_of(caught.value)
        assert len(list(report.unsent())) == 501
        go_on.set()
        for worker in workers:
            worker.join(60)
    assert (asked, len(report.not_attempted)) == ([], 501)


class Odd(BaseException):
    """As grave as Ctrl-C, and known to no event loop."""


@BOTH
@EACH_AND_SEVERAL
@pytest.mark.parametrize("where", ["generator", "on_progress"])
@pytest.mark.parametrize("kind", [KeyboardInterrupt, Odd])
def test_what_is_no_exception_comes_out_as_it_is(
    kind: type[BaseException], where: str, *, asynchronous: bool, concurrency: int
) -> None:
    def interrupted() -> Iterator[Email]:
        yield from mails(700)
        if where == "generator":
            raise kind

    def interrupt(_: SendReport) -> None:
        if where == "on_progress":
            raise kind

    line = Line(asynchronous=asynchronous)
    with pytest.raises(kind) as caught:
        line.call(lambda client: client.emails.send_many(interrupted(), concurrency=concurrency, on_progress=interrupt))
    report = report_of(caught.value)
    assert len(report.accepted) + len(report.unknown) + len(list(report.unsent())) == 700


@EACH_AND_SEVERAL
def test_ctrl_c_carries_the_report(concurrency: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("postmark_sdk._core.call.many.GRACE_SECONDS", 60.0)  # none of the answers shall come too late
    calls: list[int] = []

    def interrupt(report: SendReport) -> None:
        calls.append(len(report))
        if len(calls) == 2:
            raise KeyboardInterrupt

    line = Line()
    with pytest.raises(KeyboardInterrupt) as caught:
        line.call(lambda client: client.emails.send_many(mails(3000), concurrency=concurrency, on_progress=interrupt))
    report = report_of(caught.value)
    assert len(report.accepted) == sum(sizes(line))
    assert not report.unknown
    assert len(report.accepted) + len(list(report.unsent())) == 3000


@EACH_AND_SEVERAL
def test_cancellation_carries_the_report(concurrency: int) -> None:
    arrived = 0

    async def run() -> SendReport:
        stuck = asyncio.Event()

        async def handle(request: httpx.Request) -> httpx.Response:
            nonlocal arrived
            arrived += 1
            if arrived > 1:
                stuck.set()
                await asyncio.Event().wait()
            return answer_to(request)

        async with httpx.AsyncClient(transport=httpx.MockTransport(handle)) as http:
            client = AsyncPostmarkClient(TOKEN, http_client=http)
            task = asyncio.ensure_future(client.emails.send_many(mails(5000), concurrency=concurrency))
            await stuck.wait()
            task.cancel()
            with pytest.raises(asyncio.CancelledError) as caught:
                await task
            error: BaseException | None = caught.value
            while not hasattr(error, "report"):  # 3.10 hands a new error to whoever awaits the task
                assert error is not None
                error = error.__context__
            report: SendReport = error.report  # type: ignore[union-attr]
            return report

    report = asyncio.run(run())
    assert len(report.accepted) <= 500
    assert 500 <= len(report.unknown) <= 500 * concurrency
    assert len(report.accepted) + len(report.unknown) + len(list(report.unsent())) == 5000


@BOTH
def test_odd_answers_are_read_for_what_they_say(*, asynchronous: bool) -> None:
    _, second, third, fourth = rows_for(range(4))
    rows = [
        ROW,
        {key: value for key, value in second.items() if key != "ErrorCode"},
        {
            **third,
            "Message": "Message OK, but will not deliver to these inactive addresses: a@b.example.",
        },
        {"ErrorCode": 406, "Message": "Found inactive addresses: x@y.example. Inactive recipients are ..."},
        {**ROW, "MessageID": "no-uuid", "SubmittedAt": "soon"},
        {"ErrorCode": 0, "Message": "OK"},
        {**fourth, "New": 1},
    ]
    line = Line(asynchronous=asynchronous, answer=lambda _: httpx.Response(200, json=rows))
    report = line.call(lambda client: client.emails.send_many(mails(7)))
    statuses = [outcome.status for outcome in report]
    assert statuses == ["accepted", "accepted", "accepted", "refused", "accepted", "accepted", "accepted"]
    assert report[2].inactive_recipients == ["a@b.example"]
    assert report[3].inactive_recipients == ["x@y.example"]
    assert (report[4].message_id, report[4].submitted_at) == ("no-uuid", None)
    assert report[5].message_id is None


@pytest.mark.parametrize("words", ["OK", "Fine."])
@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("0001-01-01T00:00:00+23:59", None),
        ("9999-12-31T23:59:59.9999999-12:00", None),
        ("9999-12-31T23:59:59Z", "9999-12-31T23:59:59+00:00"),
        ("2026-11-26T12:01:05", "2026-11-26T12:01:05+00:00"),
        ("soon", None),
        (None, None),
    ],
)
def test_an_odd_time_costs_no_outcome(
    written: str | None, read: str | None, words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = [{**row, "SubmittedAt": written, "Message": words} for row in rows_for(range(2))]
    line = Line(answer=lambda _: httpx.Response(200, json=rows))
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    time.tzset()
    try:
        outcome = line.call(lambda client: client.emails.send_many(mails(2)))[1]
    finally:
        monkeypatch.undo()
        time.tzset()
    submitted = None if outcome.submitted_at is None else outcome.submitted_at.isoformat()
    assert (outcome.message_id, submitted) == (rows[1]["MessageID"], read)


@pytest.mark.parametrize("odd", [str.upper, lambda text: text.replace("-", "", 1) + "-", lambda text: text[:-1]])
def test_ids_come_back_as_postmark_wrote_them(odd: Callable[[str], str]) -> None:
    usual = str(ROW["MessageID"])
    ids = [usual, odd(usual)]
    line = Line(answer=lambda _: httpx.Response(200, json=[{**ROW, "MessageID": each} for each in ids]))
    report = line.call(lambda client: client.emails.send_many(mails(2)))
    assert [outcome.message_id for outcome in report] == ids


@BOTH
def test_an_answer_that_leaves_some_open_is_an_error_that_hides_no_id(*, asynchronous: bool) -> None:
    line = Line(asynchronous=asynchronous, answer=lambda _: httpx.Response(200, json=[ROW, None]))
    with pytest.raises(OutcomeUnknownError) as caught:
        line.call(lambda client: client.emails.send_many(mails(2)))
    report = report_of(caught.value)
    assert [outcome.status for outcome in report] == ["accepted", "unknown"]
    assert [ref.index for ref in caught.value.messages] == [1]
    with pytest.raises(OutcomeUnknownError) as short:
        line.call(lambda client: client.emails.send_many(mails(3)))
    assert short.value.message_ids == (ROW["MessageID"],)
    assert len(report_of(short.value).unknown) == 3


@BOTH
def test_the_report_of_nothing_is_empty(*, asynchronous: bool) -> None:
    line = Line(asynchronous=asynchronous)
    report = line.call(lambda client: client.emails.send_many([]))
    assert (len(report), report.ok, line.requests) == (0, True, [])
    for wrong in (MAIL, "x", Email(**MAIL), 5):
        with pytest.raises(InvalidMessageError, match="iterable"):
            line.call(_given(wrong))
    with pytest.raises(InvalidMessageError, match="concurrency"):
        line.call(lambda client: client.emails.send_many([], concurrency=0))


def test_reports_show_counts_only() -> None:
    report = Line().call(lambda client: client.emails.send_many(mails(2)))
    assert repr(report) == "SendReport(not_attempted=0, accepted=2, refused=0, unknown=0)"
    assert [outcome.index for outcome in report[:1]] == [0]
    assert "@" not in repr(report[0])
    with pytest.raises(IndexError):
        report[2]


def test_memory_does_not_grow_with_the_number_of_mails() -> None:
    def accept(_: httpx.Request) -> httpx.Response:
        gc.collect()  # requests are in cycles with their bodies, and Python decides when it looks for these
        return httpx.Response(200, content=json.dumps(rows_for(range(500))).encode())

    with PostmarkClient(TOKEN, http_client=httpx.Client(transport=httpx.MockTransport(accept))) as client:
        client.emails.send_many(mails(500))
        peaks = []
        tracemalloc.start()
        try:
            for count in (1000, 11_000):
                tracemalloc.reset_peak()
                client.emails.send_many(mails(count))
                peaks.append(tracemalloc.get_traced_memory()[1])
        finally:
            tracemalloc.stop()
    # Some 25 bytes for each mail, and the ids of the last thousands of them.
    assert peaks[1] - peaks[0] < 2_000_000

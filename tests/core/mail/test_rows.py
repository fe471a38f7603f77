"""A row of a batch answer is believed unless it is proven to be another mail's; what is open keeps its row."""

from __future__ import annotations

import json
import pickle
import threading
from email.message import EmailMessage
from typing import Any

import httpx
import pytest

from postmark_sdk import Email, Guard, OutcomeUnknownError, SendReport
from postmark_sdk._core.mail import chunks
from postmark_sdk._core.mail.rows import Ids, contradicted
from tests.core.wire import MAIL, Line

BOTH = pytest.mark.parametrize("asynchronous", [False, True], ids=["sync", "async"])
TELLING_NOTHING: list[Any] = [0.5, 0.0, -0.5, "0", "0.0", "", False, True, None, [], {}, "zero"]
REFUSED = {"ErrorCode": 300, "Message": "No."}


def mail(to: str) -> dict[str, Any]:
    return {**MAIL, "to": to}


def mime(to: str) -> EmailMessage:
    message = EmailMessage()
    message["From"], message["To"] = "sender@example.com", to
    message.set_content("x")
    return message


FORMS: list[Any] = [
    mail,
    lambda to: {"From": "sender@example.com", "To": f"Some One <{to}>", "TextBody": "x"},
    lambda to: Email(**{**MAIL, "to": [("Some One", to), "colleague@example.org"]}),
    mime,
]


def row(to: str | None, number: int) -> dict[str, Any]:
    return {
        "To": to,
        "SubmittedAt": "2026-11-26T12:01:05Z",
        "MessageID": f"b7bc2f4a-e38e-4336-af7d-{number:012x}",
        "ErrorCode": 0,
        "Message": "OK",
    }


def sent(client: Any, mails: list[Any]) -> Any:
    try:
        return client.emails.send_many(mails)
    except OutcomeUnknownError as error:
        return told(error)


async def asent(client: Any, mails: list[Any]) -> Any:
    try:
        return await client.emails.send_many(mails)
    except OutcomeUnknownError as error:
        return told(error)


def told(error: OutcomeUnknownError) -> SendReport:
    """The report of an error, which has the ids that are nobody's."""
    report = error.report
    assert report is not None
    rows = [report[ref.index].row or {} for ref in error.messages]
    assert error.message_ids == tuple(row["MessageID"] for row in rows if "MessageID" in row)
    return report


def address(number: int) -> str:
    return f"r{number}@example.org"


def states(rows: list[Any], *, form: Any = FORMS[0], asynchronous: bool = False, **options: Any) -> list[str]:
    """What send_many says of as many mails; what it calls unknown keeps its row."""
    line = Line(asynchronous=asynchronous, answer=lambda _: httpx.Response(200, json=rows), **options)
    mails = [form(address(number)) for number in range(len(rows))]
    report = line.call(lambda client: sent(client, mails) if not asynchronous else asent(client, mails))
    for number, outcome in enumerate(report):
        assert outcome.row == (rows[number] if outcome.status == "unknown" else None)
        assert outcome.message_id == (rows[number].get("MessageID") if outcome.success else None)
    return [outcome.status for outcome in report]


@BOTH
@pytest.mark.parametrize("form", FORMS, ids=["dict", "wire", "model", "mime"])
def test_rows_in_another_order_are_unknown(form: Any, *, asynchronous: bool) -> None:
    rows = [row(address(1), 1), row(address(0), 0), row(address(2), 2), REFUSED]
    found = states(rows, form=form, asynchronous=asynchronous)
    assert found == ["unknown", "unknown", "accepted", "refused"]


@pytest.mark.parametrize("form", FORMS, ids=["dict", "wire", "model", "mime"])
def test_a_refusal_in_the_place_of_a_mail_that_another_row_names_is_unknown(form: Any) -> None:
    assert (
        states([row(address(1), 1), row(address(2), 2), {**REFUSED, "MessageID": "", "x": 1}], form=form)
        == ["unknown"] * 3
    )


@pytest.mark.parametrize("message", ["OK", "Fine."])
def test_an_id_that_comes_twice_is_nobodys(message: str) -> None:
    rows = [{**row(address(number), number % 2), "Message": message} for number in range(3)]
    assert states(rows) == ["unknown", "accepted", "unknown"]
    assert states([{**each, "To": None} for each in rows]) == ["unknown", "accepted", "unknown"]


@pytest.mark.parametrize(
    "to", [None, "", "nobody@example.net", "R0@Example.org", "One <r0@example.org>", 5, "no address"]
)
def test_what_proves_nothing_is_left(to: Any) -> None:
    assert states([row(to, 0), row(address(1), 1)]) == ["accepted", "accepted"]


def test_refusals_may_repeat_themselves() -> None:
    nil = {**REFUSED, "MessageID": "00000000-0000-0000-0000-000000000000"}
    assert states([nil, nil, row(address(2), 2)]) == ["refused", "refused", "accepted"]


def test_a_guard_that_redirects_leaves_addresses_untold() -> None:
    guard = Guard(redirect_to=address(1))
    assert states([row(address(1), 0), row(address(1), 1)], guard=guard) == ["accepted", "accepted"]


@BOTH
def test_send_batch_keeps_such_rows_as_they_came(*, asynchronous: bool) -> None:
    rows = [row(address(1), 1), row(address(0), 0), row(address(2), 2)]
    line = Line(asynchronous=asynchronous, answer=lambda _: httpx.Response(200, json=rows))
    mails = [{**MAIL, "to": address(number)} for number in range(3)]
    first, second, third = line.call(lambda client: client.emails.send_batch(mails))
    assert [(each.success, each.unknown) for each in (first, second, third)] == [
        (False, True), (False, True), (True, False)
    ]  # fmt: skip
    assert (first.message_id, first.extra["MessageID"], third.message_id) == (
        None, rows[0]["MessageID"], rows[2]["MessageID"]
    )  # fmt: skip
    with pytest.raises(OutcomeUnknownError) as caught:
        line.call(lambda client: client.emails.send_batch([mails[0], mails[1], mails[1]]))
    assert len(caught.value.message_ids) == 3


@BOTH
@pytest.mark.parametrize(
    ("code", "status"),
    [
        (0, "accepted"),
        *((code, "unknown") for code in TELLING_NOTHING),
        *((code, "refused") for code in (300, "300", 300.0, -1)),
    ],
)
def test_only_code_0_itself_or_an_id_is_an_acceptance(code: Any, status: str, *, asynchronous: bool) -> None:
    assert states([{"ErrorCode": code, "Message": "?"}], asynchronous=asynchronous) == [status]
    if status != "refused":
        assert states([{"ErrorCode": code, "Message": "?", "MessageID": "m"}]) == ["accepted"]


class ReadOnce:
    """A mail of an application's own making that cannot be read a second time."""

    @property
    def to(self) -> str:
        raise LookupError


def test_a_mail_that_cannot_be_read_again_costs_no_ids() -> None:
    assert contradicted(["a", "b"], ["x@example.org", None], [ReadOnce(), ReadOnce()]) == frozenset()
    assert contradicted(["a", "a"], ["x@example.org", None], [ReadOnce(), ReadOnce()]) == {0, 1}


@BOTH
@pytest.mark.parametrize("message", ["OK", "Fine."])
def test_an_id_of_an_earlier_call_is_of_unknown_outcome(
    message: str, monkeypatch: pytest.MonkeyPatch, *, asynchronous: bool
) -> None:
    monkeypatch.setattr(chunks, "_MOST", 2)
    numbers = iter([0, 1, 2, 1, 3, 4])

    def answer(_: httpx.Request) -> httpx.Response:
        return httpx.Response(200, json=[{**row(None, next(numbers)), "Message": message} for _ in range(2)])

    line = Line(asynchronous=asynchronous, answer=answer)
    mails = (mail(address(number)) for number in range(6))
    with pytest.raises(OutcomeUnknownError) as caught:
        line.call(lambda client: client.emails.send_many(mails))
    report = caught.value.report
    assert report is not None
    assert [(each.status, each.message_id) for each in report][:4] == [
        *(("accepted", row(None, number)["MessageID"]) for number in (0, 1, 2)),
        ("unknown", None),
    ]
    assert (report[3].row or {})["MessageID"] == report[1].message_id
    assert report[3].message == mail(address(3))
    assert caught.value.message_ids == (report[1].message_id,)
    assert pickle.loads(pickle.dumps(report))[3] == report[3]  # noqa: S301 - our own bytes


def test_answers_to_two_calls_that_were_exchanged_are_unknown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chunks, "_MOST", 2)
    others, both = {0: 2, 2: 0}, threading.Barrier(2)

    def answer(request: httpx.Request) -> httpx.Response:
        both.wait(60)
        first = others[int(json.loads(request.content)[0]["To"][1])]
        return httpx.Response(200, json=[row(address(number), number) for number in (first, first + 1)])

    with pytest.raises(OutcomeUnknownError) as caught:
        Line(answer=answer).call(
            lambda client: client.emails.send_many([mail(address(each)) for each in range(4)], concurrency=2)
        )
    report = caught.value.report
    assert report is not None
    assert [each.status for each in report] == ["unknown"] * 4
    assert [(each.row or {})["To"] for each in report] == [address(number) for number in (2, 3, 0, 1)]


@BOTH
@pytest.mark.parametrize("first", ["lost", "short"])
def test_an_answer_that_comes_a_call_late_is_unknown(
    first: str, monkeypatch: pytest.MonkeyPatch, *, asynchronous: bool
) -> None:
    """By its recipients where the call before had no answer, by its ids where that one was short of rows."""
    monkeypatch.setattr(chunks, "_MOST", 2)
    late = [row(address(0), 0), row(address(1), 1)]
    nameless = [{**each, "To": None} for each in late]
    usual = [row(address(4), 4), row(address(5), 5)]
    answers = iter([None, late, usual] if first == "lost" else [[nameless[0]], nameless, usual])

    def answer(_: httpx.Request) -> httpx.Response:
        rows = next(answers)
        if rows is None:
            raise httpx.ReadTimeout("x")
        return httpx.Response(200, json=rows)

    report = Line(asynchronous=asynchronous, answer=answer).call(
        lambda client: client.emails.send_many([mail(address(each)) for each in range(6)], on_unknown="continue")
    )
    last = "unknown" if first == "lost" else "accepted"
    assert [each.status for each in report] == [*["unknown"] * 3, last, *["accepted"] * 2]
    assert [error.message_ids for error in report.errors] == (
        [(), (late[0]["MessageID"], late[1]["MessageID"])] if first == "lost" else [(late[0]["MessageID"],)] * 2
    )


def test_only_calls_that_have_left_can_have_been_exchanged(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chunks, "_MOST", 2)
    template = {"from_": "s@example.com", "template_alias": "x", "template_model": {}, "to": address(9)}

    def answer(request: httpx.Request) -> httpx.Response:
        first = 0 if "Templates" in request.url.path else 1
        return httpx.Response(200, json=[row(address(1), first)])  # of a stub that names somebody

    report = Line(answer=answer).call(lambda client: client.emails.send_many([template, mail(address(1))]))
    assert report.ok


def test_only_the_last_ids_are_known(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Ids, "MOST", 2)
    ids = Ids()
    answers: list[list[Any]] = [["a", None, ["no id"]], ["", "b"], ["c", "a"], ["d"]]
    told = [ids.again(given, call) for call, given in enumerate(answers)]
    assert told == [frozenset(), frozenset(), {1}, frozenset()]
    assert ids.again(["a"], 0) == frozenset(), "it is that call's own"
    assert ids.again(["a"], 4) == {0}
    for call in range(5, 10):
        ids.again([str(call)], call)
    assert ids.again(["a"], 10) == frozenset()

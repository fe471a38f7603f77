"""A template that knows the type of its model: what is sent, and what is refused before that."""

from __future__ import annotations

import asyncio
import inspect
import json
import pickle
from collections.abc import Mapping, Sequence  # noqa: TC003 - looked up at run time
from typing import TYPE_CHECKING, Any

import attrs
import httpx
import pytest
from typing_extensions import NotRequired, TypedDict

from postmark_sdk import (
    AsyncPostmarkClient,
    InvalidMessageError,
    PostmarkClient,
    TemplatedEmail,
    TypedTemplate,
    with_response,
)
from postmark_sdk._core.body.typed.template import TypedTemplate as Defined

if TYPE_CHECKING:
    from collections.abc import Callable

ANSWER = {
    "To": "b@example.org",
    "SubmittedAt": "2026-01-01T00:00:00Z",
    "MessageID": "m",
    "ErrorCode": 0,
    "Message": "OK",
}


class Line(TypedDict):
    title: str
    price: float


class ReceiptModel(TypedDict):
    name: str
    lines: Sequence[Line]
    note: NotRequired[str | None]
    extra: NotRequired[Mapping[str, object]]
    anything: NotRequired[object]
    paid: NotRequired[bool | Line]


RECEIPT = TypedTemplate("receipt", ReceiptModel)
GOOD: ReceiptModel = {"name": "Ada", "lines": [{"title": "Tea", "price": 4}]}


@pytest.fixture
def sent() -> list[dict[str, Any]]:
    return []


@pytest.fixture
def client(sent: list[dict[str, Any]]) -> PostmarkClient:
    def answer(request: httpx.Request) -> httpx.Response:
        sent.append(json.loads(request.content))
        return httpx.Response(200, json=ANSWER)

    return PostmarkClient("token", http_client=httpx.Client(transport=httpx.MockTransport(answer)))


def test_the_alias_and_the_model_are_sent(client: PostmarkClient, sent: list[dict[str, Any]]) -> None:
    result = client.emails.send_with_template(
        RECEIPT, model=GOOD, check=True, from_="a@example.com", to="b@example.org", tag="t", timeout=5
    )
    assert result.message_id == "m"
    assert sent == [
        {"From": "a@example.com", "To": "b@example.org", "Tag": "t", "TemplateAlias": "receipt", "TemplateModel": GOOD}
    ]


def test_the_async_client_sends_the_same() -> None:
    sent: list[dict[str, Any]] = []

    def answer(request: httpx.Request) -> httpx.Response:
        sent.append(json.loads(request.content))
        return httpx.Response(200, json=ANSWER)

    async def send() -> None:
        http = httpx.AsyncClient(transport=httpx.MockTransport(answer))
        async with AsyncPostmarkClient("token", http_client=http) as client:
            await client.emails.send_with_template(
                RECEIPT, model=GOOD, from_="a@example.com", to="b@example.org", trace="x"
            )

    asyncio.run(send())
    assert sent[0]["TemplateModel"] == GOOD
    assert sent[0]["Metadata"]["sdk_trace"] == "x"


def test_a_mail_is_made_for_batches() -> None:
    email = RECEIPT.email(model=GOOD, from_="a@example.com", to="b@example.org", extra={"New": 1})
    assert email == TemplatedEmail(
        from_="a@example.com",
        to="b@example.org",
        template_alias="receipt",
        template_model=GOOD,
        extra={"New": 1},
    )


def problems(call: Callable[[], object]) -> dict[str, str]:
    with pytest.raises(InvalidMessageError) as caught:
        call()
    return {problem.field: problem.message for problem in caught.value.problems}


@pytest.mark.parametrize(
    ("model", "expected"),
    [
        ({}, {"name": "missing; the template needs it", "lines": "missing; the template needs it"}),
        ({**GOOD, "nmae": 1}, {"nmae": "the template has no such variable; did you mean 'name'?"}),
        ({**GOOD, "name": 5}, {"name": "an int; the template takes str"}),
        ({**GOOD, "lines": "x"}, {"lines": "a str; the template takes a list"}),
        ({**GOOD, "lines": [{"title": "Tea"}]}, {"lines[0].price": "missing; the template needs it"}),
        ({**GOOD, "lines": [{"title": "Tea", "price": True}]}, {"lines[0].price": "a bool; the template takes float"}),
        ({**GOOD, "lines": ["Tea"]}, {"lines[0]": "a str; the template takes an object (Line)"}),
        ({**GOOD, "note": 5}, {"note": "an int; the template takes str or None"}),
        ({**GOOD, "extra": []}, {"extra": "a list; the template takes Mapping"}),
        ({**GOOD, "paid": {"title": "x"}}, {"paid.price": "missing; the template needs it"}),
        ({**GOOD, "paid": 1}, {"paid": "an int; the template takes bool or an object (Line)"}),
    ],
)
def test_a_model_that_does_not_fit_is_refused_before_anything_is_sent(
    client: PostmarkClient, sent: list[dict[str, Any]], model: Any, expected: dict[str, str]
) -> None:
    fields: dict[str, Any] = {"from_": "a@example.com", "to": "b@example.org"}
    named = {f"template_model.{key}": text for key, text in expected.items()}
    assert problems(lambda: client.emails.send_with_template(RECEIPT, model=model, check=True, **fields)) == named
    assert problems(lambda: RECEIPT.email(model=model, check=True, **fields)) == named
    assert sent == []
    client.emails.send_with_template(RECEIPT, model=model, **fields)
    assert len(sent) == 1


@pytest.mark.parametrize(
    "model",
    [
        GOOD,
        {**GOOD, "note": None, "extra": {"a": [1]}, "anything": [{}], "paid": True},
        {**GOOD, "paid": {"title": "x", "price": 1.5}, "lines": ()},
        attrs.make_class("Receipt", ["name", "lines"])(name="Ada", lines=[]),
    ],
)
def test_a_model_that_fits_passes(model: Any) -> None:
    RECEIPT.email(model=model, check=True, from_="a@example.com", to="b@example.org")


def test_what_is_no_object_is_refused() -> None:
    model: Any = [1]
    assert problems(lambda: RECEIPT.email(model=model, check=True)) == {
        "template_model": "a list; the template takes an object (ReceiptModel)"
    }


def test_send_and_with_response_take_it_too(client: PostmarkClient, sent: list[dict[str, Any]]) -> None:
    send: Any = client.emails.send
    fields: dict[str, Any] = {"model": GOOD, "from_": "a@example.com", "to": "b@example.org"}
    send(RECEIPT, **fields)
    send_for_response: Any = with_response(client.emails.send_with_template)
    answer = send_for_response(RECEIPT, **fields)
    assert answer.result.message_id == "m"
    assert [mail["TemplateAlias"] for mail in sent] == ["receipt", "receipt"]


def test_wrong_keywords_are_named(client: PostmarkClient) -> None:
    send: Any = client.emails.send_with_template
    assert problems(lambda: send(RECEIPT)) == {"model": "missing; template 'receipt' takes a ReceiptModel"}
    assert problems(lambda: send(RECEIPT, model=GOOD, template_id=5, template_model={})) == {
        "template_id": "given beside a typed template, which has it",
        "template_model": "given beside a typed template, which has it",
    }
    assert "too" in problems(lambda: send(RECEIPT, model=GOOD, too="b@example.org"))


def test_the_fields_of_a_mail_are_those_of_the_model() -> None:
    own = inspect.signature(TypedTemplate.email).parameters.keys() - {"self", "model", "check"}
    filled = {"template_id", "template_alias", "template_model"}
    assert own == {*TemplatedEmail.__wire__, "extra"} - filled


def test_it_shows_and_pickles_itself() -> None:
    assert repr(RECEIPT) == "TypedTemplate('receipt', ReceiptModel)"
    copy = pickle.loads(pickle.dumps(RECEIPT))  # noqa: S301 - our own
    assert (copy.alias, copy.model) == ("receipt", ReceiptModel)
    assert TypedTemplate is Defined

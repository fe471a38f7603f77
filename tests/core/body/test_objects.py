"""Objects of other libraries: values of templates as fields by name, and lazy texts as text or refused by name."""

from __future__ import annotations

import collections
import dataclasses
import datetime as _dt
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, NamedTuple

import attrs
import httpx
import pytest

from postmark_sdk import InvalidMessageError, TemplatedEmail
from tests.core.wire import MAIL, Line

if TYPE_CHECKING:
    from collections.abc import Callable

TEMPLATED: dict[str, Any] = {"from_": "a@b.example", "to": "c@d.example", "template_alias": "hi"}
WAYS: list[tuple[str, Callable[[Any, Any], Any]]] = [
    ("one", lambda client, model: client.emails.send_with_template(**TEMPLATED, template_model=model)),
    (
        "batch",
        lambda client, model: client.emails.send_batch_with_templates([{**TEMPLATED, "template_model": model}] * 2),
    ),
    (
        "model",
        lambda client, model: client.emails.send_with_template(TemplatedEmail(**TEMPLATED, template_model=model)),
    ),
]
EVERY_WAY = pytest.mark.parametrize("send", [way for _, way in WAYS], ids=[name for name, _ in WAYS])


class Named(NamedTuple):
    name: str
    price: float = 9.5


@dataclasses.dataclass
class Plain:
    name: Any
    inner: Any = None


@attrs.define
class Attrs:
    name: Any
    inner: Any = None


def of_pydantic() -> Any:
    pytest.importorskip("pydantic", reason="pydantic is not installed")
    from pydantic import BaseModel, Field, computed_field

    class Inner(BaseModel):
        day: _dt.date

    class Model(BaseModel):
        name: str
        inner: Inner
        token: str = Field(default="secret", exclude=True)

        @computed_field  # type: ignore[prop-decorator]  # pydantic's own way
        @property
        def loud(self) -> str:
            return self.name.upper()

    Model.model_rebuild(_types_namespace={"Inner": Inner})
    return Model(name="Ann", inner=Inner(day=_dt.date(2026, 11, 29)))


def of_msgspec() -> Any:
    msgspec = pytest.importorskip("msgspec", reason="msgspec is not installed (group test)")
    return msgspec.defstruct("Struct", ["name", "inner"])("Ann", Named("Bob"))


MODELS: list[tuple[Callable[[], Any], Any]] = [
    (lambda: Named("Ann"), {"name": "Ann", "price": 9.5}),
    (
        lambda: {"rows": [Named("Ann")], "one": (Named("Bob"),)},
        {"rows": [{"name": "Ann", "price": 9.5}], "one": [{"name": "Bob", "price": 9.5}]},
    ),
    (lambda: Plain("Ann", Named("Bob")), {"name": "Ann", "inner": {"name": "Bob", "price": 9.5}}),
    (lambda: Attrs("Ann", Plain("Bob")), {"name": "Ann", "inner": {"name": "Bob", "inner": None}}),
    (of_pydantic, {"name": "Ann", "inner": {"day": "2026-11-29"}, "loud": "ANN"}),
    (lambda: {"who": [of_pydantic()]}, {"who": [{"name": "Ann", "inner": {"day": "2026-11-29"}, "loud": "ANN"}]}),
    (of_msgspec, {"name": "Ann", "inner": {"name": "Bob", "price": 9.5}}),
]


@EVERY_WAY
@pytest.mark.parametrize(("make", "expected"), MODELS)
def test_an_object_with_fields_is_an_object_in_a_template(send: Any, make: Callable[[], Any], expected: Any) -> None:
    model, line = make(), Line()
    line.call(lambda client: send(client, model))
    (body,) = line.bodies
    for mail in body.get("Messages", [body]):
        assert mail["TemplateModel"] == expected


def loops() -> list[tuple[Any, str, str]]:
    mapping: dict[str, Any] = {"user": {"name": "Ann"}}
    mapping["user"]["self"] = mapping["user"]
    rows: list[Any] = []
    rows.append({"rows": rows})
    plain = Plain("Ann")
    plain.inner = Attrs("Bob", plain)
    return [
        (mapping, "user.self", "user"),
        ({"rows": rows}, "rows[0].rows", "rows"),
        (plain, "inner.inner", ""),
    ]


@EVERY_WAY
@pytest.mark.parametrize(("model", "place", "again"), loops())
def test_a_model_that_contains_itself_is_told_where(send: Any, model: Any, place: str, again: str) -> None:
    line = Line()
    with pytest.raises(InvalidMessageError) as caught:
        line.call(lambda client: send(client, model))
    problem = caught.value.problems[0]
    assert problem.field.endswith(f"template_model.{place}")
    path = problem.field.removesuffix(place) + again
    assert problem.message == f"contains itself: it is {path.rstrip('.')} again"
    assert line.requests == []


def test_the_values_of_a_rendering_are_taken_alike() -> None:
    line = Line(answer=lambda _: httpx.Response(200, json={}))
    line.call(lambda client: client.templates.validate(subject="x", test_render_model={"who": [Named("Ann")]}))
    assert line.bodies[0]["TestRenderModel"] == {"who": [{"name": "Ann", "price": 9.5}]}
    looped: dict[str, Any] = {}
    looped["self"] = looped
    with pytest.raises(InvalidMessageError, match=r"test_render_model\.self: contains itself"):
        line.call(lambda client: client.templates.validate(subject="x", test_render_model=looped))


def test_the_same_value_twice_is_no_loop() -> None:
    address = {"city": "Paris"}
    mail = TemplatedEmail(**TEMPLATED, template_model={"home": address, "work": address, "all": [address, address]})
    assert mail.problems() == []


# --- lazy texts -----------------------------------------------------------------------------------------------------


class OfBabel:
    """As Babel's and Flask-Babel's: no text, and all that a text can do."""

    def __init__(self, make: Callable[[], str]) -> None:
        self._make = make

    def __str__(self) -> str:
        return self._make()

    def __getattr__(self, name: str) -> Any:
        return getattr(str(self), name)

    def __len__(self) -> int:
        return len(str(self))

    def __contains__(self, item: str) -> bool:
        return item in str(self)

    def __iter__(self) -> Any:
        return iter(str(self))

    def __mod__(self, other: Any) -> str:
        return str(f"{self}" % other)


def of_django(make: Callable[[], str]) -> Any:
    functional = pytest.importorskip("django.utils.functional", reason="Django is not installed (extra django)")
    return functional.lazy(make, str)()


def simple(make: Callable[[], Any]) -> Any:
    functional = pytest.importorskip("django.utils.functional", reason="Django is not installed (extra django)")
    return functional.SimpleLazyObject(make)


def of_werkzeug(make: Callable[[], Any]) -> Any:
    local = pytest.importorskip("werkzeug.local", reason="Werkzeug is not installed (extra flask)")
    return local.LocalProxy(make)


LAZY = pytest.mark.parametrize(
    "lazy", [OfBabel, of_django, simple, of_werkzeug, lambda make: collections.UserString(make())]
)
PLACES: list[Callable[[Any, Any], Any]] = [
    lambda client, text: client.emails.send(**MAIL, subject=text),
    lambda client, text: client.emails.send(**MAIL, tag=text),
    lambda client, text: client.emails.send(**MAIL, html_body=text),
    lambda client, text: client.emails.send(**{**MAIL, "to": text}),
    lambda client, text: client.emails.send(**{**MAIL, "to": [(text, "a@b.example")]}),
    lambda client, text: client.emails.send(**MAIL, headers={"X-A": text}),
    lambda client, text: client.emails.send(**MAIL, metadata={"a": text}),
    lambda client, text: client.emails.send_batch([{**MAIL, "subject": text}]),
    lambda client, text: client.emails.send_many([{**MAIL, "subject": text}]),
    lambda client, text: client.emails.send_with_template(**TEMPLATED, template_model={"a": [text]}),
    lambda client, text: client.templates.create(name=text, subject="x", text_body="x"),
    lambda client, text: client.inbound_rules.create(rule=text),
]


@LAZY
@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("asynchronous", [False, True], ids=["sync", "async"])
def test_lazy_text_is_sent_as_its_text(lazy: Any, place: Any, *, asynchronous: bool) -> None:
    line, text = Line(asynchronous=asynchronous), lazy(lambda: "bonjour@b.example")
    line.call(lambda client: place(client, text))
    assert b"bonjour@b.example" in line.requests[0].content


def failing() -> Any:
    raise RuntimeError("outside of its context")


@pytest.mark.parametrize("make", [simple, of_werkzeug, lambda _: SimpleNamespace(a=1)])
@pytest.mark.parametrize("place", PLACES)
def test_what_cannot_be_read_is_refused_with_its_field(make: Any, place: Any) -> None:
    line, value = Line(), make(failing)
    try:
        report = line.call(lambda client: place(client, value))
    except InvalidMessageError as error:
        problems = error.problems
    else:
        (refused,) = report.refused
        problems = refused.problems
    assert problems[0].field
    assert problems[0].message.endswith("write str(...)")
    assert line.requests == []


def test_arrays_and_numbers_are_no_text() -> None:
    class Array:
        def __mod__(self, other: object) -> Array:
            return self

        def __sub__(self, other: object) -> Array:
            return self

        def __contains__(self, item: str) -> bool:
            return False

    with pytest.raises(InvalidMessageError, match="an Array; it takes text"):
        Line().call(lambda client: client.emails.send(**MAIL, subject=Array()))
    with pytest.raises(InvalidMessageError, match="a bytes; it takes text"):
        Line().call(lambda client: client.emails.send(**MAIL, subject=b"x"))

"""Every way to write a mail leads to the same bytes."""

from __future__ import annotations

import collections
import dataclasses
import datetime as _dt
import decimal
import enum
import time
import types
import uuid
from email.headerregistry import Address
from typing import TYPE_CHECKING, Any, ClassVar, TypedDict

import attrs
import pytest

from postmark_sdk import Attachment, Email, TemplatedEmail, converter
from postmark_sdk._core.body.addresses import split
from postmark_sdk.models import Header
from tests.core.wire import MAIL, Line, sent

if TYPE_CHECKING:
    from collections.abc import Callable
    from decimal import Decimal as Hidden

FILE = {"name": "a.txt", "content": "eA==", "content_type": "text/plain"}
WIRE = {"From": "sender@example.com", "To": "receiver@example.org", "TextBody": "Hello."}
FORMS: dict[str, Any] = {
    "model": Email(**MAIL),
    "names": MAIL,
    "names, from": {"from": "sender@example.com", "to": "receiver@example.org", "text_body": "Hello."},
    "wire": WIRE,
    "mixed": {"From": "sender@example.com", "to": "receiver@example.org", "TextBody": "Hello."},
}


@pytest.mark.parametrize("asynchronous", [False, True], ids=["sync", "async"])
@pytest.mark.parametrize("form", FORMS.values(), ids=list(FORMS))
def test_a_mail_may_be_a_model_or_a_dict_with_either_spelling(form: Any, *, asynchronous: bool) -> None:
    line = Line(asynchronous=asynchronous)
    line.call(lambda client: client.emails.send(form))
    line.call(lambda client: client.emails.send_batch([form, Email(**MAIL)]))
    assert line.bodies == [WIRE, [WIRE, WIRE]]


@pytest.mark.parametrize(
    ("given", "wire"),
    [
        ("a@b.example", "a@b.example"),
        ("A <a@b.example>, c@d.example", "A <a@b.example>, c@d.example"),
        (("Ann", "a@b.example"), "Ann <a@b.example>"),
        (("Shop, Orders", "a@b.example"), '"Shop, Orders" <a@b.example>'),
        (('Ann "Ace" \\ Lee', "a@b.example"), '"Ann \\"Ace\\" \\\\ Lee" <a@b.example>'),
        (("", "a@b.example"), "a@b.example"),
        (("Jörg", "a@exämple.com"), "Jörg <a@xn--exmple-cua.com>"),
        (Address("Ann", "a", "b.example"), "Ann <a@b.example>"),
        (
            ["a@b.example", ("C", "c@d.example"), Address("", "e", "f.example")],
            "a@b.example, C <c@d.example>, e@f.example",
        ),
        ('"Shop, Orders" <a@b.example>, c@straße.example', '"Shop, Orders" <a@b.example>, c@xn--strae-oqa.example'),
        ('"A <x>" <a@b.example>', '"A <x>" <a@b.example>'),
        ("a@b.example <a@b.example>", "a@b.example <a@b.example>"),
        ("a@b.example,, c@d.example,", "a@b.example, c@d.example"),
        ((None, "a@b.example"), "a@b.example"),
        ([(None, "a@b.example"), ("", "c@d.example")], "a@b.example, c@d.example"),
        (("a@b.example", "a@b.example"), '"a@b.example" <a@b.example>'),
        (("Ada @ Acme", "a@b.example"), '"Ada @ Acme" <a@b.example>'),
        (["A, B".replace(", B", ""), "c@d.example"][1:], "c@d.example"),
    ],
)
def test_recipients_are_joined_quoted_and_encoded(given: Any, wire: str) -> None:
    body = sent(to=given, cc=given, reply_to=given)
    assert (body["To"], body["Cc"], body["ReplyTo"]) == (wire, wire, wire)


def test_no_recipients_are_left_out() -> None:
    assert "To" not in sent(to=[], cc="a@b.example")


HEADERS = [{"Name": "X-A", "Value": "1"}, {"Name": "X-B", "Value": "zwei"}]


@pytest.mark.parametrize(
    "given",
    [
        {"X-A": "1", "X-B": "zwei"},
        [("X-A", "1"), ("X-B", "zwei")],
        [Header(name="X-A", value="1"), Header(name="X-B", value="zwei")],
        [{"name": "X-A", "value": "1"}, {"Name": "X-B", "Value": "zwei"}],
        types.MappingProxyType({"X-A": "1", "X-B": "zwei"}),
    ],
)
def test_headers_may_be_a_mapping_pairs_or_models(given: Any) -> None:
    assert sent(headers=given)["Headers"] == HEADERS


@pytest.mark.parametrize("given", [{"a": "1", "b": "2"}, [("a", "1"), ("b", "2")], {"a": 1, "b": decimal.Decimal(2)}])
def test_metadata_may_be_a_mapping_or_pairs(given: Any) -> None:
    assert sent(metadata=given)["Metadata"] == {"a": "1", "b": "2"}


ONCE: list[Callable[[], dict[str, Any]]] = [
    lambda: {"to": map(str.strip, ["a@b.example"]), "cc": "c@d.example", "metadata": {"n": 5}},
    lambda: {"to": iter(["a@b.example"]), "cc": (each for each in ["c@d.example"]), "headers": [HEADERS[0]]},
    lambda: {"metadata": zip("a", "b", strict=True), "headers": iter([("X-A", "1")])},
]


@pytest.mark.parametrize("fields", ONCE)
@pytest.mark.parametrize("options", [{}, {"defaults": {"metadata": {"app": "x"}, "headers": {"X-D": "1"}}}], ids=str)
@pytest.mark.parametrize("make", [dict, Email], ids=["dict", "model"])
def test_what_can_be_read_once_is_sent_whole(
    fields: Callable[[], dict[str, Any]], options: dict[str, Any], make: Any
) -> None:
    line = Line(**options)
    kept = {key: list(value) if hasattr(value, "__next__") else value for key, value in fields().items()}
    odd = {**MAIL, "attachments": [{"name": "a.txt", "content": "YQ==", "content_type": "text/plain"}]}
    line.call(lambda client: client.emails.send(make(**{**MAIL, **kept})))
    wire = line.bodies[-1]
    line.call(lambda client: client.emails.send(make(**{**MAIL, **fields()})))
    assert line.bodies[-1] == wire
    for send in ("send_batch", "send_many"):
        mails = [make(**{**MAIL, **fields()}), odd, make(**{**MAIL, **fields()})]
        line.call(lambda client, send=send, mails=mails: getattr(client.emails, send)(mails))  # type: ignore[misc]
        assert line.bodies[-1][::2] == [wire, wire]
    checked = Email(**{**MAIL, **fields()})
    assert checked.problems() == []
    line.call(lambda client: client.emails.send(checked))
    assert line.bodies[-1] == wire


@pytest.mark.parametrize("kind", [list, tuple, collections.deque, collections.UserList])
@pytest.mark.parametrize("item", [Attachment.from_bytes(b"x", "a.txt"), FILE], ids=["model", "dict"])
def test_attachments_and_entries_may_be_any_sequence(kind: Any, item: Any) -> None:
    file = {"Name": "a.txt", "Content": "eA==", "ContentType": "text/plain"}
    assert sent(attachments=kind([item]))["Attachments"] == [file]
    line = Line()
    line.call(lambda client: client.emails.send(Email(**MAIL, attachments=kind([item]))))
    assert Email(**MAIL, attachments=kind([item])).problems() == []
    bulk: Any = {"from": "a@b.example", "text_body": "x", "messages": kind([{"to": "c@d.example"}])}
    line.call(lambda client: client.emails.send_bulk(bulk))
    assert (line.bodies[0]["Attachments"], line.bodies[1]["Messages"]) == ([file], [{"To": "c@d.example"}])


class Colour(enum.Enum):
    RED = "red"


@attrs.define
class AttrsModel:
    when: _dt.date
    price: decimal.Decimal


@dataclasses.dataclass
class DataModel:
    when: _dt.date
    price: decimal.Decimal


class DictModel(TypedDict):
    when: _dt.date
    price: decimal.Decimal


DAY, PRICE = _dt.date(2026, 11, 26), decimal.Decimal("2.40")
UUID = uuid.UUID("b7bc2f4a-e38e-4336-af7d-e6c392c2f817")


@pytest.mark.parametrize(
    "model",
    [
        AttrsModel(DAY, PRICE),
        DataModel(DAY, PRICE),
        DictModel(when=DAY, price=PRICE),
        types.MappingProxyType({"when": DAY, "price": PRICE}),
    ],
)
@pytest.mark.parametrize("attachment", [None, [{"name": "a.txt", "content": "YQ==", "content_type": "text/plain"}]])
def test_a_template_model_may_be_any_mapping_or_class(model: Any, attachment: Any) -> None:
    line = Line()
    message = TemplatedEmail(
        from_="sender@example.com", to="a@b.example", template_alias="a", template_model=model, attachments=attachment
    )
    line.call(lambda client: client.emails.send_with_template({**_fields(message)}))
    assert line.bodies[0]["TemplateModel"] == {"when": "2026-11-26", "price": "2.40"}


def _fields(message: TemplatedEmail) -> dict[str, Any]:
    return {name: value for name in message.__wire__ if (value := getattr(message, name)) is not None}


def test_values_deep_in_a_template_model_are_encoded() -> None:
    line = Line()
    model = {
        "rows": [
            {
                "id": UUID,
                "at": _dt.datetime(2026, 1, 2, 3, 4, tzinfo=_dt.timezone.utc),
                "colour": Colour.RED,
                "n": None,
                1: (1, 2.5),
            }
        ]
    }
    line.call(
        lambda client: client.emails.send_with_template(
            from_="sender@example.com", to="a@b.example", template_id=1, template_model=model
        )
    )
    row = {"id": str(UUID), "at": "2026-01-02T03:04:00+00:00", "colour": "red", "n": None, "1": [1, 2.5]}
    assert line.bodies[0]["TemplateModel"] == {"rows": [row]}


@attrs.define
class AttrsLine:
    price: Hidden
    total: Hidden = attrs.field(init=False)
    unset: Hidden = attrs.field(init=False)

    def __attrs_post_init__(self) -> None:
        self.total = self.price * 2


@dataclasses.dataclass
class DataLine:
    shared: ClassVar[Hidden]
    price: Hidden
    total: Hidden = dataclasses.field(init=False)
    unset: Hidden = dataclasses.field(init=False)

    def __post_init__(self) -> None:
        self.total = self.price * 2


@pytest.mark.parametrize("line", [AttrsLine(PRICE), DataLine(PRICE)], ids=["attrs", "dataclass"])
def test_computed_fields_and_names_for_type_checkers_cost_nothing(line: Any) -> None:
    """Wherever the object stands, and whichever way the mail takes."""
    wire = {"price": "2.40", "total": "4.80"}
    mail = {"from": "sender@example.com", "to": "a@b.example", "template_alias": "a"}
    file = {"name": "a.txt", "content": "YQ==", "content_type": "text/plain"}
    sending = Line()
    for model, form in ((line, wire), ({"lines": [line], "of": {"a": line}}, {"lines": [wire], "of": {"a": wire}})):
        mails: list[dict[str, Any]] = [{**mail, "template_model": model}]
        mails.append({**mails[0], "attachments": [file]})
        for each in mails:
            sending.call(lambda client, each=each: client.emails.send_with_template(each))  # type: ignore[misc]
            assert sending.bodies[-1]["TemplateModel"] == form
        sending.call(lambda client, mails=mails: client.emails.send_many([MAIL, *mails[:1] * 3]))  # type: ignore[misc]
        assert [row["TemplateModel"] for row in sending.bodies[-1]["Messages"]] == [form] * 3
        assert converter().unstructure(TemplatedEmail(template_model=line))["TemplateModel"] == wire


def test_extra_fields_are_sent_as_they_are() -> None:
    assert sent(extra={"NewField": {"a": [1]}})["NewField"] == {"a": [1]}


def test_unset_fields_are_not_sent() -> None:
    assert sent(cc=None, tag=None) == WIRE


@pytest.mark.parametrize(
    ("text", "entries"),
    [
        ('"A, B" <a@b.example>, c@d.example', ['"A, B" <a@b.example>', "c@d.example"]),
        ('"A \\", B" <a@b.example>,c@d.example', ['"A \\", B" <a@b.example>', "c@d.example"]),
        ("<a@b.example,c@d.example>, e@f.example", ["<a@b.example,c@d.example>", "e@f.example"]),
        ('"A, B <a@b.example>, "c', ['"A, B <a@b.example>, "c']),
        ('A" <"@b.example>, c\\, "d, <e,f', ['A" <"@b.example>', "c\\", '"d', "<e,f"]),
        ('A "\\", c@d.example, <e, f>', ['A "\\"', "c@d.example", "<e, f>"]),
        ('"\\', ['"\\']),
        (" , ,", []),
    ],
)
def test_a_list_of_addresses_is_cut_at_commas_outside_quotes_and_brackets(text: str, entries: list[str]) -> None:
    assert split(text) == entries


def test_quotes_without_a_partner_cost_no_quadratic_time() -> None:
    started = time.process_time()
    split('"\\' * 200_000 + "@x.example")
    assert time.process_time() - started < 5  # minutes, were it quadratic


@pytest.mark.parametrize("one", [("a@b.co", "a@b.co"), ("A@b.co", "a@b.co"), ("a@b.co via X", "l@x.co")])
def test_an_address_may_be_its_own_name(one: tuple[str, str]) -> None:
    wire = f'"{one[0]}" <{one[1]}>'
    people = {"From": wire, "To": wire, "Cc": f"{wire}, c@d.example"}
    assert sent(from_=one, to=one, cc=[one, "c@d.example"]) == {**WIRE, **people}
    assert converter().unstructure(Email(to=one))["To"] == wire


def test_what_only_another_kind_of_mail_has_may_be_null() -> None:
    template = {**MAIL, "template_alias": "x", "template_model": {}}
    del template["text_body"]
    wire = {"From": MAIL["from_"], "To": MAIL["to"], "TemplateAlias": "x", "TemplateModel": {}}
    line = Line()
    nulls = {"Subject": None, "html_body": None, "TextBody": None}
    line.call(lambda client: client.emails.send_with_template({**template, **nulls}))
    line.call(lambda client: client.emails.send_batch_with_templates([{**template, **nulls}]))
    line.call(lambda client: client.emails.send({**MAIL, "TemplateId": None, "template_model": None}))
    line.call(lambda client: client.emails.send_many([{**template, **nulls}, {**MAIL, "template_alias": None}]))
    assert line.bodies[:3] == [wire, {"Messages": [wire]}, WIRE]
    assert line.bodies[3:] == [{"Messages": [wire]}, [WIRE]]


class Proxy:
    """As Werkzeug and Django make them: ``isinstance`` believes what it says of its class."""

    def __init__(self, value: Any) -> None:
        object.__setattr__(self, "_value", value)

    def _pretended(self) -> Any:
        return type(object.__getattribute__(self, "_value"))

    __class__: Any = property(_pretended)

    def __getattr__(self, name: str) -> Any:
        return getattr(object.__getattribute__(self, "_value"), name)

    def __str__(self) -> str:
        return str(object.__getattribute__(self, "_value"))

    def __iter__(self) -> Any:
        return iter(object.__getattribute__(self, "_value"))

    def __len__(self) -> int:
        return len(object.__getattribute__(self, "_value"))

    def __bool__(self) -> bool:
        return bool(object.__getattribute__(self, "_value"))

    def __int__(self) -> int:
        return int(object.__getattribute__(self, "_value"))


PRETENDING: list[tuple[dict[str, Any], dict[str, Any]]] = [
    ({"subject": Proxy("x")}, {"Subject": "x"}),
    ({"html_body": Proxy("x" * 500)}, {"HtmlBody": "x" * 500}),
    ({"to": Proxy("A <a@b.example>")}, {"To": "A <a@b.example>"}),
    ({"to": [Proxy("a@b.example"), (Proxy("C"), Proxy("c@d.example"))]}, {"To": "a@b.example, C <c@d.example>"}),
    (
        {"from_": Proxy("a@b.example"), "reply_to": Proxy("a@b.example")},
        {"From": "a@b.example", "ReplyTo": "a@b.example"},
    ),
    ({"headers": {"X-A": Proxy("1")}}, {"Headers": [{"Name": "X-A", "Value": "1"}]}),
    ({"headers": Proxy({"X-A": "1"})}, {"Headers": [{"Name": "X-A", "Value": "1"}]}),
    ({"metadata": {"n": Proxy("1"), "m": Proxy(5)}}, {"Metadata": {"n": "1", "m": "5"}}),
    ({"metadata": Proxy({"n": "1"})}, {"Metadata": {"n": "1"}}),
    ({"track_opens": Proxy(True)}, {"TrackOpens": True}),
    ({"extra": {"New": Proxy({"a": [Proxy("b")]})}}, {"New": {"a": ["b"]}}),
    ({"attachments": [{**FILE, "name": Proxy("a.txt")}]}, {}),
]


@pytest.mark.parametrize(("fields", "wire"), PRETENDING, ids=[str([*fields]) for fields, _ in PRETENDING])
def test_what_pretends_to_be_text_is_sent_as_text(fields: dict[str, Any], wire: dict[str, Any]) -> None:
    line = Line()
    line.call(lambda client: client.emails.send({**MAIL, **fields}))
    line.call(lambda client: client.emails.send(Email(**{**MAIL, **fields})))
    line.call(lambda client: client.emails.send_batch([{**MAIL, **fields}] * 2))
    report = line.call(lambda client: client.emails.send_many([{**MAIL, **fields}] * 2))
    assert report.ok
    for body in (*line.bodies[:2], *line.bodies[2], line.bodies[3][0]):
        assert {name: body[name] for name in wire} == wire


def test_what_pretends_to_be_text_is_text_in_a_template_model() -> None:
    line = Line()
    model = {"name": Proxy("Ann"), "rows": Proxy([Proxy(1), {"a": Proxy(True)}])}
    mail = {"from_": "a@b.example", "to": "c@d.example", "template_alias": "x", "template_model": model}
    line.call(lambda client: client.emails.send_with_template(**mail))
    line.call(lambda client: client.emails.send_with_template(**mail, attachments=[FILE]))
    line.call(lambda client: client.emails.send_with_template(**{**mail, "template_model": Proxy(model)}))
    line.call(lambda client: client.emails.send_batch_with_templates([mail, mail]))
    bodies = [*line.bodies[:3], *line.bodies[3]["Messages"]]
    assert [body["TemplateModel"] for body in bodies] == [{"name": "Ann", "rows": [1, {"a": True}]}] * 5


@pytest.mark.parametrize("given", [{}, {"defaults": {"tag": "receipt"}}])
def test_send_takes_a_mail_from_a_template_too(given: Any) -> None:
    line = Line(**given)
    mail = TemplatedEmail(from_="a@b.example", to="c@d.example", template_alias="hi", template_model={"name": "Ada"})
    line.call(lambda client: client.emails.send(mail))
    assert [request.url.path for request in line.requests] == ["/email/withTemplate"]
    assert line.bodies[0]["TemplateModel"] == {"name": "Ada"}

"""A mail is written in three ways: they say the same, or refuse the same."""

from __future__ import annotations

import datetime as _dt
import json
import math
import uuid
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from postmark_sdk import Attachment, Email, InvalidMessageError, Problem, TemplatedEmail
from postmark_sdk._core.body import batch
from postmark_sdk._core.body.encode import UNPREPARED, Preparation, encode, kind, pack_all
from postmark_sdk._core.body.validate import wire_form
from postmark_sdk._generated.operations import (
    EMAILS_SEND,
    EMAILS_SEND_BATCH,
    EMAILS_SEND_BATCH_WITH_TEMPLATES,
    EMAILS_SEND_WITH_TEMPLATE,
)
from tests.core.wire import MAIL

if TYPE_CHECKING:
    from collections.abc import Iterator

    from postmark_sdk._core.schema.operation import Operation

FILE = Attachment.from_bytes(b"x", "a.txt")

_text = st.text(max_size=20)
_address = st.sampled_from(
    [
        "a@b.example",
        "A <a@b.example>",
        "Ä <a@ä.example>",
        "",
        "x",
        '"A, B" <a@b.example>',
        "a@b, c@d",
        "A (B) <a@b.example>",
        '"a@b.example" <a@b.example>',
        "a@b.example; c@d.example",
        ("A, B", "a@b.example"),
        ("a@b.example", "A"),
    ]
)
_people = st.one_of(_address, st.lists(_address, max_size=3))
_any_text = st.one_of(_text, st.sampled_from([None, 5, b"x", True, "x" * 600, "x\ny", "\ud800", "\U0001f600" * 600]))
_rows = st.lists(st.tuples(st.sampled_from(["X-A", "X B", "Reply-To", "date", "Subject"]), _any_text), max_size=2)
_values = st.one_of(_text, st.sampled_from([5, None, uuid.UUID(int=1), _dt.date(2026, 1, 2), True, "x" * 81]))
_json = st.recursive(
    st.one_of(_any_text, st.floats(), st.integers()),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(_text | st.integers(), inner, max_size=2),
    max_leaves=4,
)
_common: dict[str, st.SearchStrategy[Any]] = {
    "to": _people,
    "cc": _people,
    "bcc": _people,
    "reply_to": _people,
    "tag": _any_text,
    "headers": st.one_of(_rows, _rows.map(dict)),
    "metadata": st.dictionaries(st.text(max_size=22), _values, max_size=3),
    "track_opens": st.sampled_from([True, False, None, 1, "yes"]),
    "track_links": st.sampled_from(["None", "HtmlOnly", "", None, 5]),
    "message_stream": _any_text,
    "attachments": st.just([FILE]),
    "extra": st.just({"New": 1}),
}
MAILS = st.fixed_dictionaries(
    {"from_": _address}, optional={**_common, **dict.fromkeys(("subject", "html_body", "text_body"), _any_text)}
)
TEMPLATED = st.fixed_dictionaries(
    {"from_": _address, "template_model": st.dictionaries(_text, _json, max_size=2) | _json},
    optional={
        **_common,
        "template_id": st.sampled_from([1, 2**70, True, "2", None]),
        "template_alias": st.sampled_from(["welcome", "", None, 5, "x\ny"]),
        "inline_css": st.sampled_from([True, False, None, 0]),
    },
)


class Watched(Preparation):
    """Looks at every mail as a guard does, so that all of them go the careful way."""

    @property
    def reads_wire(self) -> bool:
        return True


def _outcome(operation: Operation[Any], given: Any, preparation: Preparation) -> Any:
    """What each of the mails says on the wire, which must be the same for all; or what is wrong with it."""
    try:
        payload, _ = encode(operation, given, {}, preparation)
    except InvalidMessageError as error:
        places = [problem.field.partition("messages[1]") for problem in error.problems]
        single = [problem for problem, (_, second, _) in zip(error.problems, places, strict=True) if not second]
        return sorted((field.removeprefix("messages[0]").lstrip("."), text) for field, text in single)
    wire = json.loads(payload.content)
    rows = wire if isinstance(wire, list) else wire.get("Messages", [wire])
    assert all(row == rows[0] for row in rows)
    return rows[0]


def _ways(
    cls: type[Email | TemplatedEmail], single: Operation[Any], many: Operation[Any], fields: dict[str, Any]
) -> Iterator[Any]:
    wire = {cls.__wire__.get(name, name): value for name, value in fields.items()}
    for one in (cls(**fields), fields, wire):
        yield _outcome(single, one, Watched())
        yield _outcome(single, one, UNPREPARED)
        yield _outcome(many, [one, one], Watched())
        yield _outcome(many, [one, one], UNPREPARED)
        yield _outcome(many, [one], Preparation())


@pytest.mark.parametrize("encoder", ["json", "orjson"])
@given(fields=MAILS)
def test_every_way_of_a_mail_says_or_refuses_the_same(encoder: str, fields: dict[str, Any]) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(batch, "orjson", None if encoder == "json" else pytest.importorskip("orjson"))
        first, *others = _ways(Email, EMAILS_SEND, EMAILS_SEND_BATCH, fields)
    assert others == [first] * len(others)


@pytest.mark.parametrize("encoder", ["json", "orjson"])
@given(fields=TEMPLATED)
def test_every_way_of_a_templated_mail_says_or_refuses_the_same(encoder: str, fields: dict[str, Any]) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(batch, "orjson", None if encoder == "json" else pytest.importorskip("orjson"))
        both = (EMAILS_SEND_WITH_TEMPLATE, EMAILS_SEND_BATCH_WITH_TEMPLATES)
        first, *others = _ways(TemplatedEmail, *both, fields)
    assert others == [first] * len(others)


def _carefully(mail: Email) -> dict[str, Any]:
    """What goes over the wire; there must be nothing wrong with it."""
    found: list[Problem] = []
    wire = wire_form(mail, "", found)
    assert found == []
    return wire


def _at_once(mails: list[Any]) -> bytes | None:
    cls, _, _, read = kind("templated_email" if isinstance(mails[0], TemplatedEmail) else "email")
    assert read is not None
    return batch.write_all(cls, list(zip(*read(mails), strict=True)))


def test_a_usual_mail_is_written_by_its_own_function() -> None:
    write = kind("email").write
    assert write is not None
    mail = Email(**MAIL, subject="x", headers={"X-A": "1"}, metadata={"a": "1"}, track_opens=False)
    assert json.loads(write(mail) or "") == _carefully(mail)


@pytest.mark.parametrize("odd", [{"extra": {"New": 1}}, {"attachments": [FILE]}, {"From": "a@b.example"}, {"X": 1}])
def test_dicts_that_need_a_closer_look_get_it(odd: dict[str, Any]) -> None:
    assert pack_all("email", [MAIL], range(1), "", UNPREPARED) is not None
    assert pack_all("email", [MAIL, {**MAIL, **odd}], range(2), "", UNPREPARED) is None


@pytest.mark.parametrize("encoder", ["json", "orjson"])
@pytest.mark.parametrize("varied", [False, True])
def test_usual_mails_are_written_at_once(encoder: str, monkeypatch: pytest.MonkeyPatch, *, varied: bool) -> None:
    monkeypatch.setattr(batch, "orjson", None if encoder == "json" else pytest.importorskip("orjson"))
    usual: dict[str, Any] = {
        **MAIL,
        "from_": ("Jörg, Buchhaltung", "a@b.example"),
        "bcc": ["x@y.example", "Z <z@y.example>"],
        "reply_to": '"Büro, Köln" <r@köln.example>',
        "html_body": '<p title="x">\t\n\x00 é 日本 \U0001f600</p>',
        "headers": {"X-One": "1"},
        "metadata": {"customer_number": "x"},
        "track_opens": True,
        "track_links": "None",
    }
    mails = [Email(**usual), Email(**(MAIL if varied else usual)), Email(**{**usual, "tag": "x"})]
    written = _at_once(mails)
    assert written is not None
    assert json.loads(b"[%b]" % written) == [_carefully(mail) for mail in mails]


class Safe(str):
    """As template engines mark a text that needs no more escapes."""

    __slots__ = ()


@pytest.mark.parametrize("encoder", ["json", "orjson"])
def test_texts_of_template_engines_are_usual(encoder: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batch, "orjson", None if encoder == "json" else pytest.importorskip("orjson"))
    written = _at_once([Email(**{**MAIL, "html_body": Safe(f'<a href="{number}">')}) for number in range(2)])
    assert written is not None
    assert [row["HtmlBody"] for row in json.loads(b"[%b]" % written)] == ['<a href="0">', '<a href="1">']


@pytest.mark.parametrize("encoder", ["json", "orjson"])
def test_usual_templated_mails_are_written_at_once(encoder: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batch, "orjson", None if encoder == "json" else pytest.importorskip("orjson"))
    model = {"n": 1.5, "on": _dt.date(2026, 11, 1), "id": uuid.UUID(int=1), "rows": [{"a": None}], 5: True}
    mails = [
        TemplatedEmail(from_="a@b.example", to="c@d.example", template_id=1, template_model=each, inline_css=False)
        for each in (model, {**model, "n": True}, {})
    ]
    written = _at_once(mails)
    assert written is not None
    assert json.loads(b"[%b]" % written)[0]["TemplateModel"] == {
        "n": 1.5,
        "on": "2026-11-01",
        "id": str(uuid.UUID(int=1)),
        "rows": [{"a": None}],
        "5": True,
    }
    assert [row["TemplateModel"].get("n") for row in json.loads(b"[%b]" % written)] == [1.5, True, None]
    mails[1].template_model = {"n": math.nan}
    assert _at_once(mails) is None

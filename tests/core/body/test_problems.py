"""What is written wrong is named, all of it, and costs no request."""

from __future__ import annotations

import collections
import io
import math
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from postmark_sdk import Attachment, BulkEmail, BulkMessage, Email, Guard, InvalidMessageError, Problem, TemplatedEmail
from postmark_sdk.models import Attachment as AttachmentModel
from tests.core.wire import MAIL, Line, problems_of

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

FILE = Attachment.from_bytes(b"x", "a.txt")
MAIL_MODEL = Email(**MAIL)
BULK = {"from": "a@b.example", "text_body": "x"}
HALF = "\ud800"
HUGE = 10**5000
LOOP: list[Any] = []
LOOP.append(LOOP)
MANY = ", ".join(f"r{number}@example.org" for number in range(51))

WRONG: list[tuple[dict[str, Any], str, str]] = [
    ({"htlm_body": "x"}, "htlm_body", "did you mean 'html_body'"),
    ({"from_": None}, "from_", "required"),
    ({"from_": "a\r\nBcc: b@c.example"}, "from_", "line break"),
    ({"from_": f"{'a' * 250}@b.example"}, "from_", "at most 255"),
    ({"to": None}, "to", "no recipient"),
    ({"to": " , "}, "to", "no recipient"),
    ({"to": MANY}, "to", "51 recipients in to, cc and bcc; at most 50"),
    ({"to": MANY[:-30], "cc": "c@d.example, e@f.example", "bcc": ["g@h.example"]}, "to", "recipients in"),
    ({"to": "nobody"}, "to", "without @"),
    ({"to": "Shop, Orders <a@b.example>"}, "to", "in double quotes"),
    ({"to": "Ann <a@b.example> Bob <c@d.example>"}, "to", "a comma between them"),
    ({"to": ["a@b.example", "jörg@c.example"]}, "to[1]", "outside ASCII"),
    ({"to": ("a@b.example", "c@d.example")}, "to", "write a list"),
    ({"to": 7}, "to", "an int"),
    ({"cc": [None]}, "cc[0]", "NoneType"),
    ({"cc": ("A\nB", "a@b.example")}, "cc", "line break"),
    ({"reply_to": "a@ä..b"}, "reply_to", "domain"),
    ({"text_body": None}, "", "neither html_body nor text_body"),
    ({"text_body": "", "html_body": ""}, "", "neither html_body nor text_body"),
    ({"text_body": 5}, "text_body", "it takes text"),
    ({"text_body": "x" * (5 * 1024 * 1024 + 1)}, "text_body", "at most 5242880"),
    ({"html_body": "ä" * (5 * 1024 * 1024 // 2 + 1)}, "html_body", "at most 5242880"),
    ({"text_body": "half \ud800"}, "text_body", "surrogate"),
    ({"subject": "a\nb"}, "subject", "line break"),
    ({"subject": "\U0001f600" * 1001}, "subject", "2002 characters; at most 2000"),
    ({"tag": "x" * 1001}, "tag", "at most 1000"),
    ({"headers": {"X-A": "1\r\nX-B: 2"}}, "headers[0].value", "line break"),
    ({"headers": [("X A", "1")]}, "headers[0].name", "header name"),
    ({"headers": [("X-A", 1)]}, "headers[0].value", "it takes text"),
    ({"headers": 5}, "headers", "pairs"),
    *(
        ({"headers": [("X-A", "1"), (name, "x")]}, "headers[1].name", advice)
        for name, advice in (
            ("Reply-To", "reply_to"),
            ("reply-to", "reply_to"),
            ("FROM", "from_"),
            ("To", "as to"),
            ("cc", "as cc"),
            ("Bcc", "as bcc"),
            ("Subject", "as subject"),
            ("date", "Postmark writes it itself"),
            ("Received", "leave it out"),
            ("Return-path", "leave it out"),
            ("Sender", "leave it out"),
            ("Content-Type", "leave it out"),
            ("DKIM-Signature", "leave it out"),
        )
    ),
    ({"headers": [{"Name": "Date", "Value": "x"}]}, "headers[0].name", "leave it out"),
    ({"to": "a@b.example; c@d.example"}, "to", "commas"),
    ({"from_": "a@b.example;"}, "from_", "commas"),
    ({"to": ("a@b.example", "Ann")}, "to", "(name, address)"),
    ({"to": [("a@b.example", "Ann")]}, "to[0]", "(name, address)"),
    ({"sender": "a@b.example"}, "sender", "did you mean 'from_'"),
    ({"subjet": None}, "subjet", "did you mean 'subject'"),
    ({"scheduled_at": "tomorrow"}, "scheduled_at", "Postmark sends at once"),
    ({"merge_data": {}}, "merge_data", "send_many"),
    ({"idempotency_key": "x"}, "idempotency_key", "trace="),
    ({"attachments": ["invoice.pdf"]}, "attachments[0]", "Attachment.from_path"),
    ({"attachments": [io.BytesIO(b"x")]}, "attachments[0]", "Attachment.from_file"),
    ({"to": {"a@b.example": "Ann"}}, "to", "a dict; it takes an address or a pair"),
    ({"cc": b"a@b.example"}, "cc", "a bytes; it takes an address or a pair"),
    ({"attachments": [Attachment.from_bytes(b"x", " ")]}, "attachments[0].name", "empty"),
    ({"attachments": [Attachment.from_bytes(b"", "job.log")]}, "attachments[0].content", "'job.log' is empty"),
    *(
        (
            {"attachments": [{"Name": "job.log", "Content": content, "ContentType": "text/plain"}]},
            "attachments[0].content",
            "'job.log' is empty",
        )
        for content in ("", "\r\n", "====")
    ),
    ({"attachments": [{"filename": "a.txt"}]}, "attachments[0].filename", "did you mean 'name'"),
    ({"metadata": {str(number): "x" for number in range(11)}}, "metadata", "11 keys; at most 10"),
    ({"metadata": {"k" * 21: "x"}}, "metadata", "key of 21 characters; at most 20"),
    ({"metadata": {"k": "x" * 81}}, "metadata['k']", "81 characters; at most 80"),
    ({"metadata": {"k": "1", "K": "2"}}, "metadata['K']", "case does not count"),
    ({"metadata": {"k": None}}, "metadata['k']", "it takes text"),
    ({"metadata": "k"}, "metadata", "pairs of key and value"),
    ({"track_opens": "yes"}, "track_opens", "True or False"),
    (
        {"attachments": [FILE, {"name": "run.EXE", "content": "eA==", "content_type": "x/y"}]},
        "attachments[1].name",
        ".exe",
    ),
    ({"attachments": [{"name": "run.exe .", "content": "eA==", "content_type": "x/y"}]}, "attachments[0].name", ".exe"),
    (
        {"attachments": [{"name": "a.txt", "content": b"x", "content_type": "x/y"}]},
        "attachments[0].content",
        "from_bytes",
    ),
    *(
        (
            {"attachments": [{"name": "a.txt", "content": content, "content_type": "x/y"}]},
            "attachments[0].content",
            "not base64",
        )
        for content in ("A" * 5000 + "\0", "A" * 50 + "\f", "Grüße" * 1000, "A" * 5001, "a-_b", "\ud800")
    ),
    ({"attachments": [{"nmae": "a.txt"}]}, "attachments[0].nmae", "did you mean 'name'"),
    ({"attachments": [{"name": "a.txt"}]}, "attachments[0].content_type", "required"),
    ({"attachments": FILE}, "attachments", "it takes a list"),
    ({"attachments": [Attachment.from_bytes(bytes(8_000_000), "a.bin2")]}, "", "base64; at most 10485760"),
    ({"extra": {"New": math.nan}}, "extra.New", "NaN"),
    *(({name: f"A{HALF} <a@b.example>"}, name, "surrogate") for name in ("from_", "to", "cc", "bcc", "reply_to")),
    ({"to": ["a@b.example", (HALF, "c@d.example")]}, "to[1]", "surrogate"),
    ({"metadata": {HALF: "x"}}, "metadata", "surrogate"),
    ({"metadata": {"n": HUGE}}, "metadata['n']", "too many digits"),
    ({"extra": {HALF: 1}}, "extra", "surrogate"),
    ({"extra": {"New": [{HALF: 1}]}}, "extra.New[0]", "surrogate"),
    ({"extra": {"New": {"n": -HUGE}}}, "extra.New.n", "too many digits"),
    ({"extra": {"New": {HUGE: 1}}}, "extra.New", "too many digits"),
    ({"extra": {"New": LOOP}}, "extra.New[0]", "contains itself"),
    ({"extra": {"New": collections.deque([1, object()])}}, "extra.New[1]", "no JSON form"),
]


@pytest.mark.parametrize(("fields", "field", "text"), WRONG, ids=[f"{row[1]}-{row[2][:18]}" for row in WRONG])
@pytest.mark.parametrize("asynchronous", [False, True], ids=["sync", "async"])
def test_what_is_wrong_is_named_and_nothing_is_sent(
    fields: dict[str, Any], field: str, text: str, *, asynchronous: bool
) -> None:
    single = problems_of(lambda client: client.emails.send({**MAIL, **fields}), asynchronous=asynchronous)
    assert text in single[field]
    second = f"messages[1].{field}" if field else "messages[1]"
    batch = problems_of(lambda client: client.emails.send_batch([MAIL, {**MAIL, **fields}]), asynchronous=asynchronous)
    assert text in batch[second]


@pytest.mark.parametrize("name", ["template_id", "TemplateModel"])
def test_fields_of_a_template_lead_to_what_sends_one(name: str) -> None:
    found = problems_of(lambda client: client.emails.send({**MAIL, name: 5}))
    assert "send_with_template" in found[name]
    templated = {"From": "a@b.example", "To": "a@b.example", "TemplateId": 5, "TemplateModel": {}, "Subject": "x"}
    found = problems_of(lambda client: client.emails.send_batch_with_templates([templated]))
    assert "brings its own subject" in found["messages[0].Subject"]


def test_all_problems_are_listed_at_once() -> None:
    rows: list[Any] = [Email(**MAIL)] * 18
    rows[3] = {"from": "a@b.example", "to": "x", "subjet": "?"}
    rows[17] = Email(**{**MAIL, "attachments": [Attachment.from_bytes(b"x", "virus.exe")]})
    found = problems_of(lambda client: client.emails.send_batch(rows))
    assert list(found) == ["messages[3].subjet", "messages[3].to", "messages[3]", "messages[17].attachments[0].name"]


@pytest.mark.parametrize("wrong", [1, None, ("a.txt", "eA=="), MAIL_MODEL], ids=str)
def test_what_is_no_attachment_is_named_once(wrong: Any) -> None:
    for mail in ({**MAIL, "attachments": [FILE, wrong]}, Email(**MAIL, attachments=[FILE, wrong])):
        with pytest.raises(InvalidMessageError) as caught:
            Line().call(lambda client, mail=mail: client.emails.send(mail))  # type: ignore[misc]
        (problem,) = caught.value.problems
        assert problem.field == "attachments[1]"
        assert problem.message.endswith("it takes Attachment or a dict of its fields")
    for single in (5, "text", FILE):
        with pytest.raises(InvalidMessageError) as caught:
            Line().call(lambda client, single=single: client.emails.send_bulk({**BULK, "messages": single}))  # type: ignore[misc]
        assert [problem.field for problem in caught.value.problems] == ["messages"]


@pytest.mark.parametrize(
    ("fields", "text"),
    [
        ({}, "none given; it needs exactly one of template_id and template_alias"),
        ({"template_id": 1, "template_alias": "a"}, "template_id and template_alias given"),
    ],
)
def test_a_template_is_named_once(fields: dict[str, Any], text: str) -> None:
    mail = {"from": "a@b.example", "to": "c@d.example", "template_model": {}, **fields}
    assert text in problems_of(lambda client: client.emails.send_with_template(mail))[""]


def test_what_a_template_model_cannot_hold_is_named_with_its_path() -> None:
    looped: dict[str, Any] = {}
    looped["self"] = looped
    model = {"rows": [{"ok": 1}, {"bad": object(), "price": math.inf}], (2, 5): "key"}
    mail = {"from": "a@b.example", "to": "c@d.example", "template_alias": "a"}
    found = problems_of(lambda client: client.emails.send_with_template({**mail, "template_model": model}))
    assert set(found) == {"template_model.rows[1].bad", "template_model.rows[1].price", "template_model"}
    assert problems_of(lambda client: client.emails.send_with_template({**mail, "template_model": looped}))
    assert problems_of(lambda client: client.emails.send_with_template({**mail, "template_model": [1]}))
    assert "required" in problems_of(lambda client: client.emails.send_with_template(mail))["template_model"]
    values: dict[Any, Any] = {"rows": [{HALF: 1}, HUGE, {"text": HALF}], HUGE: 1}
    found = problems_of(lambda client: client.emails.send_with_template({**mail, "template_model": values}))
    assert set(found) == {f"template_model{place}" for place in (".rows[0]", ".rows[1]", ".rows[2].text", "")}
    huge = {"from": "a@b.example", "to": "c@d.example", "template_id": HUGE, "template_model": {}}
    assert set(problems_of(lambda client: client.emails.send_with_template(huge))) == {"template_id"}


@pytest.mark.parametrize("row", [row for row in WRONG if row[1]], ids=lambda row: row[1])
def test_one_wrong_mail_keeps_no_other_back(row: tuple[dict[str, Any], str, str]) -> None:
    fields, field, text = row
    line = Line()
    report = line.call(lambda client: client.emails.send_many([MAIL, {**MAIL, **fields}, MAIL]))
    assert [outcome.status for outcome in report] == ["accepted", "refused", "accepted"]
    assert f"messages[1].{field}" in report[1].text
    assert text in report[1].text


def test_the_sync_client_names_the_one_that_takes_async_iterables() -> None:
    async def mails() -> AsyncIterator[dict[str, Any]]:
        yield MAIL

    for concurrency in (1, 2):
        found = problems_of(lambda client, many=concurrency: client.emails.send_many(mails(), concurrency=many))  # type: ignore[misc]
        assert "async client" in found["messages"]


def test_a_batch_has_one_to_500_messages() -> None:
    assert "at least 1" in problems_of(lambda client: client.emails.send_batch([]))["messages"]
    assert "send_many" in problems_of(lambda client: client.emails.send_batch([MAIL] * 501))["messages"]
    assert "takes a list" in problems_of(lambda client: client.emails.send_batch(MAIL))["messages"]


def test_a_call_has_at_most_50_mb() -> None:
    mail = {**MAIL, "text_body": "x" * 5_000_000}
    assert "bytes" in problems_of(lambda client: client.emails.send_batch([mail] * 11))["messages"]


def test_bulk_requests_are_checked() -> None:
    entries = [BulkMessage(to="a@b.example"), BulkMessage(), {"to": MANY}]
    found = problems_of(lambda client: client.emails.send_bulk(from_="a@b.example", messages=entries))
    assert set(found) == {"", "messages[1].to", "messages[2].to"}
    both = BulkEmail(from_="a@b.example", template_id=1, template_alias="a", messages=[BulkMessage(to="a@b.example")])
    assert "at most one" in both.problems()[0].message


def test_a_bulk_request_knows_that_it_is_too_large() -> None:
    entry = BulkMessage(to="a@b.example", template_model={"a": "x" * 9_000_000})
    bulk = BulkEmail(from_="a@b.example", text_body="x", messages=[entry] * 6)
    (problem,) = bulk.problems()
    assert "at most 52428800" in problem.message
    assert problems_of(lambda client: client.emails.send_bulk(bulk)) == dict([problem])
    bulk.messages = [entry] * 5
    assert bulk.problems() == []


@pytest.mark.parametrize("fields", [{"template_alias": ""}, {"template_alias": "", "template_id": 1}, {}])
def test_an_empty_alias_names_no_template(fields: dict[str, Any]) -> None:
    mail: dict[str, Any] = {"from_": "a@b.example", "to": "c@d.example", "template_model": {}, **fields}
    assert "exactly one" in problems_of(lambda client: client.emails.send_with_template(mail))[""]
    assert (
        "exactly one"
        in problems_of(lambda client: client.emails.send_batch_with_templates([mail, mail]))["messages[1]"]
    )
    assert "exactly one" in TemplatedEmail(**mail).problems()[0].message


@pytest.mark.parametrize("options", [{}, {"guard": Guard(allow=["*@*"])}], ids=["plain", "guarded"])
def test_keys_of_template_values_are_written_as_json_writes_them(options: dict[str, Any]) -> None:
    values: dict[Any, Any] = {None: 1, 1.5: {2.0: 3}, True: 4, 5: 6}
    mail: dict[str, Any] = {"from_": "a@b.example", "to": "c@d.example", "template_id": 1, "template_model": values}
    line = Line(**options)
    line.call(lambda client: client.emails.send_with_template(mail))
    line.call(lambda client: client.emails.send_with_template({**mail, "attachments": [FILE]}))
    expected = {"null": 1, "1.5": {"2.0": 3}, "true": 4, "5": 6}
    assert [body["TemplateModel"] for body in line.bodies] == [expected, expected]
    assert TemplatedEmail(**mail).problems() == []
    for odd in (math.nan, (1, 2), b"x"):
        mail["template_model"] = {odd: 1}
        assert (
            "text as a key"
            in problems_of(lambda client: client.emails.send_with_template(mail), **options)["template_model"]
        )


def test_a_whole_body_and_keyword_arguments_exclude_each_other() -> None:
    assert "beside a whole body" in problems_of(lambda client: client.emails.send(MAIL, tag="x"))["tag"]


def test_the_same_checks_can_be_asked_for() -> None:
    assert Email(**MAIL).problems() == []
    assert [problem.field for problem in Email(to="x", subject="a\nb").problems()] == ["from_", "to", "subject", ""]
    assert TemplatedEmail(from_="a@b.example", to="a@b.example", template_id=1, template_model={}).problems() == []
    assert isinstance(Email(to="x").problems()[0], Problem)


def test_texts_of_problems_hold_no_values() -> None:
    secret = "secret-person"
    fields = {"from_": f"{secret}", "to": [f"{secret}\n@b.example"], "subject": f"{secret}\n", "tag": secret * 100}
    with pytest.raises(InvalidMessageError) as caught:
        Line().call(lambda client: client.emails.send(**fields))
    assert secret not in str(caught.value) + repr(caught.value)


@given(st.text(max_size=20))
def test_models_of_attachments_are_checked_alone_too(name: str) -> None:
    found: list[Problem] = []
    from postmark_sdk._core.body.validate import wire_form

    wire = wire_form(AttachmentModel(name=f"{name}.txt", content="eA==", content_type="text/plain"), "", found)
    assert wire["Name"] == f"{name}.txt"

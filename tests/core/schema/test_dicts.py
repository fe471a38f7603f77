"""Models become dicts and JSON text with either spelling, and are read back from both."""

from __future__ import annotations

import copy
import datetime as _dt
import decimal
import json
from typing import Any

import pytest

from postmark_sdk import DecodeError, InvalidMessageError, models
from postmark_sdk.models import BouncePage, ClickBrowserStats, Email, Model, OutboundMessage, SendResult
from postmark_sdk.webhooks import InboundEvent, parse
from tests.core.schema.test_loading import BY_SCHEMA
from tests.core.wire import ROW

SAMPLES = [
    pytest.param(getattr(models, schema), each.value, id=f"{schema}-{number}")
    for schema, group in BY_SCHEMA.items()
    for number, each in enumerate(group)
]


def wire_names(value: Any) -> set[str]:
    if isinstance(value, list):
        return {name for item in value for name in wire_names(item)}
    if isinstance(value, dict):
        return {*value}.union(*map(wire_names, value.values()))
    return set()


@pytest.mark.parametrize(("cls", "value"), SAMPLES)
def test_a_model_is_read_back_from_either_spelling(cls: type[Model], value: Any) -> None:
    model = cls.from_dict(copy.deepcopy(value))
    for wire in (False, True):
        assert cls.from_dict(model.to_dict(wire=wire)) == model
        assert cls.from_json(model.to_json(wire=wire)) == model
    assert json.loads(model.to_json()) == model.to_dict()


@pytest.mark.parametrize(("cls", "value"), SAMPLES)
def test_every_field_is_in_a_dict_with_pythons_names(cls: type[Model], value: Any) -> None:
    made = cls.from_dict(copy.deepcopy(value)).to_dict()
    assert {*cls.__wire__} <= made.keys()


def test_nested_models_have_pythons_names_too() -> None:
    mail = Email(
        from_=("Ada", "ada@example.org"),
        headers={"X-A": "1"},
        attachments=[models.Attachment.from_bytes(b"x", "x.txt")],
    )
    made = mail.to_dict()
    assert made["from_"] == "Ada <ada@example.org>"
    assert made["headers"] == [{"name": "X-A", "value": "1"}]
    assert made["attachments"] == [
        {"name": "x.txt", "content": "eA==", "content_type": "text/plain", "content_id": None}
    ]
    assert made["subject"] is None
    assert Email.from_dict(made).to_dict() == made


def test_what_a_mail_holds_becomes_json() -> None:
    values = {"at": _dt.date(2026, 11, 29), "price": decimal.Decimal("9.50")}
    mail = models.TemplatedEmail(template_alias="a", template_model=values)
    assert json.loads(mail.to_json())["template_model"] == {"at": "2026-11-29", "price": "9.50"}


def test_unknown_fields_of_an_answer_are_kept_and_of_a_request_refused() -> None:
    result = SendResult.from_dict({**ROW, "NewField": 5})
    assert result.to_dict()["extra"] == {"NewField": 5}
    assert result.to_dict(wire=True)["NewField"] == 5
    with pytest.raises(InvalidMessageError, match="subjet: Email has no such field"):
        Email.from_dict({"from": "a@example.com", "subjet": "Hi"})
    file = {"Name": "x.txt", "Content": "eA==", "ContentType": "text/plain", "ContentLength": 1}
    assert Email.from_dict({"TemplateId": None, "Attachments": [file]}).attachments
    mail = Email.from_dict({"From": "a@example.com", "extra": {"NewField": 5}})
    assert mail.to_dict()["extra"] == {"NewField": 5}


def test_counts_under_names_of_postmarks_stand_in_a_dict_of_their_own() -> None:
    stats = ClickBrowserStats.from_dict({"Days": [{"Date": "2026-11-29", "Firefox": 2}], "Firefox": 2, "Safari": 1})
    made: Any = stats.to_dict()
    assert made["counts"] == {"Firefox": 2, "Safari": 1}
    assert ClickBrowserStats.from_dict(made) == stats


def test_what_an_event_knows_besides_its_body_is_kept() -> None:
    event = parse(
        b'{"RecordType": "Delivery", "MessageID": "5d0a"}',
        headers={"X-PM-Webhook-Trace-Id": "trace-1", "X-PM-Retries-Remaining": "3"},
    )
    again = type(event).from_json(event.to_json())
    assert (again.trace_id, again.retries_remaining, again.dedupe_key) == ("trace-1", 3, event.dedupe_key)
    assert "trace_id" not in event.to_dict(wire=True)


def test_a_file_shown_in_the_html_of_an_inbound_mail_stays_inline() -> None:
    event = InboundEvent.from_dict(
        {"HtmlBody": '<img src="cid:a">', "Attachments": [{"Name": "a.png", "Content": "eA==", "ContentID": "a"}]}
    )
    assert [each.is_inline for each in InboundEvent.from_dict(event.to_dict()).attachments] == [True]
    assert type(event.attachments[0]).from_dict(event.attachments[0].to_dict()).is_inline


def test_a_page_knows_where_it_stands_after_it_was_stored() -> None:
    page = BouncePage.from_dict({"total_count": 9, "items": [{"id": 1}], "offset": 8})
    assert (page.offset, page[0].id, page.has_more) == (8, 1, False)
    assert BouncePage.from_json(page.to_json()).offset == 8


def test_one_line_writes_whatever_holds_models() -> None:
    text = json.dumps({"sent": [SendResult.from_dict({**ROW})]}, default=Model.to_dict)
    assert json.loads(text)["sent"][0]["message_id"] == ROW["MessageID"]


@pytest.mark.parametrize("text", ["", "{", "[1]", '"text"', b"\xff"])
def test_what_is_no_object_is_named(text: Any) -> None:
    with pytest.raises(DecodeError):
        OutboundMessage.from_json(text)

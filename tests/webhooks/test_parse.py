from __future__ import annotations

import datetime as _dt
import json
import pickle
from types import MappingProxyType
from typing import Any, cast, get_args

import pytest

from postmark_sdk import converter, models, webhooks
from postmark_sdk.errors import DecodeError, PostmarkError
from postmark_sdk.webhooks import (
    BounceEvent,
    DeliveryEvent,
    InboundEvent,
    OpenEvent,
    SmtpApiErrorEvent,
    SpamComplaintEvent,
    SubscriptionChangeEvent,
    UnknownEvent,
    WebhookError,
    parse,
)
from tests.description import plain
from tests.webhooks.payloads import Example, example, examples

_ALL = [pytest.param(each, id=f"{each.kind} {each.name}") for each in examples()]


def read(payload: object) -> Any:
    return parse(json.dumps(payload).encode())


@pytest.mark.parametrize("each", _ALL)
def test_every_documented_payload_is_read_into_its_class_without_loss(each: Example) -> None:
    event = read(each.value)
    assert type(event).__name__ == each.schema
    assert event.extra == {}
    written = converter().unstructure(event)
    schema = {"$ref": f"#/components/schemas/{each.schema}"}
    assert plain(written, schema) == plain(each.value, schema)


@pytest.mark.parametrize("each", _ALL)
def test_an_event_survives_pickle_and_storage(each: Example) -> None:
    event = parse(each.value, headers={"X-PM-Webhook-Trace-Id": "trace-1", "X-PM-Retries-Remaining": "4"})
    copied = pickle.loads(pickle.dumps(event))  # noqa: S301 - our own
    assert (copied, copied.trace_id, copied.retries_remaining) == (event, "trace-1", 4)
    stored = converter().structure(converter().unstructure(event), type(event))
    assert (stored, stored.trace_id, stored.retries_remaining) == (event, None, None)


def test_bytes_text_and_mappings_are_read_alike() -> None:
    value = example("delivery")
    text = json.dumps(value)
    forms: list[Any] = [text, text.encode(), bytearray(text.encode()), memoryview(text.encode()), value]
    assert [parse(form) for form in [*forms, MappingProxyType(value), text.encode("utf-16")]] == [parse(value)] * 7


def test_escaped_slashes_are_read() -> None:
    event = parse(json.dumps(example("click")).replace("/", "\\/"))
    assert isinstance(event, webhooks.ClickEvent)
    assert event.original_link == "https://www.example.com/welcome?step=1"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-11-05T16:33:54.9070259Z", _dt.datetime(2026, 11, 5, 16, 33, 54, 907025, _dt.timezone.utc)),
        ("2024-10-21T06:35:32Z", _dt.datetime(2024, 10, 21, 6, 35, 32, 0, _dt.timezone.utc)),
        ("2014-08-01T13:28:10.2735393-04:00", _dt.datetime(2014, 8, 1, 17, 28, 10, 273539, _dt.timezone.utc)),
        ("2014-06-01T12:00:00", _dt.datetime(2014, 6, 1, 12)),  # noqa: DTZ001 - as it came
        ("yesterday", "yesterday"),
        (None, None),
    ],
)
def test_every_form_of_time_is_read(text: str | None, expected: object) -> None:
    event = read({**example("delivery"), "DeliveredAt": text})
    assert event.delivered_at == expected


def test_what_a_minimal_bounce_lacks_is_none() -> None:
    event = read(example("bounce", "minimal"))
    assert isinstance(event, BounceEvent)
    assert (event.email, event.bounced_at, event.metadata, event.type) == (None, None, None, "Unsubscribe")


def test_an_smtp_api_error_is_no_bounce() -> None:
    event = read(example("smtpApiError", "minimal"))
    assert type(event) is SmtpApiErrorEvent
    assert not issubclass(SmtpApiErrorEvent, BounceEvent)


@pytest.mark.parametrize("kind", ["NoSuchType", None, ["HardBounce"], 5])
def test_a_bounce_of_any_type_is_a_bounce(kind: object) -> None:
    event = read({**example("bounce"), "Type": kind})
    assert isinstance(event, BounceEvent)
    assert event.type == kind


@pytest.mark.parametrize(
    ("payload", "expected"),
    [
        ({"MessageID": "m", "DeliveredAt": "2014-08-01T13:28:10Z"}, DeliveryEvent),
        ({"ID": 1, "TypeCode": 1, "Type": "HardBounce"}, BounceEvent),
        ({"ID": 1, "Type": "SpamComplaint", "BouncedAt": "2014-08-01T13:28:10Z"}, SpamComplaintEvent),
        ({"ID": 1, "Type": "SMTPApiError", "TypeCode": 100007}, SmtpApiErrorEvent),
        ({"MessageID": "m", "FirstOpen": True}, OpenEvent),
        ({"SuppressSending": True}, SubscriptionChangeEvent),
        ({"FromFull": None}, InboundEvent),
        ({"Headers": [], "OriginalRecipient": "a@example.org", "DeliveredAt": "x"}, InboundEvent),
        ({"MessageID": "m"}, UnknownEvent),
        ({}, UnknownEvent),
    ],
)
@pytest.mark.parametrize("named", [{}, {"RecordType": None}])
def test_a_payload_without_a_kind_is_told_by_what_it_holds(
    payload: dict[str, Any], named: dict[str, Any], expected: type
) -> None:
    assert type(read({**payload, **named})) is expected


@pytest.mark.parametrize("record_type", ["Inbound", "Reply", "", 7, {}, ["Bounce"], True])
def test_an_unknown_kind_keeps_everything(record_type: object) -> None:
    value = {**example("bounce"), "RecordType": record_type, "New": {"a": [1]}}
    event = read(value)
    assert type(event) is UnknownEvent
    assert (event.record_type, event.payload, event.extra["New"]) == (record_type, value, {"a": [1]})
    assert "recipient@example.org" not in repr(event)
    assert converter().structure(converter().unstructure(event), UnknownEvent) == event


def test_what_is_no_object_stays_as_it_came() -> None:
    assert cast("object", converter().structure([1], UnknownEvent)) == [1]


def test_an_unknown_field_stays_reachable() -> None:
    assert read({**example("open"), "Mood": "good"}).extra == {"Mood": "good"}


def test_a_64_bit_id_stays_exact() -> None:
    assert read(example("bounce")).id == 4323372036854775807


def test_a_number_that_python_refuses_to_read_does_not_hide_the_event() -> None:
    text = json.dumps(example("bounce")).replace("4323372036854775807", "9" * 6000)
    event = parse(text)
    assert isinstance(event, BounceEvent)
    assert cast("object", event.id) == "9" * 6000


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"not json", b"\xff\xfe\xff", b'{"a": "\xff"}', "{'a': 1}", b"[" * 200_000, b"\x00"],
    ids=range(8),
)
def test_what_is_not_json_is_a_decode_error_with_status_400(body: bytes | str) -> None:
    with pytest.raises(DecodeError, match="not JSON") as caught:
        parse(body)
    assert caught.value.status_code == 400
    assert len(caught.value.body) <= 1024


@pytest.mark.parametrize("body", [b"[]", b"null", b'"Delivery"', b"1", b"true", b'[{"RecordType": "Delivery"}]'])
def test_what_is_no_object_is_a_decode_error_with_status_400(body: bytes) -> None:
    with pytest.raises(DecodeError, match="a JSON object was expected") as caught:
        parse(body)
    assert caught.value.status_code == 400


def test_a_decode_error_shows_nothing_of_the_body() -> None:
    with pytest.raises(DecodeError) as caught:
        parse(b'{"Recipient": "secret@example.org"')
    assert "secret" not in repr(caught.value)
    assert "secret" not in str(caught.value)


def test_a_body_over_the_limit_is_a_webhook_error_with_status_413() -> None:
    body = json.dumps(example("delivery")).encode()
    assert isinstance(parse(body, max_bytes=len(body)), DeliveryEvent)
    with pytest.raises(WebhookError, match=f"larger than {len(body) - 1} bytes") as caught:
        parse(body, max_bytes=len(body) - 1)
    assert caught.value.status_code == 413
    assert isinstance(caught.value, PostmarkError)
    assert repr(pickle.loads(pickle.dumps(caught.value))) == repr(caught.value)  # noqa: S301 - our own


@pytest.mark.parametrize(
    ("headers", "trace", "retries"),
    [
        ({"x-pm-webhook-trace-id": "t", "x-pm-retries-remaining": "0"}, "t", 0),
        ({"X-Pm-Webhook-Trace-ID": " t ", "X-PM-RETRIES-REMAINING": "6"}, "t", 6),
        ({"X-PM-Webhook-Trace-Id": "", "X-PM-Retries-Remaining": "many"}, None, None),
        ({"X-PM-Retries-Remaining": "-1"}, None, None),
        ({}, None, None),
    ],
)
def test_the_headers_of_the_call_are_kept(headers: dict[str, str], trace: str | None, retries: int | None) -> None:
    event = parse(example("delivery"), headers=headers)
    assert (event.trace_id, event.retries_remaining) == (trace, retries)


def test_the_union_holds_every_kind() -> None:
    kinds = set(get_args(webhooks.WebhookEvent))
    assert {type(read(each.value)) for each in examples()} | {UnknownEvent} == kinds


@pytest.mark.parametrize("name", ["Bounce", "Inbound"])
def test_a_name_that_two_classes_had_still_works_and_warns(name: str) -> None:
    with pytest.warns(DeprecationWarning, match=f"Use {name}Event") as caught:
        assert getattr(webhooks, name) is getattr(models, f"{name}Event")
    assert caught[0].filename == __file__


def test_all_public_names_are_there() -> None:
    assert webhooks.InboundEvent is models.InboundEvent
    assert sorted(webhooks.__all__) == sorted(set(webhooks.__all__))
    assert all(getattr(webhooks, name) is not None for name in webhooks.__all__)
    assert set(webhooks.__all__) <= set(dir(webhooks))
    with pytest.raises(AttributeError, match="no attribute 'Nothing'"):
        vars(webhooks)["__getattr__"]("Nothing")


def test_an_event_made_by_hand_has_its_attributes() -> None:
    event = DeliveryEvent(message_id="m", trace_id="t")
    assert (event.trace_id, event.retries_remaining, event.dedupe_key) == ("t", None, "Delivery:t")
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        event.nothing  # type: ignore[attr-defined]  # noqa: B018


def test_a_json_object_is_read_however_deep_it_goes() -> None:
    deep = b'{"RecordType": "Bounce", "ID": 1, "New": ' + b"[" * 100_000 + b"]" * 100_000 + b"}"
    for body in (deep, deep.decode()):
        assert parse(body).extra.keys() == {"New"}


@pytest.mark.parametrize("kind", ["open", "click"])
@pytest.mark.parametrize("name", ["ServerID", "ServerId"])
def test_opens_and_clicks_can_say_of_which_server_they_are(kind: str, name: str) -> None:
    event = read({**example(kind), name: 23})
    assert (event.server_id, event.extra) == (23, {})
    assert read(example(kind)).server_id is None

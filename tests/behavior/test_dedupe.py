from __future__ import annotations

import json
import re
from typing import Any

import pytest

from postmark_sdk.webhooks import parse
from tests.webhooks.payloads import Example, example, examples

_ALL = [pytest.param(each, id=f"{each.kind} {each.name}") for each in examples()]


def key(payload: dict[str, Any], **headers: str) -> str:
    return parse(
        payload, headers={f"x-pm-{name.replace('_', '-')}": value for name, value in headers.items()}
    ).dedupe_key


@pytest.mark.parametrize("each", _ALL)
def test_a_retry_has_the_same_key(each: Example) -> None:
    first, again = json.dumps(each.value), json.dumps(dict(reversed(each.value.items())))
    assert parse(first).dedupe_key == parse(again).dedupe_key
    headers = {"webhook_trace_id": "3f0c"}
    assert key(each.value, **headers, retries_remaining="6") == key(each.value, **headers, retries_remaining="0")


def test_all_documented_events_have_different_keys() -> None:
    keys = [key(each.value) for each in examples()]
    assert len(set(keys)) == len(keys)


@pytest.mark.parametrize("each", _ALL)
def test_a_key_is_short_and_shows_no_address(each: Example) -> None:
    assert re.fullmatch(r"[A-Za-z]+:[0-9a-f]{32}", key(each.value))


def test_the_trace_id_decides_where_there_is_one() -> None:
    one, other = example("delivery"), example("delivery", "live")
    assert key(one, webhook_trace_id="a") != key(one, webhook_trace_id="b")
    assert key(one, webhook_trace_id="a") == key(other, webhook_trace_id="a") == "Delivery:a"


def test_two_events_of_one_message_differ_also_under_one_trace_id() -> None:
    bounce, change = example("bounce"), example("subscriptionChange", "hard_bounce")
    assert key(bounce, webhook_trace_id="a") != key(change, webhook_trace_id="a")


@pytest.mark.parametrize("trace", ["x" * 500, "a\tc", "é", "a\nb"])
def test_a_strange_trace_id_is_hashed(trace: str) -> None:
    assert re.fullmatch(r"Delivery:[0-9a-f]{32}", key(example("delivery"), webhook_trace_id=trace))


@pytest.mark.parametrize(
    ("kind", "fields"),
    [
        ("delivery", {"MessageID": "m", "Recipient": "x@example.org", "DeliveredAt": "2026-11-05T16:33:55Z"}),
        ("bounce", {"ID": 7}),
        ("spamComplaint", {"ID": 7}),
        ("smtpApiError", {"ID": 7}),
        ("open", {"MessageID": "m", "Recipient": "x@example.org", "ReceivedAt": "2026-11-05T16:33:55Z"}),
        ("click", {"MessageID": "m", "Recipient": "x", "ReceivedAt": "2026-11-05T16:33:55Z", "OriginalLink": "l"}),
        ("subscriptionChange", {"MessageStream": "s", "Recipient": "x", "ChangedAt": "2026-11-05T16:33:55Z"}),
        ("inbound", {"MessageID": "m"}),
    ],
)
def test_each_identifying_field_makes_another_key(kind: str, fields: dict[str, object]) -> None:
    base = examples(kind)[0].value
    changed = [key({**base, name: value}) for name, value in fields.items()]
    assert len({key(base), *changed}) == len(fields) + 1
    assert key({**base, "Tag": "another"}) == key(base)


def test_bounces_without_id_are_told_by_message_address_and_time() -> None:
    base = {name: value for name, value in example("bounce").items() if name != "ID"}
    keys = {key(base), key({**base, "Email": "y@example.org"}), key({**base, "BouncedAt": "2026-11-05T16:33:55Z"})}
    assert len(keys) == 3
    assert key({**base, "Details": "other words"}) == key(base)


@pytest.mark.parametrize("value", [None, "", [], {"a": 1}])
def test_without_an_identifying_field_the_whole_payload_decides(value: object) -> None:
    base = {**example("delivery"), "Recipient": value}
    assert key(base) == key(dict(base))
    assert key(base) != key({**base, "Tag": "another"})


def test_test_calls_are_told_apart_though_they_share_their_ids() -> None:
    value = example("bounce", "test")
    assert parse(value).is_test
    assert key(value) != key({**value, "BouncedAt": "2024-12-03T09:16:00Z"})
    assert not parse(example("bounce")).is_test
    assert not parse({"RecordType": "New"}).is_test

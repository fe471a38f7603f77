"""Whatever a JSON object holds, it is read; and it is read as the kind that it says it is."""

from __future__ import annotations

import json
import random
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from postmark_sdk.errors import DecodeError
from postmark_sdk.webhooks import InboundEvent, UnknownEvent, WebhookError, parse
from tests.webhooks.payloads import Example, examples

_FUZZED_BODIES = 20_000

_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=10), inner, max_size=3),
    max_leaves=8,
)
_EXAMPLES = examples()
_CURRENT = [each for each in _EXAMPLES if each.name != "old" or each.kind in {"click", "inbound", "spamComplaint"}]


def _telling(each: Example) -> set[str]:
    """The fields by which a payload says what it is."""
    if each.kind == "inbound":
        return {"FromFull"}
    return {"RecordType", "Type"} if each.kind == "smtpApiError" else {"RecordType"}


@st.composite
def _mutated(draw: st.DrawFn, kind: str | None = None) -> tuple[Example, dict[str, Any]]:
    each = draw(st.sampled_from([each for each in _CURRENT if kind in {None, each.kind}]))
    value: dict[str, Any] = dict(each.value)
    changeable = sorted(set(value) - _telling(each))
    for name in draw(st.lists(st.sampled_from(changeable), max_size=6, unique=True)):
        if draw(st.booleans()):
            del value[name]
        else:
            value[name] = draw(_json)
    known = {*value, "RecordType", "Type", "FromFull", "Headers"}
    new = draw(st.dictionaries(st.text(max_size=12).filter(lambda name: name not in known), _json, max_size=2))
    return each, {**value, **new}


@given(_mutated())
def test_any_field_may_be_missing_null_odd_or_unknown(mutated: tuple[Example, dict[str, Any]]) -> None:
    each, value = mutated
    body = json.dumps(value)
    event: Any = parse(body)
    assert type(event).__name__ == each.schema
    assert event.dedupe_key == parse(body).dedupe_key
    assert repr(event)
    assert isinstance(event.is_test, bool)


@given(_mutated("inbound"))
def test_an_odd_mail_can_still_be_asked_anything(mutated: tuple[Example, dict[str, Any]]) -> None:
    event = parse(json.dumps(mutated[1]))
    assert isinstance(event, InboundEvent)
    assert event.sent_at is None or event.sent_at.tzinfo is not None
    assert (event.header("Message-ID"), event.references, event.in_reply_to) is not None
    assert event.spam.tests is not None
    assert event.is_automatic in {True, False}
    try:
        assert event.to_email_message().as_bytes()
    except DecodeError as error:
        assert error.status_code == 400  # noqa: PT017 - only base64 that is none is refused
    assert event.reply(text_body="Yes", html_body="<p>Yes</p>", to_all=True).subject
    assert event.forward("b@example.org", text_body="See below").text_body


@given(st.dictionaries(st.text(max_size=12), _json, max_size=6))
def test_any_object_is_an_event(value: dict[str, Any]) -> None:
    event = parse(json.dumps(value))
    assert event.dedupe_key
    if isinstance(event, UnknownEvent):
        assert json.dumps(event.payload, sort_keys=True) == json.dumps(
            {name: item for name, item in value.items() if name != "RecordType" or item is not None}, sort_keys=True
        )


def test_fuzzed_bodies_are_read_or_refused_and_nothing_else() -> None:
    generator = random.Random(20261122)  # noqa: S311 - the same bodies every time
    sources = [json.dumps(each.value).encode() for each in _EXAMPLES]
    read = refused = 0
    for _ in range(_FUZZED_BODIES):
        body = _damaged(generator, generator.choice(sources))
        try:
            assert parse(body).dedupe_key
            read += 1
        except (DecodeError, WebhookError) as error:
            assert error.status_code == 400  # noqa: PT017 - the only other outcome
            refused += 1
    assert read + refused == _FUZZED_BODIES
    assert min(read, refused) > _FUZZED_BODIES // 20


def _damaged(generator: random.Random, body: bytes) -> bytes:
    damaged = bytearray(body)
    for _ in range(generator.randint(1, 3)):
        place = generator.randrange(len(damaged))
        match generator.randrange(4):
            case 0:
                damaged[place] = generator.randrange(256)
            case 1:
                damaged[place] = generator.choice(b'{}[]",:0123456789truefalsnu\\ ')
            case 2:
                del damaged[place : place + generator.randint(1, 40)]
            case _:
                damaged[place:place] = generator.choice(
                    [b"null", b'""', b"{}", b"[1e999]", b"-0", b'"\\ud800"', b"9" * 5000]
                )
        if not damaged:
            return b""
    return bytes(damaged)

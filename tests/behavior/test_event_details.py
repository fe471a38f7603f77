from __future__ import annotations

import pytest

from postmark_sdk import converter
from postmark_sdk.models import MessageEventDetails


def details(**fields: object) -> MessageEventDetails:
    return converter().structure(fields, MessageEventDetails)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("4323372036854775807", 4323372036854775807),
        (" 7 ", 7),
        (7, 7),
        ("", None),
        (None, None),
        ("-7", None),
        ("7e3", None),
        ("\u0667", None),
        ("1" * 5000, None),
    ],
)
def test_the_number_of_a_bounce_stands_beside_its_text(text: object, expected: int | None) -> None:
    found = details(BounceID=text)
    assert (found.bounce_number, found.bounce_id) == (expected, text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [("True", True), ("False", False), ("true", True), (True, True), (False, False), ("yes", None), (None, None)],
)
def test_a_truth_value_stands_beside_its_text(text: object, expected: object) -> None:
    found = details(SuppressSending=text)
    assert (found.sending_suppressed, found.suppress_sending) == (expected, text)

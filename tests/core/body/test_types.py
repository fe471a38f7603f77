"""What any body's plain fields take, said before anything is sent."""

from __future__ import annotations

import enum
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

from postmark_sdk import InvalidMessageError, PostmarkClient
from tests.core.wire import TOKEN
from tests.description import ROOT

if TYPE_CHECKING:
    from collections.abc import Callable


class Color(enum.Enum):
    RED = "Red"


@pytest.mark.parametrize(
    ("call", "expected"),
    [
        (
            lambda client: client.templates.create(name=5, subject="x", text_body=7),
            {"name": "an int; it takes text", "text_body": "an int; it takes text"},
        ),
        (
            lambda client: client.data_removals.create(
                requested_by="a@example.com", requested_for="b@example.org", notify_when_completed="no"
            ),
            {"notify_when_completed": "a str; it takes True or False"},
        ),
        (
            lambda client: client.server.update({"InboundSpamThreshold": "abc"}),
            {"inbound_spam_threshold": "a str; it takes a whole number"},
        ),
        (
            lambda client: client.server.update(inbound_spam_threshold=True),
            {"inbound_spam_threshold": "a bool; it takes a whole number"},
        ),
        (
            lambda client: client.servers.create(name="x", raw_email_enabled=1, color=Color.RED),
            {"raw_email_enabled": "an int; it takes True or False"},
        ),
    ],
)
def test_a_value_of_a_wrong_type_is_refused(call: Callable[[Any], object], expected: dict[str, str]) -> None:
    client = PostmarkClient(TOKEN, account_token=TOKEN, base_url="http://127.0.0.1:9", retries=0)
    with client, pytest.raises(InvalidMessageError) as caught:
        call(client)
    assert {problem.field: problem.message for problem in caught.value.problems} == expected


def test_a_program_without_logging_gets_nothing_on_stderr() -> None:
    code = "from postmark_sdk._core.schema.log import logger; logger.warning('a word')"
    finished = subprocess.run(  # noqa: S603 - our own words
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True, timeout=60
    )
    assert finished.stderr == ""

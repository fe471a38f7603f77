from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from postmark_sdk._behavior.inbound.mail_policy import StrangersPolicy
from postmark_sdk.webhooks import InboundEvent, parse

if TYPE_CHECKING:
    from email.message import EmailMessage

POLICY: Any = StrangersPolicy(linesep="\r\n", refold_source="none")
NAMES = ("Subject", "To", "From", "References", "Message-ID", "Date", "Content-Type", "Content-Disposition", "X-Note")
_WORD = "=?utf-8?q?=C3=A4?=\n "
PARTS = ("(", "(a)", '"', "<", ",", "a@b.c, ", "@", ":", '; "', "; x*0*=%41", "=?utf-8?q?", ".", "ä", "[", _WORD)


def read(source: str) -> EmailMessage:
    event = parse({"FromFull": {"Email": "a@example.org"}, "MessageID": "m", "RawEmail": source})
    assert isinstance(event, InboundEvent)
    return event.to_email_message()


def use(message: EmailMessage) -> None:
    """Ask for everything that a program asks for."""
    for name, value in message.items():
        assert isinstance(str(value), str), name
        assert list(getattr(value, "addresses", ())) is not None
    assert message.as_bytes()
    assert message.as_string()
    message.get_body()
    for part in message.walk():
        assert part.get_content_type()
        part.get_filename()
        part.get_content_disposition()


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("part", PARTS)
def test_a_header_of_a_stranger_costs_no_more_than_its_length(name: str, part: str) -> None:
    message = read(f"{name}: a/b; c={part * (30_000 // len(part))} <b@example.org>\n\nx")
    started = time.process_time()
    use(message)
    assert time.process_time() - started < 5  # minutes, were it quadratic


@given(st.sampled_from(NAMES), st.text(alphabet='ab@.,;:<>()"\\ =?-_é*%/[]', max_size=60))
def test_no_header_of_a_stranger_breaks_what_reads_it(name: str, value: str) -> None:
    use(read(f"{name}: {value}\n\nx"))


@pytest.mark.parametrize("many", [1, 200])
def test_all_addresses_of_a_long_list_are_there(many: int) -> None:
    people = [f'"Änne, {number}" <a{number}@example.org>' for number in range(many)]
    header = POLICY.header_fetch_parse("To", ",\r\n ".join(people))
    assert [(one.display_name, one.addr_spec) for one in header.addresses] == [
        (f"Änne, {number}", f"a{number}@example.org") for number in range(many)
    ]
    assert str(header) == ", ".join(people)


def test_a_name_without_end_keeps_its_address() -> None:
    words = "=?utf-8?q?=C3=84nne?= " * 1000
    (person,) = POLICY.header_fetch_parse("From", f"{words}<a@example.org>").addresses
    assert (person.display_name.replace(" ", ""), person.addr_spec) == ("Änne" * 1000, "a@example.org")


def test_long_texts_are_whole() -> None:
    subject = "wörd " * 10_000 + "end"
    message = read(f"Subject: {subject}\n\nx")
    assert str(message["Subject"]) == subject
    assert f"Subject: {subject}\r\n".encode() in message.as_bytes()


def test_headers_are_written_as_they_came() -> None:
    source = "Subject: =?utf-8?q?a?=\r\n =?utf-8?q?b?=\r\nX-A: ü \r\nTo: a@example.org,\r\n\tb@example.org\r\n\r\nx"
    assert read(source).as_bytes() == source.encode()
    assert read(source).as_string() == source


def test_a_part_that_says_something_unreadable_of_itself_is_a_text_or_a_file() -> None:
    deep = "(" * 1900
    message = read(f"Content-Type: text/html; {deep}\nContent-Disposition: inline; {deep}\n\nx")
    assert (message.get_content_type(), message.get_content_disposition()) == ("text/plain", "attachment")

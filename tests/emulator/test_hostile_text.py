"""Text of any shape costs time in proportion to its length.

Nothing here is timed: a quadratic pass over one of these texts takes minutes, all of them together take seconds.
"""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from postmark_sdk.emulator import Emulator
from postmark_sdk.emulator._mails import codes
from postmark_sdk.emulator.endpoints.domains import is_domain
from postmark_sdk.emulator.inbox.files import media_type
from postmark_sdk.emulator.inbox.frames import wants_remote, with_inline_images, without_frames, without_hints
from postmark_sdk.emulator.inbox.links import links
from postmark_sdk.emulator.mail.addresses import parse_list
from postmark_sdk.emulator.mail.inbound import mailbox_hash
from postmark_sdk.emulator.mail.links import html_links, rewrite_links, text_links
from postmark_sdk.emulator.reference.problems import Problem
from postmark_sdk.templates import count_placeholders, parse

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

LENGTH = 100_000
SHAPES = (
    "<a ",
    "<a href",
    "<a href=",
    '<a href="',
    "<a href='",
    "<a ' ",
    "<a '\"' \"",
    '<a href="https://x.example/">',
    "<a\n\t",
    'href="',
    "<",
    '"',
    "'",
    '"\\',
    "\\",
    "a",
    " ",
    "\t\n",
    "https://",
    "https://a.",
    "cid:",
    '"cid: ',
    "= ",
    '= "',
    "url( ",
    "src = ' ",
    "@import ",
    "</body",
    "</body ",
    "<html",
    "<link",
    "<!--",
    "<!---->",
    "<style>",
    "{",
    "{{",
    "{{a",
    "{{{a}}",
    "{{#a}}",
    "{{/a}}",
    "}}",
    "a@",
    "a@b.co,",
    '"a" <a@b.co>,',
    "a.",
    "a+",
    "<a@b.co",
    "/",
    "ü ",
    "1",
    "123 ",
    "123-",
    "<b>",
    "a://",
)


def addresses_of(text: str) -> None:
    with suppress(Problem):
        parse_list(text, "To")


READERS: dict[str, Callable[[str], object]] = {
    "links of html": html_links,
    "rewritten links": lambda text: rewrite_links(text, str.upper),
    "links of text": text_links,
    "codes": lambda text: codes(text, text, text),
    "links in the inbox": lambda text: links(text, text),
    "remote content": wants_remote,
    "inline images": lambda text: with_inline_images(text, {"a": "b"}),
    "frame": lambda text: without_hints(without_frames(text)),
    "addresses": addresses_of,
    "domain": is_domain,
    "mailbox hash": mailbox_hash,
    "media type": media_type,
    "template": parse,
    "placeholders": count_placeholders,
}


@pytest.mark.parametrize("reader", READERS)
def test_every_pattern_is_linear(reader: str) -> None:
    for shape in SHAPES:
        READERS[reader](f'<a x="{shape * (LENGTH // len(shape))}')


@pytest.fixture(scope="module")
def postmark() -> Iterator[Emulator]:
    with Emulator() as emulator:
        yield emulator


@pytest.mark.parametrize("value", ["a ", "ü ", "a", "<a@b.co> "])
@pytest.mark.parametrize("name", ["X-Long", "References", "To"])
def test_a_long_header_is_written_in_linear_time(postmark: Emulator, name: str, value: str) -> None:
    text = value * (LENGTH // len(value))
    message: dict[str, Any] = {"From": "a@example.com", "To": "b@example.org", "TextBody": "Hello."}
    if name == "To":
        message["To"] = f'"{text}" <SoftBounce@bounce-testing.postmarkapp.com>'
    else:
        message |= {"To": "SoftBounce@bounce-testing.postmarkapp.com", "Headers": [{"Name": name, "Value": text}]}
    headers = {"X-Postmark-Server-Token": postmark.server_token}
    with httpx.Client(base_url=postmark.base_url, headers=headers, timeout=60) as client:
        sent = client.post("/email", json=message).json()
        source = client.get(f"/messages/outbound/{sent['MessageID']}/dump").json()["Body"]
    head = source.partition("\r\n\r\n")[0]
    assert f"\r\n{name}: " in f"\r\n{head}"
    assert len(head) > LENGTH

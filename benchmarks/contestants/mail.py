"""The mails that everybody sends, in the spelling of the wire: a receipt of ten fields with HTML, and smaller ones."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from .form import BATCH

if TYPE_CHECKING:
    from collections.abc import Iterator

TOKEN = "server-token-of-the-benchmark"  # noqa: S105 - made up; the server does not look at it

_LINES = "".join(
    f'<tr><td class="item">Item {number}</td><td align="right">{number}.00&nbsp;EUR</td></tr>\n'
    for number in range(1, 21)
)

HTML = f"""<!DOCTYPE html>
<html><body style="font-family: sans-serif; color: #333">
<p>Thank you for your order. It should be with you in <b>two days</b>.</p>
<table width="100%">
{_LINES}</table>
<p>Questions? Just answer this mail.</p>
</body></html>
"""

TEXT = "Thank you for your order. It should be with you in two days.\n\nQuestions? Just answer this mail.\n"

MAIL: dict[str, Any] = {
    "From": "Example Shop <orders@example.com>",
    "To": "Receiver One <receiver@example.org>, second@example.org",
    "ReplyTo": "support@example.com",
    "Subject": "Your order has left our warehouse",
    "HtmlBody": HTML,
    "TextBody": TEXT,
    "Tag": "order-shipped",
    "TrackOpens": True,
    "Metadata": {"order": "4711"},
    "MessageStream": "outbound",
}


def mails(count: int) -> list[dict[str, Any]]:
    """As many mails, each with its own recipient, bodies and metadata."""
    return [
        {
            **MAIL,
            "To": RECEIVER.format(number),
            "HtmlBody": HTML.replace("your order", f"your order {number}"),
            "TextBody": TEXT.replace("your order", f"your order {number}"),
            "Metadata": {"order": str(number)},
        }
        for number in range(count)
    ]


RECEIVER = "receiver{}@example.org"
"""The first 500 of them are who the server says that it took a batch for."""

SMALL_TEXT = "\n".join(f"{number}. Something is new." for number in range(1, 11))
FILE_BYTES = 100_000


def small_mails(count: int) -> Iterator[dict[str, Any]]:
    """Mails of some 430 bytes of JSON, each with its own body and metadata; no two of 500 have one recipient."""
    for number in range(count):
        yield {
            "From": "Example Shop <news@example.com>",
            "To": RECEIVER.format(number % BATCH),
            "Subject": "What is new this week",
            "TextBody": f"Dear reader {number},\n{SMALL_TEXT}",
            "MessageStream": "broadcast",
            "Metadata": {"campaign": f"spring-{number}"},
        }


def files(count: int) -> list[bytes]:
    """Files of 100 kB, no two alike."""
    return [os.urandom(FILE_BYTES) for _ in range(count)]

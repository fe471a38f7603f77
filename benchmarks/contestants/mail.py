"""The mail that everybody sends, in the spelling of the wire: ten fields, the HTML of a plain receipt."""

from __future__ import annotations

from typing import Any

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
    """As many mails, each with its own recipient and metadata."""
    return [
        {**MAIL, "To": f"receiver{number}@example.org", "Metadata": {"order": str(number)}} for number in range(count)
    ]

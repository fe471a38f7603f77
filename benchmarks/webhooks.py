"""What reading a webhook costs beside what decoding its JSON costs alone: ``python benchmarks/webhooks.py``.

Prints a table of ratios and their limits; the exit code is 1 where a limit is exceeded. The two are timed in turns, and
the medians of many short rounds are compared, so that neither other work on the machine nor luck with memory decides.
"""

from __future__ import annotations

import base64
import json
import os
import statistics
import sys
import time
from typing import TYPE_CHECKING, NamedTuple

from postmark_sdk.webhooks import parse

if TYPE_CHECKING:
    from collections.abc import Callable

DELIVERY = {
    "RecordType": "Delivery",
    "ServerID": 1234,
    "MessageStream": "outbound",
    "MessageID": "4c1f7a90-2b6d-4e38-9a57-d0e1b2c3f401",
    "Recipient": "recipient@example.org",
    "Tag": "welcome",
    "DeliveredAt": "2026-11-05T16:33:54.9070259Z",
    "Details": "smtp;250 2.0.0 OK 1793896434 example-id - gsmtp",
    "Metadata": {"order": "1001", "customer": "42"},
}
INBOUND = {
    "FromName": "Example Customer",
    "From": "customer@example.org",
    "FromFull": {"Email": "customer@example.org", "Name": "Example Customer", "MailboxHash": ""},
    "To": "0123456789abcdef@inbound.postmarkapp.com",
    "ToFull": [{"Email": "0123456789abcdef@inbound.postmarkapp.com", "Name": "", "MailboxHash": ""}],
    "OriginalRecipient": "0123456789abcdef@inbound.postmarkapp.com",
    "Subject": "A large file",
    "MessageID": "a1e5c7d2-7f30-4b19-8c64-2e9d0b5a6f17",
    "Date": "Sat, 1 Nov 2025 02:28:55 +0000",
    "TextBody": "See the file.",
    "HtmlBody": "<p>See the file.</p>",
    "Headers": [{"Name": f"X-Header-{number}", "Value": "value"} for number in range(20)],
    "Attachments": [
        {
            "Name": "large.bin",
            "Content": base64.b64encode(os.urandom(5 * 1024 * 1024)).decode(),
            "ContentType": "application/octet-stream",
            "ContentLength": 5 * 1024 * 1024,
        }
    ],
}


class Case(NamedTuple):
    """Something to read, how often in a row, in how many rounds, and how much longer than bare JSON it may take."""

    name: str
    body: bytes
    calls: int
    rounds: int
    limit: float


CASES = [
    Case("delivery event", json.dumps(DELIVERY).encode(), 100, 2_000, 2.0),
    Case("inbound mail with a file of 5 MB", json.dumps(INBOUND).encode(), 1, 120, 1.15),
]


def seconds(call: Callable[[bytes], object], case: Case) -> float:
    """Processor time of one call, on average over a round."""
    start = time.process_time()
    for _ in range(case.calls):
        call(case.body)
    return (time.process_time() - start) / case.calls


def measure(case: Case) -> tuple[float, float]:
    """Seconds for JSON alone and for the event, the medians of all rounds."""
    times: dict[Callable[[bytes], object], list[float]] = {json.loads: [], parse: []}
    for number in range(case.rounds):
        # Each goes first half of the time: what was freed before decides whether large strings get fresh memory.
        for call in list(times)[:: 1 if number % 2 else -1]:
            times[call].append(seconds(call, case))
    return statistics.median(times[json.loads]), statistics.median(times[parse])


def main() -> int:
    """Print the table."""
    exceeded = 0
    print("| what | json.loads, µs | parse, µs | ratio | limit |")
    print("|---|---:|---:|---:|---:|")
    for case in CASES:
        bare, whole = measure(case)
        exceeded += whole / bare > case.limit
        print(f"| {case.name} | {bare * 1e6:.1f} | {whole * 1e6:.1f} | {whole / bare:.2f} | {case.limit} |")
    return 1 if exceeded else 0


if __name__ == "__main__":
    sys.exit(main())

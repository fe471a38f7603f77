"""Iterate over an emulator with 250,000 messages: ``python -m tests.core.paging.quarter_million``.

9,999 of them are of one second, and the clocks change in between. Filled through the emulator's own tables.
"""

from __future__ import annotations

import json
import sys
from typing import Any

from postmark_sdk import CallEvent, PostmarkClient
from postmark_sdk.emulator import Emulator
from tests.core.paging.listing import TICKS, eastern, spread, ticks

NUMBER, DENSE, PAGE, LIMIT = 250_000, 9_999, 500, 1.1
SECOND = eastern(2026, 11, 3, 12)
_SUMMARY = json.dumps(
    {
        "To": [],
        "Cc": [],
        "Bcc": [],
        "Recipients": ["to@example.com"],
        "Attachments": [],
        "TrackOpens": False,
        "TrackLinks": "None",
        "Metadata": {},
        "Sandboxed": False,
    }
)


def moments(number: int, dense: int) -> list[int]:
    """Even ones from October to November, and many in one second."""
    even = spread(eastern(2026, 10, 20), eastern(2026, 11, 15), number - dense + 10)
    outside = [at for at in even if not ticks(SECOND) <= at < ticks(SECOND) + TICKS][: number - dense]
    return sorted(outside + [ticks(SECOND) + place * 900 for place in range(dense)])


def id_of(place: int) -> str:
    return f"{place:08d}-0000-4000-8000-000000000000"


def fill(emulator: Emulator, times: list[int]) -> None:
    """Put messages there directly: sending them would take an hour."""
    store = emulator.state.store
    server = store.value("SELECT server FROM records WHERE kind = 'stream' LIMIT 1")
    address = "from@example.com"
    rows = [
        (place + 1, id_of(place), server, "outbound", at, "2026-11-01", address, address, "s", "Sent", 1, 0, 0)
        for place, at in enumerate(times)
    ]
    names = "key, id, server, stream, at, day, sender, sender_address, subject, status, recipients"
    with store.transaction():
        store.write_many(
            f"INSERT INTO messages ({names}, opens_tracked, links_tracked) VALUES ({', '.join('?' * 13)})",  # noqa: S608
            rows,
        )
        store.write_many(
            "INSERT INTO contents (message, summary, operation, request) VALUES (?, ?, 'emails_send', '{}')",
            [(row[0], _SUMMARY) for row in rows],
        )


def walk(times: list[int]) -> tuple[list[str], int]:
    """The ids in the order in which they came, and the number of requests."""
    calls: list[Any] = []
    with Emulator() as emulator:
        fill(emulator, times)
        with PostmarkClient(emulator.server_token, base_url=emulator.base_url, on_event=calls.append) as client:
            found = [message.message_id for message in client.outbound.iterate()]
    return found, sum(isinstance(event, CallEvent) for event in calls)


def main() -> int:
    """The command."""
    found, requests = walk(moments(NUMBER, DENSE))
    right = found == [id_of(place) for place in reversed(range(NUMBER))]
    ratio = requests / (NUMBER / PAGE)
    print(f"{len(found)} messages, each once and in order: {right}; {requests} requests, {ratio:.3f} of the ideal")  # noqa: T201
    return int(not right or ratio > LIMIT)


if __name__ == "__main__":
    sys.exit(main())

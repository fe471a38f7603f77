"""A client that is killed in the middle: what it sent can be found by its mark."""

from __future__ import annotations

import subprocess
import sys
import threading
from typing import TYPE_CHECKING, Any

import pytest

pytest.importorskip("starlette", reason="the emulator needs its extra")

from postmark_sdk import PostmarkClient
from postmark_sdk.emulator import Emulator

if TYPE_CHECKING:
    from collections.abc import Iterator

CLIENT = """
import sys
from postmark_sdk import Email, PostmarkClient

def mails():
    for number in range(4000):
        yield Email(from_="sender@example.com", to=f"r{number}@example.org", text_body="Hello.")

def tell(report):
    print(len(report.accepted), flush=True)

with PostmarkClient(sys.argv[2], base_url=sys.argv[1]) as client:
    client.emails.send_many(mails(), trace="order-7", on_progress=tell)
"""


@pytest.fixture
def emulator() -> Iterator[Any]:
    with Emulator() as running:
        yield running


def test_what_a_killed_client_sent_is_findable_by_its_mark(emulator: Any) -> None:
    process = subprocess.Popen(  # noqa: S603 - our own words
        [sys.executable, "-c", CLIENT, emulator.base_url, emulator.server_token], stdout=subprocess.PIPE, text=True
    )
    watchdog = threading.Timer(60, process.kill)
    watchdog.start()
    try:
        assert process.stdout is not None
        known = int(process.stdout.readline())
    finally:
        process.kill()
        process.communicate()
        watchdog.cancel()
    with PostmarkClient(emulator.server_token, base_url=emulator.base_url) as client:
        taken = client.outbound.list(count=1).total_count
        assert known <= taken < 4000
        assert taken % 500 == 0, "a call is taken as a whole"
        for place in (0, known - 1, taken - 1):
            found = client.emails.resolve(f"order-7.{place}", timeout=0)
            assert found.accepted
            assert found.result is not None
            assert found.result.to == f"r{place}@example.org"
        assert client.emails.resolve(f"order-7.{taken}", timeout=0).state == "not_found_yet"

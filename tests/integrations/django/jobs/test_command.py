"""``manage.py postmark_work`` as a process of its own."""

from __future__ import annotations

import signal
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

pytest.importorskip("starlette", reason="the emulator needs its extra")

from postmark_sdk import Email
from postmark_sdk.testing import TestEmulator

if TYPE_CHECKING:
    from postmark_sdk.integrations.django.jobs import Jobs

_WORK = """
import sys
from tests.integrations.django.jobs.project import database
from django.core.management import call_command
from django.test import override_settings
with database(ENGINE="django.db.backends.sqlite3", NAME=sys.argv[1]):
    with override_settings(POSTMARK={"server_token": sys.argv[2], "base_url": sys.argv[3]}):
        call_command("postmark_work", wait=True, progress=True, concurrency=2)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="it has no SIGTERM")
def test_it_waits_for_mail_and_stops_when_told(sqlite: Jobs) -> None:
    from django.db import connection

    name = str(connection.settings_dict["NAME"])
    with TestEmulator() as postmark:
        command = [sys.executable, "-c", _WORK, name, postmark.server_token, postmark.base_url]
        with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:  # noqa: S603 - our own words
            number = sqlite.enqueue(Email(from_="a@example.com", to="ann@example.org", text_body="Hi."))
            while sqlite.get("outbox").result(number).status == "waiting":
                assert process.poll() is None
            process.send_signal(signal.SIGTERM)
            _, told = process.communicate(timeout=60)
        assert process.returncode == -signal.SIGTERM, told
        assert sqlite.get("outbox").result(number).status == "accepted"
        assert [mail.recipients for mail in postmark.outbox] == [["ann@example.org"]]

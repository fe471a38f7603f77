from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

pytest.importorskip("rq", reason="RQ is not installed")

from tests.integrations.queues.scenario import ADDRESSES, BUSY, EXAMPLES, GONE, LOST, check, prepare

if TYPE_CHECKING:
    from postmark_sdk.testing import TestEmulator

_WORK = """
import sys
import rq, redis, tasks_rq
assert tasks_rq.AGAIN.intervals == [60, 600, 3600]
tasks_rq.AGAIN = rq.Retry(max=8)  # at once
queue = rq.Queue(connection=redis.Redis.from_url(sys.argv[1]))
jobs = [queue.enqueue(tasks_rq.welcome, address) for address in sys.argv[2:]]
rq.Worker([queue], connection=queue.connection).work(burst=True, logging_level="CRITICAL")
for job in jobs:
    print(job.args[0], job.get_status(refresh=True).value, job.return_value())
"""


def test_what_did_not_go_out_is_tried_again_and_nothing_else(postmark: TestEmulator, redis_url: str) -> None:
    prepare(postmark)
    command = [sys.executable, "-c", _WORK, redis_url, *ADDRESSES]
    environment = {**os.environ, "PYTHONPATH": str(EXAMPLES)}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=240, check=False)  # noqa: S603 - our own words
    assert done.returncode == 0, done.stderr
    check(postmark)
    told = {line.split()[0]: line.split()[1:] for line in done.stdout.splitlines()}
    assert told[BUSY] == ["finished", postmark.outbox.one(to=BUSY).message_id]
    assert told[LOST] == told[GONE] == ["failed", "None"]

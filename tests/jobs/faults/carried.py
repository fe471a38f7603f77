"""The app of Celery's workers and beat, set up so that everything is delivered too early and too often."""

from __future__ import annotations

import os
import sys

from celery import Celery
from celery.signals import beat_init, worker_ready

from postmark_sdk import PostmarkClient
from postmark_sdk.integrations.celery import PostmarkJobs
from tests.jobs.faults.enqueue import ledger

app = Celery("faults", broker=os.environ["BROKER_URL"])
app.conf.update(
    broker_connection_retry_on_startup=True,
    broker_transport_options={"visibility_timeout": 1} if app.conf.broker_url.startswith("redis") else {},
    task_soft_time_limit=float(os.environ.get("SOFT_TIME_LIMIT", "2")),  # shorter than the longest call
    worker_prefetch_multiplier=4,
    worker_redirect_stdouts=False,
)
postmark_jobs = PostmarkJobs(
    app, jobs=lambda: ledger(os.environ["LEDGER_URL"]), client=PostmarkClient, every=0.5, queued=40, lost_after=5
)


@worker_ready.connect  # type: ignore[untyped-decorator]  # no types there
@beat_init.connect  # type: ignore[untyped-decorator]
def _ready(**_: object) -> None:
    sys.stdout.write("ready\n")
    sys.stdout.flush()

"""A worker of its own: ``python -m tests.jobs.faults.worker LEDGER [once]``; with ``once`` until nothing is left."""

from __future__ import annotations

import sys

from postmark_sdk import PostmarkClient
from tests.jobs.faults.enqueue import ledger


def main(url: str, *once: str) -> None:
    """Work."""
    with ledger(url) as jobs, PostmarkClient() as client:
        sys.stdout.write("ready\n")
        sys.stdout.flush()
        jobs.work(client, concurrency=4, wait=not once, poll=0.1)


if __name__ == "__main__":
    main(*sys.argv[1:])

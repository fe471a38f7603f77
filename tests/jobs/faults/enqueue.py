"""The process that adds mails, step by step: ``python -m tests.jobs.faults.enqueue LEDGER FIRST [LAST]``.

A step adds a job or a mail, and may be done again after a kill. It tells each one that is done.
"""

from __future__ import annotations

import itertools
import os
import sys
import time
from typing import TYPE_CHECKING

from postmark_sdk import Email
from postmark_sdk.jobs import Jobs, LedgerError

if TYPE_CHECKING:
    from collections.abc import Iterator

LEASE_SECONDS = 2.0
A_JOB_EVERY = 15
"""Steps."""
JOB_SIZE = 1003
_ENOUGH = 40
_PAUSE_SECONDS = 0.05


def recipients(step: int) -> list[str]:
    """Whose mails a step adds, in order."""
    if step % A_JOB_EVERY:
        return [f"mail{step}@example.org"]
    return [f"job{step}-{number}@example.org" for number in range(JOB_SIZE)]


def ledger(url: str) -> Jobs:
    """The ledger, with short leases, so that what dies is soon found."""
    return Jobs(url, lease=LEASE_SECONDS)


def _mails(step: int) -> Iterator[Email]:
    for to in recipients(step):
        yield Email(from_="shop@example.com", to=to, subject="News", text_body="News.")


def _take(jobs: Jobs, step: int) -> None:
    if step % A_JOB_EVERY:
        jobs.enqueue(next(_mails(step)), key=str(step))
        return
    while not _is_added(jobs, step):
        time.sleep(_PAUSE_SECONDS)


def _is_added(jobs: Jobs, step: int) -> bool:
    try:
        jobs.add(f"job {step}", _mails(step))
    except LedgerError:  # the adder that was killed is not dead for the ledger yet
        return False
    return True


def main(url: str, first: str, last: str | None = None) -> None:
    """Go on for ever, or up to a step."""
    jobs = ledger(url)
    start = None
    if "BROKER_URL" in os.environ:
        from tests.jobs.faults.carried import postmark_jobs

        start = postmark_jobs.start
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    for step in itertools.count(int(first)) if last is None else range(int(first), int(last)):
        while last is None and len(jobs.due(_ENOUGH)) == _ENOUGH:
            time.sleep(_PAUSE_SECONDS)
        _take(jobs, step)
        if start is not None:
            start()
        sys.stdout.write(f"{step}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main(*sys.argv[1:])

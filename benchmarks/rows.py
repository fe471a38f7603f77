"""What is measured, and what it may cost."""

from __future__ import annotations

from typing import NamedTuple

from .canned import MESSAGE_ID, OUTBOUND_TOTAL
from .contestants.form import BATCH, FILES, MANY, PAGE


class Row(NamedTuple):
    """One line of the table. ``limit`` is the largest ratio to bare httpx that is acceptable for the package."""

    name: str
    title: str
    limit: float


class Work(NamedTuple):
    """Something done over and over inside one client process: ``blocks`` in turn with the others, each ``times``.

    ``venue`` is the process: what takes much memory must not be in the way of what does not.
    """

    row: Row
    blocks: int
    times: int
    proof: object
    venue: str = "plain"


class Peak(NamedTuple):
    """The most memory that something takes in a fresh process, in MB above the state before; so is the row's limit.

    ``work`` is done ``times``; with ``beyond``, what counts is what it takes beyond the same done so many times.
    """

    row: Row
    work: str
    times: int
    proof: object
    beyond: int | None = None


IMPORT = Row("import", "import and build a client, of `import httpx`", 0.20)
FIRST_MAIL = Row("first_mail", "process start to first accepted mail, of the same with httpx", 1.05)

FIRST_MAIL_ASYNC = Row("first_mail_async", "the same, async, of the same with the async httpx", 1.05)

WORKS = (
    Work(Row("send", "one mail, of `Client.post(json=...)`", 0.75), 8, 25, MESSAGE_ID),
    Work(Row("send_async", "one mail, async, of `AsyncClient.post(json=...)`", 0.80), 8, 25, MESSAGE_ID),
    Work(
        Row("pages", "10,000 messages into models, of `get` and `json.loads`", 1.5),
        5,
        OUTBOUND_TOTAL // PAGE // 5,
        OUTBOUND_TOTAL // 5,
    ),
    Work(Row("batch", f"a batch of {BATCH} models, of `post(json=dicts)`", 1.3), 5, 2, BATCH),
    Work(Row("batch_fast", f"a batch of {BATCH} with the extra `fast`, of the same", 0.35), 5, 2, BATCH, "fast"),
    Work(Row("send_many", "10,000 small models, of 20 `post(json=dicts)`", 1.3), 2, 1, MANY, "many"),
    Work(Row("send_many_dicts", "10,000 small dicts, of 20 `post(json=dicts)`", 1.5), 2, 1, MANY, "many"),
    Work(Row("send_many_trace", "10,000 small models with marks, of the same", 2.9), 2, 1, MANY, "many"),
    Work(Row("attachments", f"{FILES} mails with a file of 100 kB, of `post(json=dicts)`", 0.35), 1, 1, FILES, "many"),
    Work(Row("concurrent_20", "20 mails at a time, of `AsyncClient`", 0.33), 2, 200, MESSAGE_ID),
    Work(Row("concurrent_50", "50 mails at a time, of `AsyncClient`", 0.30), 2, 200, MESSAGE_ID),
    Work(Row("concurrent_100", "100 mails at a time, of `AsyncClient`", 0.28), 2, 300, MESSAGE_ID),
    Work(
        Row("concurrent_50_fast", "50 at a time with the extra `fast`, of the same", 0.15), 2, 300, MESSAGE_ID, "fast"
    ),
    Work(Row("concurrent_100_fast", "100 at a time, likewise", 0.15), 2, 300, MESSAGE_ID, "fast"),
    Work(Row("threads", "16 threads, a server 20 ms away, of `Client`", 0.75), 2, 160, MESSAGE_ID),
)

PEAKS = (
    Peak(
        Row("send_many_peak", f"10,000 mails of a generator, beyond {BATCH}", 30.0), "send_streamed", MANY, MANY, BATCH
    ),
    Peak(Row("attachments_peak", f"{FILES} mails with a file of 100 kB", 60.0), "attachments", 1, FILES),
)

ROWS = (IMPORT, FIRST_MAIL, FIRST_MAIL_ASYNC, *(work.row for work in WORKS), *(peak.row for peak in PEAKS))

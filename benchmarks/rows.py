"""What is measured, and what it may cost."""

from __future__ import annotations

from typing import NamedTuple

from .canned import MESSAGE_ID, OUTBOUND_TOTAL
from .contestants.form import BATCH, PAGE


class Row(NamedTuple):
    """One line of the table. ``limit`` is the largest ratio to bare httpx that is acceptable for the package."""

    name: str
    title: str
    limit: float


class Work(NamedTuple):
    """Something done over and over inside one client process: ``blocks`` in turn with the others, each ``times``."""

    row: Row
    blocks: int
    times: int
    proof: object


IMPORT = Row("import", "import and build a client, of `import httpx`", 0.20)
FIRST_MAIL = Row("first_mail", "process start to first accepted mail, of the same with httpx", 1.05)

WORKS = (
    Work(Row("send", "one mail, of `Client.post(json=...)`", 0.90), 8, 25, MESSAGE_ID),
    Work(Row("send_async", "one mail, async, of `AsyncClient.post(json=...)`", 0.95), 8, 25, MESSAGE_ID),
    Work(
        Row("pages", "10,000 messages into models, of `get` and `json.loads`", 1.5),
        5,
        OUTBOUND_TOTAL // PAGE // 5,
        OUTBOUND_TOTAL // 5,
    ),
    Work(Row("batch", f"a batch of {BATCH} models, of `post(json=dicts)`", 1.3), 5, 2, BATCH),
)

ROWS = (IMPORT, FIRST_MAIL, *(work.row for work in WORKS))

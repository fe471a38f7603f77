"""Where a ``WebhookRouter`` remembers handled events, in a table of a database: SQL that SQLite and PostgreSQL know.

``WebhookRouter(auth=..., store=TableStore(connect))``. Delete rows whose ``ends`` is over once in a while.
"""

import contextlib
import sqlite3
import time
from collections.abc import Callable

from postmark_sdk.webhooks import Claim

LEASE_SECONDS = 600  # longer than any handler runs
TTL_SECONDS = 24 * 3600  # longer than Postmark repeats an event

TABLE = "CREATE TABLE IF NOT EXISTS postmark_events (key TEXT PRIMARY KEY, state TEXT NOT NULL, ends REAL NOT NULL)"
TAKE = """
INSERT INTO postmark_events (key, state, ends) VALUES (?, 'busy', ?)
ON CONFLICT (key) DO UPDATE SET state = 'busy', ends = excluded.ends WHERE postmark_events.ends <= ?
"""


class TableStore:
    """One row for each event: ``busy`` while it is handled, then ``done``."""

    def __init__(self, connect: Callable[[], sqlite3.Connection], clock: Callable[[], float] = time.time) -> None:
        self._connect = connect
        self._clock = clock
        with contextlib.closing(connect()) as connection, connection:
            connection.execute(TABLE)

    def claim(self, key: str) -> Claim:
        """Take an event: the row is made, or taken over after its time, by only one caller."""
        now = self._clock()
        with contextlib.closing(self._connect()) as connection, connection:
            if connection.execute(TAKE, (key, now + LEASE_SECONDS, now)).rowcount == 1:
                return "new"
            row = connection.execute("SELECT state FROM postmark_events WHERE key = ?", (key,)).fetchone()
        return "done" if row == ("done",) else "busy"

    def settle(self, key: str, *, handled: bool) -> None:
        """Remember it as handled, or forget it."""
        with contextlib.closing(self._connect()) as connection, connection:
            if handled:
                ends = self._clock() + TTL_SECONDS
                connection.execute("UPDATE postmark_events SET state = 'done', ends = ? WHERE key = ?", (ends, key))
            else:
                connection.execute("DELETE FROM postmark_events WHERE key = ?", (key,))

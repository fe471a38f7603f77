"""Posting what is in the webhook queue, and repeating it on Postmark's schedule."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from .hooks import INBOUND_DELAYS, OUTBOUND_DELAYS
from .post import Outcome, post

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ..state.state import State
    from ..state.store import Row

_AT_ONCE = 64
"""Attempts under way to one URL: those to others do not wait for a slow receiver."""
_FINISH_SECONDS = 0.5
_OK = 200
_FORBIDDEN = 403
_REPEATED = {408, 429}
_SERVER_FAULT = 500


@dataclass(frozen=True)
class Job:
    """One attempt that is due."""

    epoch: int
    """Of the state, when it began."""
    key: int
    trace: str
    inbound: bool
    message: str | None
    url: str
    headers: str
    payload: str
    retries: int
    due: int


class Deliveries:
    """Runs attempts side by side, so that a slow receiver holds up nothing."""

    def __init__(self, state: State) -> None:
        self._state = state
        self._tasks: set[asyncio.Task[None]] = set()
        self._under_way: Counter[str] = Counter()

    def start_due(self) -> bool:
        """Begin every attempt that is due and has room; whether there was any."""
        state = self._state
        with state.lock:
            rows = [row for url in self._urls() for row in self._due(url)]
            if not rows:
                return False
            with state.change():
                state.store.write_many("UPDATE deliveries SET due = NULL WHERE key = ?", [(row[0],) for row in rows])
            state.busy += len(rows)
            epoch = state.epoch
        if state.settings.shuffle_webhooks:
            state.dice.shuffle(rows)
        else:
            rows.sort(key=lambda row: (row[-1], row[0]))
        for row in rows:
            job = Job(epoch, *row)
            self._under_way[job.url] += 1
            task = asyncio.create_task(self._attempt(job))
            self._tasks.add(task)
            task.add_done_callback(partial(self._ended, job.url))
        return True

    def _urls(self) -> Iterator[str]:
        """Those that something is due at, now or later: one step of the index for each."""
        url = ""
        while url is not None:
            url = self._state.store.value("SELECT MIN(url) FROM deliveries WHERE due IS NOT NULL AND url > ?", (url,))
            if url is not None:
                yield url

    def _due(self, url: str) -> list[Row]:
        return self._state.store.rows(
            "SELECT key, trace, kind = 'Inbound', message, url, headers, payload, retries, due FROM deliveries"
            " WHERE url = ? AND due <= ? ORDER BY due, key LIMIT ?",
            (url, self._state.clock.now(), max(0, _AT_ONCE - self._under_way[url])),
        )

    def _ended(self, url: str, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        self._under_way[url] -= 1
        if not self._under_way[url]:
            del self._under_way[url]
        self._state.wake()

    async def _attempt(self, job: Job) -> None:
        state = self._state
        headers: dict[str, str] = dict(json.loads(job.headers))
        headers |= {
            "Content-Type": "application/json",
            "User-Agent": "Postmark",
            "X-PM-Retries-Remaining": str(job.retries),
            "X-PM-Webhook-Trace-Id": job.trace,
        }
        settings = state.settings
        try:
            outcome = await post(
                job.url,
                {_plain(name): _plain(value) for name, value in headers.items()},
                job.payload.encode(),
                timeout=settings.webhook_timeout,
                allowed=settings.allowed_hosts,
            )
            self._record(job, outcome)
        finally:
            with state.lock:
                if job.epoch == state.epoch:
                    state.busy -= 1

    def _record(self, job: Job, outcome: Outcome) -> None:
        state = self._state
        with state.lock:
            # After a reset the same key may be another delivery's.
            if state.store.value("SELECT 1 FROM deliveries WHERE key = ? AND trace = ?", (job.key, job.trace)):
                self._keep(job, outcome)

    def _keep(self, job: Job, outcome: Outcome) -> None:
        state = self._state
        delivered = succeeded(outcome.status, inbound=job.inbound)
        again = not delivered and job.retries > 0 and _repeats(outcome.status, inbound=job.inbound)
        with state.change():
            state.store.write(
                "INSERT INTO attempts (delivery, at, status, milliseconds, answer, error, final)"
                " VALUES (?, ?, ?, ?, ?, ?, ?)",
                (
                    job.key,
                    state.clock.now(),
                    outcome.status,
                    outcome.milliseconds,
                    outcome.answer,
                    outcome.error,
                    not again,
                ),
            )
            if again:
                delays = INBOUND_DELAYS if job.inbound else OUTBOUND_DELAYS
                due = job.due + state.delay(60 * delays[max(0, len(delays) - job.retries)])
                state.store.write("UPDATE deliveries SET due = ?, retries = retries - 1 WHERE key = ?", (due, job.key))
                return
            name = "delivered" if delivered else "failed"
            state.store.write("UPDATE deliveries SET state = ? WHERE key = ?", (name, job.key))
            if job.inbound and job.message:
                finish(state, job.message, delivered=delivered)

    async def close(self) -> None:
        """Give what is under way a moment, then let go: with a database file it is posted after the next start."""
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=_FINISH_SECONDS)
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)


def succeeded(status: int | None, *, inbound: bool) -> bool:
    """Whether an answer ends the event well."""
    if status is None:
        return False
    return status == _OK if inbound else 200 <= status < 300  # noqa: PLR2004 - the successful ones


def _repeats(status: int | None, *, inbound: bool) -> bool:
    if status is None:
        return True
    if inbound:
        return status != _FORBIDDEN
    return status >= _SERVER_FAULT or status in _REPEATED


def _plain(text: str) -> str:
    """A header as http.client takes it."""
    return " ".join(text.split()).encode("utf-8").decode("latin-1")


def recover(state: State) -> None:
    """Attempts that were under way when an earlier process ended are due again."""
    with state.change():
        state.store.write("UPDATE deliveries SET due = ? WHERE state = 'pending' AND due IS NULL", (state.clock.now(),))


def finish(state: State, message_id: str, *, delivered: bool) -> None:
    """The last attempt at posting an inbound mail is over."""
    status = "Processed" if delivered else "Failed"
    state.store.write("UPDATE inbound SET status = ? WHERE id = ?", (status, message_id))

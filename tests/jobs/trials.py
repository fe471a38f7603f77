"""What tests of crashes have in common: steps that are counted, time that passes, and what has to hold in the end."""

from __future__ import annotations

import datetime as _dt
from collections import Counter
from typing import TYPE_CHECKING

import httpx
from sqlalchemy import Engine, create_engine, event, text, update

from postmark_sdk import Email, TemplatedEmail
from postmark_sdk.jobs import Jobs
from postmark_sdk.jobs.tables import chunks, jobs

from .postmark import Death

if TYPE_CHECKING:
    from collections.abc import Callable

    from postmark_sdk.jobs import Job

    from .postmark import Postmark

LONG_AGO = _dt.datetime(2000, 1, 1)  # noqa: DTZ001 - as the ledger holds times


def plain(number: int) -> Email:
    return Email(from_="shop@example.com", to=f"r{number}@example.org", subject="News", text_body="News.")


def templated(number: int) -> TemplatedEmail:
    return TemplatedEmail(
        from_="shop@example.com", to=f"r{number}@example.org", template_alias="news", template_model={}
    )


def two_chunks() -> list[Email | TemplatedEmail]:
    """Six messages that take two calls."""
    return [plain(0), templated(1), plain(2), templated(3), plain(4), templated(5)]


def pass_time(url: str) -> None:
    """Let all leases, pauses and looks be due."""
    engine = create_engine(url)
    with engine.begin() as connection:
        for table, column in ((chunks, chunks.c.due_at), (jobs, jobs.c.adder_until)):
            connection.execute(update(table).where(column.is_not(None)).values({column: LONG_AGO}))
        connection.execute(text("UPDATE postmark_ledger SET blocked_until = NULL"))
    engine.dispose()


def scalar(url: str, query: str) -> object:
    """What a query of one value gives."""
    engine = create_engine(url)
    with engine.connect() as connection:
        found: object = connection.execute(text(query)).scalar_one()
    engine.dispose()
    return found


def check(job: Job, postmark: Postmark, total: int) -> Counter[str]:
    """Nothing is doubled, nothing lost, each message told once and truly; how many of each status there are."""
    assert [count for count in postmark.counts.values() if count > 1] == []
    ids = {mail["To"]: mail["MessageID"] for mail in postmark.taken}
    told = list(job.results())
    assert [each.number for each in told] == [*range(total)]
    for each in told:
        taken = ids.get(f"r{each.number}@example.org")
        assert (each.status == "accepted", each.message_id) == (taken is not None, taken), each
    counted: Counter[str] = Counter(each.status for each in told)
    progress = job.progress()
    assert (progress.accepted, progress.refused) == (counted["accepted"], counted["refused"])
    assert progress.unknown + progress.sending == counted["unknown"]
    assert (progress.waiting, progress.cancelled, progress.total) == (counted["waiting"], counted["cancelled"], total)
    return counted


class Steps(httpx.BaseTransport):
    """Something that happens at the n-th step: before a transaction, before its commit, before and after a request.

    Args:
        postmark: What takes the requests.
        at: At which step.
        happens: What.
        commits: Whether commits are steps.
    """

    def __init__(self, postmark: Postmark, at: int, happens: Callable[[], object], *, commits: bool = True) -> None:
        self._postmark = postmark
        self._at = at
        self._happens = happens
        self._commits = commits
        self.taken = 0

    def step(self, *_: object) -> None:
        """One more."""
        self.taken += 1
        if self.taken == self._at:
            self._happens()

    @property
    def happened(self) -> bool:
        """Whether there were so many steps."""
        return self.taken >= self._at

    def engine(self, url: str) -> Engine:
        """An engine whose transactions are steps."""
        engine = create_engine(url)
        with Jobs(engine) as fresh:
            fresh.create_tables()
        event.listen(engine, "engine_connect", self.step)
        if self._commits:
            event.listen(engine, "commit", self.step)
        return engine

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """A request, and a step before and after it."""
        self.step()
        response = self._postmark.handle_request(request)
        self.step()
        return response


class Dying(Steps):
    """A process that ends at the n-th step, and does nothing after it."""

    def __init__(self, postmark: Postmark, at: int) -> None:
        super().__init__(postmark, at, self._die)
        self._dead = False

    def _die(self) -> None:
        self._dead = True
        raise Death

    def step(self, *args: object) -> None:
        """One more; a dead process takes none."""
        if self._dead:
            raise Death
        super().step(*args)

"""The ledger against what the server took: each mail once, and both know the same."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from attrs import define
from sqlalchemy import NullPool, create_engine, text

from tests.jobs.faults.enqueue import ledger, recipients

if TYPE_CHECKING:
    from collections import Counter
    from collections.abc import Iterator, Mapping, Sequence

    from postmark_sdk.jobs import Result


@define
class Finding:
    """What was found after a row's kills."""

    kills: Counter[str]
    messages: int = 0
    accepted: int = 0
    unknown: int = 0
    """Not at the server either, and nobody was told so: a call without an answer, or a death before or in it."""
    doubled: int = 0
    """Recipients whose mail the server took more than once."""
    lost: int = 0
    """Messages that the ledger does not know, or still has open, or calls accepted while the server has none."""
    torn: int = 0
    """Messages in no state or in several, by the results and by the counts."""
    different: int = 0
    """Messages that the server took, and the ledger says otherwise, or has another id."""
    seconds: float = 0.0

    @property
    def is_wrong(self) -> bool:
        """Whether a number is not 0 that has to be."""
        return bool(self.doubled or self.lost or self.torn or self.different)


def compare(url: str, last: int, server: Mapping[str, Sequence[str]], finding: Finding) -> None:
    """Count what is wrong.

    Args:
        url: Of the ledger.
        last: How many steps there were.
        server: Recipient -> ids of the mails that the server took.
        finding: Where to note it.
    """
    expected = {to for step in range(last) for to in recipients(step)}
    results = list(_results(url))
    told = dict(results)
    finding.messages = len(expected)
    finding.accepted = sum(each.status == "accepted" for _, each in results)
    finding.unknown = sum(each.status == "unknown" for _, each in results)
    finding.doubled = sum(len(ids) > 1 for ids in server.values())
    finding.lost = len(expected - told.keys()) + sum(_is_lost(each, server.get(to)) for to, each in told.items())
    finding.torn = len(results) - len(told) + len(told.keys() - expected) + _miscounted(url)
    finding.different = sum(to not in told or told[to].message_id != ids[0] for to, ids in server.items())


def _is_lost(result: Result, ids: Sequence[str] | None) -> bool:
    return not ids if result.status == "accepted" else result.status != "unknown"


def _results(url: str) -> Iterator[tuple[str, Result]]:
    """Recipient and result of each message by the ledger."""
    rows = asked(url, 'SELECT first, "key" FROM postmark_chunks WHERE "key" IS NOT NULL')
    single = {number: recipients(int(key))[0] for number, key in rows}
    with ledger(url) as jobs:
        for job in jobs.list():
            to = single if job.name == "outbox" else dict(enumerate(recipients(int(job.name.removeprefix("job ")))))
            for each in job.results():
                yield to[each.number], each


def _miscounted(url: str) -> int:
    """By how much the sums of states differ from the number of messages."""
    wrong = 0
    with ledger(url) as jobs:
        for told in (job.progress() for job in jobs.list()):
            states = told.waiting, told.sending, told.accepted, told.refused, told.unknown, told.cancelled
            wrong += abs(told.total - sum(states))
    return wrong


def asked(url: str, question: str) -> Sequence[Any]:
    """The rows that a database answers with."""
    with create_engine(url, poolclass=NullPool).connect() as connection:
        return connection.execute(text(question)).all()

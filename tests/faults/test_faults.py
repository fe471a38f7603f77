"""Every fault against every call: never doubled, never hidden. ``python -m tests.faults`` prints the whole table."""

from __future__ import annotations

import pytest

from tests.faults.__main__ import table
from tests.faults.server import FAULTS
from tests.faults.trial import CALLS, Finding, Server, Trial, run_all, trials


def test_nothing_is_doubled_and_nothing_is_hidden() -> None:
    chosen = [trial for trial in trials() if not trial.always]
    with Server() as server:
        findings = run_all(server, chosen)
    assert [each for each in findings if each.doubled or each.hidden] == [], "\n".join(table(findings))
    assert len(findings) == len(FAULTS) * len(CALLS) * 2


@pytest.mark.parametrize(
    ("learned", "told", "accepted", "doubled", "hidden"),
    [
        ("accepted", 1, 1, False, False),
        ("accepted", 1, 0, False, True),
        ("accepted", 1, 2, True, True),
        ("refused", 0, 0, False, False),
        ("refused", 0, 1, False, True),
        ("unknown", 0, 1, False, False),
        ("unknown", 0, 2, True, False),
        ("KeyError escaped", 0, 0, False, True),
    ],
)
def test_the_judge_sees_what_is_wrong(learned: str, told: int, accepted: int, *, doubled: bool, hidden: bool) -> None:
    finding = Finding(Trial("408", "send", asynchronous=False, always=False), learned, told, accepted)
    assert (finding.doubled, finding.hidden) == (doubled, hidden)

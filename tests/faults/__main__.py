"""``python -m tests.faults``: the table of what was tried, doubled, hidden and swapped; the exit status tells, too."""

from __future__ import annotations

import collections
import logging
import sys
from typing import TYPE_CHECKING

from tests.faults.server import FAULTS
from tests.faults.trial import KINDS, TRANSPORTS, Server, run_all, trials

if TYPE_CHECKING:
    from tests.faults.trial import Finding


def table(findings: list[Finding]) -> list[str]:
    """A line for each fault and the sums."""
    groups: dict[str, list[Finding]] = collections.defaultdict(list)
    for finding in findings:
        groups[finding.trial.fault].append(finding)
    lines = [f"{'fault':<32} {'calls':>5} {'doubled':>8} {'hidden':>7} {'swapped':>8}   mails"]
    lines += [_line(fault, groups[fault]) for fault in FAULTS]
    return [*lines, _line(f"{len(FAULTS)} faults", findings)]


def _line(name: str, findings: list[Finding]) -> str:
    doubled, hidden, swapped = (sum(getattr(each, kind) for each in findings) for kind in KINDS)
    learned = collections.Counter(state for each in findings for state in each.learned)
    told = ", ".join(f"{word} {count}" for word, count in sorted(learned.items()))
    return f"{name:<32} {2 * len(findings):>5} {doubled:>8} {hidden:>7} {swapped:>8}   {told}"


def main() -> int:
    """Try everything."""
    logging.getLogger("postmark_sdk").setLevel(logging.ERROR)  # a line for each repeat would bury the table
    wrong = []
    with Server() as server:
        for transport in TRANSPORTS:
            findings = run_all(server, list(trials(transport)))
            sys.stdout.write("\n".join([f"over {transport}", *table(findings), "", ""]))
            sys.stdout.flush()
            wrong += [each for each in findings if each.is_wrong]
    sys.stdout.writelines(f"{each}\n" for each in wrong)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())

"""Run the benchmarks and print the table: ``python -m benchmarks``."""

from __future__ import annotations

import argparse
import platform
import sys

from .rows import PEAKS, ROWS
from .run import run
from .table import failures, table

DEFAULT_ROUNDS = 15


def main() -> int:
    """Exit code 1 only with ``--strict``, when a figure is missed."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--rounds", type=int, default=DEFAULT_ROUNDS, help="samples of each (default %(default)s)")
    parser.add_argument("--no-peers", action="store_true", help="leave out postmark-python and postmarker")
    parser.add_argument("--strict", action="store_true", help="exit with 1 when a figure is missed")
    parser.add_argument("--only", nargs="+", choices=[row.name for row in ROWS], help="measure only these rows")
    options = parser.parse_args()
    rows = [row for row in ROWS if options.only is None or row.name in options.only]
    samples, heads = run(max(1, options.rounds), rows, peers=not options.no_peers, report=_report)
    print(f"Python {platform.python_version()}, {platform.system()}. Ratios to bare httpx in the same round, median.")
    peaks = [peak.row for peak in PEAKS]
    ratios = [row for row in rows if row not in peaks]
    if ratios:
        print("\n" + table("CPU of the client process", samples, ratios, heads))
    if len(ratios) < len(rows):
        print("\n" + table("Peak memory, MB", samples, [row for row in rows if row in peaks], {"bare": "bare httpx"}))
    missed = failures(samples, rows)
    print(f"\n{'All figures reached.' if not missed else 'Missed: ' + ', '.join(missed) + '.'}")
    return 1 if missed and options.strict else 0


def _report(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())

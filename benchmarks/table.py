"""From samples to a table: ratios of the same round, their median and quartiles."""

from __future__ import annotations

import statistics
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from .rows import Row

Samples = dict[tuple[str, str], list[float]]
"""By row and contestant: the ratio to bare httpx in each round, or the MB of each fresh process."""


class Spread(NamedTuple):
    """The middle of some samples, and between what the middle half of them lies."""

    median: float
    low: float
    high: float

    def __str__(self) -> str:
        """Three figures."""
        return f"{self.median:.2f} ({self.low:.2f}-{self.high:.2f})"


def spread(samples: Sequence[float]) -> Spread:
    """The spread of at least one sample."""
    if len(samples) == 1:
        return Spread(samples[0], samples[0], samples[0])
    low, median, high = statistics.quantiles(samples, n=4, method="inclusive")
    return Spread(median, low, high)


def verdict(row: Row, samples: Sequence[float]) -> str:
    """Whether the median keeps to the limit."""
    return "ok" if statistics.median(samples) <= row.limit else "OVER"


def failures(samples: Samples, rows: Sequence[Row]) -> list[str]:
    """The names of the rows in which the package costs too much."""
    return [row.name for row in rows if verdict(row, samples[row.name, "sdk"]) != "ok"]


def table(title: str, samples: Samples, rows: Sequence[Row], others: Mapping[str, str]) -> str:
    """A table. ``others`` is what to put at the head of each other contestant's column."""
    head = [title, "measured (quartiles)", "at most", "verdict", *others.values()]
    lines = [head, *(_line(row, samples, others) for row in rows)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(head))]
    return "\n".join("  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)) for line in lines)


def _line(row: Row, samples: Samples, others: Mapping[str, str]) -> list[str]:
    ours = samples[row.name, "sdk"]
    theirs = [_median(samples.get((row.name, other))) for other in others]
    return [row.title, str(spread(ours)), f"{row.limit:.2f}", verdict(row, ours), *theirs]


def _median(samples: Sequence[float] | None) -> str:
    return f"{statistics.median(samples):.2f}" if samples else "-"

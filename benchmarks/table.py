"""From samples to a table: ratios of the same round, their median and quartiles."""

from __future__ import annotations

import statistics
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from .rows import Row

Ratios = dict[tuple[str, str], list[float]]
"""By row and contestant: one ratio to bare httpx for each round."""


class Spread(NamedTuple):
    """The middle of some ratios, and between what the middle half of them lies."""

    median: float
    low: float
    high: float

    def __str__(self) -> str:
        """Three figures."""
        return f"{self.median:.2f} ({self.low:.2f}-{self.high:.2f})"


def spread(ratios: Sequence[float]) -> Spread:
    """The spread of at least one ratio."""
    if len(ratios) == 1:
        return Spread(ratios[0], ratios[0], ratios[0])
    low, median, high = statistics.quantiles(ratios, n=4, method="inclusive")
    return Spread(median, low, high)


def verdict(row: Row, ratios: Sequence[float]) -> str:
    """Whether the median keeps to the limit."""
    return "ok" if statistics.median(ratios) <= row.limit else "OVER"


def failures(ratios: Ratios, rows: Sequence[Row]) -> list[str]:
    """The names of the rows in which the package costs too much."""
    return [row.name for row in rows if verdict(row, ratios[row.name, "sdk"]) != "ok"]


def table(ratios: Ratios, rows: Sequence[Row], peers: Mapping[str, str]) -> str:
    """The table. ``peers`` is what to put at the head of each peer's column, by contestant."""
    head = ["CPU of the client process", "measured (quartiles)", "at most", "verdict", *peers.values()]
    lines = [head, *(_line(row, ratios, peers) for row in rows)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(head))]
    return "\n".join("  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)) for line in lines)


def _line(row: Row, ratios: Ratios, peers: Mapping[str, str]) -> list[str]:
    ours = ratios[row.name, "sdk"]
    others = [_median(ratios.get((row.name, peer))) for peer in peers]
    return [row.title, str(spread(ours)), f"{row.limit:.2f}", verdict(row, ours), *others]


def _median(ratios: Sequence[float] | None) -> str:
    return f"{statistics.median(ratios):.2f}" if ratios else "-"

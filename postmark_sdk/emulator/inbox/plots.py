"""Geometry of the bar charts: numbers in, positions out. The SVG itself is a template."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from math import ceil, floor, log10
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ..reference.problems import Json

WIDTH, HEIGHT = 360.0, 150.0
LEFT, RIGHT, TOP, BOTTOM = 34.0, 4.0, 8.0, 22.0
_TICKS = 3
_NICE = (1, 2, 5, 10)
_BAR_SHARE = 0.72
_INNER_SHARE = 0.42
_MAX_BAR = 26.0
_MIN_HEIGHT = 1.5


@dataclass(frozen=True)
class Bar:
    """One day."""

    label: str
    values: tuple[int, ...]
    shapes: tuple[tuple[float, float, float, float], ...]
    """``x, y, width, height`` of each series; later ones are narrower and lie on top."""
    axis_label: str
    """The day in short, where there is room for it."""
    middle: float


@dataclass(frozen=True)
class Plot:
    """One chart and everything its words need."""

    title: str
    series: tuple[str, ...]
    totals: tuple[int, ...]
    bars: tuple[Bar, ...]
    ticks: tuple[tuple[float, int], ...]
    """Height and value of the grid lines."""
    peak: str
    """The highest day in words."""


def days_between(first: date, last: date) -> list[date]:
    """Every day of a range, both ends included."""
    return [first + timedelta(days=step) for step in range((last - first).days + 1)]


def plot(title: str, answer: Json, days: Sequence[date], **series: str) -> Plot:
    """A chart of one statistics answer; days it leaves out count zero.

    Args:
        title: What is counted.
        answer: ``{"Days": [{"Date": ..., key: n}, ...]}``.
        days: The range to draw.
        series: Key of the answer and its label; the first should hold the larger numbers.
    """
    found = {each["Date"][:10]: each for each in answer.get("Days", [])}
    rows = [tuple(int(found.get(day.isoformat(), {}).get(key, 0)) for key in series) for day in days]
    top = nice_top(max((max(row) for row in rows), default=0))
    totals = tuple(sum(row[index] for row in rows) for index in range(len(series)))
    bars = tuple(
        _bar(position, day, row, len(days), top) for position, (day, row) in enumerate(zip(days, rows, strict=True))
    )
    ticks = tuple((round(_height(value, top), 2), value) for value in tick_values(top))
    return Plot(title, tuple(series.values()), totals, bars, ticks, _peak(days, rows))


def nice_top(value: int) -> int:
    """The end of the axis: a round number not below the value."""
    if value <= _TICKS + 1:
        return max(value, 1)
    step = value / _TICKS
    magnitude = 10 ** floor(log10(step))
    rounded = next(factor for factor in _NICE if factor * magnitude >= step) * magnitude
    return int(ceil(value / rounded) * rounded)


def tick_values(top: int) -> list[int]:
    """Round values for grid lines, without zero."""
    if top <= _TICKS + 1:
        return list(range(1, top + 1))
    return [round(top * part / _TICKS) for part in range(1, _TICKS + 1)] if top % _TICKS == 0 else [top // 2, top]


def shares(values: Json) -> list[tuple[str, int, float]]:
    """Name, count and percent of a totals object, largest first."""
    counts = [(name, value) for name, value in values.items() if name != "Days" and isinstance(value, int) and value]
    total = sum(value for _, value in counts) or 1
    ordered = sorted(counts, key=lambda pair: (-pair[1], pair[0]))
    return [(name, value, round(100 * value / total, 1)) for name, value in ordered]


def _bar(position: int, day: date, row: tuple[int, ...], count: int, top: int) -> Bar:
    room = (WIDTH - LEFT - RIGHT) / count
    middle = LEFT + room * (position + 0.5)
    shapes = []
    for index, value in enumerate(row):
        width = min(room * (_INNER_SHARE if index else _BAR_SHARE), _MAX_BAR * (0.6 if index else 1.0))
        base = HEIGHT - BOTTOM
        height = max(base - _height(value, top), _MIN_HEIGHT) if value else 0.0
        shapes.append((round(middle - width / 2, 2), round(base - height, 2), round(width, 2), round(height, 2)))
    short = f"{day.day} {day:%b}"
    return Bar(short, row, tuple(shapes), short if position in _labelled(count) else "", round(middle, 2))


def _labelled(count: int) -> set[int]:
    if count <= 2:  # noqa: PLR2004 - both ends
        return set(range(count))
    step = max(1, ceil(count / 4))
    return set(range(step // 2, count, step))


def _height(value: int, top: int) -> float:
    return HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * value / top


def _peak(days: Sequence[date], rows: Sequence[tuple[int, ...]]) -> str:
    highest = max((row[0] for row in rows), default=0)
    if not highest:
        return "nothing in this time"
    day = days[[row[0] for row in rows].index(highest)]
    return f"most on {day.day} {day:%B}: {highest:,}"

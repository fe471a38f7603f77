"""Past the end of what Postmark serves for one set of filters: the same list, cut at a moment already read.

Postmark lists the newest records first and serves the first 10,000. The next window is the list up to the time of the
last record that was read. Nothing is assumed about how the server compares times, whether it cuts fractions, or what it
makes of the hour that daylight saving repeats: an answer counts only if it begins with a record that is known, for then
nothing lies between; if not, another moment is tried. Moments are Eastern wall time in whole seconds, as the filter
takes them, and the number of records up to a moment grows with it however the server reads it.
"""

from __future__ import annotations

import dataclasses
import datetime as _dt
import email.utils
import itertools
from enum import Enum
from operator import attrgetter
from typing import TYPE_CHECKING, Any

from ...errors import InvalidMessageError, Problem
from ..schema.dates import eastern_zone, zoned

if TYPE_CHECKING:
    from collections.abc import Callable

    from ..schema.operation import Pagination

_SECOND = _dt.timedelta(seconds=1)
_STEPS = (_SECOND, _dt.timedelta(hours=1), _dt.timedelta(days=1), _dt.timedelta(days=30), _dt.timedelta(days=1000))
"""A second, because a server may cut fractions; an hour, because daylight saving repeats one; then what helps."""
_MOST_REMEMBERED = 100_000
"""Of a list that has no window."""
_NEAR_STEPS = 2
_EARLIEST = _dt.datetime(2000, 1, 1)  # noqa: DTZ001 - a clock on a wall
"""Before Postmark: no record is older, and a time that says so says nothing."""
_MOST_STRETCH = 8.0
"""How many times longer than seen so far a window may be guessed to be."""
_MOST_TRIES = 60
_MAX_TRIES = 100
"""Twice what halving a century of seconds takes: a server that ignores the filter is not asked forever."""


class WindowExceededError(InvalidMessageError):
    """More records match than Postmark serves for one set of filters."""

    @classmethod
    def at_limit(cls, pagination: Pagination, operation: str) -> WindowExceededError:
        """No time filter can divide this list, as those of opens and clicks."""
        problem = Problem(
            "limit",
            f"more than {pagination.max_window} records match; Postmark serves no more for one set of filters, and "
            f"here it has no time range to divide them by: narrow the filters, such as tag, recipient or stream",
        )
        return cls([problem], operation=operation)

    @classmethod
    def at_second(cls, pagination: Pagination, operation: str, second: _dt.datetime) -> WindowExceededError:
        """One second holds more than can be read."""
        problem = Problem(
            "limit",
            f"more than {pagination.max_window} records match in the second {second.isoformat()} (US Eastern time), "
            f"and Postmark serves no more for one set of filters: narrow another filter there; "
            f"resume goes on before it",
        )
        return cls([problem], operation=operation)

    @classmethod
    def at_repeated_hour(cls, pagination: Pagination, operation: str, hour: _dt.datetime) -> WindowExceededError:
        """The hour that daylight saving repeats cannot be divided: by wall times, one half is within the other."""
        problem = Problem(
            "limit",
            f"more than {pagination.max_window} records match in the hour that begins twice at {hour.isoformat()} "
            f"(US Eastern time), and Postmark serves no more for one set of filters: narrow another filter there; "
            f"resume goes on before it",
        )
        return cls([problem], operation=operation)

    @classmethod
    def unheeded(cls, pagination: Pagination, operation: str) -> WindowExceededError:
        """The server takes no notice of the time filter."""
        problem = Problem(
            "limit",
            f"more than {pagination.max_window} records match; Postmark serves no more for one set of filters, and "
            f"the server takes no notice of {pagination.time_to}, which would divide them: narrow another filter",
        )
        return cls([problem], operation=operation)


class Records:
    """The records that were read last: as many as one window holds, enough to recognize where a new one begins."""

    def __init__(self, pagination: Pagination) -> None:
        self._pagination = pagination
        self._capacity = (pagination.max_window or _MOST_REMEMBERED) + (pagination.max_page or 0)
        self._places: dict[Any, int] = {}
        self._next = 0
        self._get: Callable[[Any], Any] | None = None
        self._tail: list[Any] = []
        self.late = _dt.timedelta(0)
        """How much later than a record's own time the bound has to be: a second where the server cuts fractions."""
        self.span = _STEPS[2]
        """How long the last window was."""

    @classmethod
    def of(cls, pagination: Pagination) -> Records | None:
        """For a list whose records can be told apart; else None."""
        return cls(pagination) if pagination.key else None

    def copy(self) -> Records:
        """An independent one."""
        other = Records(self._pagination)
        other.__dict__.update(self.__dict__, _places=dict(self._places))
        return other

    def _key(self, item: Any) -> Any:
        """What tells a record apart; None where nothing does: such a record is handed on whenever it comes."""
        if self._get is None:
            attributes = {wire: name for name, wire in getattr(type(item), "__wire__", {}).items()}
            if not attributes:
                return None
            self._get = attrgetter(*(attributes.get(wire, wire) for wire in self._pagination.key))
        try:
            key = self._get(item)
        except AttributeError:
            return None
        try:
            hash(key)
        except TypeError:
            key = repr(key)
        return (key if key[0] else None) if key.__class__ is tuple else key or None

    def has_keys(self, items: list[Any]) -> bool:
        """Whether any of these can be told apart from others."""
        return any(self._key(item) is not None for item in items)

    def add(self, items: list[Any]) -> list[Any]:
        """Remember a page; the records in it that earlier pages did not have."""
        new = items if self._all_new(items) else self._chosen(items)
        if len(self._places) > 2 * self._capacity:
            self._places = dict(list(self._places.items())[-self._capacity :])
        if new:  # where records tell their time, one is enough
            self._tail = new[-1:] if self._pagination.time_field is not None else new[-(len(new) // 2 + 1) :]
        return new

    def _all_new(self, items: list[Any]) -> bool:
        """The usual page, remembered at once."""
        try:
            if not items or self._key(items[0]) is None or self._get is None:
                return False
            keys = list(map(self._get, items))
            if len(self._pagination.key) > 1 or not all(keys) or not self._places.keys().isdisjoint(keys):
                return False
            self._places.update(zip(keys, itertools.count(self._next)))
        except (AttributeError, TypeError):
            return False
        self._next += len(keys)
        return True

    def _chosen(self, items: list[Any]) -> list[Any]:
        places, new, added = self._places, [], {}
        for item in items:
            key = self._key(item)
            if key is None or key not in places:
                added[key] = self._next
                self._next += 1
                new.append(item)
        added.pop(None, None)
        places.update(added)
        return new

    def overlap(self, items: list[Any]) -> int | None:
        """How many known records stand at the head of a list whose first page came; None if the page has none."""
        for place, item in enumerate(items):
            key = self._key(item)
            known = None if key is None else self._places.get(key)
            if known is not None:
                return place + self._next - known
        return None

    def moment(self) -> _dt.datetime | None:
        """Wall time of the record that was read last; of one somewhat before it, where the time is only a hint."""
        if not self._tail:
            return None
        if self._pagination.time_field is not None:
            found = self.wall(self._tail[-1], self._pagination.time_field)
        else:
            found = self.hint(self._tail)
        return None if found is None else found + self.late

    def hint(self, items: list[Any]) -> _dt.datetime | None:
        """The middle one of the times that senders wrote; single ones may say anything."""
        walls = [wall for item in items if (wall := self.wall(item, self._pagination.time_hint)) is not None]
        return sorted(walls)[len(walls) // 2] if walls else None

    def wall(self, item: Any, field: str | None) -> _dt.datetime | None:
        """A time of a record, as a clock on a wall in the east of the United States shows it, in whole seconds."""
        name = next((name for name, wire in getattr(type(item), "__wire__", {}).items() if wire == field), None)
        value = getattr(item, name, None) if name is not None else None
        try:
            if isinstance(value, str):
                value = zoned(email.utils.parsedate_to_datetime(value))  # "-0000" names none
            if not isinstance(value, _dt.datetime):
                return None
            local = value if value.tzinfo is None else value.astimezone(eastern_zone())
        except (TypeError, ValueError, OverflowError):
            return None
        wall = local.replace(tzinfo=None, microsecond=0, fold=0)
        return wall if wall >= _EARLIEST and wall.year <= _now().year + 1 else None


class Verdict(Enum):
    """What an answer to a bound means."""

    HERE = "go on with this page"
    SETTLED = "the bound is found, ask again from the overlap"
    AGAIN = "try the next bound"


@dataclasses.dataclass
class Cut:
    """The search for the moment up to which the next window goes.

    ``low`` is a moment known to be too early: records would be skipped. ``high`` is one that is late enough.
    """

    pagination: Pagination
    guess: _dt.datetime
    high: _dt.datetime | None
    overlap: int
    left: int | None
    records: Records = dataclasses.field(repr=False)
    low: _dt.datetime | None = None
    gap: int | None = None
    ceiling: _dt.datetime | None = None
    floor: _dt.datetime = _EARLIEST
    """Where the list begins: some servers refuse a range that ends before it."""
    tries: int = 0
    at_second: bool = False
    """Whether one second turned out to hold too much."""

    @classmethod
    def start(
        cls,
        records: Records,
        pagination: Pagination,
        *,
        ceiling: _dt.datetime | None,
        floor: _dt.datetime | None,
        offset: int,
        total: int | None,
    ) -> Cut:
        """Begin with the time of the last record; without one, with a window as long as the one before."""
        floor = floor or _EARLIEST
        left = None if total is None else total - offset
        if ceiling is None and pagination.time_field is None:
            ceiling = _now()
        guess = records.moment() or (ceiling or _now()) - records.span
        if ceiling is not None:
            guess = min(guess, ceiling - _SECOND)
        cut = cls(pagination, max(guess, floor), ceiling, offset, left, records, ceiling=ceiling, floor=floor)
        cut.guess = cut.divisible(cut.guess)
        return cut

    @property
    def text(self) -> str:
        """The bound to try, as the filter takes it."""
        return self.guess.isoformat()

    def before(self) -> str:
        """The second before the one that holds too much."""
        return ((self.high or self.guess) - _SECOND).isoformat()

    def divisible(self, guess: _dt.datetime) -> _dt.datetime:
        """A moment outside of the hour that daylight saving repeats, as far as there is one.

        A server that compares wall times lists records of both hours up to a moment inside, and leaves out others that
        lie between them.
        """
        hour = _repeated_hour(guess)
        end = guess if hour is None else hour + _STEPS[1]
        possible = (self.high is None or end < self.high) and (self.ceiling is None or end < self.ceiling)
        return end if possible else guess

    @property
    def _window(self) -> int:
        return self.pagination.max_window or 0

    def judge(self, overlap: int | None, total: int | None, items: list[Any], operation: str) -> Verdict:
        """Take the answer to ``text``.

        Raises:
            WindowExceededError: There is no moment to go on from.
        """
        if overlap is None:
            self.low = self.guess
            self.gap = None if total is None or self.left is None else self.left - total
            self._learn(items)
        else:
            self._heeded(items, operation)
            self.high, self.overlap = self.guess, overlap
            if self.low is None and self.high <= self.floor:
                self.low = self.floor - _SECOND
            self._learn(items)
            self._check_repeated_hour(total, overlap, operation)
            if overlap <= self._window // 4:
                return Verdict.HERE
            if overlap < self._window and _repeated_hour(self.guess - _SECOND) is not None:
                return Verdict.SETTLED  # nothing earlier is better
        if self.tries > _MOST_TRIES:
            raise WindowExceededError.unheeded(self.pagination, operation)
        if self.low is None or self.high is None or self.high - self.low > _SECOND:
            if self.tries == _MAX_TRIES:
                raise WindowExceededError.unheeded(self.pagination, operation)
            self.guess = self.divisible(self._next())
            self.tries += 1
            return Verdict.AGAIN
        return self._settle(operation)

    def _check_repeated_hour(self, total: int | None, overlap: int, operation: str) -> None:
        """Inside of it, the totals have to prove that nothing was left out.

        Raises:
            WindowExceededError: They do not.
        """
        hour = _repeated_hour(self.guess)
        if hour is not None and (total is None or self.left is None or total - overlap != self.left):
            self.high, self.at_second = hour, True
            raise WindowExceededError.at_repeated_hour(self.pagination, operation, hour)

    def _settle(self, operation: str) -> Verdict:
        """Two neighbouring seconds are left: the later one, unless it holds nothing that can still be read."""
        assert self.low is not None  # noqa: S101 - asked by the caller
        assert self.high is not None  # noqa: S101
        self.guess = self.high
        if self.overlap >= self._window:
            if self.high <= _EARLIEST:
                raise WindowExceededError.unheeded(self.pagination, operation)
            if self.gap != 0:
                self.at_second = True
                raise WindowExceededError.at_second(self.pagination, operation, self.high)
            self.guess, self.overlap = self.low, 0  # the later second was read to its end, by the totals
        return Verdict.SETTLED

    def _heeded(self, items: list[Any], operation: str) -> None:
        """A list that still begins after the bound was not cut at all."""
        first = self.records.wall(items[0], self.pagination.time_field)
        if first is not None and first > self.guess:
            raise WindowExceededError.unheeded(self.pagination, operation)

    def _learn(self, items: list[Any]) -> None:
        """Guess better next time: a second later, or by how much the bound differs from what senders wrote."""
        if self.ceiling is not None and self.ceiling > self.guess:
            self.records.span = self.ceiling - self.guess
        if self.pagination.time_field is None:
            hint = self.records.hint(items[: len(items) // 2])
            self.records.late = self.guess - hint if hint is not None else self.records.late
        elif self.high is not None and self.low is not None and self.high - self.low == _SECOND and self.tries == 1:
            self.records.late += _SECOND

    @property
    def _wanted(self) -> int:
        """Records of overlap to aim at: half a page, so that a somewhat early guess is not too early."""
        return self._window // 40

    def _next(self) -> _dt.datetime:
        step = _STEPS[min(self.tries, len(_STEPS) - 1)]
        if self.low is None:
            assert self.high is not None  # noqa: S101 - one of the two was just set
            earlier = max(step, self._excess()).total_seconds()
            return self.high - min(self.high - self.floor, _dt.timedelta(seconds=round(earlier)))
        if self.high is None:
            return self.low + step
        exact = self.pagination.time_field is not None
        near = exact and self.tries < _NEAR_STEPS and self.low + step < self.high
        return self.low + step if near else self._between(self.low, self.high)

    def _excess(self) -> _dt.timedelta:
        """How much earlier the bound could be if records came evenly; nothing where a record's own time was tried."""
        if self.pagination.time_field is not None or self.ceiling is None or self.ceiling <= self.guess:
            return _dt.timedelta(0)
        share = max(0, self.overlap - self._wanted) / max(1, self._window - self.overlap)
        return (self.ceiling - self.guess) * min(share, _MOST_STRETCH)

    def _between(self, low: _dt.datetime, high: _dt.datetime) -> _dt.datetime:
        """Where a straight line through both would be right, every other time the middle."""
        share = 0.5
        if self.gap is not None and self.tries % 2 == 0:
            gap = max(1, self.gap)
            share = (gap + self._wanted) / (gap + self.overlap)
        seconds = int((high - low).total_seconds())
        return low + _dt.timedelta(seconds=min(max(1, round(seconds * share)), seconds - 1))


def _repeated_hour(wall: _dt.datetime) -> _dt.datetime | None:
    """Where the hour begins that clocks show twice, if this moment is in it."""
    zone = eastern_zone()
    first, second = (wall.replace(tzinfo=zone, fold=fold).utcoffset() for fold in (0, 1))
    if first is None or second is None or first <= second:
        return None
    return wall.replace(minute=0, second=0)


def floor_of(text: Any) -> _dt.datetime | None:
    """The first second that a ``fromdate`` lets through, as far as it can be read."""
    try:
        return _dt.datetime.fromisoformat(str(text)).replace(tzinfo=None)
    except ValueError:
        return None


def bound_of(text: Any) -> _dt.datetime | None:
    """The last second that a ``todate`` lets through, as far as it can be read."""
    moment = floor_of(text)
    day = len(str(text)) == len("2026-01-31")
    return moment + (_STEPS[2] - _SECOND) if moment is not None and day else moment


def _now() -> _dt.datetime:
    return _dt.datetime.now(eastern_zone()).replace(tzinfo=None, microsecond=0)

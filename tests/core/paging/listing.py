"""A list as Postmark serves it, built after the reference: newest first, 10,000 at most, filters in Eastern time.

What the reference leaves open is an option, so that the SDK is shown not to depend on it.
"""

from __future__ import annotations

import bisect
import datetime as _dt
import email.utils
import functools
import json
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import httpx

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

EASTERN = ZoneInfo("America/New_York")
TICKS = 10_000_000  # a tick is 100 ns, as in the seven digits of an answer
WINDOW = 10_000

_NAMES = {
    "/messages/outbound": "Messages",
    "/messages/inbound": "InboundMessages",
    "/messages/outbound/opens": "Opens",
    "/messages/outbound/clicks": "Clicks",
    "/bounces": "Bounces",
}


def ticks(moment: _dt.datetime) -> int:
    return round(moment.timestamp() * TICKS)


def stamp(at: int) -> str:
    wall, zone = _second(at // TICKS)
    return f"{wall}.{at % TICKS:07d}{zone}"


@functools.lru_cache(100_000)
def _second(seconds: int) -> tuple[str, str]:
    text = _dt.datetime.fromtimestamp(seconds, EASTERN).isoformat()
    return text[:19], text[19:]


class Listing:
    """One list behind all five paths.

    Args:
        times: When the records were made, in ticks.
        cuts_fractions: Whether ``todate=10:00:00`` lets 10:00:00.4 through (no: it is later).
        fold: Which of the two hours a repeated wall time means: 0 the earlier, 1 the later.
        heeds_bound: Whether ``todate`` is looked at.
        walls: Whether ``todate`` is compared with what a clock on a wall showed: of a repeated hour, both are cut.
        total: Whether answers carry a ``TotalCount``.
        arrive: Called before each answer with its number; gives the times of records that arrive then.
        dated: The ``Date`` of an inbound message, from its true time in seconds.
    """

    def __init__(
        self,
        times: Iterable[int],
        *,
        cuts_fractions: bool = False,
        fold: int = 0,
        heeds_bound: bool = True,
        walls: bool = False,
        total: bool = True,
        arrive: Callable[[int], Iterable[int]] | None = None,
        dated: Callable[[int], str] = email.utils.formatdate,
    ) -> None:
        self.times = sorted(times)
        self.ids = [f"{number:08d}-0000-4000-8000-000000000000" for number in range(len(self.times))]
        self.cuts_fractions = cuts_fractions
        self.fold = fold
        self.heeds_bound = heeds_bound
        self.walls = walls
        self.total = total
        self.arrive = arrive
        self.dated = dated
        self.strict = False
        """Whether a range that ends before it begins is refused."""
        self.says: Callable[[int], Any] = lambda total: total
        """What ``TotalCount`` becomes of the true one."""
        self.requests: list[httpx.Request] = []
        self.fail_at: dict[int, httpx.Response | Exception] = {}

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        number = len(self.requests)
        if number in self.fail_at:
            failure = self.fail_at.pop(number)
            if isinstance(failure, Exception):
                raise failure
            return failure
        for at in self.arrive(number) if self.arrive else ():
            self.times.append(at)
            self.ids.append(f"{len(self.ids):08d}-0000-4000-8000-000000000000")
        return self._answer(request.url.path, dict(request.url.params))

    def _answer(self, path: str, query: dict[str, str]) -> httpx.Response:
        count, offset = int(query["count"]), int(query["offset"])
        if not 1 <= count <= 500 or count + offset > WINDOW:
            return httpx.Response(422, json={"ErrorCode": 700, "Message": "count and offset"})
        if self.strict and query.get("todate", "9") < query.get("fromdate", ""):
            return httpx.Response(422, json={"ErrorCode": 700, "Message": "the range ends before it begins"})
        first = self._first(query["fromdate"]) if "fromdate" in query else 0
        last = self._last(query["todate"]) if "todate" in query and self.heeds_bound else len(self.times)
        places = self._up_to(query["todate"]) if self.walls and "todate" in query else range(first, last)
        newest = places[::-1][offset : offset + count]
        rows = [self._row(path, place) for place in newest]
        body: dict[str, Any] = {_NAMES[path]: rows}
        if self.total:
            body["TotalCount"] = self.says(len(places))
        return httpx.Response(200, content=json.dumps(body), headers={"content-type": "application/json"})

    def _moment(self, text: str) -> int:
        return ticks(_dt.datetime.fromisoformat(text).replace(tzinfo=EASTERN, fold=self.fold))

    def _last(self, text: str) -> int:
        if len(text) == len("2026-01-01"):
            text += "T23:59:59"
        end = self._moment(text)
        return bisect.bisect_right(self.times, end if self.cuts_fractions else end + TICKS - 1)

    def _up_to(self, wall: str) -> Sequence[int]:
        return [place for place, at in enumerate(self.times) if stamp(at)[: len(wall)] <= wall]

    def _first(self, text: str) -> int:
        return bisect.bisect_left(self.times, self._moment(text))

    def _row(self, path: str, place: int) -> dict[str, Any]:
        at, id_ = self.times[place], self.ids[place]
        if path == "/bounces":
            return {"ID": place, "MessageID": id_, "BouncedAt": stamp(at), "Type": "HardBounce"}
        if path == "/messages/inbound":
            return {"MessageID": id_, "Date": self.dated(at // TICKS)}
        return {"MessageID": id_, "ReceivedAt": stamp(at), "Recipient": "to@example.com"}


def spread(start: _dt.datetime, end: _dt.datetime, number: int) -> list[int]:
    """Evenly spread times."""
    first, last = ticks(start), ticks(end)
    return [first + (last - first) * index // max(1, number - 1) for index in range(number)]


def eastern(
    year: int, month: int, day: int, hour: int = 0, minute: int = 0, second: int = 0, *, fold: int = 0
) -> _dt.datetime:
    return _dt.datetime(year, month, day, hour, minute, second, tzinfo=EASTERN, fold=fold)

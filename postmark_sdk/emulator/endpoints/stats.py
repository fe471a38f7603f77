"""Statistics, counted from what happened."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import timedelta

from ..http.call import Call, handles
from ..reference import dates
from ..reference.limits import STATISTICS_DAYS
from ..reference.problems import Json, Problem
from ..state.paging import Filter
from ..state.state import State
from .streams import find_stream

Counts = Iterable[tuple[str, str, int]]
"""Day, name, number."""


def scope_of(state: State, server: int, query: dict[str, Json]) -> Filter:
    """Server, stream, tag and Eastern days that count; all of them where nothing is said."""
    chosen = Filter(["server = ?"], [server])
    if "messagestream" in query:
        chosen.add("stream = ?", find_stream(state, server, query["messagestream"])["ID"])
    if "tag" in query:
        chosen.add("tag = ?", query["tag"])
    _days(state, query, chosen)
    return chosen


def _days(state: State, query: dict[str, Json], chosen: Filter) -> None:
    bounds = {}
    for name, sign in (("fromdate", ">="), ("todate", "<=")):
        if name in query:
            try:
                bounds[name] = dates.parse_day(query[name])
            except ValueError:
                raise Problem(900, f"The '{name}' parameter is not a valid date.") from None
            chosen.add(f"day {sign} ?", bounds[name].isoformat())
    today = dates.parse_day(dates.eastern_day(state.clock.now()))
    if "fromdate" in bounds and bounds["fromdate"] < today - timedelta(days=STATISTICS_DAYS):
        raise Problem(1500, "The 'fromdate' parameter must not be more than a year ago.")
    if len(bounds) > 1 and bounds["fromdate"] > bounds["todate"]:
        raise Problem(1502, "The 'fromdate' parameter must not be after the 'todate' parameter.")


def _answer(counts: Counts, names: tuple[str, ...] = ()) -> dict[str, Json]:
    """Days with their numbers, then the totals; nothing at all is only an empty list."""
    days: dict[str, dict[str, Json]] = {}
    totals: dict[str, int] = {}
    for day, name, number in counts:
        if number:
            days.setdefault(day, {"Date": day})[name] = days.get(day, {}).get(name, 0) + number
            totals[name] = totals.get(name, 0) + number
    if not days:
        return {"Days": []}
    fixed = dict.fromkeys(names, 0)
    return {"Days": [days[day] for day in sorted(days)], **fixed, **totals}


def sends(state: State, chosen: Filter) -> dict[str, Json]:
    """Messages per recipient."""
    return _answer(_sum(state, chosen, "recipients", "Sent"), ("Sent",))


def tracked(state: State, chosen: Filter) -> dict[str, Json]:
    """Messages with open tracking, per recipient."""
    return _answer(_sum(state, chosen, "recipients * opens_tracked", "Tracked"), ("Tracked",))


def _sum(state: State, chosen: Filter, expression: str, name: str) -> Counts:
    rows = state.store.rows(
        f"SELECT day, SUM({expression}) FROM messages{chosen.where} GROUP BY day",  # noqa: S608 - our own names
        chosen.values,
    )
    return [(day, name, number) for day, number in rows]


def bounces(state: State, chosen: Filter) -> dict[str, Json]:
    """Bounces by type; complaints have their own call."""
    return _answer(row for row in _bounce_rows(state, chosen) if row[1] != "SpamComplaint")


def spam(state: State, chosen: Filter) -> dict[str, Json]:
    """Complaints."""
    complaints = (row for row in _bounce_rows(state, chosen) if row[1] == "SpamComplaint")
    return _answer(complaints, ("SpamComplaint",))


def _bounce_rows(state: State, chosen: Filter) -> list[tuple[str, str, int]]:
    return state.store.rows(
        f"SELECT day, type, COUNT(*) FROM bounces{chosen.where} GROUP BY day, type ORDER BY type",  # noqa: S608
        chosen.values,
    )


def opens(state: State, chosen: Filter) -> dict[str, Json]:
    """All opens, and how many were a recipient's first."""
    return _answer(_with_unique(state, chosen, ("Open",), "Opens"), ("Opens", "Unique"))


def clicks(state: State, chosen: Filter) -> dict[str, Json]:
    """All clicks, and how many were a recipient's first on that link."""
    return _answer(_with_unique(state, chosen, ("Click", "Repeat"), "Clicks"), ("Clicks", "Unique"))


def _with_unique(state: State, chosen: Filter, kinds: tuple[str, ...], name: str) -> Counts:
    narrowed = _of_kinds(chosen, kinds)
    rows = state.store.rows(
        f"SELECT day, COUNT(*), SUM(first) FROM engagements{narrowed.where} GROUP BY day",  # noqa: S608
        narrowed.values,
    )
    for day, number, first in rows:
        yield day, name, number
        yield day, "Unique", first


def _of_kinds(chosen: Filter, kinds: tuple[str, ...]) -> Filter:
    narrowed = Filter(list(chosen.conditions), list(chosen.values))
    narrowed.add(f"kind IN ({', '.join('?' * len(kinds))})", *kinds)
    return narrowed


def _by(state: State, chosen: Filter, kinds: tuple[str, ...], expression: str) -> dict[str, Json]:
    narrowed = _of_kinds(chosen, kinds)
    rows = state.store.rows(
        f"SELECT day, {expression}, COUNT(*) FROM engagements{narrowed.where} GROUP BY 1, 2 ORDER BY 2",  # noqa: S608
        narrowed.values,
    )
    return _answer((day, str(name or "Unknown"), number) for day, name, number in rows)


_CLICKS = ("Click", "Repeat")
_PLATFORM = "json_extract(data, '$.Platform')"
_CLIENT = "json_extract(data, '$.Client.Name')"


def open_platforms(state: State, chosen: Filter) -> dict[str, Json]:
    """Opens by kind of device."""
    return _by(state, chosen, ("Open",), _PLATFORM)


def open_email_clients(state: State, chosen: Filter) -> dict[str, Json]:
    """Opens by program."""
    return _by(state, chosen, ("Open",), _CLIENT)


def open_read_times(state: State, chosen: Filter) -> dict[str, Json]:
    """Opens by seconds of reading; longer ones share a bucket."""
    seconds = "json_extract(data, '$.ReadSeconds')"
    return _by(state, chosen, ("Open",), f"CASE WHEN {seconds} >= 20 THEN '20s+' ELSE {seconds} || 's' END")


def click_browsers(state: State, chosen: Filter) -> dict[str, Json]:
    """Clicks by browser."""
    return _by(state, chosen, _CLICKS, _CLIENT)


def click_platforms(state: State, chosen: Filter) -> dict[str, Json]:
    """Clicks by kind of device."""
    return _by(state, chosen, _CLICKS, _PLATFORM)


def click_locations(state: State, chosen: Filter) -> dict[str, Json]:
    """Clicks by the body the link stood in."""
    return _by(state, chosen, _CLICKS, "json_extract(data, '$.ClickLocation')")


def overview(state: State, chosen: Filter) -> dict[str, Json]:
    """Everything in one flat answer."""
    sent, with_opens, with_links, links = state.store.one(
        "SELECT COALESCE(SUM(recipients), 0), COALESCE(SUM(recipients * opens_tracked), 0),"  # noqa: S608
        " COALESCE(SUM(recipients * (links_tracked > 0)), 0), COALESCE(SUM(recipients * links_tracked), 0)"
        f" FROM messages{chosen.where}",
        chosen.values,
    )
    bounced, counted, complaints, smtp = state.store.one(
        "SELECT COALESCE(SUM(type NOT IN ('SpamComplaint', 'SMTPApiError')), 0),"  # noqa: S608
        " COALESCE(SUM(type NOT IN ('SpamComplaint', 'SMTPApiError') AND counted), 0),"
        " COALESCE(SUM(type = 'SpamComplaint'), 0), COALESCE(SUM(type = 'SMTPApiError'), 0)"
        f" FROM bounces{chosen.where}",
        chosen.values,
    )
    seen = _engaged(state, chosen)
    return {
        "Sent": sent,
        "Bounced": bounced,
        "SMTPApiErrors": smtp,
        "BounceRate": _percent(counted, sent),
        "SpamComplaints": complaints,
        "SpamComplaintsRate": _percent(complaints, sent),
        "Opens": seen["opens"],
        "UniqueOpens": seen["unique_opens"],
        "Tracked": with_opens,
        "WithLinkTracking": with_links,
        "WithOpenTracking": with_opens,
        "TotalTrackedLinksSent": links,
        "UniqueLinksClicked": seen["unique_clicks"],
        "TotalClicks": seen["clicks"],
        "WithClientRecorded": seen["with_client"],
        "WithPlatformRecorded": seen["with_platform"],
        "WithReadTimeRecorded": seen["opens"],
    }


def _engaged(state: State, chosen: Filter) -> dict[str, int]:
    row = state.store.one(
        "SELECT COALESCE(SUM(kind = 'Open'), 0), COALESCE(SUM(kind = 'Open' AND first), 0),"  # noqa: S608
        " COALESCE(SUM(kind = 'Click'), 0), COALESCE(SUM(kind != 'Open'), 0),"
        f" COALESCE(SUM({_CLIENT} != 'unknown'), 0), COALESCE(SUM({_PLATFORM} != 'Unknown'), 0)"
        f" FROM engagements{chosen.where}",
        chosen.values,
    )
    names = ("opens", "unique_opens", "unique_clicks", "clicks", "with_client", "with_platform")
    return dict(zip(names, row, strict=True))


def _percent(part: int, whole: int) -> float:
    return round(100 * part / whole, 3) if whole else 0


Statistic = Callable[[State, Filter], dict[str, Json]]

STATISTICS: dict[str, Statistic] = {
    "stats_overview": overview,
    "stats_sends": sends,
    "stats_bounces": bounces,
    "stats_spam": spam,
    "stats_tracked": tracked,
    "stats_opens": opens,
    "stats_open_platforms": open_platforms,
    "stats_open_email_clients": open_email_clients,
    "stats_open_read_times": open_read_times,
    "stats_clicks": clicks,
    "stats_click_browsers": click_browsers,
    "stats_click_platforms": click_platforms,
    "stats_click_locations": click_locations,
}


def _register(operation_id: str, statistic: Statistic) -> None:
    def answer(call: Call) -> Json:
        return statistic(call.state, scope_of(call.state, call.server, call.query))

    handles(operation_id)(answer)


for _id, _statistic in STATISTICS.items():
    _register(_id, _statistic)

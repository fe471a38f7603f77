"""Statistics as plots."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

from ...control import reading
from ...reference.dates import eastern_day
from ..filters import Filters
from ..inbox import number
from ..plots import Plot, days_between, plot, shares

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response
    from starlette.routing import BaseRoute

    from ...reference.problems import Json
    from ..inbox import Inbox

RANGES = (7, 14, 30, 90)
DEFAULT_RANGE = 14


def routes(inbox: Inbox) -> list[BaseRoute]:
    """``/inbox/statistics``."""
    return [inbox.get("/statistics", show)]


def show(inbox: Inbox, request: Request) -> Response:
    """Totals and a chart per measure for the last days of one server."""
    filters, servers = Filters.read(request.query_params), reading.servers(inbox.state)
    known = [server["ID"] for server in servers]
    server_id = filters.server_id if filters.server_id in known else known[0] if known else None
    length = _range(request.query_params.get("days", ""))
    last = date.fromisoformat(eastern_day(inbox.state.clock.now()))
    first = last - timedelta(days=length - 1)
    found = {} if server_id is None else _read(inbox, server_id, filters, first, last)
    return inbox.page(
        "statistics.html",
        section="statistics",
        filters=filters,
        server_id=server_id,
        streams=[] if server_id is None else _sending_streams(inbox, server_id),
        days=length,
        ranges=RANGES,
        overview=found.get("Overview", {}),
        plots=_plots(found, days_between(first, last)),
        shares=[
            ("Bounces by type", shares(found.get("Bounces", {}))),
            ("Opens by platform", shares(found.get("Platforms", {}))),
            ("Opens by mail program", shares(found.get("EmailClients", {}))),
        ],
    )


def _read(inbox: Inbox, server_id: int, filters: Filters, first: date, last: date) -> dict[str, Json]:
    found: dict[str, Json] = reading.statistics(
        inbox.state,
        server_id,
        stream=filters.stream or None,
        tag=filters.tag or None,
        from_date=first.isoformat(),
        to_date=last.isoformat(),
    )
    return found


def _plots(found: dict[str, Json], days: list[date]) -> list[Plot]:
    bounces = {"Days": [_summed(day) for day in found.get("Bounces", {}).get("Days", [])]}
    return [
        plot("Sent", found.get("Sends", {}), days, Sent="Sent"),
        plot("Opens", found.get("Opens", {}), days, Opens="All opens", Unique="First opens"),
        plot("Clicks", found.get("Clicks", {}), days, Clicks="All clicks", Unique="First clicks"),
        plot("Bounces", bounces, days, Bounces="Bounces"),
        plot("Spam complaints", found.get("Spam", {}), days, SpamComplaint="Complaints"),
        plot("Open tracking", found.get("Tracked", {}), days, Tracked="Tracked"),
    ]


def _summed(day: dict[str, Json]) -> dict[str, Json]:
    return {"Date": day["Date"], "Bounces": sum(value for value in day.values() if isinstance(value, int))}


def _sending_streams(inbox: Inbox, server_id: int) -> list[str]:
    found = reading.streams(inbox.state, server_id)
    return [each["ID"] for each in found if each["MessageStreamType"] != "Inbound"]


def _range(text: str) -> int:
    chosen = number(text)
    return chosen if chosen in RANGES else DEFAULT_RANGE

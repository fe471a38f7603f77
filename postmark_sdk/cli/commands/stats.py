"""``postmark stats``: how much was sent, and what became of it."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from ..frame.command import command, group
from ..frame.failures import USAGE, CommandError
from ..frame.inputs import day
from ..frame.options import SinceDay, Stream, Tag, UntilDay
from ..frame.session import Session

app: typer.Typer = group(no_args_is_help=False)

KINDS = (
    "overview",
    "sends",
    "bounces",
    "spam",
    "tracked",
    "opens",
    "open_platforms",
    "open_email_clients",
    "open_read_times",
    "clicks",
    "click_browsers",
    "click_platforms",
    "click_locations",
)
"""The methods of ``client.stats``."""


@command(app)
def stats(
    session: Session,
    kind: Annotated[
        str, typer.Argument(metavar="[KIND]", help=f"What is counted: {', '.join(KINDS)}.", show_default=False)
    ] = "overview",
    *,
    tag: Tag = None,
    stream: Stream = None,
    since: SinceDay = None,
    until: UntilDay = None,
) -> None:
    """Show statistics: an overview, or one kind day by day.

    Days are those of US Eastern, and what happened within the last minutes may be missing.
    """
    if kind not in KINDS:
        raise CommandError(f"there are no statistics {kind!r}", f"There are: {', '.join(KINDS)}.", status=USAGE)
    found = getattr(session.client.stats, kind)(
        tag=tag, message_stream=stream, from_date=day(since, "--since"), to_date=day(until, "--until")
    )
    days = getattr(found, "days", None)
    if session.output.as_json or not days:
        session.output.record(found)
        return
    session.output.record({name: value for name, value in found.to_dict().items() if name not in {"days", "extra"}})
    session.output.rows(days, {name: name for name in _columns(days)}, none="Nothing was counted.")


def _columns(days: list[Any]) -> list[str]:
    """The fields that any day has, the day itself first."""
    found = {name: None for each in days for name, value in each.to_dict().items() if value not in (None, {})}
    return sorted(found, key=lambda name: name != "date")

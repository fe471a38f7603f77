"""``postmark bounces``: what could not be delivered, and sending there again."""

from __future__ import annotations

from typing import Annotated

import typer

from ..frame.command import command, group
from ..frame.inputs import moment
from ..frame.options import All, Limit, Since, Stream, Tag, Until, most, one_more
from ..frame.output import Columns
from ..frame.session import Session

app: typer.Typer = group(help="List bounces, show one, let mail go to an address again.")

Id = Annotated[int, typer.Argument(metavar="ID", help="Id of the bounce.", show_default=False)]

_COLUMNS: Columns = {
    "bounced": "bounced_at",
    "id": "id",
    "address": "email",
    "type": "type",
    "subject": "subject",
    "inactive": "inactive",
    "details": "details",
}


@command(app, "list")
def list_(
    session: Session,
    *,
    kind: Annotated[
        str | None,
        typer.Option("--type", metavar="TYPE", help="Of this type: HardBounce, SoftBounce, SpamComplaint, ..."),
    ] = None,
    inactive: Annotated[
        bool | None, typer.Option("--inactive/--active", help="Whose address gets no mail any more, or still does.")
    ] = None,
    address: Annotated[str | None, typer.Option("--address", metavar="TEXT", help="With this in the address.")] = None,
    message: Annotated[str | None, typer.Option("--message", metavar="ID", help="Of this message.")] = None,
    tag: Tag = None,
    stream: Stream = None,
    since: Since = None,
    until: Until = None,
    limit: Limit = 100,
    all_of_them: All = False,
) -> None:
    """List bounces, newest first."""
    wanted = most(limit, all_of_them)
    found = session.client.bounces.iterate(
        type=kind,
        inactive=inactive,
        email_filter=address,
        message_id=message,
        tag=tag,
        message_stream=stream,
        from_date=moment(since, "--since"),
        to_date=moment(until, "--until", end=True),
        limit=one_more(wanted),
    )
    session.output.rows(found, _COLUMNS, none="No bounce was found.", most=wanted)


@command(app)
def show(
    session: Session,
    bounce_id: Id,
    *,
    source: Annotated[
        bool, typer.Option("--source", help="Print what the other server sent back; kept for 30 days.")
    ] = False,
) -> None:
    """Show a bounce."""
    if source:
        body = session.client.bounces.get_dump(bounce_id).body
        session.output.text(body or "", {"source": body})
    else:
        session.output.record(session.client.bounces.get(bounce_id))


@command(app)
def activate(session: Session, bounce_id: Id) -> None:
    """Let Postmark send to the address of a bounce again."""
    done = session.client.bounces.activate(bounce_id)
    session.output.done(done, f"Mail goes to {done.bounce.email} again")

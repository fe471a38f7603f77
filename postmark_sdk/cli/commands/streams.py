"""``postmark streams``: the message streams of the server."""

from __future__ import annotations

from typing import Annotated

import typer

from ..frame.command import command, group
from ..frame.options import Yes
from ..frame.output import Columns
from ..frame.session import Session

app: typer.Typer = group(help="List, show, make and archive message streams.")

Id = Annotated[str, typer.Argument(metavar="ID", help="Id of the stream.", show_default=False)]

_COLUMNS: Columns = {
    "id": "id",
    "name": "name",
    "type": "message_stream_type",
    "created": "created_at",
    "archived": "archived_at",
}


@command(app, "list")
def list_(
    session: Session,
    *,
    kind: Annotated[
        str | None, typer.Option("--type", metavar="TYPE", help="Of this type: Transactional, Broadcasts or Inbound.")
    ] = None,
    archived: Annotated[bool, typer.Option("--archived", help="Those that are archived, too.")] = False,
) -> None:
    """List the streams."""
    found = session.client.message_streams.iterate(message_stream_type=kind, include_archived_streams=archived)
    session.output.rows(found, _COLUMNS, none="There is no such stream.")


@command(app)
def show(session: Session, stream_id: Id) -> None:
    """Show a stream."""
    session.output.record(session.client.message_streams.get(stream_id))


@command(app)
def create(
    session: Session,
    stream_id: Id,
    *,
    name: Annotated[str, typer.Option("--name", metavar="TEXT", help="Name of the stream.", show_default=False)],
    kind: Annotated[
        str, typer.Option("--type", metavar="TYPE", help="Transactional or Broadcasts. It cannot be changed.")
    ] = "Transactional",
    description: Annotated[str | None, typer.Option("--description", metavar="TEXT", help="What it is for.")] = None,
) -> None:
    """Make a stream. Its id cannot be changed."""
    made = session.client.message_streams.create(
        id=stream_id, name=name, message_stream_type=kind, description=description
    )
    session.output.done(made, f"Stream {made.id} is there")


@command(app)
def archive(session: Session, stream_id: Id, *, yes: Yes = False) -> None:
    """Archive a stream. Nothing goes through it then, and Postmark deletes it after 45 days."""
    session.confirm(f"Archive the stream {stream_id}?", yes=yes)
    done = session.client.message_streams.archive(stream_id)
    session.output.done(done, f"Stream {stream_id} is archived; postmark streams unarchive {stream_id} takes it back")


@command(app)
def unarchive(session: Session, stream_id: Id) -> None:
    """Take an archived stream back."""
    session.output.done(session.client.message_streams.unarchive(stream_id), f"Stream {stream_id} is back")

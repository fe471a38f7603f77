"""``postmark servers``: the servers of the account."""

from __future__ import annotations

from typing import Annotated

import typer

from ..frame.command import command, group
from ..frame.options import All, Limit, most, one_more
from ..frame.output import Columns
from ..frame.session import Session

app: typer.Typer = group(help="List and show the servers of the account.")

_COLUMNS: Columns = {
    "id": "id",
    "name": "name",
    "delivery": "delivery_type",
    "color": "color",
    "opens": "track_opens",
    "links": "track_links",
    "inbound address": "inbound_address",
}


@command(app, "list")
def list_(
    session: Session,
    *,
    name: Annotated[str | None, typer.Option("--name", metavar="TEXT", help="With this in the name.")] = None,
    limit: Limit = 100,
    all_of_them: All = False,
) -> None:
    """List the servers. Needs the account token; the servers' own tokens are not shown."""
    wanted = most(limit, all_of_them)
    found = session.client.servers.iterate(name=name, limit=one_more(wanted))
    session.output.rows(found, _COLUMNS, none="No server was found.", most=wanted)


@command(app)
def show(
    session: Session,
    server_id: Annotated[
        int | None, typer.Argument(metavar="[ID]", help="Id of the server; without it that of the server token.")
    ] = None,
) -> None:
    """Show a server: that of the server token, or any with the account token."""
    client = session.client
    session.output.record(client.server.get() if server_id is None else client.servers.get(server_id))

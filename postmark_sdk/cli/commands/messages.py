"""``postmark messages``: what was sent, what came in, and what became of it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ..frame.command import command, group
from ..frame.failures import FAILED, USAGE, CommandError
from ..frame.inputs import moment, pairs
from ..frame.options import All, Limit, Since, Stream, Tag, Until, most, one_more
from ..frame.output import Columns
from ..frame.session import Session
from ..frame.text import shown

if TYPE_CHECKING:
    import datetime as _dt

app: typer.Typer = group(help="Search messages, sent and received; show one; follow them.")

Id = Annotated[str, typer.Argument(metavar="ID", help="Id of the message.", show_default=False)]
Recipient = Annotated[str | None, typer.Option("--to", metavar="ADDRESS", help="To this address.")]
Sender = Annotated[str | None, typer.Option("--from", metavar="ADDRESS", help="From this address.")]
Subject = Annotated[str | None, typer.Option("--subject", metavar="TEXT", help="With this in the subject.")]
Status = Annotated[str | None, typer.Option("--status", metavar="WORD", help="queued, sent or processed.")]
InboundStatus = Annotated[
    str | None,
    typer.Option("--status", metavar="WORD", help="blocked, processed, queued, failed or scheduled."),
]
Follow = Annotated[bool, typer.Option("--follow", "-f", help="Print what comes from now on, until Ctrl-C.")]
Interval = Annotated[
    float, typer.Option("--interval", min=1, metavar="SECONDS", help="With --follow: time between two searches.")
]

_SENT: Columns = {
    "received": "received_at",
    "id": "message_id",
    "to": "recipients",
    "subject": "subject",
    "status": "status",
}
_RECEIVED: Columns = {
    "date": "date",
    "id": "message_id",
    "from": "from_",
    "to": "original_recipient",
    "subject": "subject",
    "status": "status",
}


@command(app, "list")
def list_(
    session: Session,
    *,
    to: Recipient = None,
    sender: Sender = None,
    subject: Subject = None,
    tag: Tag = None,
    status: Status = None,
    stream: Stream = None,
    metadata: Annotated[
        list[str] | None, typer.Option("--metadata", metavar="KEY=VALUE", help="With this metadata; may be repeated.")
    ] = None,
    since: Since = None,
    until: Until = None,
    limit: Limit = 100,
    all_of_them: All = False,
    follow: Follow = False,
    interval: Interval = 5,
) -> None:
    """Search what was sent, newest first.

    With --follow it prints what is sent from now on instead: a JSON object a line, or a line each.
    """
    search = partial(
        session.client.outbound.iterate,
        recipient=to,
        from_email=sender,
        subject=subject,
        tag=tag,
        status=status,
        message_stream=stream,
        metadata=pairs(metadata or (), "--metadata") or None,
    )
    if follow:
        _no_range(since, until)
        _follow(session, search, _SENT, interval)
    _list(session, search, _SENT, since, until, most(limit, all_of_them))


@command(app)
def inbound(
    session: Session,
    *,
    to: Recipient = None,
    sender: Sender = None,
    subject: Subject = None,
    tag: Tag = None,
    mailbox_hash: Annotated[
        str | None, typer.Option("--mailbox-hash", metavar="TEXT", help="With this behind the + of the address.")
    ] = None,
    status: InboundStatus = None,
    since: Since = None,
    until: Until = None,
    limit: Limit = 100,
    all_of_them: All = False,
    follow: Follow = False,
    interval: Interval = 5,
) -> None:
    """Search what came in, newest first."""
    search = partial(
        session.client.inbound.iterate,
        recipient=to,
        from_email=sender,
        subject=subject,
        tag=tag,
        mailbox_hash=mailbox_hash,
        status=status,
    )
    if follow:
        _no_range(since, until)
        _follow(session, search, _RECEIVED, interval)
    _list(session, search, _RECEIVED, since, until, most(limit, all_of_them))


@command(app)
def show(
    session: Session,
    message_id: Id,
    *,
    received: Annotated[bool, typer.Option("--inbound", help="One that came in.")] = False,
    source: Annotated[
        bool, typer.Option("--source", help="Print the source as it was sent, and nothing else.")
    ] = False,
) -> None:
    """Show a message and all that happened to it."""
    if source and received:
        raise CommandError("--source: Postmark keeps no source of what came in", "Leave --inbound out.", status=USAGE)
    if source:
        body = session.client.outbound.get_dump(message_id).body
        session.output.text(body or "", {"source": body})
    elif received:
        session.output.record(session.client.inbound.get(message_id))
    else:
        _show_sent(session, message_id)


@command(app)
def resolve(
    session: Session,
    mark: Annotated[str, typer.Argument(metavar="MARK", help="What send --trace printed.", show_default=False)],
    *,
    stream: Stream = None,
    wait: Annotated[float, typer.Option("--wait", min=0, metavar="SECONDS", help="Look for it this long.")] = 60,
) -> None:
    """Find out what became of a message whose outcome is unknown.

    Exit status 0 if Postmark took it, 1 if it was not found. It may still turn up then: Postmark takes an unknown time
    to make messages findable.
    """
    found = session.client.emails.resolve(mark, timeout=wait, message_stream=stream)
    result = found.result
    told = {"state": found.state, "message_id": result.message_id if result else None}
    if not found.accepted:
        session.output.done(
            told, f"Not found yet, within {wait:g} seconds: look again before you send it again", "yellow"
        )
        raise typer.Exit(FAILED)
    session.output.done(told, f"Postmark took it: {told['message_id']}")


def _show_sent(session: Session, message_id: str) -> None:
    message = session.client.outbound.get(message_id)
    if session.output.as_json:
        session.output.record(message)
        return
    session.output.record(
        message,
        {
            **_SENT,
            "from": "from_",
            "stream": "message_stream",
            "tag": "tag",
            "metadata": "metadata",
            "attachments": lambda each: [getattr(file, "name", file) for file in each.attachments],
            "text": lambda each: (each.text_body or "").strip(),
        },
    )
    session.output.rows(
        message.message_events,
        {
            "when": "received_at",
            "what": "type",
            "recipient": "recipient",
            "details": lambda event: ", ".join(
                f"{name}: {value}" for name, value in event.details.to_dict().items() if value
            ),
        },
        none="Nothing has happened to it yet.",
    )


def _list(
    session: Session,
    search: Callable[..., Iterable[Any]],
    columns: Columns,
    since: str | None,
    until: str | None,
    wanted: int | None,
) -> None:
    found = search(
        from_date=moment(since, "--since"), to_date=moment(until, "--until", end=True), limit=one_more(wanted)
    )
    session.output.rows(found, columns, none="No message was found.", most=wanted)


def _no_range(since: str | None, until: str | None) -> None:
    if since or until:
        raise CommandError("--follow begins now: it takes neither --since nor --until", status=USAGE)


def _follow(session: Session, search: Callable[..., Iterable[Any]], columns: Columns, interval: float) -> None:
    from ..frame.following import follow  # noqa: PLC0415 - few follow

    def since(moment: _dt.datetime) -> Iterable[Any]:
        return search(from_date=moment)

    for message in follow(since, lambda each: str(each.message_id), interval=interval):
        line = "  ".join(
            shown(source(message) if callable(source) else getattr(message, source)) for source in columns.values()
        )
        session.output.event(message, line)

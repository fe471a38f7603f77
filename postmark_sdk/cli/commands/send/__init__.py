"""``postmark send``: one mail, from options or from a file (``compose``), sent or only shown (``rehearsal``)."""

from __future__ import annotations

from typing import Annotated

import typer

from ...frame.command import command, group
from ...frame.session import Session
from .compose import Given, composed
from .sending import sent

__all__ = ["app"]

app: typer.Typer = group(no_args_is_help=False)

_BODY = "Body"
_MORE = "More"
_TEXT = "TEXT|@FILE|-"


@command(app, no_args_is_help=True)
def send(
    session: Session,
    *,
    sender: Annotated[str | None, typer.Option("--from", metavar="ADDRESS", help="Who it is from.")] = None,
    to: Annotated[
        list[str] | None, typer.Option("--to", metavar="ADDRESS", help="Who gets it; may be repeated.")
    ] = None,
    cc: Annotated[list[str] | None, typer.Option("--cc", metavar="ADDRESS", help="Who gets a copy.")] = None,
    bcc: Annotated[
        list[str] | None, typer.Option("--bcc", metavar="ADDRESS", help="Who gets a copy that nobody sees.")
    ] = None,
    reply_to: Annotated[
        list[str] | None, typer.Option("--reply-to", metavar="ADDRESS", help="Where answers go.")
    ] = None,
    subject: Annotated[str | None, typer.Option("--subject", "-s", metavar="TEXT", help="The subject.")] = None,
    text: Annotated[
        str | None,
        typer.Option(
            "--text",
            metavar=_TEXT,
            help="The text, @FILE for that of a file, - for stdin; @@ begins with one @.",
            rich_help_panel=_BODY,
        ),
    ] = None,
    html: Annotated[
        str | None, typer.Option("--html", metavar=_TEXT, help="The HTML, as --text.", rich_help_panel=_BODY)
    ] = None,
    template: Annotated[
        str | None,
        typer.Option("--template", metavar="ALIAS|ID", help="A template at Postmark instead.", rich_help_panel=_BODY),
    ] = None,
    model: Annotated[
        str | None,
        typer.Option(
            "--model", metavar="JSON|@FILE|-", help="The template's values, a JSON object.", rich_help_panel=_BODY
        ),
    ] = None,
    eml: Annotated[
        str | None,
        typer.Option(
            "--eml",
            metavar="FILE|-",
            help="A mail with its headers, bodies and files; other options replace what it has.",
            rich_help_panel=_BODY,
        ),
    ] = None,
    attach: Annotated[
        list[str] | None,
        typer.Option("--attach", "-a", metavar="FILE", help="Attach a file; may be repeated.", rich_help_panel=_BODY),
    ] = None,
    inline: Annotated[
        list[str] | None,
        typer.Option(
            "--inline",
            metavar="FILE",
            help="A picture that the HTML shows as cid: and the file's name; may be repeated.",
            rich_help_panel=_BODY,
        ),
    ] = None,
    stream: Annotated[
        str | None,
        typer.Option("--stream", metavar="ID", help="Through this message stream.", rich_help_panel=_MORE),
    ] = None,
    tag: Annotated[
        str | None, typer.Option("--tag", metavar="TAG", help="A word for statistics.", rich_help_panel=_MORE)
    ] = None,
    metadata: Annotated[
        list[str] | None,
        typer.Option("--metadata", metavar="KEY=VALUE", help="May be repeated.", rich_help_panel=_MORE),
    ] = None,
    header: Annotated[
        list[str] | None,
        typer.Option("--header", metavar="NAME:VALUE", help="A mail header; may be repeated.", rich_help_panel=_MORE),
    ] = None,
    track_opens: Annotated[
        bool | None,
        typer.Option(
            "--track-opens/--no-track-opens",
            help="Count opens, whatever the server's setting is.",
            show_default=False,
            rich_help_panel=_MORE,
        ),
    ] = None,
    track_links: Annotated[
        str | None,
        typer.Option(
            "--track-links",
            metavar="WORD",
            help="Count clicks: None, HtmlAndText, HtmlOnly or TextOnly.",
            rich_help_panel=_MORE,
        ),
    ] = None,
    trace: Annotated[
        bool,
        typer.Option(
            "--trace",
            help="Mark it, so that postmark messages resolve finds it after a lost answer.",
            rich_help_panel=_MORE,
        ),
    ] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Check it and show what would go; nothing is sent.", rich_help_panel=_MORE)
    ] = False,
) -> None:
    """Send a mail.

    A mail whose outcome is unknown is not sent again: exit status 1, and what to do. With --trace it can be told what
    became of it.
    """
    mail = composed(
        Given(
            sender=sender,
            to=to,
            cc=cc,
            bcc=bcc,
            reply_to=reply_to,
            subject=subject,
            text=text,
            html=html,
            template=template,
            model=model,
            eml=eml,
            attach=attach or [],
            inline=inline or [],
            stream=stream,
            tag=tag,
            metadata=metadata or [],
            header=header or [],
            track_opens=track_opens,
            track_links=track_links,
        )
    )
    if dry_run:
        from .rehearsal import rehearse  # noqa: PLC0415 - few rehearse

        rehearse(session, mail, trace=trace)
        return
    result = sent(session.client, mail, trace=trace)
    session.output.done(
        {**result.to_dict(), "inactive_recipients": result.inactive_recipients},
        f"Postmark took it: {result.message_id}",
    )
    if result.inactive_recipients:
        session.output.note(f"Suppressed, so they will not get it: {', '.join(result.inactive_recipients)}")

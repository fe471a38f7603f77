"""Webhooks as Postmark keeps them: listed, shown, made as wanted, verified, removed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from ...frame.command import command
from ...frame.failures import FAILED
from ...frame.options import Stream, Yes
from ...frame.output import Columns
from ...frame.session import Session
from .credentials import AuthFile, credentials

if TYPE_CHECKING:
    from ....models import Webhook, WebhookStatistics

__all__ = ["paused", "register"]

TRIGGERS = ("delivery", "bounce", "spam_complaint", "open", "click", "subscription_change")
_UNVERIFIED = "unverified"

Id = Annotated[int, typer.Argument(metavar="ID", help="Id of the webhook.", show_default=False)]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    for function, name in ((list_, "list"), (show, None), (ensure, None), (verify, None), (remove, None)):
        command(app, name)(function)


def list_(session: Session, *, stream: Stream = None) -> None:
    """List the webhooks of the server."""
    columns: Columns = {
        "id": "id",
        "url": "url",
        "stream": "message_stream",
        "triggers": enabled,
        "status": "status",
        "auth": lambda webhook: "user and password" if webhook.http_auth else None,
    }
    session.output.rows(session.client.webhooks.iterate(message_stream=stream), columns, none="There is no webhook.")


def show(session: Session, webhook_id: Id) -> None:
    """Show a webhook with the posts of the last 24 hours, and which triggers are paused."""
    webhook = session.client.webhooks.get(webhook_id)
    statistics = session.client.webhooks.get_statistics(webhook_id)
    if session.output.as_json:
        told = {"webhook": webhook, "statistics": statistics, "paused": paused(webhook, statistics)}
        session.output.record(told)
        return
    session.output.record(
        webhook,
        {
            "id": "id",
            "url": "url",
            "stream": "message_stream",
            "status": "status",
            "triggers": enabled,
            "paused": lambda webhook: paused(webhook, statistics),
            "user": lambda webhook: webhook.http_auth and webhook.http_auth.username,
            "headers": lambda webhook: [header.name for header in webhook.http_headers or ()],
        },
    )
    counted = {"all": statistics.metrics, **(statistics.metrics_by_trigger or {})}
    session.output.rows(
        [{"trigger": name, "metrics": metrics} for name, metrics in counted.items() if metrics],
        {
            "last 24 hours": "trigger",
            "posts": lambda row: row["metrics"].total_requests,
            "answered": lambda row: row["metrics"].success_count,
            "failed": lambda row: row["metrics"].failure_count,
            "retries": lambda row: row["metrics"].retry_count,
        },
        none="Nothing was posted in the last 24 hours.",
    )


def ensure(
    session: Session,
    url: Annotated[str, typer.Argument(metavar="URL", help="Where events are posted to.", show_default=False)],
    *,
    triggers: Annotated[
        list[str],
        typer.Option(
            "--trigger", "-t", metavar="NAME", help=f"What to tell of, may be repeated: {', '.join(TRIGGERS)}."
        ),
    ],
    stream: Annotated[str, typer.Option("--stream", metavar="ID", help="Events of this message stream.")] = "outbound",
    auth_file: AuthFile = None,
    include_content: Annotated[
        bool, typer.Option("--include-content", help="Bounces and complaints with the source of the mail.")
    ] = False,
    first_open_only: Annotated[
        bool, typer.Option("--first-open-only", help="Only the first open of each recipient.")
    ] = False,
    verified: Annotated[
        bool | None,
        typer.Option(
            "--verify/--no-verify",
            help="Fail if a test call is not answered with 200; or make none, and get no events until it is verified.",
            show_default=False,
        ),
    ] = None,
) -> None:
    """Make a webhook, or change what is not as wanted; called again it changes nothing.

    It is found by its URL and stream. Triggers that are not named are switched off.
    """
    further: dict[str, dict[str, bool]] = {
        "bounce": {"include_content": include_content},
        "spam_complaint": {"include_content": include_content},
        "open": {"post_first_open_only": first_open_only},
    }
    done = session.client.webhooks.ensure(
        url,
        triggers={name: {"enabled": True, **further.get(name, {})} for name in triggers},
        auth=credentials(auth_file),
        message_stream=stream,
        verify=verified,
    )
    changed = f"has changed: {', '.join(done.changed)}" if done.changed else "is as wanted"
    session.output.done(done._asdict(), f"Webhook {done.webhook.id} {'is there now' if done.created else changed}")
    if done.unverified:
        session.output.note(
            f"It gets nothing for {', '.join(done.unverified)}: the test calls were not answered with 200. Mend the "
            f"endpoint, then: postmark webhooks verify {done.webhook.id}"
        )


def verify(session: Session, webhook_id: Id) -> None:
    """Have Postmark make a test call for each trigger, which wakes those that are paused.

    Exit status 1 if one is not answered with 200.
    """
    done = session.client.webhooks.verify(webhook_id)
    if session.output.as_json:
        session.output.record(done)
    else:
        columns: Columns = {"trigger": "trigger_type", "answered": "status_code", "in words": "message"}
        session.output.rows(done.results or (), columns, none="It has no trigger.")
    if not done.success:
        raise typer.Exit(FAILED)


def remove(session: Session, webhook_id: Id, *, yes: Yes = False) -> None:
    """Remove a webhook. Its events are lost from then on."""
    session.confirm(f"Remove the webhook {webhook_id}?", yes=yes)
    session.output.done(session.client.webhooks.delete(webhook_id), f"Webhook {webhook_id} is removed")


def enabled(webhook: Webhook) -> list[str]:
    """The triggers that are on, under the SDK's names."""
    found: dict[str, Any] = {name: getattr(webhook.triggers, name, None) for name in TRIGGERS}
    return [name for name, trigger in found.items() if getattr(trigger, "enabled", False)]


def paused(webhook: Webhook, statistics: WebhookStatistics) -> list[str]:
    """The triggers that are on and get nothing. Each has a status of its own, which only the statistics tell."""
    if webhook.status == _UNVERIFIED:
        return enabled(webhook)
    stopped = {name for name, status in (statistics.statuses or {}).items() if status == _UNVERIFIED}
    return [name for name in enabled(webhook) if "".join(map(str.capitalize, name.split("_"))) in stopped]

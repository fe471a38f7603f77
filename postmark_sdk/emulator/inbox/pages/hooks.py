"""Webhooks: where events go, what was posted, what the receivers answered."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...control import actions, reading
from ..filters import PAGE_SIZE, Filters
from ..inbox import Inbox, back_to, number

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response
    from starlette.routing import BaseRoute

NOTICES = {"again": "The event was posted again."}


def routes(inbox: Inbox) -> list[BaseRoute]:
    """``/inbox/webhooks``."""
    return [
        inbox.get("/webhooks", show),
        inbox.post("/webhooks/deliveries/{key:int}/again", again),
    ]


def show(inbox: Inbox, request: Request) -> Response:
    """Webhooks, and below them the newest deliveries first."""
    filters, webhook = Filters.read(request.query_params), request.query_params.get("webhook", "")
    found = reading.deliveries(inbox.state, webhook_id=number(webhook), before=filters.before_key, limit=PAGE_SIZE)
    return inbox.page(
        "webhooks.html",
        section="webhooks",
        filters=filters,
        notice=NOTICES.get(request.query_params.get("done", "")),
        webhook=webhook,
        webhooks=reading.webhooks(inbox.state, filters.server_id),
        triggers=triggers,
        deliveries=found,
        older=str(found[-1]["Key"]) if len(found) == PAGE_SIZE else "",
    )


async def again(inbox: Inbox, request: Request) -> Response:
    """Post one event once more."""
    key = request.path_params["key"]
    actions.send_again(inbox.state, key)
    async with request.form() as form:
        message_id = str(form.get("message") or "")
    if message_id and reading.message(inbox.state, message_id) is not None:
        return back_to(f"/inbox/messages/{message_id}", "view=events")
    return back_to("/inbox/webhooks", "done=again")


def triggers(webhook: dict[str, object]) -> list[str]:
    """Names of the events a webhook is switched on for."""
    settings = webhook.get("Triggers")
    if not isinstance(settings, dict):
        return []
    return [name for name, value in settings.items() if isinstance(value, dict) and value.get("Enabled")]

"""Bounces and suppressions: addresses that get nothing any more, and how to change that."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...control import actions, reading
from ...endpoints.suppressions import REMOVABLE
from ..filters import PAGE_SIZE, Filters
from ..inbox import Inbox, back_to, number

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response
    from starlette.routing import BaseRoute

REASONS = ("ManualSuppression", "HardBounce", "SpamComplaint")
NOTICES = {
    "activated": "The address gets mail again.",
    "suppressed": "The address is suppressed.",
    "removed": "The address is no longer suppressed.",
}


def routes(inbox: Inbox) -> list[BaseRoute]:
    """``/inbox/bounces`` and ``/inbox/suppressions``."""
    return [
        inbox.get("/bounces", bounces),
        inbox.post("/bounces/{bounce_id:int}/activate", activate),
        inbox.get("/suppressions", suppressions),
        inbox.post("/suppressions", suppress),
        inbox.post("/suppressions/remove", remove),
    ]


def bounces(inbox: Inbox, request: Request) -> Response:
    """The newest bounces first."""
    filters = Filters.read(request.query_params)
    found = reading.bounces(inbox.state, server_id=filters.server_id, before=filters.before_key, limit=PAGE_SIZE)
    return inbox.page(
        "bounces.html",
        section="bounces",
        filters=filters,
        notice=NOTICES.get(request.query_params.get("done", "")),
        bounces=found,
        older=str(found[-1].get("Key", found[-1]["ID"])) if len(found) == PAGE_SIZE else "",
    )


async def activate(inbox: Inbox, request: Request) -> Response:
    """Let mail through to a bounced address again."""
    actions.activate(inbox.state, request.path_params["bounce_id"])
    return back_to("/inbox/bounces", "done=activated")


def suppressions(inbox: Inbox, request: Request) -> Response:
    """Suppressed addresses of all streams, and a form for one more."""
    filters = Filters.read(request.query_params)
    found = reading.suppressions(inbox.state, server_id=filters.server_id, stream=filters.stream or None)
    wanted = filters.text.lower()
    return inbox.page(
        "suppressions.html",
        section="suppressions",
        filters=filters,
        notice=NOTICES.get(request.query_params.get("done", "")),
        suppressions=[each for each in found if wanted in each["EmailAddress"].lower()],
        streams=[each for each in reading.streams(inbox.state) if each["MessageStreamType"] != "Inbound"],
        reasons=REASONS,
        removable=REMOVABLE,
    )


async def suppress(inbox: Inbox, request: Request) -> Response:
    """Suppress one address in one stream."""
    async with request.form() as form:
        server, _, stream = str(form.get("stream") or "").partition("/")
        address, reason = str(form.get("address") or "").strip(), str(form.get("reason") or "")
    server_id = number(server)
    if server_id is None or not stream or "@" not in address or reason not in REASONS:
        return inbox.problem("An address, a stream and a reason are needed.")
    origin = "Customer" if reason == "ManualSuppression" else "Recipient"
    actions.suppress(inbox.state, address, stream, reason, origin, server_id)
    return back_to("/inbox/suppressions", "done=suppressed")


async def remove(inbox: Inbox, request: Request) -> Response:
    """Take one address off the list, where Postmark allows it."""
    async with request.form() as form:
        server_id, stream = number(form.get("server")), str(form.get("stream") or "")
        address = str(form.get("address") or "")
    if server_id is None:
        return inbox.missing("suppression")
    actions.unsuppress(inbox.state, server_id, stream, address)
    return back_to("/inbox/suppressions", "done=removed")

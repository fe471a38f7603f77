"""What was sent: the list, one message in all its forms, and what can be done to it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from starlette.responses import HTMLResponse, RedirectResponse, Response

from ...control import actions, reading
from ...reference.bounce_types import BOUNCE_TYPES
from ..environment import LONG_SOURCE
from ..files import download, inline_image
from ..filters import PAGE_SIZE, Filters
from ..frames import frame, inline_addresses, wants_remote, with_inline_images
from ..inbox import Inbox, back_to, number
from ..links import links

if TYPE_CHECKING:
    from collections.abc import Mapping

    from starlette.requests import Request
    from starlette.routing import BaseRoute

    from ...mail.advice.letter import Advice
    from ...reference.problems import Json

STATUSES = (
    ("Sent", "Sent"),
    ("Delivered", "Delivered"),
    ("Transient", "Delayed"),
    ("Opened", "Opened"),
    ("LinkClicked", "Clicked"),
    ("Bounced", "Bounced"),
    ("SubscriptionChanged", "Subscription changed"),
)
NOTICES = {
    "bounce": "The message bounced.",
    "complain": "The recipient complained about spam.",
    "open": "An open was recorded.",
    "click": "A click was recorded.",
    "unsubscribe": "The recipient unsubscribed.",
    "reset": "The emulator is as new.",
    "advance": "The clock was moved on.",
}
PIXEL_PATH = "/_emulator/open/"
_HOURS_TO_SECONDS = 3600.0
_MAX_HOURS = 24 * 400


def routes(inbox: Inbox) -> list[BaseRoute]:
    """Everything under ``/inbox/messages``."""
    one = "/messages/{message_id}"
    return [
        inbox.get(one, show),
        inbox.get(f"{one}/frame", html_frame),
        inbox.get(f"{one}/inline/{{index:int}}", inline),
        inbox.get(f"{one}/attachments/{{index:int}}", attachment),
        inbox.get(f"{one}/source", source),
        inbox.get(f"{one}/request", as_sent),
        inbox.post(f"{one}/{{verb}}", act),
        inbox.post("/reset", reset),
        inbox.post("/advance", advance),
    ]


def overview(inbox: Inbox, request: Request) -> Response:
    """``GET /``: the list, and beside it how to send to this emulator."""
    filters = Filters.read(request.query_params)
    return inbox.page(
        "overview.html",
        section="messages",
        notice=NOTICES.get(request.query_params.get("done", "")),
        selected=None,
        address=str(request.base_url).rstrip("/"),
        **listing(inbox, filters),
    )


def show(inbox: Inbox, request: Request) -> Response:
    """``GET /inbox/messages/{id}``: one message; ``view`` says which side of it."""
    message = reading.message(inbox.state, request.path_params["message_id"])
    if message is None:
        return inbox.missing("message")
    query, filters = request.query_params, Filters.read(request.query_params)
    found = links(message["HtmlBody"] or "", message["TextBody"] or "")
    advice = reading.advice(inbox.state, message)
    return inbox.page(
        "message.html",
        section="messages",
        notice=NOTICES.get(query.get("done", "")),
        selected=message["MessageID"],
        message=message,
        view=_view(message, query.get("view", "")),
        links=found,
        advice=advice,
        sources=_sources(message, advice) if query.get("view") == "advice" else [],
        recipient=_recipient(message, query),
        remote=query.get("remote") == "1",
        wants_remote=wants_remote(message["HtmlBody"] or ""),
        narrow=query.get("width") == "phone",
        deliveries=reading.deliveries(inbox.state, message_id=message["MessageID"]),
        source=(reading.source(inbox.state, message["MessageID"]) or "") if query.get("view") == "source" else "",
        bounce_types=[kind for kind in BOUNCE_TYPES.values() if kind.type != "SpamComplaint"],
        **listing(inbox, filters),
    )


def listing(inbox: Inbox, filters: Filters) -> dict[str, Any]:
    """What the list beside every message needs."""
    inbox.state.texts.catch_up()  # Whoever opens the list may search next.
    found = reading.messages(inbox.state, **filters.arguments(), before=filters.before_key, limit=PAGE_SIZE)
    return {
        "filters": filters,
        "messages": found,
        "total": _total(found, filters),
        "older": str(found[-1]["Key"]) if len(found) == PAGE_SIZE else "",
        "streams": sorted({each["ID"] for each in reading.streams(inbox.state, filters.server_id)}),
        "statuses": STATUSES,
    }


def _total(found: list[dict[str, Json]], filters: Filters) -> str | None:
    """How many a filter lets through; None for no filter. Counting them all again and again would slow the API."""
    if not filters.active:
        return None
    complete = len(found) < PAGE_SIZE and not filters.before
    return str(len(found)) if complete else f"{PAGE_SIZE}+"


def html_frame(inbox: Inbox, request: Request) -> Response:
    """The HTML body as its recipient gets it: tracked links, and a pixel that counts an open when it loads."""
    message = reading.message(inbox.state, request.path_params["message_id"])
    if message is None:
        return HTMLResponse("", status_code=404)
    base = str(request.base_url).rstrip("/")
    recipient = _recipient(message, request.query_params)
    html = reading.rendered_html(inbox.state, message["MessageID"], recipient, base) or ""
    folder = f"/inbox/messages/{message['MessageID']}/inline/"
    images = inline_addresses(message["Attachments"], f"{base}{folder}")
    remote = request.query_params.get("remote") == "1"
    return frame(with_inline_images(html, images), request, images=(folder, PIXEL_PATH), remote=remote)


def inline(inbox: Inbox, request: Request) -> Response:
    """An image the HTML body shows."""
    found = _attachment(inbox, request)
    image = inline_image(found[2], found[1]) if found else None
    return image or Response(status_code=404)


def attachment(inbox: Inbox, request: Request) -> Response:
    """Download one attachment."""
    found = _attachment(inbox, request)
    return download(found[2], found[0], found[1]) if found else inbox.missing("attachment")


def source(inbox: Inbox, request: Request) -> Response:
    """Download the raw source."""
    message_id = request.path_params["message_id"]
    text = reading.source(inbox.state, message_id)
    return inbox.missing("message") if text is None else download(text, f"{message_id}.eml", "message/rfc822")


def as_sent(inbox: Inbox, request: Request) -> Response:
    """Download the JSON that was posted."""
    message = reading.message(inbox.state, request.path_params["message_id"])
    if message is None:
        return inbox.missing("message")
    text = json.dumps(message["Request"], indent=2, ensure_ascii=False)
    return download(text, f"{message['MessageID']}.json", "application/json")


async def act(inbox: Inbox, request: Request) -> Response:
    """A button: bounce, complain, open, click or unsubscribe."""
    message_id, verb = request.path_params["message_id"], request.path_params["verb"]
    async with request.form() as form:
        recipient = str(form.get("recipient") or "") or None
        if verb == "bounce":
            kind = str(form.get("type") or "HardBounce")
            actions.bounce(inbox.state, message_id, recipient, type=kind)
        elif verb == "complain":
            actions.complain(inbox.state, message_id, recipient)
        elif verb == "open":
            actions.open_message(inbox.state, message_id, recipient, user_agent=_agent(request))
        elif verb == "click":
            link, location = str(form.get("link") or ""), str(form.get("location") or "HTML")
            actions.click(inbox.state, message_id, link, recipient, location=location, user_agent=_agent(request))
        elif verb == "unsubscribe":
            actions.unsubscribe(inbox.state, message_id, recipient)
        else:
            return inbox.missing("action")
    return _after(request, message_id, verb)


async def reset(inbox: Inbox, request: Request) -> Response:
    """Forget everything that was sent and received."""
    del request
    actions.reset(inbox.state)
    return back_to("/", "done=reset")


async def advance(inbox: Inbox, request: Request) -> Response:
    """Move the clock on, so that retries and bulk jobs happen now."""
    async with request.form() as form:
        hours = number(form.get("hours")) or 0
    if not 0 < hours <= _MAX_HOURS:
        return inbox.problem(f"Hours are a whole number from 1 to {_MAX_HOURS}.")
    actions.advance(inbox.state, hours * _HOURS_TO_SECONDS)
    return back_to("/", "done=advance")


def _after(request: Request, message_id: str, verb: str) -> RedirectResponse:
    filters = Filters.read(request.query_params)
    view = "links" if verb == "click" else "events"
    return back_to(f"/inbox/messages/{message_id}", filters.query(view=view, done=verb))


def _attachment(inbox: Inbox, request: Request) -> tuple[str, str, bytes] | None:
    return reading.attachment(inbox.state, request.path_params["message_id"], request.path_params["index"])


def _view(message: Json, wanted: str) -> str:
    if wanted in {"html", "text", "events", "advice", "links", "headers", "attachments", "metadata", "source", "json"}:
        return wanted
    return "html" if message["HtmlBody"] else "text"


def _sources(message: Json, advice: list[Advice]) -> list[tuple[str, list[str]]]:
    """The parts that advice names lines of, line by line."""
    named = {each.part for each in advice if each.line is not None}
    parts = (("HTML", message["HtmlBody"]), ("Text", message["TextBody"]))
    return [(name, body[:LONG_SOURCE].split("\n")) for name, body in parts if name in named]


def _recipient(message: Json, query: Mapping[str, str]) -> str:
    """Who reads the message: the one that was chosen, else the one the list is narrowed to, else the first."""
    recipients: list[str] = message["Recipients"]
    wanted = (query.get("reader", ""), query.get("recipient", ""))
    return next((each for each in wanted if each in recipients), recipients[0] if recipients else "")


def _agent(request: Request) -> str:
    return request.headers.get("user-agent", "")

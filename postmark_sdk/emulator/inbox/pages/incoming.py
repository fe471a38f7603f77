"""Inbound mail: what arrived, and two ways to let something arrive."""

from __future__ import annotations

import base64
import json
from datetime import datetime, timezone
from email.errors import MessageError
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, make_msgid
from typing import TYPE_CHECKING

from starlette.datastructures import FormData, UploadFile
from starlette.responses import HTMLResponse, Response

from ...control import actions, reading
from ...reference.dates import TICKS_PER_SECOND
from ..files import download, inline_image, media_type
from ..filters import PAGE_SIZE, Filters
from ..frames import frame, wants_remote, with_inline_images
from ..inbox import Inbox, back_to, number

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.routing import BaseRoute

    from ...reference.problems import Json

MAX_UPLOAD = 50 * 1024 * 1024
"""Bytes of an uploaded mail or of one attachment: what Postmark takes for a whole inbound mail, and some room."""
MAX_TEXT = 5 * 1024 * 1024
MAX_FILES = 20
NOTICES = {"received": "The mail was received."}


def routes(inbox: Inbox) -> list[BaseRoute]:
    """Everything under ``/inbox/inbound``."""
    one = "/inbound/{message_id}"
    return [
        inbox.get("/inbound", index),
        inbox.get("/inbound/new", form_page),
        inbox.post("/inbound/new", receive),
        inbox.post("/inbound/upload", upload),
        inbox.get(one, show),
        inbox.get(f"{one}/frame", html_frame),
        inbox.get(f"{one}/inline/{{index:int}}", inline),
        inbox.get(f"{one}/attachments/{{index:int}}", attachment),
    ]


def index(inbox: Inbox, request: Request) -> Response:
    """The newest inbound messages first."""
    return inbox.page("inbound.html", section="inbound", **_listing(inbox, request))


def form_page(inbox: Inbox, request: Request) -> Response:
    """Two forms: write a mail, or upload one."""
    return inbox.page("receive.html", section="inbound", **_listing(inbox, request))


def show(inbox: Inbox, request: Request) -> Response:
    """One inbound message."""
    message = reading.inbound_message(inbox.state, request.path_params["message_id"])
    if message is None:
        return inbox.missing("inbound message")
    query = request.query_params
    wanted = query.get("view", "")
    views = {"html", "text", "headers", "attachments", "source", "json", "events"}
    return inbox.page(
        "inbound_message.html",
        section="inbound",
        notice=NOTICES.get(query.get("done", "")),
        message=message,
        view=wanted if wanted in views else "html" if message.get("HtmlBody") else "text",
        remote=query.get("remote") == "1",
        wants_remote=wants_remote(message.get("HtmlBody") or ""),
        deliveries=reading.deliveries(inbox.state, message_id=message["MessageID"]),
        **_listing(inbox, request),
    )


def html_frame(inbox: Inbox, request: Request) -> Response:
    """The HTML body, inert."""
    message = reading.inbound_message(inbox.state, request.path_params["message_id"])
    if message is None:
        return HTMLResponse("", status_code=404)
    folder = f"/inbox/inbound/{message['MessageID']}/inline/"
    base = str(request.base_url).rstrip("/")
    images = {
        str(part["ContentID"]).strip("<>"): f"{base}{folder}{position}"
        for position, part in enumerate(message.get("Attachments") or [])
        if part.get("ContentID")
    }
    html = with_inline_images(message.get("HtmlBody") or "", images)
    return frame(html, request, images=(folder,), remote=request.query_params.get("remote") == "1")


def inline(inbox: Inbox, request: Request) -> Response:
    """An image the HTML body shows."""
    part = _part(inbox, request)
    image = inline_image(_content(part), part.get("ContentType") or "") if part else None
    return image or Response(status_code=404)


def attachment(inbox: Inbox, request: Request) -> Response:
    """Download one attachment."""
    part = _part(inbox, request)
    if part is None:
        return inbox.missing("attachment")
    return download(_content(part), part.get("Name") or "attachment", part.get("ContentType") or "")


async def receive(inbox: Inbox, request: Request) -> Response:
    """Let a mail written in the form arrive."""
    async with request.form(max_files=MAX_FILES, max_part_size=MAX_TEXT) as form:
        server_id, recipient = number(form.get("server")), _text(form, "to")
        try:
            raw = await _compose(inbox, form)
        except (MessageError, ValueError, IndexError):
            return inbox.problem("An address or the subject cannot stand in a mail header.")
    return _received(inbox, raw, server_id, recipient)


async def upload(inbox: Inbox, request: Request) -> Response:
    """Let an ``.eml`` file arrive."""
    async with request.form(max_files=1, max_part_size=MAX_TEXT) as form:
        server_id, recipient, file = number(form.get("server")), _text(form, "recipient"), form.get("file")
        raw = await file.read(MAX_UPLOAD + 1) if isinstance(file, UploadFile) else b""
    if not raw or len(raw) > MAX_UPLOAD:
        return inbox.problem("Choose an .eml file of at most 50 MB.")
    return _received(inbox, raw, server_id, recipient)


def _received(inbox: Inbox, raw: bytes, server_id: int | None, recipient: str) -> Response:
    message_id = actions.receive_eml(inbox.state, raw, server_id=server_id, recipient=recipient or None)
    return back_to(f"/inbox/inbound/{message_id}", "done=received")


async def _compose(inbox: Inbox, form: FormData) -> bytes:
    mail = EmailMessage(policy=SMTP)
    now = datetime.fromtimestamp(inbox.state.clock.now() / TICKS_PER_SECOND, timezone.utc)
    mail["Date"], mail["Message-ID"] = format_datetime(now), make_msgid(domain="emulator.invalid")
    for header in ("From", "To", "Cc", "Subject", "Reply-To"):
        value = _text(form, header.lower())
        if value:
            mail[header] = value
    html = _text(form, "html")
    mail.set_content(_text(form, "text"))
    if html:
        mail.add_alternative(html, subtype="html")
    for file in form.getlist("files"):
        if isinstance(file, UploadFile) and file.filename:
            await _attach(mail, file)
    return mail.as_bytes()


async def _attach(mail: EmailMessage, file: UploadFile) -> None:
    main, _, sub = media_type(file.content_type or "").partition("/")
    content = await file.read(MAX_UPLOAD)
    if main in {"multipart", "message", "text"}:
        # Those need more than bytes; the name still says what it is.
        main, sub = "application", "octet-stream"
    mail.add_attachment(content, maintype=main, subtype=sub, filename=file.filename)


def _text(form: FormData, name: str) -> str:
    value = form.get(name)
    return value.strip() if isinstance(value, str) else ""


def _listing(inbox: Inbox, request: Request) -> dict[str, Json]:
    filters = Filters.read(request.query_params)
    found = reading.inbound_messages(
        inbox.state,
        server_id=filters.server_id,
        status=filters.status or None,
        text=filters.text or None,
        before=filters.before_key,
        limit=PAGE_SIZE,
    )
    return {
        "filters": filters,
        "messages": found,
        "older": str(found[-1]["Key"]) if len(found) == PAGE_SIZE else "",
    }


def _part(inbox: Inbox, request: Request) -> Json:
    """One attachment with its content, which answers of the API leave out."""
    message_id = request.path_params["message_id"].lower()
    payload = inbox.state.store.value("SELECT payload FROM inbound WHERE id = ?", (message_id,))
    parts = json.loads(payload)["Attachments"] if payload else []
    position = request.path_params["index"]
    return parts[position] if position < len(parts) else None


def _content(part: Json) -> bytes:
    try:
        return base64.b64decode(str(part.get("Content") or ""))
    except ValueError:
        return b""

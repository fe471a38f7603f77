"""Templates: the list, and one of them rendered while its model is typed."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from starlette.responses import HTMLResponse, Response

from ...control import reading
from ...reference.problems import Json, Problem
from ..filters import Filters
from ..frames import frame

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.routing import BaseRoute

    from ..inbox import Inbox

MAX_MODEL = 1_000_000
"""Characters of a JSON model."""


def routes(inbox: Inbox) -> list[BaseRoute]:
    """``/inbox/templates`` and the frames of previews."""
    return [
        inbox.get("/templates", index),
        inbox.get("/templates/{server:int}/{template:int}", show),
        inbox.post("/templates/{server:int}/{template:int}", preview),
        inbox.get("/previews/{key}", preview_frame),
    ]


def index(inbox: Inbox, request: Request) -> Response:
    """All templates of all servers, or of one."""
    filters = Filters.read(request.query_params)
    chosen = [each for each in reading.servers(inbox.state) if filters.server in {"", str(each["ID"])}]
    groups = [(server, reading.templates(inbox.state, server["ID"])) for server in chosen]
    return inbox.page("templates.html", section="templates", filters=filters, groups=groups)


def show(inbox: Inbox, request: Request) -> Response:
    """One template, first rendered with the model it suggests itself."""
    template = _template(inbox, request)
    if template is None:
        return inbox.missing("template")
    suggested = _try(inbox, template, {}).get("SuggestedTemplateModel") or {}
    return _answer(inbox, template, json.dumps(suggested, indent=2, ensure_ascii=False))


async def preview(inbox: Inbox, request: Request) -> Response:
    """The same page for the model in the form."""
    template = _template(inbox, request)
    if template is None:
        return inbox.missing("template")
    async with request.form(max_part_size=MAX_MODEL) as form:
        text = str(form.get("model") or "")[:MAX_MODEL]
    return _answer(inbox, template, text)


def preview_frame(inbox: Inbox, request: Request) -> Response:
    """The HTML of a preview, inert like that of any mail."""
    html = inbox.previews.get(request.path_params["key"])
    return HTMLResponse("", status_code=404) if html is None else frame(html, request)


def _answer(inbox: Inbox, template: Json, text: str) -> Response:
    model, mistake = _model(text)
    result = _try(inbox, template, model) if mistake is None else {}
    html = ((result.get("HtmlBody") or {}).get("RenderedContent")) or ""
    return inbox.page(
        "template.html",
        section="templates",
        template=template,
        model=text,
        mistake=mistake or result.get("Refusal"),
        result=result,
        parts=[(name, result[name]) for name in ("Subject", "HtmlBody", "TextBody") if result.get(name)],
        frame=inbox.remember(html) if html else "",
    )


def _template(inbox: Inbox, request: Request) -> Json:
    return reading.template(inbox.state, request.path_params["server"], request.path_params["template"])


def _model(text: str) -> tuple[Json, str | None]:
    """The model, and what is wrong with its text."""
    try:
        model = json.loads(text or "{}")
    except json.JSONDecodeError as error:
        return None, f"Not JSON: {error.msg} in line {error.lineno}, column {error.colno}."
    except (ValueError, RecursionError):
        return None, "Not JSON that can be read."
    return (model, None) if isinstance(model, dict) else (None, "A model is an object: { … }.")


def _try(inbox: Inbox, template: Json, model: Json) -> dict[str, Json]:
    body = {name: template.get(name) for name in ("Subject", "HtmlBody", "TextBody", "LayoutTemplate", "TemplateType")}
    body = {name: value for name, value in body.items() if value is not None}
    body["TestRenderModel"] = model
    try:
        answer: dict[str, Json] = reading.preview(inbox.state, template["AssociatedServerId"], body)
    except Problem as problem:
        return {"Refusal": f"{problem.text} (code {problem.code})"}
    return answer

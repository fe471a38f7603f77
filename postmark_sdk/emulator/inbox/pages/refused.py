"""Requests that were refused, each beside the exact answer it got."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from ...control import reading
from ..environment import shorten
from ..filters import PAGE_SIZE, Filters

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response
    from starlette.routing import BaseRoute

    from ...reference.problems import Json
    from ..inbox import Inbox

_MAX_SHOWN = 20_000


def routes(inbox: Inbox) -> list[BaseRoute]:
    """``/inbox/refused``."""
    return [inbox.get("/refused", show)]


def show(inbox: Inbox, request: Request) -> Response:
    """The newest refusals first."""
    filters = Filters.read(request.query_params)
    found = reading.refusals(inbox.state, before=filters.before_key, limit=PAGE_SIZE)
    return inbox.page(
        "refused.html",
        section="refused",
        filters=filters,
        refusals=[{**each, "Shown": _as_json(each["Request"])} for each in found],
        older=str(found[-1]["Key"]) if len(found) == PAGE_SIZE else "",
    )


def _as_json(text: str) -> tuple[bool, Json]:
    """Whether the request was JSON, and it, or its text."""
    try:
        return True, shorten(json.loads(text))
    except (ValueError, RecursionError):
        return False, text[:_MAX_SHOWN]

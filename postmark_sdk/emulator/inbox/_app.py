"""Puts the pages together."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.middleware import Middleware
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles

from . import _hooks, _incoming, _lists, _messages, _refused, _statistics, _templates
from ._environment import STATIC
from ._guard import Guard
from ._inbox import Inbox
from ._live import changes

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

    from ..state.state import State


def routes(state: State) -> list[BaseRoute]:
    """The inbox in the browser: ``/`` and everything under ``/inbox``."""
    inbox = Inbox(state)
    guard = [Middleware(Guard)]
    pages: list[BaseRoute] = [inbox.stream("/events", changes), Mount("/static", StaticFiles(directory=STATIC))]
    for module in (_messages, _refused, _incoming, _templates, _lists, _hooks, _statistics):
        pages += module.routes(inbox)
    pages.append(inbox.get("/{rest:path}", _unknown))
    front = inbox.get("/", _messages.overview)
    return [
        Route("/", front.endpoint, methods=["GET"], middleware=guard),
        Mount("/inbox", routes=pages, middleware=guard),
    ]


def _unknown(inbox: Inbox, request: Request) -> Response:
    del request
    return inbox.missing("page")

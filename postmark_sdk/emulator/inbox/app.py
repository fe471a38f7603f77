"""Puts the pages together."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.middleware import Middleware
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles

from .environment import STATIC
from .guard import Guard
from .inbox import Inbox
from .live import changes
from .pages import hooks, incoming, lists, messages, refused, statistics, templates

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

    from ..state.state import State


def routes(state: State) -> list[BaseRoute]:
    """The inbox in the browser: ``/`` and everything under ``/inbox``."""
    inbox = Inbox(state)
    guard = [Middleware(Guard)]
    pages: list[BaseRoute] = [inbox.stream("/events", changes), Mount("/static", StaticFiles(directory=STATIC))]
    for module in (messages, refused, incoming, templates, lists, hooks, statistics):
        pages += module.routes(inbox)
    pages.append(inbox.get("/{rest:path}", _unknown))
    front = inbox.get("/", messages.overview)
    return [
        Route("/", front.endpoint, methods=["GET"], middleware=guard),
        Mount("/inbox", routes=pages, middleware=guard),
    ]


def _unknown(inbox: Inbox, request: Request) -> Response:
    del request
    return inbox.missing("page")

"""What all pages of the inbox share: the state, the templates, and how a page is answered."""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from functools import partial
from typing import TYPE_CHECKING, Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from ..control import reading
from ..reference.dates import TICKS_PER_SECOND
from ..reference.limits import as_number
from ..reference.problems import Json, Problem
from .environment import environment
from .filters import Filters

if TYPE_CHECKING:
    from jinja2 import Environment

    from ..state.state import State

MAX_PREVIEWS = 64

SECTIONS = (
    ("messages", "/", "Messages", "mail"),
    ("refused", "/inbox/refused", "Refused", "refused"),
    ("inbound", "/inbox/inbound", "Inbound", "inbound"),
    ("templates", "/inbox/templates", "Templates", "template"),
    ("bounces", "/inbox/bounces", "Bounces", "bounce"),
    ("suppressions", "/inbox/suppressions", "Suppressions", "suppressed"),
    ("webhooks", "/inbox/webhooks", "Webhooks", "webhook"),
    ("statistics", "/inbox/statistics", "Statistics", "chart"),
)
"""Name, address, label and icon of everything in the navigation."""

Handler = Callable[["Inbox", Request], Awaitable[Response]]
Reader = Callable[["Inbox", Request], Response]


@dataclass
class Inbox:
    """One inbox over one emulator."""

    state: State
    environment: Environment = field(default_factory=environment)
    previews: OrderedDict[str, str] = field(default_factory=OrderedDict)
    """HTML of the last template previews by digest; frames load them by address."""
    revision: int = 0
    """Of the state, before a page reads anything: whatever is committed while it reads is a change to that page."""

    def page(self, name: str, *, section: str, status: int = 200, **context: Any) -> HTMLResponse:
        """Answer a template with what every page needs."""
        shared: dict[str, Any] = {
            "section": section,
            "sections": SECTIONS,
            "revision": self.revision,
            "now": self.state.clock.now() / TICKS_PER_SECOND,
            "servers": reading.servers(self.state),
            "counters": reading.counters(self.state),
            "base_url": self.state.base_url,
            "notice": None,
            "filters": Filters(),
        }
        shared.update(context)
        text = self.environment.get_template(name).render(shared)
        # A refused body may hold half a character, which no text in UTF-8 has: it is shown as JSON wrote it.
        return HTMLResponse(text.encode("utf-8", "backslashreplace"), status_code=status)

    def remember(self, html: str) -> str:
        """Keep HTML for a frame; the key its address ends with."""
        key = hashlib.sha256(html.encode()).hexdigest()[:32]
        self.previews[key] = html
        self.previews.move_to_end(key)
        while len(self.previews) > MAX_PREVIEWS:
            self.previews.popitem(last=False)
        return key

    def get(self, path: str, reader: Reader) -> Route:
        """A page; read in a thread, so that the API goes on answering meanwhile."""

        async def in_thread(inbox: Inbox, request: Request) -> Response:
            return await run_in_threadpool(reader, inbox, request)

        return Route(path, self._answering(in_thread), methods=["GET"])

    def post(self, path: str, handler: Handler) -> Route:
        """An action."""
        return Route(path, self._answering(handler), methods=["POST"])

    def _answering(self, handler: Handler) -> Callable[[Request], Awaitable[Response]]:
        """What a route calls; a refusal of the emulator becomes a page that says so."""

        async def endpoint(request: Request) -> Response:
            inbox = replace(self, revision=self.state.revision)
            try:
                return await handler(inbox, request)
            except Problem as problem:
                return inbox.problem(problem.text, code=problem.code, status=problem.status)

        return endpoint

    def stream(self, path: str, handler: Handler) -> Route:
        """An answer that stays open."""
        return Route(path, partial(handler, self), methods=["GET"])

    def problem(self, text: str, *, code: int | None = None, status: int = 422) -> Response:
        """A page that says what went wrong."""
        return self.page("problem.html", section="", status=status, text=text, code=code)

    def missing(self, what: str) -> Response:
        """A page for an id nobody knows, as after a reset."""
        return self.problem(f"There is no such {what}. It may be gone since the emulator was reset.", status=404)


def back_to(path: str, query: str = "") -> RedirectResponse:
    """Show a page after an action, so that reloading does not repeat it."""
    return RedirectResponse(path + (f"?{query}" if query else ""), status_code=303)


def number(value: Json) -> int | None:
    """An integer from a query or form, or None."""
    return as_number(str(value or ""))

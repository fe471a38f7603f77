"""The ASGI application: the API by default, control and inbox beside it."""

from __future__ import annotations

import asyncio
import threading
from typing import TYPE_CHECKING

from starlette.applications import Starlette
from starlette.responses import PlainTextResponse

from . import _mails
from . import endpoints as _endpoints  # noqa: F401 - importing it registers every operation
from .control.routes import nothing_else
from .control.routes import routes as control_routes
from .control.schedule import Scheduler
from .http.api import Api, Receive, Scope, Send
from .http.hosts import host_of, may_ask
from .inbox import routes as inbox_routes

if TYPE_CHECKING:
    from collections.abc import Callable

    from .state.state import State

_PAGES = ("/inbox/", "/_emulator/")


class App:
    """Sends each request to the API, or to control and inbox."""

    def __init__(self, state: State) -> None:
        self.state = state
        self.started = threading.Event()
        self._api = Api(state)
        self._scheduler = Scheduler(state)
        self._pages = Starlette(
            routes=[*control_routes(state), *_mails.routes(state), nothing_else(), *inbox_routes(state)]
        )
        self.on_started: Callable[[], None] | None = None

    def cut_with(self, cutter: Callable[[Scope], None]) -> None:
        """How to drop a connection on purpose."""
        self._api.cut_with(cutter)

    def interrupt(self) -> None:
        """Let a waiting scheduler notice that it is to stop."""
        self._scheduler.stop()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI."""
        if scope["type"] == "http":
            try:
                await self._answer(scope, receive, send)
            except asyncio.CancelledError:
                if not self.state.closing:
                    raise
        elif scope["type"] == "lifespan":
            await self._lifespan(receive, send)

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        path = scope["path"]
        if not may_ask(host_of(scope), self.state.settings.names):
            await _misdirected(scope, receive, send)
        elif path == "/" or path.startswith(_PAGES) or path in {"/inbox", "/_emulator"}:
            await self._pages(scope, receive, send)
        else:
            await self._api(scope, receive, send)

    async def _lifespan(self, receive: Receive, send: Send) -> None:
        await receive()
        task = asyncio.create_task(self._scheduler.run())
        await send({"type": "lifespan.startup.complete"})
        self.started.set()
        if self.on_started is not None:
            self.on_started()
        await receive()
        self._scheduler.stop()
        await task
        await send({"type": "lifespan.shutdown.complete"})


async def _misdirected(scope: Scope, receive: Receive, send: Send) -> None:
    text = "This name is not the emulator's. Use its address, or start it with --allow-host NAME.\n"
    await PlainTextResponse(text, 421)(scope, receive, send)

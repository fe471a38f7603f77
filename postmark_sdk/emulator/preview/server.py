"""The preview in a browser, until somebody stops it."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import uvicorn

from .._runner import bind, listen, url_of
from .app import application
from .workspace import Workspace

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable

HERE = Path(__file__).parent


class Server(uvicorn.Server):
    """Lets open pages go when it stops; they would wait for news for ever."""

    def __init__(self, workspace: Workspace, started: Callable[[], object]) -> None:
        super().__init__(
            uvicorn.Config(
                application(workspace, HERE / "templates"),
                ws="none",
                lifespan="off",
                access_log=False,
                log_config=None,
                proxy_headers=False,
                server_header=False,
            )
        )
        self._workspace = workspace
        self._started = started

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Begin to answer, and say so: Ctrl-C is an orderly end from now on."""
        await super().startup(sockets)
        await asyncio.to_thread(self._started)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Stop watching, then stop answering."""
        self._workspace.close()
        await super().shutdown(sockets)


def serve(root: Path, *, host: str, port: int, announce: Callable[[str], object]) -> None:
    """Show the templates of a folder until Ctrl-C.

    Args:
        root: The folder.
        host: Address to listen on.
        port: 0 takes a free one.
        announce: Called with the address as soon as it can be opened, in a thread of its own.

    Raises:
        OSError: Nothing can listen there.
    """
    workspace = Workspace(root)
    listener = listen(bind(host, port))
    workspace.watch()
    try:
        with suppress(KeyboardInterrupt):
            Server(workspace, lambda: announce(url_of(listener))).run(sockets=[listener])
    finally:
        workspace.close()
        listener.close()

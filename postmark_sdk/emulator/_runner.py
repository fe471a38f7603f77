"""uvicorn in a thread of its own, on a socket that is bound before anybody asks."""

from __future__ import annotations

import asyncio
import errno
import importlib.util
import os
import socket
import threading
from typing import TYPE_CHECKING, Any

import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

if TYPE_CHECKING:
    from collections.abc import MutableMapping

    from ._app import App

_START_SECONDS = 60.0
_STOP_SECONDS = 60.0
_FINISH_SECONDS = 0.5
"""What is under way when the server stops may take so long to end by itself."""
_BACKLOG = 512
_UNSPECIFIED = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - bound where the user says so


class Connections:
    """Open connections by the client's address, because ASGI gives no way to drop one."""

    def __init__(self) -> None:
        self._transports: dict[tuple[str, int], asyncio.Transport] = {}

    def opened(self, transport: asyncio.Transport) -> None:
        """Remember one."""
        self._transports[self._key(transport.get_extra_info("peername"))] = transport

    def closed(self, transport: asyncio.Transport | None) -> None:
        """Forget one."""
        if transport is not None:
            self._transports.pop(self._key(transport.get_extra_info("peername")), None)

    def cut(self, scope: MutableMapping[str, Any]) -> None:
        """Drop the connection a request came in on, without a word."""
        client = scope.get("client")
        transport = self._transports.get((client[0], client[1])) if client else None
        if transport is not None:
            transport.abort()

    def cut_all(self) -> None:
        """Drop every connection."""
        for transport in list(self._transports.values()):
            transport.abort()

    @staticmethod
    def _key(peer: Any) -> tuple[str, int]:
        return (str(peer[0]), int(peer[1])) if peer else ("", 0)


def protocol_class(connections: Connections) -> type[asyncio.Protocol]:
    """Uvicorn's fastest HTTP protocol, with its connections registered."""
    base: Any = H11Protocol
    if importlib.util.find_spec("httptools") is not None:
        from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol  # noqa: PLC0415 - optional

        base = HttpToolsProtocol

    class Registered(base):  # type: ignore[misc]  # the base is chosen when it runs
        def connection_made(self, transport: asyncio.Transport) -> None:
            super().connection_made(transport)
            connections.opened(transport)

        def connection_lost(self, exc: Exception | None) -> None:
            connections.closed(self.transport)
            super().connection_lost(exc)

    return Registered


def bind(host: str, port: int) -> socket.socket:
    """A socket with an address, on which nothing listens yet; port 0 takes a free one."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # Of a socket that does not say TCP asyncio leaves Nagle's algorithm on: 44 ms for each call after the first.
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    if os.name == "posix":  # on Windows it would let two programs have one port
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
    except OverflowError:
        listener.close()
        raise OSError(errno.EINVAL, "a port is a number from 0 to 65535") from None
    except OSError:
        listener.close()
        raise
    return listener


def listen(bound: socket.socket) -> socket.socket:
    """From now on connections wait to be taken."""
    try:
        bound.listen(_BACKLOG)
    except OSError:
        bound.close()
        raise
    return bound


def url_of(listener: socket.socket) -> str:
    """``http://127.0.0.1:PORT`` of a bound socket; an unspecified address is reached by loopback."""
    host, port = listener.getsockname()[:2]
    if host in _UNSPECIFIED:
        host = _UNSPECIFIED[host]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


class Server(uvicorn.Server):
    """Stops at once: what waits on purpose (latency, a fault, a webhook's receiver) is cut, not waited for."""

    def __init__(self, config: uvicorn.Config, app: App, connections: Connections) -> None:
        super().__init__(config)
        self._app = app
        self._connections = connections

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Let requests under way finish, then cut the rest."""
        self._app.state.closing = True
        under_way = list(self.server_state.tasks)
        if under_way:
            _, waiting = await asyncio.wait(under_way, timeout=_FINISH_SECONDS)
            if waiting:
                self._connections.cut_all()
            for task in waiting:
                task.cancel()
        await super().shutdown(sockets)


def configure(app: App) -> Server:
    """A server for the application; nothing listens yet."""
    connections = Connections()
    app.cut_with(connections.cut)
    config = uvicorn.Config(
        app,
        http=protocol_class(connections),
        ws="none",
        lifespan="on",
        access_log=False,
        proxy_headers=False,
        log_config=None,
        server_header=False,
        timeout_keep_alive=75,
        timeout_graceful_shutdown=1,
    )
    return Server(config, app, connections)


class Runner:
    """A server running in a daemon thread."""

    def __init__(self, app: App, listener: socket.socket) -> None:
        self._server = configure(app)
        self._listener = listener
        self._app = app
        self._thread = threading.Thread(target=self._run, name="postmark-emulator", daemon=True)
        self._failure: BaseException | None = None

    def start(self) -> None:
        """Return once requests are answered."""
        self._thread.start()
        if not self._app.started.wait(_START_SECONDS) or self._failure is not None:
            message = "The emulator did not start."
            raise RuntimeError(message) from self._failure

    def stop(self) -> None:
        """Finish what is under way and end the thread."""
        self._server.should_exit = True
        self._app.interrupt()
        self._thread.join(_STOP_SECONDS)
        self._listener.close()

    def _run(self) -> None:
        try:
            self._server.run(sockets=[self._listener])
        except BaseException as failure:  # noqa: BLE001 - handed to the thread that waits
            self._failure = failure
        finally:
            self._app.started.set()

"""A receiver of webhooks on this machine. Few commands need one: the others do without an HTTP server."""

from __future__ import annotations

import socket
import threading
from socketserver import ThreadingMixIn
from typing import TYPE_CHECKING, Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer

from ....integrations.wsgi import WebhookApp
from ....webhooks import WebhookAuth, WebhookRouter

if TYPE_CHECKING:
    from collections.abc import Callable

    from ....webhooks import WebhookEvent

__all__ = ["Receiver"]


class Receiver(ThreadingMixIn, WSGIServer):
    """An HTTP server that hands each event to a function, one after the other.

    Args:
        host: Address to listen on.
        port: 0 takes a free one.
        auth: User and password that calls must show, if any.
        show: What is called with each event.
        once: Stop when the first event was answered.
    """

    daemon_threads = True

    def __init__(
        self,
        host: str,
        port: int,
        auth: tuple[str, str] | None,
        show: Callable[[WebhookEvent], None],
        *,
        once: bool = False,
    ) -> None:
        self.address_family: int = socket.AF_INET6 if ":" in host else socket.AF_INET
        super().__init__((host, port), _QuietHandler)
        self._once = once
        self._came = False
        self._turn = threading.Lock()
        self._show = show
        router = WebhookRouter(auth=auth or WebhookAuth(checked_elsewhere=True))
        router.fallback(self._take)
        self.set_app(WebhookApp(router))

    @property
    def url(self) -> str:
        """Where it listens."""
        host, port = str(self.server_address[0]), self.server_address[1]
        return f"http://{f'[{host}]' if ':' in host else host}:{port}/"

    def _take(self, event: WebhookEvent) -> None:
        with self._turn:
            self._show(event)
            self._came = True

    def finish_request(self, request: Any, client_address: Any) -> None:
        """Answer a call, in a thread of its own; the one that serves goes on or ends."""
        super().finish_request(request, client_address)
        if self._once and self._came:
            self.shutdown()


class _QuietHandler(WSGIRequestHandler):
    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing: events are what is printed."""

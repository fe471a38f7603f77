"""A receiver on this machine that prints what it gets."""

from __future__ import annotations

import socket
import threading
from socketserver import ThreadingMixIn
from typing import TYPE_CHECKING, Annotated, Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer

import typer

from ...frame.command import command
from ...frame.failures import CommandError
from ...frame.session import Session
from ...frame.text import shown
from .credentials import AuthFile, credentials

if TYPE_CHECKING:
    from collections.abc import Callable

    from ....webhooks import WebhookEvent

__all__ = ["Receiver", "register"]

_DEFAULT_PORT = 8026
_TELLING = ("type", "recipient", "email", "from_", "subject", "details", "original_link", "suppression_reason")
"""Of an event, what a line is made of."""
_LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})


def register(app: typer.Typer) -> None:
    """Add the command."""
    command(app)(listen)


def listen(
    session: Session,
    *,
    port: Annotated[
        int, typer.Option("--port", metavar="N", help="Port to listen on; 0 takes a free one.", min=0, max=65535)
    ] = _DEFAULT_PORT,
    host: Annotated[str, typer.Option("--host", metavar="ADDRESS", help="Address to listen on.")] = "127.0.0.1",
    auth_file: AuthFile = None,
    once: Annotated[bool, typer.Option("--once", help="Stop after the first event.")] = False,
) -> None:
    """Receive webhooks and inbound mail here, answer 200, and print each event, until Ctrl-C.

    A JSON object a line, which postmark webhooks replay posts again, or a line each. Postmark needs an address that it
    can reach: have a tunnel (cloudflared, ngrok) lead to the port, and give its URL to postmark webhooks ensure.
    """
    with _receiver(session, host, port, credentials(auth_file), once=once) as server:
        session.output.note(f"Listening on {server.url} (stop: Ctrl-C)", url=server.url)
        server.serve_forever()


def _receiver(session: Session, host: str, port: int, auth: tuple[str, str] | None, *, once: bool) -> Receiver:
    if auth is None and host not in _LOOPBACK:
        session.output.note("Whoever reaches this port can post events: give --auth-file.")

    def show(event: WebhookEvent) -> None:
        session.output.event(_told(event), _line(event))

    try:
        return Receiver(host, port, auth, show, once=once)
    except OSError as error:
        raise CommandError(
            f"cannot listen on {host}:{port}: {error.strerror}", "Use --port; 0 takes a free one."
        ) from error


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
        from ....integrations.wsgi import WebhookApp  # noqa: PLC0415 - few commands receive
        from ....webhooks import WebhookAuth, WebhookRouter  # noqa: PLC0415

        self.address_family = socket.AF_INET6 if ":" in host else socket.AF_INET
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


def _told(event: WebhookEvent) -> dict[str, Any]:
    return {
        "kind": event.__kind__,
        "trace_id": event.trace_id,
        "retries_remaining": event.retries_remaining,
        "payload": event.to_dict(wire=True),
    }


def _line(event: WebhookEvent) -> str:
    values = [getattr(event, name, None) for name in (*_TELLING, "message_id")]
    return "  ".join([f"{event.__kind__:18}", *(shown(value) for value in values if isinstance(value, str) and value)])

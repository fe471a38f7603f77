"""What comes to a receiver on this machine, printed."""

from __future__ import annotations

import errno
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ...frame.command import command
from ...frame.failures import CommandError
from ...frame.session import Session
from ...frame.text import shown
from .credentials import AuthFile, credentials

if TYPE_CHECKING:
    from ....webhooks import WebhookEvent
    from .receiver import Receiver

__all__ = ["register"]

_OF_THE_PORT = (errno.EADDRINUSE, errno.EACCES)
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
    from .receiver import Receiver  # noqa: PLC0415 - few commands receive

    if auth is None and host not in _LOOPBACK:
        session.output.note("Whoever reaches this port can post events: give --auth-file.")

    def show(event: WebhookEvent) -> None:
        session.output.event(_told(event), _line(event))

    try:
        return Receiver(host, port, auth, show, once=once)
    except OSError as error:
        hint = "Use --port; 0 takes a free one." if error.errno in _OF_THE_PORT else None
        raise CommandError(f"cannot listen on {host}:{port}: {error.strerror}", hint) from error


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

"""Recorded events, posted to an endpoint as Postmark posts them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated, Any
from urllib.parse import urlsplit

import typer

from ...frame.command import command
from ...frame.failures import FAILED, USAGE, CommandError
from ...frame.inputs import content
from ...frame.output import Columns
from ...frame.session import Session
from .credentials import AuthFile, credentials

if TYPE_CHECKING:
    import httpx

__all__ = ["register"]

_OK = 200
_TIMEOUT_SECONDS = 30.0


def register(app: typer.Typer) -> None:
    """Add the command."""
    command(app)(replay)


def replay(
    session: Session,
    file: Annotated[
        str,
        typer.Argument(
            metavar="FILE", help="Events, a JSON object a line, or a list; - for stdin.", show_default=False
        ),
    ],
    *,
    to: Annotated[str, typer.Option("--to", metavar="URL", help="The endpoint.", show_default=False)],
    auth_file: AuthFile = None,
) -> None:
    """Post recorded events to an endpoint, in their order, as Postmark posts them.

    They are what postmark webhooks listen --json printed, or bodies of webhooks. An event that has a trace id keeps it,
    so that a receiver knows it again. Exit status 1 if one is not answered with 200; the others are posted.
    """
    events = [_event(each, file) for each in _read(content(file).decode(errors="replace"), file)]
    columns: Columns = {"kind": "kind", "message": "message_id", "answered": "status_code", "failed": "failure"}
    failed: list[str] = []
    with _http(to, credentials(auth_file), session.options.timeout) as http:
        session.output.rows(_posted(http, to, events, failed), columns, none=f"{file} holds no event.")
    if failed:
        raise typer.Exit(FAILED)


def _read(text: str, file: str) -> Iterator[Any]:
    try:
        if text.lstrip().startswith("["):
            yield from json.loads(text)
        else:
            yield from (json.loads(line) for line in text.splitlines() if line.strip())
    except ValueError as error:
        raise CommandError(f"{file}: no JSON ({error})", "It takes a JSON object a line.", status=USAGE) from None


def _event(read: Any, file: str) -> dict[str, Any]:
    """A body, with what its call carried beside it; a body alone has neither."""
    if not isinstance(read, dict):
        raise CommandError(f"{file}: an event is a JSON object", status=USAGE)
    return read if isinstance(read.get("payload"), dict) else {"payload": read}


def _http(url: str, auth: tuple[str, str] | None, timeout: float | None) -> httpx.Client:
    import httpx  # noqa: PLC0415 - few commands post by themselves

    from ...._core.http.pooling.proxies import is_loopback  # noqa: PLC0415

    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise CommandError(f"--to: {url!r} is no address", "Write http://127.0.0.1:8000/postmark.", status=USAGE)
    return httpx.Client(auth=auth, timeout=timeout or _TIMEOUT_SECONDS, trust_env=not is_loopback(parts.hostname))


def _posted(http: httpx.Client, url: str, events: list[dict[str, Any]], failed: list[str]) -> Iterator[dict[str, Any]]:
    import httpx  # noqa: PLC0415 - as above

    for event in events:
        payload = event["payload"]
        told = {
            "kind": event.get("kind") or payload.get("RecordType") or "Inbound",
            "message_id": payload.get("MessageID"),
            "status_code": None,
            "failure": None,
        }
        try:
            told["status_code"] = http.post(url, json=payload, headers=_headers(event)).status_code
        except httpx.HTTPError as error:
            told["failure"] = str(error) or type(error).__name__
        if told["status_code"] != _OK:
            failed.append(told["kind"])
        yield told


def _headers(event: dict[str, Any]) -> dict[str, str]:
    known = {"X-PM-Webhook-Trace-Id": event.get("trace_id"), "X-PM-Retries-Remaining": event.get("retries_remaining")}
    return {name: str(value) for name, value in known.items() if value is not None}

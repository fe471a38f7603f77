"""What ``--dry-run`` shows: the request that would have been sent, to the byte."""

from __future__ import annotations

import json
from base64 import b64decode
from typing import TYPE_CHECKING, Any

from ...frame.session import Session
from ...frame.text import printable_lines
from .sending import sent

if TYPE_CHECKING:
    import httpx

    from ....models import Email, TemplatedEmail

__all__ = ["rehearse"]


def rehearse(session: Session, mail: Email | TemplatedEmail, *, trace: bool) -> None:
    """Let the SDK check and write the mail, with defaults and guard as for a send, and show it.

    Raises:
        InvalidMessageError: What a send would refuse.
    """
    request = _request(session, mail, trace=trace)
    if session.output.as_json:
        session.output.record({"dry_run": True, **request})
        return
    body = request["body"]
    session.output.record({"would call": f"{request['method']} {request['url']}", **_summary(body)})
    for name in ("TextBody", "HtmlBody"):
        if body.get(name):
            session.output.print("")
            session.output.print(printable_lines(body[name]))
    session.output.note("Nothing was sent.")


def _request(session: Session, mail: Email | TemplatedEmail, *, trace: bool) -> dict[str, Any]:
    import httpx  # noqa: PLC0415 - few rehearse

    seen: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        request.read()
        seen.append(request)
        return httpx.Response(200, json={"ErrorCode": 0, "Message": "OK", "MessageID": "none"})

    with session.rehearsal(lambda: httpx.MockTransport(answer)) as client:
        sent(client, mail, trace=trace)
    (request,) = seen
    return {"method": request.method, "url": str(request.url), "body": json.loads(request.content)}


def _summary(body: dict[str, Any]) -> dict[str, Any]:
    """All but the bodies; of files their names and sizes."""
    told = {name: value for name, value in body.items() if name not in {"TextBody", "HtmlBody", "Attachments"}}
    files = [
        f"{file['Name']} ({file.get('ContentType')}, {len(b64decode(file['Content']))} bytes)"
        for file in body.get("Attachments", ())
    ]
    return {**told, **({"Attachments": files} if files else {})}

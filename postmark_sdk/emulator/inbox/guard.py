"""Who may talk to the inbox: browsers on this machine that show its own pages."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

_SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})

PAGE_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "frame-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
"""What the inbox's own pages may load: nothing inline, nothing from elsewhere."""

FILE_POLICY = "default-src 'none'; style-src 'unsafe-inline'; sandbox; frame-ancestors 'none'"
"""For bytes somebody else wrote: inert even when opened as a page of its own."""

_HEADERS = {
    "content-security-policy": PAGE_POLICY,
    "x-content-type-options": "nosniff",
    # Not "no-referrer": that would make browsers send "Origin: null" with our own forms.
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "x-dns-prefetch-control": "off",
    "cache-control": "no-store",
}


def origin_is_ours(headers: Headers, scheme: str) -> bool:
    """Whether a changing request comes from a page of this inbox; without proof it does not."""
    site, origin = headers.get("sec-fetch-site"), headers.get("origin")
    if site is None and origin is None:
        return False
    if site is not None and site != "same-origin":
        return False
    return origin is None or origin.lower() == f"{scheme}://{headers.get('host', '')}".lower()


class Guard:
    """ASGI middleware: refuse foreign origins, and give each answer its security headers."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer or refuse one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        ours = scope["method"] in _SAFE_METHODS or origin_is_ours(Headers(scope=scope), scope["scheme"])
        app = self._app if ours else _REFUSAL
        await app(scope, receive, _with_headers(send))


_REFUSAL = PlainTextResponse("Only pages of the emulator itself may change something here.\n", status_code=403)


def _with_headers(send: Send) -> Send:
    async def wrapped(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            for name, value in _HEADERS.items():
                headers.setdefault(name, value)
        await send(message)

    return wrapped

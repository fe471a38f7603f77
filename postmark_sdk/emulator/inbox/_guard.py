"""Who may talk to the inbox: browsers on this machine that show its own pages."""

from __future__ import annotations

import ipaddress
import re
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from .._state import State

_HOST = re.compile(r"(?P<name>\[[0-9a-f:.]+\]|[a-z0-9._-]+)(?::\d{1,5})?", re.IGNORECASE)
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


def host_is_ours(host: str, base_url: str) -> bool:
    """Whether a Host header names this machine.

    A page of another site can let its own name resolve to 127.0.0.1 (DNS rebinding). It cannot do that with
    ``localhost``, with an address, or with a name without a dot (a container's), so those are let through, and so
    is the name the emulator was bound to.
    """
    found = _HOST.fullmatch(host)
    if found is None:
        return False
    name = found["name"].strip("[]").rstrip(".").lower()
    if "." not in name or name.endswith(".localhost"):
        return True
    return _is_address(name) or name == (urlsplit(base_url).hostname or "").lower()


def origin_is_ours(headers: Headers, scheme: str) -> bool:
    """Whether a changing request comes from a page of this inbox; without proof it does not."""
    site, origin = headers.get("sec-fetch-site"), headers.get("origin")
    if site is None and origin is None:
        return False
    if site is not None and site != "same-origin":
        return False
    return origin is None or origin.lower() == f"{scheme}://{headers.get('host', '')}".lower()


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


class Guard:
    """ASGI middleware: refuse foreign hosts and origins, and give each answer its security headers.

    Args:
        app: What is guarded.
        state: Knows which address the emulator is bound to.
        require_origin: Refuse changing requests that carry neither ``Origin`` nor ``Sec-Fetch-Site``. Switch it
            off where programs post too: every current browser sends one of them.
    """

    def __init__(self, app: ASGIApp, state: State, *, require_origin: bool = True) -> None:
        self._app = app
        self._state = state
        self._require_origin = require_origin

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer or refuse one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        reason = self._refusal(scope)
        app = self._app if reason is None else PlainTextResponse(reason, status_code=403)
        await app(scope, receive, _with_headers(send))

    def _refusal(self, scope: Scope) -> str | None:
        headers = Headers(scope=scope)
        if not host_is_ours(headers.get("host", ""), self._state.base_url):
            return "This name is not the emulator's. Open it by its address, such as http://127.0.0.1.\n"
        if scope["method"] in _SAFE_METHODS or origin_is_ours(headers, scope["scheme"]):
            return None
        if not self._require_origin and not {"origin", "sec-fetch-site"} & set(headers.keys()):
            return None
        return "Only pages of the emulator itself may change something here.\n"


def _with_headers(send: Send) -> Send:
    async def wrapped(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            for name, value in _HEADERS.items():
                headers.setdefault(name, value)
        await send(message)

    return wrapped

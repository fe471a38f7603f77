"""Mail of strangers, made harmless: the documents behind the sandboxed frames."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from starlette.responses import HTMLResponse

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from starlette.requests import Request

# Links open in a tab of their own, which is free of the sandbox; scripts, forms, plug-ins, automatic
# redirects and the window around stay out of reach.
SANDBOX = "allow-popups allow-popups-to-escape-sandbox"

_DOCTYPE = "<!doctype"
_BLANKS = re.compile(r"\s*")
_LINK_TAG = re.compile(r"<link(?=[\s/>])", re.IGNORECASE)
_FRAME_TAG = re.compile(r"<(?:frameset|frame)(?=[\s/>])", re.IGNORECASE)
_IFRAME_TAG = re.compile(r"<(/?)iframe(?=[\s/>])", re.IGNORECASE)
_CID = re.compile(r"""(?P<before>["'=(]\s*)cid:(?P<id>[^"'\s)>]+)""", re.IGNORECASE)
# One optional quote between two runs of blanks, never two runs side by side: that would take quadratic time.
_REMOTE = re.compile(
    r"""(?:\b(?:src|srcset|background|poster|data)\s*=|url\(|@import\s)\s*(?:["']\s*)?(?:https?:)?//"""
    r"|<link[\s/]",
    re.IGNORECASE,
)


def frame(html: str, request: Request, *, images: tuple[str, ...] = (), remote: bool = False) -> HTMLResponse:
    """Answer mail as a document that can neither run nor call anywhere.

    Args:
        html: The mail, as it is.
        request: Tells under which address the browser reaches us.
        images: Paths of ours it may load images from.
        remote: Let it load images, styles and fonts from elsewhere. Scripts, frames and forms stay off.
    """
    quiet = without_frames(html)
    body = _with_target(quiet if remote else without_hints(quiet))
    policy = frame_policy(str(request.base_url).rstrip("/"), images, remote=remote)
    headers = {
        "content-security-policy": policy,
        "referrer-policy": "no-referrer",
        "cross-origin-opener-policy": "unsafe-none",
    }
    return HTMLResponse(body, headers=headers)


def frame_policy(origin: str, images: tuple[str, ...], *, remote: bool) -> str:
    """The Content-Security-Policy of a mail."""
    own = " ".join(["data:", *(origin + path for path in images)])
    elsewhere = " http: https:" if remote else ""
    fonts = f"; font-src data:{elsewhere}; media-src data:{elsewhere}" if remote else "; font-src data:"
    return (
        f"default-src 'none'; img-src {own}{elsewhere}; style-src 'unsafe-inline'{elsewhere}{fonts}; "
        f"form-action 'none'; base-uri 'none'; frame-ancestors 'self'; sandbox {SANDBOX}"
    )


def without_hints(html: str) -> str:
    """The mail without ``<link>``: ``preconnect`` opens connections that no policy forbids.

    ``<basefont>`` is parsed like it (without an end, inside the head) and means nothing to any browser.
    """
    return _LINK_TAG.sub("<basefont", html)


def without_frames(html: str) -> str:
    """The mail without frames: the policy stops them, but only after the browser has connected.

    ``<noembed>`` is parsed like ``<iframe>``, so what follows keeps its place, and is never shown.
    """
    return _IFRAME_TAG.sub(r"<\1noembed", _FRAME_TAG.sub("<basefont", html))


def wants_remote(html: str) -> bool:
    """Whether blocking remote content changes anything about this mail."""
    return _REMOTE.search(html) is not None


def inline_addresses(attachments: Iterable[Mapping[str, Any]], folder: str) -> dict[str, str]:
    """``cid`` -> address of each attachment that has one, below this folder by its number."""
    return {
        str(part["ContentID"]).removeprefix("cid:").strip("<>"): f"{folder}{number}"
        for number, part in enumerate(attachments)
        if part.get("ContentID")
    }


def with_inline_images(html: str, addresses: Mapping[str, str]) -> str:
    """Point ``cid:`` at the addresses of attachments; unknown ones stay."""
    known = {name.lower(): address for name, address in addresses.items()}

    def replace(found: re.Match[str]) -> str:
        address = known.get(found["id"].lower())
        return found[0] if address is None else found["before"] + address

    return _CID.sub(replace, html)


def _with_target(html: str) -> str:
    # Behind the doctype, because anything before it puts the browser into quirks mode.
    position = _after_doctype(html)
    return f'{html[:position]}<base target="_blank">{html[position:]}'


def _after_doctype(html: str) -> int:
    """Where a doctype ends, or 0. Only white space and comments may stand before one."""
    position = _BLANKS.match(html, 0).end()  # type: ignore[union-attr]  # matches anywhere
    while html.startswith("<!--", position):
        end = html.find("-->", position + 4)
        if end < 0:
            return 0
        position = _BLANKS.match(html, end + 3).end()  # type: ignore[union-attr]  # matches anywhere
    if html[position : position + len(_DOCTYPE)].lower() != _DOCTYPE:
        return 0
    return html.find(">", position) + 1

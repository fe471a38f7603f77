"""Downloads: bytes from a mail, with headers that keep the browser from acting on them."""

from __future__ import annotations

import re
from urllib.parse import quote

from starlette.responses import Response

from .guard import FILE_POLICY

_TYPE = re.compile(r"[a-z0-9!#$&^_.+-]+/[a-z0-9!#$&^_.+-]+", re.IGNORECASE)
_UNSAFE = re.compile(r"[^A-Za-z0-9 ._()-]")
_CONTROL = re.compile(r"[\x00-\x1f\x7f\u2028\u2029\u202a-\u202e\u2066-\u2069/\\]")
_INLINE_IMAGES = frozenset(f"image/{kind}" for kind in ("png", "jpeg", "jpg", "gif", "webp", "avif", "bmp", "svg+xml"))
_MAX_NAME = 150


def media_type(text: str) -> str:
    """A declared type without parameters; what is no type becomes plain bytes."""
    found = _TYPE.match(text.strip())
    return found[0].lower() if found else "application/octet-stream"


def disposition(name: str) -> str:
    """``Content-Disposition`` for a name somebody else chose (RFC 6266: plain and UTF-8 form)."""
    clean = _CONTROL.sub("_", name).strip(" .")[:_MAX_NAME].encode("utf-8", "replace").decode() or "attachment"
    plain = _UNSAFE.sub("_", clean)
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(clean, safe='')}"


def download(content: bytes | str, name: str, kind: str) -> Response:
    """Save as a file; never shown as a page of ours."""
    headers = {"content-disposition": disposition(name), "content-security-policy": FILE_POLICY}
    return Response(content, media_type=_with_charset(kind, content), headers=headers)


def inline_image(content: bytes, kind: str) -> Response | None:
    """An image inside a mail, or None if it is none. Even an SVG opened by itself stays inert."""
    if media_type(kind) not in _INLINE_IMAGES:
        return None
    return Response(content, media_type=media_type(kind), headers={"content-security-policy": FILE_POLICY})


def _with_charset(kind: str, content: bytes | str) -> str:
    return f"{kind}; charset=utf-8" if isinstance(content, str) else media_type(kind)

"""Where in a request something is wrong, and how long a text is; apart from ``checks``, which few calls load."""

from __future__ import annotations

from typing import Any


def join(where: str, name: str) -> str:
    """The path of a field."""
    return f"{where}.{name}" if where else name


def utf8_length(text: str) -> int:
    """Bytes on the wire, before JSON escapes."""
    return len(text) if text.isascii() else len(text.encode("utf-8", "surrogatepass"))


def is_encodable(text: str) -> bool:
    """Whether it holds no half of a surrogate pair."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def a_kind(value: Any) -> str:
    """``an int``, ``a list``."""
    name = type(value).__name__
    return f"{'an' if name[:1].lower() in 'aeiou' else 'a'} {name}"

"""What is said of a text in a request: where it stands, how long it is, whether it can be written there."""

from __future__ import annotations

import re
from typing import Any

from ...errors import Problem
from ..schema.proxies import Unreadable

CONTROLS = re.compile(r"[\x00-\x1f\x7f\u0085\u2028\u2029]")
_LINE_BREAKS = re.compile(r"[\r\n\0]+\s*")


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


def check_text(text: str, where: str, found: list[Problem], part: str = "text") -> bool:
    """Whether it can be encoded; if not, that is added to ``found``."""
    if is_encodable(text):
        return True
    found.append(Problem(where, f"half a surrogate pair in the {part}; decode it as UTF-8 first"))
    return False


def a_kind(value: Any) -> str:
    """``an int``, ``a list``."""
    name = value.kind if isinstance(value, Unreadable) else type(value).__name__
    article = "an" if name[:1].lower() in "aeiou" else "a"
    return f"{article} {name}" + (f" that cannot be read ({value.error})" if isinstance(value, Unreadable) else "")


def no_text(value: Any, taken: str = "text") -> str:
    """What to say of a value where text is taken, or what can be written as text."""
    is_plain = value is None or isinstance(value, bytes | bool | int | float | dict | list | tuple)
    return f"{a_kind(value)}; it takes {taken}{'' if is_plain else ': write str(...)'}"


def has_break(text: str) -> bool:
    """Whether a text would not stay on its line, or holds other control characters; tabs are none of them."""
    return not text.isprintable() and CONTROLS.search(text.replace("\t", " ")) is not None


def clean(text: str) -> str:
    """One line that can be encoded."""
    return _LINE_BREAKS.sub(" ", text).encode("utf-8", "replace").decode().strip()

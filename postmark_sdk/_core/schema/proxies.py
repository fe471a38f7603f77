"""Proxies: objects that say they are of a class that they are not, such as Werkzeug's and Django's lazy ones.

``isinstance`` believes them, what is written in C does not: a proxy of a text is no text to a JSON encoder.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_KINDS: tuple[Any, ...] = (str, bool, int, float, dict, list, tuple)


def unwrapped(value: Any) -> Any:
    """What a proxy stands for, where that is something JSON knows; anything else as it is."""
    pretended = value.__class__
    if pretended is type(value):
        return value
    for kind in _KINDS:
        if issubclass(pretended, kind):
            return dict(value.items()) if kind is dict else kind(value)
    return value

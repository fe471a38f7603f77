"""Wire names to Python names: one mechanical rule, so that Postmark's own pages remain the manual."""

from __future__ import annotations

import keyword
import re

_WORD_BREAK = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])|[-\s]+")


def snake_case(name: str) -> str:
    """``MessageID`` -> ``message_id``; runs of capitals count as one word."""
    return _WORD_BREAK.sub("_", name).lower()


def attribute(wire: str) -> str:
    """The attribute or parameter for a wire name: snake_case, with ``_`` only after a Python keyword."""
    name = snake_case(wire)
    return f"{name}_" if keyword.iskeyword(name) else name


def camel_case(name: str) -> str:
    """``message_streams`` -> ``MessageStreams``."""
    return "".join(word.capitalize() for word in name.split("_"))


def iterator(method: str) -> str:
    """The iterating twin of a listing method: ``list`` -> ``iterate``, ``list_opens`` -> ``iterate_opens``."""
    return "iterate" + method.removeprefix("list")

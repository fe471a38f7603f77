"""Options of a client as settings of a web application hold them."""

from __future__ import annotations

import difflib
import inspect
from collections.abc import Iterable, Mapping
from typing import Any

from .. import PostmarkClient
from .._core.body.text import a_kind
from ..errors import ConfigurationError

OPTIONS = tuple(inspect.signature(PostmarkClient).parameters)
"""Arguments of ``PostmarkClient``."""
_NEAR, _NEAR_A_PART = 0.6, 0.75
"""How like a name must be, and how like a part of one, such as ``tokn``."""


def checked_options(options: Any, source: str, known: Iterable[str] = OPTIONS, of: str = "PostmarkClient") -> Any:
    """The same options as a dict.

    Raises:
        ConfigurationError: No dict, or a name that is none of them.
    """
    if not isinstance(options, Mapping):
        raise ConfigurationError(f"{source}: {a_kind(options)}; it takes a dict of arguments of {of}")
    known = tuple(known)
    for name in options:
        if name not in known:
            meant = nearest(str(name), known)
            advice = f"did you mean {meant!r}?" if meant else f"it has {', '.join(known)}"
            raise ConfigurationError(f"{source}: {of} has no argument {name!r}; {advice}")
    return dict(options)


def nearest(name: str, known: Iterable[str], cutoff: float = _NEAR) -> str | None:
    """The name that was meant, if one is near: ``server_token`` by ``tokn``, too."""
    whole = {each: each for each in known}
    parts = {part: each for each in reversed(whole) for part in each.split("_")}
    for names, least in ((whole, cutoff), (parts, max(cutoff, _NEAR_A_PART))):
        found = difflib.get_close_matches(name.lower(), names, n=1, cutoff=least)
        if found:
            return names[found[0]]
    return None

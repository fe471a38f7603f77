"""Which names the emulator answers to.

A page of another site can let its own name resolve to 127.0.0.1 (DNS rebinding) and would then read every mail here.
It can do that neither with an address nor with a name that nobody can register. This holds beyond loopback, too: in a
container the emulator listens on every address, and is published on the loopback of the machine around it.
"""

from __future__ import annotations

import ipaddress
import re
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from starlette.types import Scope

_HOST = re.compile(r"(?P<name>\[[0-9a-f:.]+\]|[a-z0-9._-]+)(?::\d{1,5})?", re.IGNORECASE)
_UNREGISTRABLE = frozenset({"localhost", "local", "internal", "test", "home.arpa"})
"""Ends of names that are set aside (RFC 6761, 6762 and 8375; ``internal`` by ICANN)."""


def is_loopback(host: str) -> bool:
    """Whether only this machine reaches it."""
    name = host.strip("[]").rstrip(".").lower()
    if name == "localhost" or name.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False


def host_of(scope: Scope) -> str:
    """The Host header of an ASGI request, or nothing."""
    return next((value for name, value in scope["headers"] if name == b"host"), b"").decode("latin-1")


@lru_cache(maxsize=64)
def may_ask(host: str, allowed: frozenset[str]) -> bool:
    """Whether a request with this Host header is answered: by address, private name, or a name that was allowed."""
    found = _HOST.fullmatch(host)
    if found is None:
        return "*" in allowed
    name = found["name"].strip("[]").rstrip(".").lower()
    labels = name.split(".")
    private = len(labels) == 1 or labels[-1] in _UNREGISTRABLE or ".".join(labels[-2:]) in _UNREGISTRABLE
    return private or name in allowed or "*" in allowed or _is_address(name)


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True

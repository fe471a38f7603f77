"""Which names a loopback emulator answers to.

A page of another site can let its own name resolve to 127.0.0.1 (DNS rebinding) and would then read every mail here.
It cannot do that with an address or with ``localhost``.
"""

from __future__ import annotations

import ipaddress
import re
from functools import lru_cache
from urllib.parse import urlsplit

_HOST = re.compile(r"(?P<name>\[[0-9a-f:.]+\]|[a-z0-9._-]+)(?::\d{1,5})?", re.IGNORECASE)


def is_loopback(host: str) -> bool:
    """Whether only this machine reaches it."""
    name = host.strip("[]").rstrip(".").lower()
    if name == "localhost" or name.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False


@lru_cache(maxsize=64)
def may_ask(host: str, base_url: str) -> bool:
    """Whether a request with this Host header is answered; beyond loopback any name may be right."""
    bound = urlsplit(base_url).hostname or ""
    if not is_loopback(bound):
        return True
    found = _HOST.fullmatch(host)
    if found is None:
        return False
    name = found["name"].strip("[]").rstrip(".").lower()
    return is_loopback(name) or name == bound.lower() or _is_address(name)


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True

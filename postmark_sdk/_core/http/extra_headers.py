"""HTTP headers of the caller's, beside those that make a request one of ours. No I/O."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from ...errors import ConfigurationError
from ..schema.proxies import unwrapped

_OURS = frozenset(
    {
        "accept",
        "accept-encoding",
        "connection",
        "content-encoding",
        "content-length",
        "content-type",
        "expect",
        "host",
        "transfer-encoding",
        "upgrade",
        "x-postmark-account-token",
        "x-postmark-server-token",
    }
)
_NAME = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")


def checked_headers(given: Any) -> dict[str, str]:
    """The headers, names in lower case; no value is in any error, since it may be a secret.

    Raises:
        ConfigurationError: No dict, a name or a value that HTTP does not take, or a header that is not the caller's.
    """
    if not isinstance(given, Mapping):
        raise ConfigurationError(f"http_headers: a {type(given).__name__} given; it takes a dict")
    return {_name(name): _value(name, unwrapped(value)) for name, value in given.items()}


def _name(name: Any) -> str:
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        raise ConfigurationError("http_headers: a name that HTTP does not take; write it as X-Request-Id")
    if name.lower() in _OURS:
        raise ConfigurationError(f"http_headers: {name} is written by the client; headers of a mail go into the mail")
    return name.lower()


def _value(name: str, value: Any) -> str:
    if not isinstance(value, str) or not value.isascii() or not value.isprintable():
        raise ConfigurationError(f"http_headers: {name} takes text of one line in ASCII")
    return value.strip()

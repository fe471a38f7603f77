"""The clients behind the backends of a process, which share their connections."""

from __future__ import annotations

import atexit
import os
from typing import TYPE_CHECKING, Any

from ... import PostmarkClient
from ..._core.call.settings import BASE_URL_VARIABLE, GUARD_VARIABLES, TOKEN_VARIABLES

if TYPE_CHECKING:
    from collections.abc import Mapping

_OPTIONS_OF_CONNECTIONS = ("base_url", "allow_http", "transport")
_VARIABLES = (BASE_URL_VARIABLE, *TOKEN_VARIABLES.values(), *GUARD_VARIABLES)
_MOST = 8
"""Clients that are kept: one, unless the environment changes, as it does in tests."""

_clients: dict[Any, PostmarkClient] = {}


def client_with(options: Mapping[str, Any]) -> PostmarkClient:
    """A client with these options and what the environment says now, on connections that it shares with others."""
    if options.get("http_client") is not None:  # whose connections are shared already
        return PostmarkClient(**options)
    options = {name: value for name, value in options.items() if name != "http_client"}
    own = {name: options[name] for name in _OPTIONS_OF_CONNECTIONS if name in options}
    key = (*own.items(), *map(os.environ.get, _VARIABLES))
    client = _clients.get(key) or _clients.setdefault(key, PostmarkClient(**own))  # making one opens nothing
    for old in list(_clients)[:-_MOST]:
        _close(old)
    return client.with_options(**{name: value for name, value in options.items() if name not in own})


def _close(key: Any) -> None:
    client = _clients.pop(key, None)
    if client is not None:
        client.close()


@atexit.register
def _close_all() -> None:
    for key in list(_clients):
        _close(key)

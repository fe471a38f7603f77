"""What all connections of a client are opened with: certificates, and the proxy of the environment. Decided once."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, TypeVar

import httpx

from ....errors import ConfigurationError
from ..transport import tls_context
from . import connection
from .proxies import VARIABLES, proxy_for

if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable

T = TypeVar("T")

_CERTIFICATE_VARIABLES = ("SSL_CERT_FILE", "SSL_CERT_DIR", "SSLKEYLOGFILE")


def sync_opener(base_url: str) -> Callable[[], connection.Connection]:
    """Makes connections to a host; nothing is opened before the first request.

    Raises:
        ConfigurationError: None can be made, because of what the environment says for example.
    """
    return _opener(connection.opener, base_url)


def async_opener(base_url: str) -> Callable[[], connection.AsyncConnection]:
    """The same for the async client."""
    return _opener(connection.async_opener, base_url)


def _opener(make: Callable[[httpx.URL, ssl.SSLContext, str | None], T], base_url: str) -> T:
    url = httpx.URL(base_url)
    context = _context(base_url)
    proxy = proxy_for(url.scheme, url.host, url.port)
    try:
        return make(url, context, proxy)
    except Exception as error:
        if proxy is None:
            raise ConfigurationError(f"no connection can be made: {type(error).__name__}: {error}") from error
        # The text may repeat the proxy's address with its password, unless it is about a package that is missing.
        why = f": {error}" if isinstance(error, ImportError) else f" ({type(error).__name__})"
        raise ConfigurationError(
            f"no connection can be made through the proxy that the environment names ({', '.join(VARIABLES)}){why}"
        ) from error


def _context(base_url: str) -> ssl.SSLContext:
    try:
        return tls_context(base_url)
    except Exception as error:
        named = [name for name in _CERTIFICATE_VARIABLES if os.environ.get(name)]
        advice = f"; see {' and '.join(named)} in the environment" if named else ""
        raise ConfigurationError(f"TLS cannot be set up: {type(error).__name__}: {error}{advice}") from error

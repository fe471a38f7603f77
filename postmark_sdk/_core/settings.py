"""What a client was told: tokens, address, patience. Checked once, then only read."""

from __future__ import annotations

import dataclasses
import ipaddress
import os
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from ..errors import ConfigurationError
from .retry import Policy

if TYPE_CHECKING:
    import httpx

DEFAULT_BASE_URL = "https://api.postmarkapp.com"
TOKEN_VARIABLES = {"server": "POSTMARK_SERVER_TOKEN", "account": "POSTMARK_ACCOUNT_TOKEN"}
BASE_URL_VARIABLE = "POSTMARK_BASE_URL"


@dataclasses.dataclass(frozen=True)
class Settings:
    """The options of one client, tokens left out of the repr."""

    server_token: str | None = dataclasses.field(default=None, repr=False)
    account_token: str | None = dataclasses.field(default=None, repr=False)
    base_url: str = DEFAULT_BASE_URL
    timeout: float | httpx.Timeout | None = None
    policy: Policy = dataclasses.field(default_factory=Policy)

    def token(self, *, account: bool) -> str | None:
        """The token for the server or the account API."""
        return self.account_token if account else self.server_token


def new_settings(
    *,
    server_token: str | None,
    account_token: str | None,
    base_url: str | None,
    timeout: float | httpx.Timeout | None,
    retries: int,
    max_elapsed: float,
    allow_http: bool,
) -> Settings:
    """The checked settings of a new client; what is not given comes from the environment."""
    return Settings(
        server_token=checked_token(server_token, "server"),
        account_token=checked_token(account_token, "account"),
        base_url=checked_base_url(base_url, allow_http=allow_http),
        timeout=checked_timeout(timeout),
        policy=checked_policy(retries, max_elapsed),
    )


def changed_settings(
    settings: Settings,
    *,
    server_token: str | None,
    account_token: str | None,
    timeout: float | httpx.Timeout | None,
    retries: int | None,
    max_elapsed: float | None,
) -> Settings:
    """The settings of a copy; None stands for "as before"."""
    policy = settings.policy
    return dataclasses.replace(
        settings,
        server_token=settings.server_token if server_token is None else checked_token(server_token, "server"),
        account_token=settings.account_token if account_token is None else checked_token(account_token, "account"),
        timeout=settings.timeout if timeout is None else checked_timeout(timeout),
        policy=checked_policy(
            policy.retries if retries is None else retries,
            policy.max_elapsed if max_elapsed is None else max_elapsed,
        ),
    )


def checked_token(value: Any, kind: str) -> str | None:
    """A token given in code, else from the environment; trimmed.

    Raises:
        ConfigurationError: It holds white space or control characters. It is not repeated in the text.
    """
    variable = TOKEN_VARIABLES[kind]
    given = value if value is not None else os.environ.get(variable)
    if given is None:
        return None
    if not isinstance(given, str):
        raise ConfigurationError(f"{kind}_token: a {type(given).__name__} given; it takes a string")
    token = given.strip()
    source = f"{kind}_token" if value is not None else variable
    if not token:
        raise ConfigurationError(f"{source} is empty: give the token that Postmark shows on the API Tokens page")
    if not token.isascii() or not token.isprintable() or " " in token:
        raise ConfigurationError(
            f"{source} holds white space, control or non-ASCII characters: copy the token again, without quotes"
        )
    return token


def checked_base_url(value: str | None, *, allow_http: bool) -> str:
    """The address to call, without a trailing slash.

    Raises:
        ConfigurationError: No http(s) address, or plain http to another machine: it would show the token to everybody
            on the way.
    """
    address = (
        (value if value is not None else os.environ.get(BASE_URL_VARIABLE) or DEFAULT_BASE_URL).strip().rstrip("/")
    )
    parts = urlsplit(address)
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.query or parts.fragment:
        raise ConfigurationError("base_url: write it as https://host, without query or fragment")
    if parts.username or parts.password:
        raise ConfigurationError("base_url: it holds a user name or password; the token is all that Postmark needs")
    if parts.scheme == "http" and not (allow_http or is_loopback(parts.hostname)):
        raise ConfigurationError(
            "base_url: plain http would send the token unencrypted; use https, "
            "or pass allow_http=True inside a closed network"
        )
    return address


def is_loopback(host: str) -> bool:
    """Whether a host name or address is this machine."""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def checked_policy(retries: Any, max_elapsed: Any) -> Policy:
    """How often and how long to try.

    Raises:
        ConfigurationError: A negative number, or no number.
    """
    if isinstance(retries, bool) or not isinstance(retries, int) or retries < 0:
        raise ConfigurationError(
            "retries: it takes a whole number from 0: how often a call is repeated after the first try"
        )
    if isinstance(max_elapsed, bool) or not isinstance(max_elapsed, int | float) or not max_elapsed >= 0:
        raise ConfigurationError("max_elapsed: it takes seconds, 0 or more, for all tries and pauses together")
    return Policy(retries=retries, max_elapsed=float(max_elapsed))


def checked_timeout(value: Any) -> Any:
    """Seconds, or a timeout of the HTTP library with its four parts.

    Raises:
        ConfigurationError: Neither, or not positive.
    """
    if value is None or hasattr(value, "as_dict"):
        return value
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value < float("inf"):
        raise ConfigurationError("timeout: it takes seconds above 0, or an httpx.Timeout")
    return float(value)

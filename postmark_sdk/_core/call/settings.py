"""What a client was told: tokens, address, patience. Checked once, then only read."""

from __future__ import annotations

import os

from ..http.policy import Policy
from ..http.pooling.library import kinds_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any
    from urllib.parse import SplitResult

    import httpx

    from ...errors import ConfigurationError
    from ..mail.guard import Guard
    from .events import Listener

DEFAULT_BASE_URL = "https://api.postmarkapp.com"
TOKEN_VARIABLES = {"server": "POSTMARK_SERVER_TOKEN", "account": "POSTMARK_ACCOUNT_TOKEN"}
_COROUTINE_FLAG = 0x80  # inspect.CO_COROUTINE
BASE_URL_VARIABLE = "POSTMARK_BASE_URL"
HTTP_VARIABLE = "POSTMARK_ALLOW_HTTP"
_TRUE = frozenset({"1", "true", "yes", "on"})
_FALSE = frozenset({"", "0", "false", "no", "off"})
BASE_URL_ADVICE = "base_url: write it as https://host or https://host:port, without query or fragment"
_MAX_TIMEOUT_SECONDS = 1e9
"""What a socket can wait."""


def misconfigured(text: str) -> ConfigurationError:
    """The error to raise about an option; the tree of errors is loaded with the first one, not with a client."""
    from ...errors import ConfigurationError  # noqa: PLC0415

    return ConfigurationError(text)


class Settings:
    """The options of one client, only those in the repr that are nobody's secret. Not to be changed.

    Written out: the tools that would write it take longer than the rest of a client's import.
    """

    __slots__ = (
        "account_token",
        "base_url",
        "defaults",
        "guard",
        "http_headers",
        "on_event",
        "policy",
        "server_token",
        "timeout",
    )

    def __init__(
        self,
        *,
        server_token: str | None = None,
        account_token: str | None = None,
        base_url: str = DEFAULT_BASE_URL,
        timeout: float | httpx.Timeout | None = None,
        policy: Policy | None = None,
        on_event: Listener | None = None,
        defaults: Mapping[str, Any] | None = None,
        guard: Guard | None = None,
        http_headers: Mapping[str, str] | None = None,
    ) -> None:
        self.server_token = server_token
        self.account_token = account_token
        self.base_url = base_url
        self.timeout = timeout
        self.policy = policy or Policy()
        self.on_event = on_event
        self.defaults: Mapping[str, Any] = defaults or {}
        self.guard = guard
        self.http_headers: Mapping[str, str] = http_headers or {}

    def __repr__(self) -> str:
        """Without tokens, defaults and headers."""
        shown = ("base_url", "timeout", "policy", "guard")
        return f"Settings({', '.join(f'{name}={getattr(self, name)!r}' for name in shown)})"

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
    on_event: Listener | None = None,
    defaults: Any = None,
    guard: Any = None,
    http_headers: Any = None,
) -> Settings:
    """The checked settings of a new client; what is not given comes from the environment."""
    return Settings(
        server_token=checked_token(server_token, "server"),
        account_token=checked_token(account_token, "account"),
        base_url=checked_base_url(base_url, allow_http=allow_http),
        timeout=checked_timeout(timeout),
        policy=checked_policy(retries, max_elapsed),
        on_event=checked_listener(on_event),
        defaults=_defaults(defaults),
        guard=_guard(guard),
        http_headers=_http_headers(http_headers),
    )


def _http_headers(given: Any) -> dict[str, str]:
    if given is None:
        return {}
    from ..http.extra_headers import checked_headers  # noqa: PLC0415 - only clients that have some

    return checked_headers(given)


def _defaults(given: Any) -> dict[str, Any]:
    if given is None:
        return {}
    from ..mail.defaults import checked_defaults  # noqa: PLC0415 - only clients that have some

    return checked_defaults(given)


GUARD_VARIABLES = ("POSTMARK_ALLOW_RECIPIENTS", "POSTMARK_REDIRECT_TO")


def _guard(given: Any) -> Guard | None:
    if given is None and not any(name in os.environ for name in GUARD_VARIABLES):
        return None
    from ..mail.guard import guard_from  # noqa: PLC0415 - only clients that have one

    return guard_from(given)


def changed_settings(
    settings: Settings,
    *,
    server_token: str | None,
    account_token: str | None,
    timeout: float | httpx.Timeout | None,
    retries: int | None,
    max_elapsed: float | None,
    on_event: Listener | None = None,
    defaults: Any = None,
    guard: Any = None,
    http_headers: Any = None,
) -> Settings:
    """The settings of a copy; None stands for "as before"."""
    policy = settings.policy
    return Settings(
        base_url=settings.base_url,
        server_token=settings.server_token if server_token is None else checked_token(server_token, "server"),
        account_token=settings.account_token if account_token is None else checked_token(account_token, "account"),
        timeout=settings.timeout if timeout is None else checked_timeout(timeout),
        policy=checked_policy(
            policy.retries if retries is None else retries,
            policy.max_elapsed if max_elapsed is None else max_elapsed,
        ),
        on_event=settings.on_event if on_event is None else checked_listener(on_event),
        defaults=settings.defaults if defaults is None else _defaults(defaults),
        guard=settings.guard if guard is None else _guard(guard),
        http_headers={**settings.http_headers, **_http_headers(http_headers)},
    )


def checked_listener(value: Any) -> Any:
    """What is called with events.

    Raises:
        ConfigurationError: It is not callable, or a coroutine function: nobody would await it.
    """
    if value is None:
        return None
    if not callable(value):
        raise misconfigured(f"on_event: a {type(value).__name__} given; it takes a function of one event")
    if _is_async(value):
        raise misconfigured("on_event: it takes a plain function, not an async one; put the event into a queue")
    return value


def _is_async(value: Any) -> bool:
    """Whether calling it runs an ``async def``, found out without importing ``inspect``."""
    from functools import partial  # noqa: PLC0415 - only clients that have a listener

    while isinstance(value, partial):
        value = value.func
    code = getattr(value, "__code__", None) or getattr(type(value).__call__, "__code__", None)
    return code is not None and bool(code.co_flags & _COROUTINE_FLAG)


def checked_token(value: Any, kind: str) -> str | None:
    """A token given in code, else from the environment, where an empty variable is none; trimmed.

    Raises:
        ConfigurationError: It holds white space or control characters. It is not repeated in the text.
    """
    variable = TOKEN_VARIABLES[kind]
    given = value if value is not None else os.environ.get(variable, "").strip() or None
    if given is None:
        return None
    if not isinstance(given, str):
        raise misconfigured(f"{kind}_token: a {type(given).__name__} given; it takes a string")
    token = given.strip()
    source = f"{kind}_token" if value is not None else variable
    if not token:
        raise misconfigured(f"{source} is empty: give the token that Postmark shows on the API Tokens page")
    if not token.isascii() or not token.isprintable() or " " in token:
        raise misconfigured(
            f"{source} holds white space, control or non-ASCII characters: copy the token again, without quotes"
        )
    return token


def checked_base_url(value: Any, *, allow_http: bool) -> str:
    """The address to call, without a trailing slash.

    Raises:
        ConfigurationError: No http(s) address, or plain http to another machine: it would show the token to everybody
            on the way.
    """
    given = value if value is not None else os.environ.get(BASE_URL_VARIABLE)
    if not given and value is None:
        return DEFAULT_BASE_URL
    if not isinstance(given, str):
        raise misconfigured(f"base_url: a {type(given).__name__} given; it takes text")
    address = given.strip().rstrip("/")
    parts = _parts(address)
    if parts is None or parts.scheme not in {"http", "https"} or not parts.hostname:
        raise misconfigured(BASE_URL_ADVICE)
    if parts.username or parts.password:
        raise misconfigured("base_url: it holds a user name or password; the token is all that Postmark needs")
    if parts.scheme == "http" and not (allow_http or _is_loopback(parts.hostname) or _allows_http()):
        raise misconfigured(
            "base_url: plain http would send the token unencrypted; use https, or, inside a closed network, pass "
            f"allow_http=True or set {HTTP_VARIABLE}=1"
        )
    return address


def _allows_http() -> bool:
    """What the environment says: where all else is set there, as beside the emulator in a compose file, this is too."""
    given = os.environ.get(HTTP_VARIABLE, "").strip().lower()
    if given not in _TRUE | _FALSE:
        raise misconfigured(f"{HTTP_VARIABLE} takes 1 or 0")
    return given in _TRUE


def _is_loopback(host: str) -> bool:
    from ..http.pooling.proxies import is_loopback  # noqa: PLC0415 - only plain http asks

    return is_loopback(host)


def _parts(address: str) -> SplitResult | None:
    """The parts of an address, None if it is none."""
    from urllib.parse import urlsplit  # noqa: PLC0415 - only an address of the caller's needs a look

    try:
        parts = urlsplit(address)
        if "[" in parts.netloc:
            from ipaddress import IPv6Address  # noqa: PLC0415 - for brackets alone

            IPv6Address(parts.hostname or "")
        proper = parts.port != 0 and address.isprintable() and {*" ?#"}.isdisjoint(address)
    except ValueError:  # brackets or a port that are none
        return None
    return parts if proper else None


def checked_policy(retries: Any, max_elapsed: Any) -> Policy:
    """How often and how long to try.

    Raises:
        ConfigurationError: A negative number, or no number.
    """
    if isinstance(retries, bool) or not isinstance(retries, int) or retries < 0:
        raise misconfigured("retries: it takes a whole number from 0: how often a call is repeated after the first try")
    if isinstance(max_elapsed, bool) or not isinstance(max_elapsed, int | float) or not max_elapsed >= 0:
        raise misconfigured("max_elapsed: it takes seconds, 0 or more, for all tries and pauses together")
    return Policy(retries=retries, max_elapsed=float(max_elapsed))


def checked_timeout(value: Any) -> Any:
    """Seconds, or a timeout of an HTTP library with its four parts.

    Raises:
        ConfigurationError: Neither, or not positive.
    """
    if value is None or "Timeout" in kinds_of(value):
        return value
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value <= _MAX_TIMEOUT_SECONDS:
        raise misconfigured("timeout: it takes seconds above 0, or an httpx.Timeout, which may be without limit")
    return float(value)


def checked_http_client(value: Any, *, asynchronous: bool) -> Any:
    """An HTTP client of the caller's.

    Raises:
        ConfigurationError: None, or one of the other kind.
    """
    wanted = "AsyncClient" if asynchronous else "Client"
    if value is not None and wanted not in kinds_of(value):
        raise misconfigured(f"http_client: {_told(value)} given; it takes an httpx.{wanted} or httpx2.{wanted}")
    return value


def checked_transport(value: Any, http_client: Any) -> Any:
    """A factory of transports.

    Raises:
        ConfigurationError: It cannot be called, or there is an HTTP client as well.
    """
    if value is None:
        return None
    if not callable(value):
        raise misconfigured(
            f"transport: {_told(value)} given; it takes what makes one, such as the class itself: each process and "
            "event loop needs its own"
        )
    if http_client is not None:
        raise misconfigured("transport and http_client: give one of the two, an HTTP client has a transport already")
    return value


def _told(value: Any) -> str:
    kind = type(value)
    return f"{kind.__module__.partition('.')[0]}.{kind.__name__}"

"""Who may call: Postmark signs nothing, so a secret that it repeats, or the address it calls from, has to do."""

from __future__ import annotations

import base64
import binascii
import contextlib
import hmac
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, TypeAlias

from .._core.body.text import a_kind
from ..errors import ConfigurationError
from .callers import Proxies, networks, within
from .errors import WebhookError, warn_open

__all__ = ["WebhookAuth", "as_auth"]

Credentials: TypeAlias = tuple[str, str]

_UNAUTHORIZED = 401
_NAME = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")


class WebhookAuth:
    """What a webhook call must show.

    Postmark does not sign its calls. What it can do is send a user and password (in the webhook's URL or its
    ``HttpAuth``) and headers of your choice (``HttpHeaders``; not for inbound mail), over TLS. Each kind of proof that
    is given here must be right; of several passwords, or several values for one header, any will do, so that a new one
    can be introduced before the old one goes.

    A call that fails is to be answered with **401, never 403**: 403 tells Postmark to give up for good, also on inbound
    mail that a corrected password would have let in. After a 401, inbound mail is posted again for ten hours. The
    other events are lost at once with either, as after every 4xx but 408 and 429.

    Args:
        basic: User and password, or several such pairs. The first is what ``webhooks.ensure`` writes down at Postmark.
        headers: Header name to secret value, or to several values, the first of which ``webhooks.ensure`` writes down.
        networks: Addresses and networks that calls may come from, such as ``POSTMARK_NETWORKS``. They change without
            notice: use them beside a secret, not instead of one. None: any.
        trusted_proxies: Addresses and networks of your own proxies, or ``"unix"`` for a proxy that calls through a Unix
            socket. Only what these say in ``X-Forwarded-For`` counts; without them the header is ignored, since
            anybody can write it. (uvicorn replaces the address by itself, for the proxies it was told to trust.)
        checked_elsewhere: True if a gateway, or a secret in the path, does the checking: no warning then.

    Raises:
        ConfigurationError: An empty password or list, a malformed address or header name.

    Warns:
        OpenWebhookWarning: Nothing is to be checked.
    """

    __slots__ = ("_basic", "_headers", "_networks", "_pairs", "_proxies")

    def __init__(
        self,
        *,
        basic: Credentials | Sequence[Credentials] | None = None,
        headers: Mapping[str, str | Sequence[str]] | None = None,
        networks: Iterable[str] | None = None,
        trusted_proxies: Iterable[str] = (),
        checked_elsewhere: bool = False,
    ) -> None:
        self._pairs = _checked_pairs(basic)
        self._basic = [encoded for pair in self._pairs for encoded in _encoded(pair)]
        self._headers = _checked_headers(headers or {})
        self._networks = _checked_networks(networks)
        self._proxies = Proxies(trusted_proxies)
        if not (self._pairs or self._headers or self._networks is not None or checked_elsewhere):
            warn_open(2)

    def check(self, headers: Mapping[str, str], peer: str | None = None) -> None:
        """Accept a call or not. Secrets are compared in constant time.

        Args:
            headers: HTTP headers of the call, under names of any case.
            peer: Address that the connection comes from. None or empty: not known, as with Unix sockets.

        Raises:
            WebhookError: Not accepted; ``status_code`` is 401.
        """
        given = {name.lower(): value for name, value in headers.items()}
        if self._networks is not None:
            caller = self._proxies.caller(peer, given.get("x-forwarded-for"))
            if not within(caller, self._networks):
                raise WebhookError("it comes from an address that is not allowed", status_code=_UNAUTHORIZED)
        if self._basic and not _matches(_basic_of(given.get("authorization")), self._basic):
            raise WebhookError("user or password is wrong or missing", status_code=_UNAUTHORIZED)
        for name, expected in self._headers.items():
            if not _matches(given.get(name.lower(), "").encode("utf-8", "surrogatepass"), _bytes(expected)):
                raise WebhookError(f"the header {name} is wrong or missing", status_code=_UNAUTHORIZED)

    @property
    def challenge(self) -> dict[str, str]:
        """Headers that belong to a 401: how to show who one is."""
        return {"WWW-Authenticate": 'Basic realm="webhooks", charset="UTF-8"'} if self._basic else {}

    @property
    def to_send(self) -> tuple[Credentials | None, dict[str, str]]:
        """What Postmark is to send: the first user and password, and the first value of each header."""
        return (
            self._pairs[0] if self._pairs else None,
            {name: values[0] for name, values in self._headers.items()},
        )

    def __repr__(self) -> str:
        """How much is checked, without the secrets."""
        checked = [
            f"basic=<{len(self._pairs)}>" if self._pairs else "",
            f"headers=<{', '.join(self._headers)}>" if self._headers else "",
            f"networks=<{len(self._networks)}>" if self._networks is not None else "",
        ]
        return f"{type(self).__name__}({', '.join(filter(None, checked))})"


def as_auth(given: Any) -> WebhookAuth | None:
    """What was given as ``auth``: a user and password stand for a ``WebhookAuth`` of these.

    Raises:
        ConfigurationError: It is something else.
    """
    if given is None or isinstance(given, WebhookAuth):
        return given
    if isinstance(given, tuple | list):
        return WebhookAuth(basic=given)
    raise ConfigurationError(f'auth: {a_kind(given)}; write auth=("user", "password"), or auth=WebhookAuth(...)')


def _checked_networks(values: Iterable[str] | None) -> Any:
    found = None if values is None else networks(values, "networks")
    if found == ():
        raise ConfigurationError("networks: an empty list would let nobody in; leave it out, or give addresses")
    return found


def _checked_pairs(basic: Any) -> list[Credentials]:
    if basic is None:
        return []
    pairs = [basic] if isinstance(basic, tuple) and not all(isinstance(pair, tuple) for pair in basic) else list(basic)
    if not pairs:
        raise ConfigurationError("basic: an empty list would let nobody in; leave it out, or give user and password")
    for pair in pairs:
        _check_pair(pair)
    return pairs


def _check_pair(pair: Any) -> None:
    if not isinstance(pair, tuple) or len(pair) != 2 or not all(isinstance(part, str) for part in pair):  # noqa: PLR2004
        raise ConfigurationError("basic: it takes (user, password), or a list of such pairs, all of them text")
    if not pair[0] or not pair[1]:
        raise ConfigurationError("basic: the user or the password is empty; is an environment variable missing?")
    if ":" in pair[0]:
        raise ConfigurationError("basic: the user holds a colon, which HTTP cannot send")


def _checked_headers(given: Mapping[Any, Any]) -> dict[str, tuple[str, ...]]:
    if not all(isinstance(name, str) and _NAME.fullmatch(name) for name in given):
        raise ConfigurationError("headers: a name that HTTP cannot send; it takes letters, digits and hyphens")
    if len({name.lower() for name in given}) < len(given):
        raise ConfigurationError("headers: a name twice in different case; give one name with a list of its values")
    return {name: _checked_values(name, value) for name, value in given.items()}


def _checked_values(name: str, value: Any) -> tuple[str, ...]:
    values = [value] if value is None or isinstance(value, str) else list(value)
    if not values or not all(_can_be_sent(one) for one in values):
        raise ConfigurationError(
            f"headers: {name} needs a value of printable ASCII; is an environment variable missing?"
        )
    return tuple(str(one).strip() for one in values)


def _can_be_sent(value: Any) -> bool:
    return isinstance(value, str) and bool(value.strip()) and value.isascii() and value.isprintable()


def _encoded(pair: Credentials) -> list[bytes]:
    """The forms in which a user and password may arrive: senders disagree about what is not ASCII."""
    text = ":".join(pair)
    forms = [text.encode("utf-8", "surrogatepass")]
    if not text.isascii():
        with contextlib.suppress(UnicodeEncodeError):  # replaced, any text as long as it would be let in
            forms.append(text.encode("latin-1"))
    return forms


def _basic_of(header: str | None) -> bytes:
    scheme, _, value = (header or "").strip().partition(" ")
    if scheme.lower() != "basic":
        return b""
    try:
        return base64.b64decode(value.strip(), validate=True)
    except (binascii.Error, ValueError):
        return b""


def _bytes(values: Iterable[str]) -> list[bytes]:
    return [value.encode() for value in values]


def _matches(given: bytes, expected: Iterable[bytes]) -> bool:
    """Whether it is one of them; all are compared, so that time does not tell which."""
    found = False
    for one in expected:
        found |= hmac.compare_digest(given, one)
    return found

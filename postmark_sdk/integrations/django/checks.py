"""What ``manage.py check`` says of a project's settings, before a mail does."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.core import checks
from django.utils.module_loading import import_string

from ..._core.body import addresses
from ..._core.call.settings import DEFAULT_BASE_URL
from ..._core.mail.guard import TEST_TOKEN
from ...errors import ConfigurationError
from .mail import EmailBackend
from .webhooks import signal_router, webhook_options

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ..._core.call.settings import Settings

__all__ = ["check_deployment", "check_settings", "mailers"]

_RESERVED = frozenset({"example", "invalid", "internal", "lan", "local", "localhost", "test"})
_RESERVED_DOMAINS = ("example.com", "example.net", "example.org")
"""Nobody can own them: RFC 2606, 6761, 6762."""


def check_settings(**_: Any) -> list[checks.CheckMessage]:
    """The options, the token and the senders, and what is said of webhooks."""
    found: dict[str, checks.CheckMessage] = {}
    used = list(_backends(found))
    if hasattr(settings, "POSTMARK") and not (used or found):
        _made(EmailBackend, None, {}, found)
    for client in used:
        if client.server_token is None:
            text = "There is no server token, so no mail can be sent."
            hint = "Set POSTMARK_SERVER_TOKEN in the environment, or 'server_token' in the setting POSTMARK."
            found[text] = checks.Warning(text, hint=hint, id="postmark_sdk.W001")
        if client.base_url == DEFAULT_BASE_URL:
            found.update({each.msg: each for each in _senders()})
    return [*found.values(), *_webhooks()]


def check_deployment(**_: Any) -> list[checks.CheckMessage]:
    """What is right in tests only; for ``manage.py check --deploy``."""
    if not any(client.server_token == TEST_TOKEN for client in _backends({})):
        return []
    text = f"{TEST_TOKEN} is Postmark's token for tests: every mail is accepted, and none is sent."
    return [checks.Warning(text, hint="Use the token of a server.", id="postmark_sdk.W003")]


def _backends(found: dict[str, checks.CheckMessage]) -> Iterator[Settings]:
    """The settings of the client behind each mailer of ours; what is wrong with one is added to ``found``."""
    for alias, path, options in mailers():
        try:
            cls = import_string(path)
        except ImportError:
            continue  # Django's to say
        if isinstance(cls, type) and issubclass(cls, EmailBackend):
            made = _made(cls, alias, options, found)
            if made is not None:
                yield made.client._link.settings  # noqa: SLF001 - our own


def _made(
    cls: type[EmailBackend], alias: str | None, options: Any, found: dict[str, checks.CheckMessage]
) -> EmailBackend | None:
    try:
        return cls(alias=alias, **options)
    except ConfigurationError as error:
        found[str(error)] = checks.Error(str(error), id="postmark_sdk.E001")
        return None


def mailers() -> Iterator[tuple[str | None, str, Any]]:
    """Alias, backend and options of each; before Django 6.1 there is one, without a name."""
    named = getattr(settings, "MAILERS", None)
    if named is not None:
        for alias, mailer in named.items():
            yield alias, mailer.get("BACKEND", ""), mailer.get("OPTIONS", {})
        return
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Django 6.1 says that it is deprecated
        path = settings.EMAIL_BACKEND
    yield None, path, {}


def _senders() -> Iterator[checks.CheckMessage]:
    names = ["DEFAULT_FROM_EMAIL", *(["SERVER_EMAIL"] if settings.ADMINS or settings.MANAGERS else [])]
    for name in names:
        found: list[Any] = []
        entries = addresses.entries(str(getattr(settings, name)), name, found)
        domains = [addresses.name_and_address(entry)[1].rpartition("@")[2].lower() for entry in entries]
        if found or not domains or not all(map(_is_routable, domains)):
            yield checks.Warning(
                f"{name} is no address that Postmark sends for.",
                hint="It takes one with a confirmed sender signature, or in a domain that is verified in your account.",
                id="postmark_sdk.W002",
            )


def _is_routable(domain: str) -> bool:
    _, dot, top = domain.rpartition(".")
    reserved = top in _RESERVED or f".{domain}".endswith(tuple(f".{each}" for each in _RESERVED_DOMAINS))
    return bool(dot) and not reserved


def _webhooks() -> Iterator[checks.CheckMessage]:
    try:
        options = webhook_options()
        if options.get("auth") is not None:
            signal_router(**options)
    except ConfigurationError as error:
        yield checks.Error(str(error), id="postmark_sdk.E002")
        return
    if options and options.get("auth") is None:
        yield checks.Warning(
            "POSTMARK_WEBHOOKS has no 'auth': anybody can post events and mails.",
            hint="Give it a user and password, and the same to Postmark.",
            id="postmark_sdk.W004",
        )

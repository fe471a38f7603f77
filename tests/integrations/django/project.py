"""A small project whose mail goes through here, under every version of Django."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.integrations.apps import configure_django

configure_django()

import django  # noqa: E402 - needs settings
from django.core import mail  # noqa: E402 - as above
from django.test import override_settings  # noqa: E402 - as above

from postmark_sdk.integrations.django import EmailBackend  # noqa: E402 - as above

if TYPE_CHECKING:
    from postmark_sdk.testing import TestEmulator

BACKEND = "postmark_sdk.integrations.django.EmailBackend"
VERSION: tuple[Any, ...] = django.VERSION


def settings_of(backend: str = BACKEND, **options: Any) -> Any:
    """The settings of a project whose mail goes through here."""
    if VERSION < (6, 1):
        return override_settings(EMAIL_BACKEND=backend, POSTMARK=options, DEFAULT_FROM_EMAIL="shop@example.com")
    mailers = {"default": {"BACKEND": backend, "OPTIONS": options}}
    return override_settings(MAILERS=mailers, DEFAULT_FROM_EMAIL="shop@example.com")


def message(to: str = "ann@example.org", **given: Any) -> Any:
    """A mail that is worth sending."""
    return mail.EmailMultiAlternatives("Your order", "It has left.", to=[to], **given)


def backend(postmark: TestEmulator, **options: Any) -> EmailBackend:
    """A backend that sends to the emulator."""
    return EmailBackend(**{"server_token": postmark.server_token, "base_url": postmark.base_url, **options})

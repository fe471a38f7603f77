"""The application for ``INSTALLED_APPS``; all it brings are the checks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.core import checks

from .checks import check_deployment, check_settings

if TYPE_CHECKING:

    class AppConfig:
        """Django's, which has no types of its own."""
else:
    from django.apps import AppConfig

__all__ = ["PostmarkConfig"]


class PostmarkConfig(AppConfig):
    """``"postmark_sdk.integrations.django"`` in ``INSTALLED_APPS``: ``manage.py check`` looks at the settings."""

    name = __package__
    label = "postmark_sdk"
    verbose_name = "Postmark"

    def ready(self) -> None:
        """Register the checks."""
        checks.register(check_settings, "postmark")
        checks.register(check_deployment, "postmark", deploy=True)

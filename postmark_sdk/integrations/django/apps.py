"""The application for ``INSTALLED_APPS``; all it brings are the checks."""

from __future__ import annotations

from django.apps import AppConfig
from django.core import checks

from .checks import check_deployment, check_settings

__all__ = ["PostmarkConfig"]


class PostmarkConfig(AppConfig):  # type: ignore[misc]  # Django has no types of its own
    """``"postmark_sdk.integrations.django"`` in ``INSTALLED_APPS``: ``manage.py check`` looks at the settings."""

    name = __package__
    label = "postmark_sdk"
    verbose_name = "Postmark"

    def ready(self) -> None:
        """Register the checks."""
        checks.register(check_settings, "postmark")
        checks.register(check_deployment, "postmark", deploy=True)

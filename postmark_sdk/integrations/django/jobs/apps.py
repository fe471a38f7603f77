"""The application for ``INSTALLED_APPS``: tables, admin, command and check."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.core import checks

from .checks import check_jobs

if TYPE_CHECKING:

    class AppConfig:
        """Django's, which has no types of its own."""
else:
    from django.apps import AppConfig

__all__ = ["PostmarkJobsConfig"]


class PostmarkJobsConfig(AppConfig):
    """``"postmark_sdk.integrations.django.jobs"`` in ``INSTALLED_APPS``."""

    name = __package__
    label = "postmark_jobs"
    verbose_name = "Postmark jobs"

    def ready(self) -> None:
        """Register the check."""
        checks.register(check_jobs, "postmark")

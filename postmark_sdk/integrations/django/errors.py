"""What the backend raises beyond the errors of the SDK."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..._core.mail.report import SendReport
from ...errors import ConfigurationError, PostmarkError
from .._extras import missing

try:
    import django.core.mail  # noqa: F401 - which says whether there is Django
except ImportError as _why:
    raise missing("django", _why) from _why

if TYPE_CHECKING:

    class _WrongSettings(Exception):  # noqa: N818 - an alias; Django has no types of its own
        pass
else:
    try:
        from django.core.mail import InvalidMailer as _WrongSettings
    except ImportError:
        from django.core.exceptions import ImproperlyConfigured as _WrongSettings

__all__ = ["InvalidOptionsError", "NotAllSentError"]


class NotAllSentError(PostmarkError):
    """Some of several mails were not accepted; the others were sent.

    Attributes:
        report: What became of each, in their order.
    """

    report: SendReport
    _shown = ("report",)

    def __init__(self, report: SendReport) -> None:
        missing = len(report) - len(report.accepted)
        super().__init__(
            f"{missing} of {len(report)} messages were not accepted; report.refused and report.unknown tell why",
            operation="emails.send_many",
        )
        self.report = report  # pyright: ignore[reportIncompatibleVariableOverride]  # narrower: it is always there


class InvalidOptionsError(ConfigurationError, _WrongSettings):
    """An option is wrong. It is Django's ``InvalidMailer`` as well, or ``ImproperlyConfigured`` before Django 6.1."""

"""Why a webhook call was not accepted, each with the HTTP status to answer."""

from __future__ import annotations

import warnings

from ..errors import PostmarkError

__all__ = ["OpenWebhookWarning", "WebhookError", "warn_open"]


class WebhookError(PostmarkError):
    """A webhook call that is not accepted.

    Attributes:
        reason: Why, in words that hold nothing of the call.
        status_code: The HTTP status to answer with: 401 for wrong credentials or a wrong address, 413 for a body over
            the limit, 405 for another method than POST, 411 for a body of unknown length that cannot be read.
    """

    _shown = ("reason", "status_code")

    def __init__(self, reason: str, *, status_code: int) -> None:
        super().__init__(reason)
        self.reason = reason
        self.status_code = status_code


class OpenWebhookWarning(UserWarning):
    """Webhook calls are accepted from anybody."""


def warn_open(stacklevel: int) -> None:
    """Say that the door is open; ``stacklevel`` counts from the caller of this function."""
    warnings.warn(
        "webhook calls are accepted from anybody who knows the URL: give WebhookAuth credentials, headers or networks, "
        "or WebhookAuth(checked_elsewhere=True) if something in front of this application checks them",
        OpenWebhookWarning,
        stacklevel=stacklevel + 1,
    )

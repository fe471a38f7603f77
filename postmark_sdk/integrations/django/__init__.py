"""Django: its mail goes out through Postmark, and webhooks arrive in a view. Extra: ``postmark-sdk[django]``."""

from __future__ import annotations

from .mail import EmailBackend, InvalidOptionsError, NotAllSentError
from .views import async_webhook_view, webhook_view

__all__ = ["EmailBackend", "InvalidOptionsError", "NotAllSentError", "async_webhook_view", "webhook_view"]

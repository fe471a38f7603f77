"""Django: its mail goes out through Postmark, and webhooks arrive in a view. Extra: ``postmark-sdk[django]``.

``"postmark_sdk.integrations.django"`` in ``INSTALLED_APPS`` brings checks of the settings; all else works without.
"""

from __future__ import annotations

from collections.abc import Callable

from ..._core.schema.lazy import public
from .errors import InvalidOptionsError, NotAllSentError
from .mail import EmailBackend
from .signals import CancelSend
from .status import MessageStatus, RecipientStatus
from .store import CacheStore
from .views import async_webhook_view, webhook_view
from .webhooks import signal_router

__all__ = [
    "CacheStore",
    "CancelSend",
    "EmailBackend",
    "InvalidOptionsError",
    "MessageStatus",
    "NotAllSentError",
    "RecipientStatus",
    "async_webhook_view",
    "signal_router",
    "webhook_view",
]
__dir__: Callable[[], list[str]] = public(__name__)

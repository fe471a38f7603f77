"""Tests of code that sends mail: a real local Postmark, and what arrived in it.

With pytest, ask for the plugin once, in ``conftest.py``; the fixture ``postmark`` is an :class:`TestEmulator`::

    pytest_plugins = ["postmark_sdk.testing.plugin"]

Without pytest, the same object is a context manager, synchronous and asynchronous::

    from postmark_sdk.testing import TestEmulator

    with TestEmulator() as postmark:
        code_that_sends_mail()
        assert postmark.outbox[0].subject == "Welcome"

Needs the extra: ``pip install "postmark-sdk[emulator]"``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias
from warnings import warn

from .._core.schema.lazy import public
from ..emulator import Advice, EmulatorError, Fault, SentAttachment, SentMessage
from ._emulator import TestEmulator
from ._guard import RealHostError
from ._mail import Mail
from ._outbox import Outbox
from ._webhooks import WebhookPost, Webhooks

__all__ = [
    "Advice",
    "EmulatorError",
    "Fault",
    "Mail",
    "Outbox",
    "RealHostError",
    "SentAttachment",
    "SentMessage",
    "TestEmulator",
    "WebhookPost",
    "Webhooks",
]
__dir__: Callable[[], list[str]] = public(__name__)


if TYPE_CHECKING:
    from collections.abc import Callable

    Emulator: TypeAlias = TestEmulator  # deprecated
else:

    def __getattr__(name: str) -> type[TestEmulator]:
        if name != "Emulator":
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        warn("Use TestEmulator. Emulator goes away here in 2.0.", DeprecationWarning, stacklevel=2)
        return TestEmulator

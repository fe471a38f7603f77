"""Tests of code that sends mail: a real local Postmark, and what arrived in it.

With pytest, ask for the plugin once, in ``conftest.py``; the fixture ``postmark`` is an :class:`Emulator`::

    pytest_plugins = ["postmark_sdk.testing.plugin"]

Without pytest, the same object is a context manager, synchronous and asynchronous::

    from postmark_sdk.testing import Emulator

    with Emulator() as postmark:
        code_that_sends_mail()
        assert postmark.outbox[0].subject == "Welcome"

Needs the extra: ``pip install "postmark_sdk[emulator]"``.
"""

from __future__ import annotations

from ..emulator import Fault, SentAttachment, SentMessage
from ._emulator import Emulator
from ._guard import RealHostError
from ._mail import Mail
from ._outbox import Outbox
from ._webhooks import WebhookPost, Webhooks

__all__ = [
    "Emulator",
    "Fault",
    "Mail",
    "Outbox",
    "RealHostError",
    "SentAttachment",
    "SentMessage",
    "WebhookPost",
    "Webhooks",
]

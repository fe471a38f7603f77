"""Signals: before and after each message, and for what Postmark posts to a webhook.

``pre_send`` comes before a message is read, with ``message``: a receiver may change it, or raise :class:`CancelSend` to
have it left out. Any other exception of a receiver keeps back all messages that were given together.

``post_send`` comes after each message, with ``message`` and ``status``, whatever became of it. What a receiver raises
is logged by Django and goes no further: a mail that went out must not look like one that did not.

``tracking`` comes with ``event`` for each event of a webhook, and ``inbound`` for each mail that comes in, as
:func:`~postmark_sdk.integrations.django.signal_router` says. The sender is the event's class:
``@receiver(tracking, sender=BounceEvent)`` gets bounces only. Every receiver gets the event; if one raises, Postmark is
told to try again, and all of them get it again.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from .._extras import missing

if TYPE_CHECKING:

    class Signal:
        """Django's, which has no types of its own."""

        def connect(
            self,
            receiver: Callable[..., object],
            sender: object = None,
            weak: bool = True,  # noqa: FBT001, FBT002 - Django's
            dispatch_uid: object = None,
        ) -> None: ...
        def disconnect(
            self, receiver: Callable[..., object] | None = None, sender: object = None, dispatch_uid: object = None
        ) -> bool: ...
        def send(self, sender: object, **named: object) -> list[tuple[Callable[..., object], Any]]: ...
        def send_robust(self, sender: object, **named: object) -> list[tuple[Callable[..., object], Any]]: ...
else:
    try:
        from django.dispatch import Signal
    except ImportError as _why:
        raise missing("django", _why) from _why

__all__ = ["CancelSend", "inbound", "post_send", "pre_send", "tracking"]

pre_send: Signal = Signal()
post_send: Signal = Signal()
tracking: Signal = Signal()
inbound: Signal = Signal()


class CancelSend(Exception):  # noqa: N818 - a wish, not an error
    """What a receiver of ``pre_send`` raises to have the message left out."""

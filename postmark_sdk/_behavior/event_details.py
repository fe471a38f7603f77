"""What a message event says in texts that stand for something else."""

from __future__ import annotations

from typing import TYPE_CHECKING

_TRUTHS = {"true": True, "false": False}


class EventDetailsMixin:
    """Reads the texts that Postmark writes for numbers and truth values."""

    __slots__ = ()

    if TYPE_CHECKING:
        bounce_id: str | None
        suppress_sending: str | None

    @property
    def bounce_number(self) -> int | None:
        """``bounce_id`` as ``bounces.get`` takes it; None if there is none."""
        text = str(self.bounce_id).strip()
        return int(text) if text.isascii() and text.isdecimal() and len(text) <= _MAX_DIGITS else None

    @property
    def sending_suppressed(self) -> bool | None:
        """``suppress_sending`` as a truth value; None if there is none."""
        return _TRUTHS.get(str(self.suppress_sending).strip().lower())


_MAX_DIGITS = 20
"""Of a number of 64 bits."""

"""What the answer to one message means."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._core.http.outcome import error_code, is_acceptance
from .._core.http.response import hint
from ..errors import inactive_addresses


class MessageResultMixin:
    """Reads an answer the way Postmark means it: a success may lack its code, its text names who will not get it."""

    __slots__ = ()

    if TYPE_CHECKING:
        error_code: int | None
        message: str | None
        message_id: str | None

    @property
    def success(self) -> bool:
        """Whether Postmark took this message."""
        return is_acceptance(self.error_code, self.message_id)

    @property
    def unknown(self) -> bool:
        """Whether the answer tells neither that the message was taken nor that it was refused: it may be either."""
        return not (self.success or error_code(self.error_code))

    @property
    def inactive_recipients(self) -> list[str]:
        """Suppressed addresses that will not get this message although it was taken, in lower case."""
        return inactive_addresses(self.message)

    @property
    def hint(self) -> str | None:
        """What to do about a refused message, in one sentence; None for a success or an unknown code."""
        return None if self.success else hint(error_code(self.error_code))

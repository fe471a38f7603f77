"""Whether the server that a token belongs to really delivers mail. No I/O."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ...errors import DecodeError, GuardError, PostmarkError, Problem
from ..http.errors import error_for
from ..http.outcome import Reply
from ..http.response import decode
from ..mail.guard import TEST_TOKEN

if TYPE_CHECKING:
    from ..http.outcome import Failure
    from ..schema.operation import Operation
    from .settings import Settings

_SANDBOX = "sandbox"


def must_ask(settings: Settings) -> bool:
    """Whether mail waits for the answer: the guard wants it, and the token is none that sends nothing anyway."""
    guard = settings.guard
    return guard is not None and guard.refuse_live_servers and (settings.server_token or "").upper() != TEST_TOKEN


def judge(question: Operation[Any], outcome: Reply | Failure, asked_for: Operation[Any]) -> None:
    """Pass if Postmark says that the server is a sandbox.

    Raises:
        GuardError: It is not, or nobody could tell.
    """
    delivery, cause = _delivery(question, outcome)
    if str(delivery).lower() == _SANDBOX:
        return
    reason = "it is a live server" if delivery else "Postmark did not say whether it is a sandbox"
    raise GuardError(
        [Problem("server_token", f"the client's guard refuses live servers, and {reason}")],
        operation=asked_for.label,
        method=asked_for.method,
        path=asked_for.path,
    ) from cause


def _delivery(question: Operation[Any], outcome: Reply | Failure) -> tuple[Any, PostmarkError | None]:
    """How the server delivers, or why that is not known."""
    if not isinstance(outcome, Reply) or outcome.status != 200:  # noqa: PLR2004 - every success is 200
        return None, error_for(question, outcome)
    try:
        return decode(question, outcome).delivery_type, None
    except DecodeError as error:
        return None, error

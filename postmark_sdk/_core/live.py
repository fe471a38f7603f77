"""Whether the server that a token belongs to really delivers mail. No I/O."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..errors import GuardError, Problem
from .guard import TEST_TOKEN
from .responses import decode
from .retry import Reply

if TYPE_CHECKING:
    from .operation import Operation
    from .retry import Failure
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
    delivery: Any = None
    if isinstance(outcome, Reply) and outcome.status == 200:  # noqa: PLR2004 - every success is 200
        delivery = decode(question, outcome).delivery_type
    if str(delivery).lower() == _SANDBOX:
        return
    reason = "it is a live server" if delivery else "Postmark did not say whether it is a sandbox"
    raise GuardError(
        [Problem("server_token", f"the client's guard refuses live servers, and {reason}")],
        operation=asked_for.label,
        method=asked_for.method,
        path=asked_for.path,
    )

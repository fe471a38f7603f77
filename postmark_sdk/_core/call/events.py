"""What can be seen of a call from outside: typed events without tokens, bodies or addresses; see also ``records``."""

from __future__ import annotations

import dataclasses
import sys
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeAlias

from ...errors import PostmarkError
from ..http.outcome import Reply
from ..http.response import decode
from ..schema.log import logger
from .records import seen, succeeded

if TYPE_CHECKING:
    import httpx

    from ..http.outcome import Failure
    from ..schema.operation import Operation


@dataclasses.dataclass(frozen=True)
class AttemptEvent:
    """One try of a call, reported when it is known whether another one follows."""

    operation: str
    """The method that was called, such as ``emails.send``; ``request`` for ``client.request``."""
    method: str
    """HTTP method."""
    path: str
    """Path template, such as ``/bounces/{bounce_id}``."""
    server_address: str
    """Host that was called."""
    server_port: int
    """Its port."""
    attempt: int
    """1 for the first try."""
    started_at: float
    """Seconds since 1970 (Unix time)."""
    elapsed: float
    """Seconds until the answer was read or the try failed."""
    bytes_sent: int
    """Bytes of the request's body."""
    bytes_received: int
    """Bytes of the answer's body, decompressed; 0 without an answer."""
    status: int | None
    """HTTP status, None without an answer."""
    error_code: int | None
    """Postmark's own code in a refusal, None if there is none."""
    failure: str | None
    """Why there is no answer, in words that hold no data of yours; None if there is one."""
    retry_pause: float | None
    """Seconds until the next try, None if there is none."""


@dataclasses.dataclass(frozen=True)
class CallEvent:
    """One call with all its tries, reported when it ends. Calls whose input is refused have none."""

    operation: str
    """The method that was called, such as ``emails.send``; ``request`` for ``client.request``."""
    method: str
    """HTTP method."""
    path: str
    """Path template, such as ``/bounces/{bounce_id}``."""
    server_address: str
    """Host that was called."""
    server_port: int
    """Its port."""
    started_at: float
    """Seconds since 1970 (Unix time)."""
    elapsed: float
    """Seconds for all tries and pauses."""
    attempts: tuple[AttemptEvent, ...]
    """Every try, the first one first."""
    sends: bool
    """Whether this call sends messages."""
    outcome: str
    """``success``, ``failure`` (nothing was done, or only read), or ``unknown``: a send or create may have happened."""
    status: int | None
    """HTTP status of the last answer, None if the last try had none."""
    error_code: int | None
    """Postmark's own code in the refusal, None if there is none."""
    error: str | None
    """Class name of the exception that was raised, None for a success."""
    message_ids: tuple[str, ...]
    """Ids that Postmark gave to the messages it took."""

    @property
    def message_id(self) -> str | None:
        """The id of the message, where the call sent exactly one."""
        return self.message_ids[0] if len(self.message_ids) == 1 else None

    @property
    def bytes_sent(self) -> int:
        """Bytes of request bodies, all tries together."""
        return sum(attempt.bytes_sent for attempt in self.attempts)

    @property
    def bytes_received(self) -> int:
        """Bytes of answers' bodies, all tries together."""
        return sum(attempt.bytes_received for attempt in self.attempts)


Event: TypeAlias = AttemptEvent | CallEvent
"""What ``on_event`` is called with."""

Listener: TypeAlias = Callable[[Event], object]
"""An ``on_event``: called in the thread or event loop of the call, so it must be quick and must not block."""


class Watch:
    """Turns what happens in one call into its events."""

    def __init__(self, listener: Listener, operation: Operation[Any], request: httpx.Request) -> None:
        self._listener = listener
        self._operation = operation
        self._sent = int(request.headers.get("content-length", 0))
        self._where: dict[str, Any] = {
            "operation": operation.label,
            "method": operation.method,
            "path": operation.path,
            "server_address": request.url.host,
            "server_port": request.url.port or {"https": 443}.get(request.url.scheme, 80),
        }
        self._started = time.perf_counter()
        self._started_at = time.time()
        self._pending: dict[str, Any] | None = None
        self._attempts: list[AttemptEvent] = []

    def attempted(self, outcome: Reply | Failure, elapsed: float) -> None:
        """A try ended; it is reported once it is known what follows."""
        self._ended_try(outcome.attempts, elapsed, seen(outcome))

    def interrupted(self, number: int, elapsed: float) -> None:
        """A try was cut off from this side."""
        nothing = {"bytes_received": 0, "status": None, "error_code": None, "failure": "interrupted from this side"}
        self._ended_try(number, elapsed, nothing)

    def _ended_try(self, number: int, elapsed: float, seen: dict[str, Any]) -> None:
        self._pending = {
            "attempt": number,
            "started_at": self._started_at + (time.perf_counter() - self._started - elapsed),
            "elapsed": elapsed,
            "bytes_sent": self._sent,
            **seen,
        }

    def reported(self, pause: float | None) -> None:
        """Report the last try."""
        if self._pending is not None:
            event = AttemptEvent(**self._where, **self._pending, retry_pause=pause)
            self._pending = None
            self._attempts.append(event)
            self._tell(event)

    def ended(self, result: Any, error: BaseException | None) -> None:
        """Report the last try and the whole call."""
        message_ids = _message_ids(result) if self._operation.sends else ()
        try:
            self._tell_all(message_ids, error)
        except BaseException as interruption:
            if error is None:
                succeeded(self._operation, message_ids, interruption)
            raise

    def _tell_all(self, message_ids: tuple[str, ...], error: BaseException | None) -> None:
        self.reported(None)
        last = self._attempts[-1] if self._attempts else None
        event = CallEvent(
            **self._where,
            started_at=self._started_at,
            elapsed=time.perf_counter() - self._started,
            attempts=tuple(self._attempts),
            sends=self._operation.sends,
            outcome=self._outcome(error),
            status=last.status if last else None,
            error_code=last.error_code if last else None,
            error=None if error is None else type(error).__name__,
            message_ids=message_ids,
        )
        self._tell(event)

    def delivered(self, outcome: Reply | Failure | None) -> None:
        """The same for an answer that is decoded elsewhere; None if it was interrupted."""
        from ..http.errors import error_for  # noqa: PLC0415 - it imports this module

        if outcome is None:
            self.ended(None, sys.exc_info()[1])
        elif isinstance(outcome, Reply) and outcome.status == 200:  # noqa: PLR2004 - every success is 200
            self.ended(*_read(self._operation, outcome))
        else:
            self.ended(None, error_for(self._operation, outcome))

    def _outcome(self, error: BaseException | None) -> str:
        if error is None:
            return "success"
        unknown = type(error).__name__ == "OutcomeUnknownError" or not (
            isinstance(error, Exception) or self._operation.idempotent
        )
        return "unknown" if unknown else "failure"

    def _tell(self, event: Event) -> None:
        try:
            self._listener(event)
        except Exception:  # noqa: BLE001 - an observer must not cost the answer, nor the ids in it
            logger.exception("%s: on_event raised; the call goes on", event.operation)


def _read(operation: Operation[Any], reply: Reply) -> tuple[Any, PostmarkError | None]:
    try:
        return decode(operation, reply), None
    except PostmarkError as error:
        return None, error


def _message_ids(result: Any) -> tuple[str, ...]:
    results = result if isinstance(result, list) else [result]
    ids = (each.get("MessageID") if isinstance(each, dict) else getattr(each, "message_id", None) for each in results)
    return tuple(each for each in ids if isinstance(each, str))

"""What a worker does between two calls: everything but moving bytes. Its shells are ``work`` and ``awork``."""

from __future__ import annotations

import os
import socket
import threading
import time
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from sqlalchemy.exc import SQLAlchemyError

from .._core.mail.lookup import Lookup
from .._core.mail.trace import CALL_KEY, TRACE_KEY
from .._core.schema.log import logger
from ..errors import AuthenticationError, ConfigurationError, MessageRef, PostmarkError
from . import content, pace, states
from .answers import in_utc, judged
from .content import storable
from .database import Database, LedgerError
from .ledger import Ledger, Nothing, Outcome, Taken
from .states import ACCEPTED, REFUSED, UNKNOWN

if TYPE_CHECKING:
    from .._core.call.core import Call
    from .._core.http.outcome import Failure, Reply

_DEFAULT_STREAM = "outbound"


class UnrecordedError(LedgerError):
    """Postmark answered, and the ledger could not be written: it went away and did not come back in time.

    The chunk is still noted as ``sending``, so it will be looked up, and never sent again by itself. The ids are in the
    log, too: where several threads meet this, one of them raises it.

    Attributes:
        chunk_id: Which chunk.
        message_ids: Number in the job -> id, of the messages that Postmark accepted.
    """

    _shown = ("chunk_id",)

    def __init__(self, chunk_id: int, outcomes: Mapping[int, Outcome]) -> None:
        self.chunk_id: int = chunk_id
        self.message_ids: dict[int, str] = {
            at: each.message_id for at, each in outcomes.items() if each.message_id is not None
        }
        super().__init__(
            f"chunk {chunk_id} was answered ({len(self.message_ids)} messages accepted, see message_ids), and the "
            "ledger cannot be written; it will be looked up"
        )


class StoppedError(LedgerError):
    """Postmark refuses what every other chunk would meet as well, such as an account that may not send."""


class Leaving(NamedTuple):
    """A request that is noted as sent, and may leave now."""

    call: Call
    messages: list[dict[str, Any]]
    numbers: list[int]


class Desk:
    """The steps of one worker.

    Args:
        database: Where the ledger is.
        core: Of a client, sync or async, that repeats nothing: each request has its own note in the ledger.
        lease: Seconds after which a chunk that was not heard of is somebody else's.
        look_up_first: Whether to look for messages that the ledger knows nothing of, before they are sent.
        clock: The machine's own, for what passes between two steps here.
    """

    def __init__(
        self,
        database: Database,
        core: Any,
        *,
        lease: float,
        look_up_first: bool = False,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        owner = f"{socket.gethostname()[:60]}/{os.getpid()}/{os.urandom(4).hex()}"
        self.ledger: Ledger = Ledger(database, owner, lease)
        self.core = core
        self.stop: threading.Event = threading.Event()
        self.is_interrupted: bool = False
        self.error: BaseException | None = None
        self._look_up_first = look_up_first
        self._clock = clock
        self._held: set[int] = set()
        self._rest_until = 0.0
        self._started = clock()

    # --- taking and keeping -----------------------------------------------------------------------------------------

    def take(self, chunk_id: int | None = None) -> Taken | Nothing:
        """The next chunk, or this one; kept until :meth:`let_go`."""
        resting = self._rest_until - self._clock()
        if resting > 0:
            return Nothing(resting)
        taken = self.ledger.take(chunk_id)
        if isinstance(taken, Taken):
            self._held.add(taken.id)
        return taken

    def rests(self, left: Nothing, wait: float | None) -> float | None:
        """Seconds to rest before another try, as long as that ends within ``wait`` of the start; else None."""
        if left.seconds is None or wait is None or self._clock() - self._started + left.seconds > wait:
            return None
        return max(pace.LEAST_REST_SECONDS, left.seconds)

    def let_go(self, taken: Taken) -> None:
        """Say nothing about a chunk any more."""
        self._held.discard(taken.id)

    @property
    def beat_seconds(self) -> float:
        """How often to call :meth:`beat`."""
        return self.ledger.lease / pace.BEATS_A_LEASE

    def beat(self) -> None:
        """Say that the chunks here are still in these hands."""
        held = tuple(self._held)
        if held:
            self.ledger.renew(held)

    def fail(self, error: BaseException) -> None:
        """Let no further chunk leave; the first reason counts."""
        if self.error is None:
            self.error = error
        self.stop.set()

    # --- looking ----------------------------------------------------------------------------------------------------

    def lookup(self, taken: Taken) -> Lookup | None:
        """What to look for before anything else; None if there is nothing."""
        if taken.state == states.CLAIMED and not self._look_up_first:
            return None
        messages, numbers = content.left_out(content.wires(taken.content), taken.numbers, taken.known)
        return Lookup([_ref(message, number) for message, number in zip(messages, numbers, strict=True)])

    def looked(self, taken: Taken, lookup: Lookup) -> Taken | None:
        """Write what was found; the chunk if it may be sent now."""
        found = {lookup.messages[place].index: _found(record) for place, record in lookup.found.items()}
        if taken.state != states.CLAIMED:
            lost = {ref.index: Outcome(UNKNOWN) for ref in lookup.messages if ref.index not in found}
            self._record(taken, {**found, **lost}, looked=True)
            return None
        return taken._replace(known=self._record(taken, found) if found else taken.known)

    def not_looked(self, taken: Taken, error: PostmarkError) -> None:
        """Nobody could look, so it is looked for again a while later; with a wrong token that would not help."""
        seconds = pace.pause(getattr(error, "retry_after", None), taken.attempt)
        self._rest_until = self._clock() + seconds
        if taken.state == states.CLAIMED:
            self.ledger.give_back(taken, states.GIVE_BACK, repr(error), seconds=seconds)
        if isinstance(error, AuthenticationError | ConfigurationError):
            self.fail(error)

    # --- sending ----------------------------------------------------------------------------------------------------

    def leave(self, taken: Taken) -> Leaving | None:
        """Note that a chunk is being sent; None: nothing of it may leave."""
        operation = content.OPERATIONS[taken.operation]
        messages = content.wires(taken.content)
        stopped = self._stopped(taken, messages)
        known = {*taken.known, *stopped}
        if stopped:
            self._record(taken, stopped)
        if len(known) == len(taken.numbers):
            return None
        try:
            if known or self.core.settings.guard is not None:
                messages, numbers = content.left_out(messages, taken.numbers, known)
                payload = content.body_of(operation, messages)
            else:
                numbers, payload = [*taken.numbers], content.body(operation, taken.content)
            call = self.core.request(operation, operation.path, payload, None)
        except PostmarkError as error:
            self.ledger.give_back(taken, states.GIVE_BACK)
            raise error.with_traceback(None) from None
        return self._begun(taken, Leaving(call, messages, numbers))

    def _begun(self, taken: Taken, leaving: Leaving) -> Leaving | None:
        if self.stop.is_set():
            self.ledger.give_back(taken, states.GIVE_BACK)
            return None
        started = self._clock()
        if not self.ledger.begin(taken):
            return None
        if self._clock() - started < self.ledger.lease / 2:
            return leaving
        # The commit took so long, or this machine slept, that somebody else may look for the messages soon.
        self.ledger.give_back(taken, states.NOT_TAKEN, "its worker was too slow")
        return None

    def _stopped(self, taken: Taken, messages: list[dict[str, Any]]) -> dict[int, Outcome]:
        guard = self.core.settings.guard
        if guard is None:
            return {}
        found = content.guarded(guard, messages)
        return {
            taken.numbers[place]: Outcome(REFUSED, text=storable("\n".join(map(str, problems))))
            for place, problems in found.items()
            if taken.numbers[place] not in taken.known
        }

    def refused_here(self, taken: Taken, error: PostmarkError) -> None:
        """The client did not let it leave, as a guard that refuses live servers does."""
        self.ledger.give_back(taken, states.NOT_TAKEN, repr(error))
        self.fail(error)

    def settle(self, taken: Taken, leaving: Leaving, outcome: Reply | Failure) -> None:
        """Write what came back."""
        verdict = judged(content.OPERATIONS[taken.operation], outcome, leaving.messages)
        if verdict.kind == "answered":
            self._record(taken, dict(zip(leaving.numbers, verdict.outcomes, strict=True)), reason=verdict.reason)
        elif verdict.kind == "unknown":
            self._record(taken, dict.fromkeys(leaving.numbers, Outcome(UNKNOWN)), reason=verdict.reason)
        elif verdict.kind == "hold":
            self.ledger.hold(taken, str(verdict.reason))
        elif verdict.kind == "stop":
            self.ledger.give_back(taken, states.NOT_TAKEN, verdict.reason)
            self.fail(verdict.error or StoppedError(str(verdict.reason)))
        else:
            seconds = pace.pause(verdict.retry_after, taken.attempt)
            if not verdict.everybody:  # this machine has no connection, others may
                self._rest_until = self._clock() + seconds
            self.ledger.give_back(taken, states.NOT_TAKEN, verdict.reason, seconds=seconds, everybody=verdict.everybody)

    def _record(self, taken: Taken, outcomes: dict[int, Outcome], **more: Any) -> Any:
        try:
            return self.ledger.record(taken, outcomes, **more)
        except SQLAlchemyError as error:
            raise _logged(UnrecordedError(taken.id, outcomes)) from error


def _logged(error: UnrecordedError) -> UnrecordedError:
    """The same error; of several threads one can raise its own, and a signal may end the process before."""
    logger.error("%s: %s", error, ", ".join(f"{at}={each}" for at, each in error.message_ids.items()))
    return error


def _ref(message: Mapping[str, Any], number: int) -> MessageRef:
    stream = message.get("MessageStream", _DEFAULT_STREAM)
    return MessageRef(
        number, content.mark_of(message, TRACE_KEY), stream if isinstance(stream, str) else None,
        content.mark_of(message, CALL_KEY),
    )  # fmt: skip


def _found(record: Any) -> Outcome:
    return Outcome(ACCEPTED, storable(record.message_id), in_utc(record.received_at), text="found by its mark")

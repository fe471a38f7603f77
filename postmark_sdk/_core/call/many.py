"""How many mails go out and what is kept of each, for both clients. No I/O."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import AsyncIterable, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from ...errors import InvalidMessageError, OutcomeUnknownError, PostmarkError, Problem, with_hint
from ..http.outcome import Failure, Reply
from ..http.response import unreadable
from ..mail.answers import rows_of
from ..mail.chunks import Chunker
from ..mail.ledger import Ledger
from ..mail.prepare import preparation
from ..mail.trace import checked_trace

if TYPE_CHECKING:
    from ..mail.chunk import Chunk
    from .core import Call, Core
    from .timeout import Timeout

GRACE_SECONDS = 5.0
"""How long an interrupted ``send_many`` waits for the answers to what has left already."""


class EndedError(Exception):
    """Too late to leave."""


class Run:
    """One call of ``send_many``: what to send next, and what came of it."""

    def __init__(
        self,
        core: Core,
        messages: Any,
        *,
        concurrency: int,
        trace: bool | str | None,
        on_unknown: str,
        timeout: Timeout,
    ) -> None:
        _check_concurrency(concurrency)
        self._goes_on = _checked_on_unknown(on_unknown) == "continue"
        self.core = core
        self.report = Ledger()
        self.failure: PostmarkError | None = None
        self._timeout = timeout
        self._leaving = threading.Lock()
        self._ended = False
        self._mark = checked_trace(trace)
        prepared = preparation(core.settings.defaults, core.settings.guard, self._mark)
        self._chunker = Chunker(self.report, prepared)
        try:
            self.source = source_of(messages)
        except InvalidMessageError as error:
            del messages  # nobody who prints a traceback's variables shall see it
            raise error.with_traceback(None)  # noqa: B904 - the same error, without the frame that holds it
        known = isinstance(self.source, Iterator)
        left = () if not known else messages if isinstance(messages, Sequence) else self.source
        core.marks.claim(self._mark, numbered=True)
        self.report.begin(self._mark, left, prepared)

    @property
    def drawn(self) -> list[Any]:
        """Where a message goes in the very step that draws it, so that nothing can come between."""
        return self.report.drawn

    def full(self) -> Iterable[Chunk]:
        """The chunks that are full with what was drawn."""
        return self._chunker.full()

    def chunks(self) -> Iterator[Chunk]:
        """All chunks of an iterator, each made when it is asked for.

        Raises:
            InvalidMessageError: The messages come from an async iterable.
        """
        if isinstance(self.source, AsyncIterable):
            raise InvalidMessageError(
                [Problem("messages", "an async iterable; send_many of the async client takes it")]
            )
        return self._chunker.chunks(self.source)

    def rest(self) -> Iterator[Chunk]:
        """What is left at the end."""
        return self._chunker.rest()

    def leave(self, chunk: Chunk) -> Call:
        """The request for a chunk, which is as good as sent from here on.

        Raises:
            PostmarkError: It cannot be made; nothing was sent.
            EndedError: The caller has the report already.
        """
        call = self.core.request(chunk.operation, chunk.operation.path, chunk.payload(), self._timeout)
        with self._leaving:
            if self._ended:
                raise EndedError
            self.report.leaving(chunk)
        chunk.parts = []
        return call

    def end(self) -> None:
        """Let no chunk leave any more: what the report calls not attempted stays so."""
        with self._leaving:
            self._ended = True

    def arrived(self, chunk: Chunk, outcome: Reply | Failure) -> None:
        """What came back."""
        try:
            rows = rows_of(chunk.operation, outcome, len(chunk.places))
            if not self.report.answered(chunk, rows) and isinstance(outcome, Reply):
                raise self._open(chunk, outcome)
        except PostmarkError as error:
            self.failed(chunk, error)

    def _open(self, chunk: Chunk, reply: Reply) -> PostmarkError:
        error: Any = unreadable(chunk.operation, reply, "it tells nothing about some messages")
        error.message_ids = self.report.loose_ids(chunk)
        return error  # type: ignore[no-any-return]  # what a send's unreadable answer is

    def failed(self, chunk: Chunk, error: PostmarkError) -> None:
        """Nothing useful came back; no further chunk will leave, unless the caller wants to go on."""
        self.report.failed(chunk, error)
        unknown = error if isinstance(error, OutcomeUnknownError) else None
        if self.failure is None and not (unknown and self._goes_on):
            self.failure = error
        elif unknown:
            self.report.keep(unknown)

    def result(self) -> Ledger:
        """What became of all messages.

        Raises:
            PostmarkError: What stopped it.
        """
        if self.failure is not None:
            raise with_hint(self.failure)
        return self.report

    def left_with(self, error: BaseException) -> None:
        """Let an exception on its way out carry the report; what was marked may go again if nothing was taken."""
        with contextlib.suppress(AttributeError):
            error.report = self.report  # type: ignore[attr-defined]  # any exception, the caller's own included
        if not (self.report.accepted or self.report.unknown):
            self.core.marks.free(self._mark, numbered=True)


def _check_concurrency(value: Any) -> None:
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        raise InvalidMessageError([Problem("concurrency", "it takes a whole number from 1")])


def _checked_on_unknown(value: Any) -> str:
    if value not in ("stop", "continue"):
        raise InvalidMessageError([Problem("on_unknown", 'it takes "stop" or "continue"')])
    return str(value)


def source_of(messages: Any) -> Any:
    """An iterator, or an async iterable as it is.

    Raises:
        InvalidMessageError: A single message, or nothing that can be iterated over.
    """
    if isinstance(messages, AsyncIterable):
        return messages
    if isinstance(messages, str | Mapping) or hasattr(messages, "__wire__") or not isinstance(messages, Iterable):
        raise InvalidMessageError([Problem("messages", "one value given; it takes an iterable of messages")])
    return iter(messages)

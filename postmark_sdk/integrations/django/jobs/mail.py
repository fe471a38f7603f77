"""Django's mail into the outbox: what ``EMAIL_BACKEND`` or ``MAILERS`` names where a worker sends."""

from __future__ import annotations

from typing import Any

from ...._core.body.text import join
from ....errors import InvalidMessageError, Problem
from ....jobs.jobs import OUTBOX
from ....models import BulkEmail
from .._outgoing import Outgoing
from ..mail import EmailBackend as _EmailBackend
from .databases import atomic
from .ledger import Jobs

__all__ = ["EmailBackend"]


class EmailBackend(_EmailBackend):
    """What ``django.core.mail`` sends waits in the outbox until a worker sends it; here nothing leaves.

    A message is queued exactly if the transaction commits that it is sent in. All else is as with
    :class:`postmark_sdk.integrations.django.EmailBackend`: options, ``message.postmark``, checks, signals. The status
    of a recipient is ``queued``; ``postmark_status.numbers`` is what ``Jobs().get("outbox").result(number)`` takes.

    Args:
        job: Name of the outbox.
        fail_silently: Whether to go on without a word where a message is wrong. What the database says is always
            raised.
        **options: As there; ``defaults`` and ``guard`` apply here, all others to the worker.

    Raises:
        InvalidOptionsError: An option is wrong.
    """

    def __init__(
        self,
        fail_silently: bool = False,  # noqa: FBT001, FBT002 - Django's signature
        *,
        job: str = OUTBOX,
        **options: Any,
    ) -> None:
        super().__init__(fail_silently, **options)
        self._job = job

    def _deliver(self, outgoing: list[Outgoing]) -> None:
        jobs = Jobs(defaults=self._options.get("defaults"), guard=self._options.get("guard"))
        errors: list[InvalidMessageError] = []
        with atomic(jobs.using):
            for place, each in enumerate(outgoing):
                try:
                    self._queue(jobs, each)
                except InvalidMessageError as error:  # noqa: PERF203 - the others go on
                    errors.append(_at(f"messages[{place}]", error))
        if errors and not self.fail_silently:
            raise _joined(errors)

    def _queue(self, jobs: Jobs, outgoing: Outgoing) -> None:
        """Queue all that is sent for a message, or nothing of it."""
        try:
            with atomic(jobs.using):
                numbers = [self._enqueued(jobs, part.mail) for part in outgoing.parts]
        except InvalidMessageError as error:
            for part in outgoing.parts:
                part.fail(error)
            raise
        for part, number in zip(outgoing.parts, numbers, strict=True):
            part.queue(number)

    def _enqueued(self, jobs: Jobs, mail: Any) -> int:
        if isinstance(mail, BulkEmail):
            problem = "a bulk request does not wait in an outbox: leave it out, or send with the other backend"
            raise InvalidMessageError([Problem("postmark.bulk", problem)])
        return jobs.enqueue(mail, job=self._job)


def _at(where: str, error: InvalidMessageError) -> InvalidMessageError:
    """The same error, with the place of its message."""
    return type(error)([Problem(join(where, field), told) for field, told in error.problems])


def _joined(errors: list[InvalidMessageError]) -> InvalidMessageError:
    """One error for all of them, of their own kind where they have one."""
    kinds = {type(error) for error in errors}
    kind = kinds.pop() if len(kinds) == 1 else InvalidMessageError
    return kind([problem for error in errors for problem in error.problems])

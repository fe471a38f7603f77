"""What became of a message of Django's, as a whole and for each of its recipients."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, Literal

from attrs import asdict, field, frozen

from ..._core.body import addresses
from ..._core.mail.report import SendOutcome
from ...errors import APIError, InvalidMessageError, OutcomeUnknownError, PostmarkError
from ...models import BulkRequest

__all__ = ["MessageStatus", "RecipientStatus", "Status"]

Status = Literal["accepted", "queued", "inactive", "invalid", "refused", "unknown", "not_attempted", "cancelled"]
"""``accepted`` (not yet delivered), ``queued`` (accepted, and delayed; or in a bulk request, or in an outbox),
``inactive`` (suppressed: it will not get the message), ``invalid`` (no address), ``refused`` (with the whole message),
``unknown`` (it left, and no trustworthy answer came), ``not_attempted`` (it did not leave), ``cancelled`` (by a
receiver of ``pre_send``).
"""
_TAKEN = frozenset({"accepted", "queued"})
_DELAYED = "delayed"
"""A word of what Postmark says of a message that it takes and keeps for later."""


@frozen(kw_only=True)
class RecipientStatus:
    """What became of a message for one recipient, and why."""

    status: Status
    message_id: str | None = None
    """Postmark's id of the message that this recipient gets; None if it gets none, or in a bulk request."""
    reason: str | None = field(default=None, repr=False)
    """Postmark's words, or what is wrong with the message; may name addresses. None where all is well."""
    error_code: int | None = None
    """Postmark's code, of a refused message."""
    hint: str | None = None
    """What to do about a refused message, in one sentence."""


@frozen(kw_only=True)
class MessageStatus:
    """What became of a message: the attribute ``postmark_status`` of each that was given to a backend."""

    recipients: dict[str, RecipientStatus] = field(factory=dict, repr=lambda each: f"<{len(each)}>")
    """By address, without names and with domains as they go over the wire."""
    outcomes: tuple[SendOutcome, ...] = ()
    """What became of the mail, or of each of several where it has ``merge_data`` and the like."""
    bulk_request: BulkRequest | None = None
    """What it was sent with, if ``bulk`` was asked for: ``emails.get_bulk`` tells how far it is."""
    numbers: tuple[int, ...] = ()
    """Of its mails in the outbox where they wait: ``Jobs().get("outbox").result(number)`` tells what became of each."""

    def to_dict(self) -> dict[str, object]:
        """A dict that JSON can hold, as for a ``JSONField``; its keys are addresses."""
        return {
            "message_ids": [*self.message_ids],
            "bulk_request_id": None if self.bulk_request is None else self.bulk_request.id,
            "numbers": [*self.numbers],
            "recipients": {address: asdict(each) for address, each in self.recipients.items()},
        }

    @property
    def status(self) -> frozenset[Status]:
        """What there is among its recipients: ``{"accepted"}`` where all is well."""
        return frozenset(each.status for each in self.recipients.values())

    @property
    def success(self) -> bool:
        """Whether Postmark took it for at least one recipient."""
        return not self.status.isdisjoint(_TAKEN)

    @property
    def message_id(self) -> str | None:
        """Postmark's id of it; None if there is none, or several."""
        ids = self.message_ids
        return ids[0] if len(ids) == 1 else None

    @property
    def message_ids(self) -> tuple[str, ...]:
        """Postmark's ids: one, or one for each recipient of ``merge_data`` and the like."""
        return tuple(each.message_id for each in self.outcomes if each.message_id)


def outcome_of_error(error: BaseException) -> SendOutcome:
    """What became of a mail whose call ended with it."""
    if isinstance(error, InvalidMessageError):
        return SendOutcome(index=0, status="refused", text=str(error), problems=tuple(error.problems))
    if isinstance(error, APIError):
        return SendOutcome(index=0, status="refused", text=error.message, error_code=error.error_code)
    known = isinstance(error, PostmarkError) and not isinstance(error, OutcomeUnknownError)
    return SendOutcome(index=0, status="not_attempted" if known else "unknown", text=str(error) or type(error).__name__)


def recipients_of(
    outcome: SendOutcome, *lists: Any, taken: Status = "accepted"
) -> Iterator[tuple[str, RecipientStatus]]:
    """What an outcome means for each recipient in a mail's ``to``, ``cc`` and ``bcc``."""
    inactive = {address.lower() for address in outcome.inactive_recipients}
    reason = None if outcome.text == "OK" else outcome.text
    for address, valid in _addresses(lists):
        status = _status(outcome, address, inactive, taken) if valid else "invalid"
        yield (
            address,
            RecipientStatus(
                status=status,
                message_id=outcome.message_id if status in _TAKEN else None,
                reason=None if status == "accepted" else reason,
                error_code=outcome.error_code,
                hint=outcome.hint,
            ),
        )


def _status(outcome: SendOutcome, address: str, inactive: set[str], taken: Status) -> Status:
    if address.lower() in inactive:
        return "inactive"
    said = (outcome.text or "").lower()
    if outcome.success:
        return "queued" if _DELAYED in said else taken
    if outcome.error_code is not None and f"'{address.lower()}'" in said:  # Invalid 'To' address: 'ann'.
        return "invalid"
    return outcome.status


def _addresses(lists: Iterable[Any]) -> Iterator[tuple[str, bool]]:
    """Each address, and whether it is one."""
    for given in lists:
        for part in _parts(given):
            found: list[Any] = []
            for entry in addresses.entries(part, "", found):
                yield addresses.name_and_address(entry)[1], True
            if found:
                yield str(part[-1] if isinstance(part, tuple) else part), False


def _parts(given: Any) -> list[Any]:
    if given is None:
        return []
    if isinstance(given, str):
        return addresses.split(given)
    return list(given) if isinstance(given, list) else [given]

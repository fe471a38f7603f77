"""What goes out for messages of Django's, and what became of it.

A message is one mail, or with ``merge_data`` and the like one for each address in ``to``, or a bulk request.
"""

from __future__ import annotations

import contextlib
import copy
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

import attrs

from ..._core.body import addresses, inputs
from ..._core.body.text import a_kind
from ..._core.mail.defaults import merged_headers, merged_metadata
from ..._core.mail.report import SendOutcome
from ...errors import InvalidMessageError, Problem
from ...models import BulkEmail, BulkMessage, Email, TemplatedEmail
from ._messages import mail_of, said_by
from .errors import NotAllSentError
from .status import MessageStatus, RecipientStatus, Status, outcome_of_error, recipients_of

if TYPE_CHECKING:
    from ..._generated.resources.emails import EmailsResource
    from ...models import BulkRequest

_MERGED = {"merge_data": "template_model", "merge_metadata": "metadata", "merge_headers": "headers"}
"""What a message says for single recipients, and the field of a mail that it is for."""
_NOT_ATTEMPTED = SendOutcome(index=0, status="not_attempted")


@attrs.define(eq=False)
class Part:
    """One mail of a message, or its bulk request."""

    mail: Any
    outcome: SendOutcome = _NOT_ATTEMPTED
    bulk_request: BulkRequest | None = None
    number: int | None = None
    """In the outbox where it waits."""

    def queue(self, number: int) -> None:
        """It waits in an outbox."""
        self.outcome, self.number = SendOutcome(index=0, status="accepted"), number

    def fail(self, error: BaseException) -> None:
        """It went nowhere."""
        self.outcome = outcome_of_error(error)

    def recipients(self, message: Any) -> Iterator[tuple[str, RecipientStatus]]:
        """What became of it for each recipient."""
        if isinstance(self.mail, BulkEmail):
            lists: list[Any] = [each for one in self.mail.messages or () for each in (one.to, one.cc, one.bcc)]
            return recipients_of(self.outcome, *lists, taken="queued")
        if isinstance(self.mail, Email | TemplatedEmail):
            return recipients_of(self.outcome, self.mail.to, self.mail.cc, self.mail.bcc, taken=self._taken)
        return recipients_of(self.outcome, message.recipients(), taken=self._taken)

    @property
    def _taken(self) -> Status:
        return "accepted" if self.number is None else "queued"


class Outgoing:
    """A message on its way."""

    def __init__(self, message: Any) -> None:
        self.message = message
        self.parts: list[Part] = []
        self.status = MessageStatus()
        self._failed = _NOT_ATTEMPTED

    def prepare(self, where: str, *, bulk: bool) -> None:
        """Make what is sent for it.

        Raises:
            InvalidMessageError: It says something that would be lost.
        """
        try:
            self.parts = [Part(mail) for mail in _mails_of(self.message, where, bulk=bulk)]
        except InvalidMessageError as error:
            self._failed = outcome_of_error(error)
            raise

    def note(self) -> None:
        """Let the message know what became of it."""
        parts = self.parts or [Part(None, self._failed)]
        self.status = MessageStatus(
            recipients={address: each for part in parts for address, each in part.recipients(self.message)},
            outcomes=tuple(part.outcome for part in parts if part.bulk_request is None),
            bulk_request=parts[0].bulk_request,
            numbers=tuple(part.number for part in parts if part.number is not None),
        )
        _note(self.message, self.status)


def cancelled(message: Any) -> None:
    """Let a message know that it was left out."""
    outcome = SendOutcome(index=0, status="not_attempted", text="a receiver of pre_send raised CancelSend")
    reasons = recipients_of(outcome, message.recipients())
    _note(message, MessageStatus(recipients={key: attrs.evolve(each, status="cancelled") for key, each in reasons}))


def _note(message: Any, status: MessageStatus) -> None:
    message.postmark_status = status
    message.postmark_message_id = status.message_id


# --- sending --------------------------------------------------------------------------------------------------------


def send_all(emails: EmailsResource, outgoing: Iterable[Outgoing]) -> None:
    """Send what was prepared: a single mail alone, several together, and each bulk request.

    Raises:
        NotAllSentError: Several mails were sent, and some were not accepted.
        PostmarkError: A call failed; no further one was made.
    """
    together: list[Part] = []
    groups = [together]
    for part in (part for each in outgoing for part in each.parts):
        if isinstance(part.mail, BulkEmail):
            groups.append([part])
        else:
            together.append(part)
    for group in filter(None, groups):
        _send(emails, group)


def _send(emails: EmailsResource, parts: list[Part]) -> None:
    try:
        _call(emails, parts)
    except BaseException as error:
        _take(parts, getattr(error, "report", None) or [outcome_of_error(error)] * len(parts), str(error))
        raise


def _call(emails: EmailsResource, parts: list[Part]) -> None:
    if len(parts) > 1:
        report = emails.send_many([part.mail for part in parts])
        if not report.ok:
            raise NotAllSentError(report)
        _take(parts, report)
        return
    (part,) = parts
    mail = part.mail
    if isinstance(mail, BulkEmail):
        part.bulk_request = emails.send_bulk(mail)
        part.outcome = SendOutcome(index=0, status="accepted")
        return
    result = emails.send(mail)
    part.outcome = SendOutcome(
        index=0,
        status="accepted",
        message_id=result.message_id,
        submitted_at=result.submitted_at,
        text=result.message,
    )


def _take(parts: list[Part], outcomes: Iterable[SendOutcome], reason: str | None = None) -> None:
    for part, outcome in zip(parts, outcomes, strict=False):  # an early end leaves some without
        part.outcome = outcome if outcome.success or outcome.text else attrs.evolve(outcome, text=reason)


# --- what is sent for a message ---------------------------------------------------------------------------------------


def _mails_of(message: Any, where: str, *, bulk: bool) -> list[Any]:
    said, place = said_by(message, where), f"{where}.postmark"
    merged = {name: said.pop(name) for name in _MERGED if name in said}
    bulk = _flag(said.pop("bulk", bulk), f"{place}.bulk")
    wrong = [name for name in said if str(name).startswith("merge")]
    if wrong:
        raise InvalidMessageError([Problem(f"{place}.{name}", f"it takes {', '.join(_MERGED)}") for name in wrong])
    mail = mail_of(message, said, where)
    merged = {name: value for name, value in merged.items() if value is not None}
    if not isinstance(mail, Email | TemplatedEmail) or not (bulk or merged):
        return [mail]
    recipients = _recipients(mail, where)
    own = {_MERGED[name]: _by_address(value, f"{place}.{name}", recipients) for name, value in merged.items()}
    if bulk:
        return [_bulk_email(mail, recipients, own)]
    if "template_model" in own and not isinstance(mail, TemplatedEmail):
        problem = "values are for a template: name one with template_alias or template_id, or send with bulk"
        raise InvalidMessageError([Problem(f"{place}.merge_data", problem)])
    return [_mail_to(address, entry, mail, own) for address, entry in recipients.items()]


def _flag(value: Any, where: str) -> bool:
    if not isinstance(value, bool):
        raise InvalidMessageError([Problem(where, f"{a_kind(value)}; it takes True or False")])
    return value


def _recipients(mail: Any, where: str) -> dict[str, str]:
    """The addresses in ``to``, in lower case, and each as it is written."""
    found: list[Problem] = []
    entries = addresses.entries(mail.to if mail.to is not None else "", f"{where}.to", found)
    if not entries and not found:
        found.append(Problem(f"{where}.to", "each address in it gets a mail of its own, and there is none"))
    if found:
        raise InvalidMessageError(found)
    return {_key(entry): entry for entry in entries}


def _key(entry: str) -> str:
    return addresses.name_and_address(entry)[1].lower()


def _by_address(given: Any, where: str, recipients: Iterable[str]) -> dict[str, Any]:
    """What is given for each address, by its key."""
    if not isinstance(given, Mapping):
        raise InvalidMessageError([Problem(where, f"{a_kind(given)}; it takes a dict with addresses of to as keys")])
    found = {_key(_encoded(address)): value for address, value in given.items()}
    strangers = len(found.keys() - {*recipients})
    if strangers:
        raise InvalidMessageError([Problem(where, f"{strangers} of its keys are no addresses in to")])
    return found


def _encoded(address: Any) -> str:
    return next(iter(addresses.entries(str(address), "", [])), str(address))


def _mail_to(address: str, entry: str, mail: Any, own: Mapping[str, dict[str, Any]]) -> Any:
    """The mail for one of its recipients."""
    made = copy.copy(mail)
    made.to = entry
    for name, values in own.items():
        setattr(made, name, _joined(name, getattr(mail, name), values.get(address)))
    return made


def _bulk_email(mail: Any, recipients: Mapping[str, str], own: Mapping[str, dict[str, Any]]) -> BulkEmail:
    """All of them as one request; what is particular to one is complete there, since it may replace what is common."""
    common = {name: value for name in BulkEmail.__wire__ if (value := getattr(mail, name, None)) is not None}
    model = getattr(mail, "template_model", None)
    entries = [
        BulkMessage(
            to=entry,
            cc=mail.cc,
            bcc=mail.bcc,
            template_model=_joined("template_model", model, own.get("template_model", {}).get(address)) or None,
            **{
                name: _joined(name, getattr(mail, name), own[name][address])
                for name in ("metadata", "headers")
                if address in own.get(name, ())
            },
        )
        for address, entry in recipients.items()
    ]
    return BulkEmail(**common, messages=entries, extra=mail.extra)


def _joined(name: str, common: Any, own: Any) -> Any:
    """What is said for all, and what is said for one, which wins."""
    if name == "template_model":
        parts = [inputs.template_model(each) for each in (common, own) if each is not None]
        with contextlib.suppress(AttributeError, TypeError):  # what is no dict is left to the checks
            return {key: value for part in parts for key, value in part.items()}
        return parts[-1]
    if own is None or common is None:
        return common if own is None else own
    return merged_metadata(common, own) if name == "metadata" else merged_headers(common, own)

"""Django's mail through Postmark: what ``EMAIL_BACKEND`` or ``MAILERS`` names."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Sequence
from email.message import Message
from typing import TYPE_CHECKING, Any

from ..._core.mail.report import SendOutcome, SendReport
from ...errors import ConfigurationError, PostmarkError
from ...models import Email, MessageResult, TemplatedEmail
from .._extras import missing
from ._clients import checked_options, client_with
from ._messages import mail_of
from ._smtp import known_to_queues

try:
    from django.conf import settings
    from django.core.mail import EmailMessage
except ImportError as _why:
    raise missing("django", _why) from _why

if TYPE_CHECKING:  # Django has no types of its own; to checkers a base without any would make the backend unknown too
    from typing_extensions import Self

    class BaseEmailBackend:
        """What a backend inherits."""

        fail_silently: bool

        def __init__(self, fail_silently: bool = False, **options: object) -> None: ...  # noqa: FBT001, FBT002 - Django's
        def open(self) -> bool | None: ...
        def close(self) -> None: ...
        def __enter__(self) -> Self: ...
        def __exit__(self, kind: object, error: object, traceback: object) -> None: ...

    class _WrongSettings(Exception):  # noqa: N818 - an alias
        pass
else:
    from django.core.mail.backends.base import BaseEmailBackend

    try:
        from django.core.mail import InvalidMailer as _WrongSettings
    except ImportError:
        from django.core.exceptions import ImproperlyConfigured as _WrongSettings

__all__ = ["EmailBackend", "InvalidOptionsError", "NotAllSentError"]

_of_thread = threading.local()
_DEEPEST = 2
"""A mail, and one about it."""


class NotAllSentError(PostmarkError):
    """Some of several messages were not accepted; the others were sent.

    Attributes:
        report: What became of each, in their order.
    """

    report: SendReport
    _shown = ("report",)

    def __init__(self, report: SendReport) -> None:
        missing = len(report) - len(report.accepted)
        super().__init__(
            f"{missing} of {len(report)} messages were not accepted; report.refused and report.unknown tell why",
            operation="emails.send_many",
        )
        self.report = report  # pyright: ignore[reportIncompatibleVariableOverride]  # narrower: it is always there


class InvalidOptionsError(ConfigurationError, _WrongSettings):
    """An option is wrong. It is Django's ``InvalidMailer`` as well, or ``ImproperlyConfigured`` before Django 6.1."""


class EmailBackend(BaseEmailBackend):
    """What ``django.core.mail`` sends goes out through ``POST /email`` or, several at once, ``POST /email/batch``.

    It is named in ``EMAIL_BACKEND`` or, from Django 6.1 on, as a ``BACKEND`` in ``MAILERS``. Its options are those of
    ``PostmarkClient``: they stand in the setting ``POSTMARK``, a dict, and ``OPTIONS`` of a mailer or arguments of
    ``get_connection`` win; what is in neither is read from the environment when a mail is sent. All backends of a
    process share their connections.

    A message may have an attribute ``postmark``, a dict of further fields of ``Email``, or those of ``TemplatedEmail``;
    headers such as ``X-PM-Tag`` are understood, too. What it says wins; its headers, metadata and attachments are added
    to those of the message. An accepted message gets an attribute ``postmark_message_id``.

    Args:
        fail_silently: Whether to go on without a word where Postmark does not take a message.
        alias: The name of the mailer in ``MAILERS``.
        username: Not used; Django passes it on.
        password: A server token, as for SMTP; it wins over the options.
        **options: Arguments of ``PostmarkClient``.

    Raises:
        InvalidOptionsError: An option is wrong.
    """

    def __init__(
        self,
        fail_silently: bool = False,  # noqa: FBT001, FBT002 - Django's signature
        *,
        alias: str | None = None,
        username: str | None = None,  # noqa: ARG002 - likewise
        password: str | None = None,
        _ignore_unknown_kwargs: object = None,  # Django 6.1: names of arguments that are not from OPTIONS
        **options: Any,
    ) -> None:
        super().__init__(alias=alias)
        self.fail_silently = fail_silently
        try:
            self._options = {
                **checked_options(getattr(settings, "POSTMARK", {}), "POSTMARK in the settings"),
                **checked_options(options, f"OPTIONS of the mailer {alias!r}" if alias else "EmailBackend"),
                **({"server_token": password} if password else {}),
            }
            client_with(self._options)  # what is wrong with them is said at once
        except ConfigurationError as error:
            raise InvalidOptionsError(str(error)) from error.__cause__

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        """Send messages; one without recipients is left out.

        A mail may be sent while another one is, as by an ``AdminEmailHandler`` that mails what is logged about the
        first. What is given to a backend while that one is sent is left out: it would be about it, without end.

        Returns:
            How many were accepted.

        Raises:
            InvalidMessageError: The only message is wrong, or one of several says what cannot be said to Postmark;
                nothing was sent, and ``fail_silently`` does not hide the latter.
            NotAllSentError: Several were given, and some were not accepted.
            PostmarkError: What ``emails.send`` and ``emails.send_many`` raise. An error after which nothing went out is
                also what ``smtplib`` raises then, so that queues for Django's mail go on with the next message.
        """
        depth = getattr(_of_thread, "depth", 0)
        if depth == _DEEPEST:
            return 0
        _of_thread.depth = depth + 1
        try:
            return self._send_all(email_messages)
        except PostmarkError as error:
            raise known_to_queues(error)  # noqa: B904 - the same error
        finally:
            _of_thread.depth = depth

    def _send_all(self, email_messages: Sequence[EmailMessage]) -> int:
        messages: list[Any] = [message for message in email_messages if message.recipients()]
        mails = [mail_of(message, f"messages[{place}]") for place, message in enumerate(messages)]
        outcomes: Iterable[MessageResult | SendOutcome] = ()
        try:
            outcomes = self._send(mails)
        except PostmarkError as error:
            outcomes = error.report or ()
            if not self.fail_silently:
                raise
        finally:
            for message, outcome in zip(messages, outcomes, strict=False):  # an early end leaves some without
                message.postmark_message_id = outcome.message_id
        return sum(outcome.success for outcome in outcomes)

    def _send(self, mails: list[Email | TemplatedEmail | Message]) -> Iterable[MessageResult | SendOutcome]:
        emails = client_with(self._options).emails
        if len(mails) > 1:
            report = emails.send_many(mails)
            if not report.ok:
                raise NotAllSentError(report)
            return report
        return [
            emails.send_with_template(mail) if isinstance(mail, TemplatedEmail) else emails.send(mail) for mail in mails
        ]

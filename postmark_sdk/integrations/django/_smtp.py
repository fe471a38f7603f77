"""Errors that are also what senders of Django's mail know: their queues go on behind a mail that was refused.

A queue such as django-mailer puts a mail aside where ``smtplib`` says that it was refused, and stops at all else.
What may have gone out is not among them: a queue sends again what it puts aside.
"""

from __future__ import annotations

import smtplib
from typing import Any

from ...errors import (
    AuthenticationError,
    GuardError,
    InactiveRecipientError,
    InvalidMessageError,
    InvalidRequestError,
    PostmarkError,
    RateLimitError,
    ServerError,
    TransportError,
)

_REFUSED, _LATER, _NO_LOGIN = 550, 451, 535
_AS_SMTP: dict[type[PostmarkError], tuple[type[Exception], int]] = {
    InactiveRecipientError: (smtplib.SMTPRecipientsRefused, _REFUSED),
    GuardError: (smtplib.SMTPRecipientsRefused, _REFUSED),
    InvalidMessageError: (smtplib.SMTPDataError, _REFUSED),
    InvalidRequestError: (smtplib.SMTPDataError, _REFUSED),
    AuthenticationError: (smtplib.SMTPAuthenticationError, _NO_LOGIN),
    RateLimitError: (smtplib.SMTPDataError, _LATER),
    ServerError: (smtplib.SMTPDataError, _LATER),
    TransportError: (smtplib.SMTPServerDisconnected, _LATER),
}


def known_to_queues(error: PostmarkError) -> PostmarkError:
    """The same error, of a class that is one of ``smtplib`` as well; as it is where a queue must not go on."""
    found = next((_AS_SMTP[kind] for kind in type(error).__mro__ if kind in _AS_SMTP), None)
    if found is None or isinstance(error, smtplib.SMTPException):
        return error
    smtp, code = found
    known: PostmarkError = OSError.__new__(_both(type(error), smtp))
    known.args = error.args
    known.__dict__.update(error.__dict__)
    _tell(known, code)
    known.__cause__, known.__suppress_context__ = error.__cause__, True
    return known.with_traceback(error.__traceback__)


def _tell(known: Any, code: int) -> None:
    """What the classes of ``smtplib`` carry."""
    answer = (code, str(known).encode())
    if isinstance(known, smtplib.SMTPRecipientsRefused):
        known.recipients = dict.fromkeys(getattr(known, "addresses", ()), answer)
    elif isinstance(known, smtplib.SMTPResponseException):
        known.smtp_code, known.smtp_error = answer


def _both(kind: Any, smtp: Any) -> Any:
    if (kind, smtp) not in _made:
        _made[kind, smtp] = _make(kind, smtp)
    return _made[kind, smtp]


_made: dict[tuple[Any, Any], Any] = {}


def _make(kind: Any, smtp: Any) -> Any:
    def reduced(self: PostmarkError) -> tuple[Any, ...]:
        plain: PostmarkError = kind.__new__(kind, *self.args)
        plain.__dict__.update(self.__dict__)
        return known_to_queues, (plain,)

    # Who notes an error by its name, as Django's tasks do, finds the SDK's under it.
    names = {"__module__": kind.__module__, "__qualname__": kind.__qualname__, "__doc__": kind.__doc__}
    return type(kind.__name__, (kind, smtp), {**names, "__reduce__": reduced})

"""Every error of this package.

.. code-block:: text

    PostmarkError
    ├── ConfigurationError            a missing or malformed token, a bad option, a closed client (also a ValueError)
    ├── InvalidMessageError           refused before sending: every problem at once (also a ValueError)
    │   └── GuardError                the client's guard does not let mail out to these recipients
    ├── TransportError                no answer, and nothing was changed at Postmark
    │   └── RequestTimeoutError
    ├── OutcomeUnknownError           a send or create left and no trustworthy answer came back
    ├── DecodeError                   an answer that is not readable
    └── APIError                      Postmark refused the call
        ├── AuthenticationError       401, code 10
        ├── InvalidRequestError       422
        │   ├── InactiveRecipientError    code 406
        │   └── NotFoundError         404, and the 422 codes that mean "no such thing"
        ├── RateLimitError            429
        └── ServerError               5xx

All of them survive pickle. ``repr`` holds no token, address or body. ``str`` of an :class:`APIError` repeats Postmark's
own words, which may name an address: log the ``repr``.
"""

from __future__ import annotations

import dataclasses
import re
import sys
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple, TypeVar

from . import _types as _t

__all__ = [
    "APIError",
    "AuthenticationError",
    "ConfigurationError",
    "DecodeError",
    "GuardError",
    "InactiveRecipientError",
    "InvalidMessageError",
    "InvalidRequestError",
    "MessageRef",
    "NotFoundError",
    "OutcomeUnknownError",
    "PostmarkError",
    "Problem",
    "RateLimitError",
    "RequestTimeoutError",
    "ServerError",
    "TransportError",
]


E = TypeVar("E", bound="PostmarkError")


class PostmarkError(Exception):
    """The base of all errors of this package.

    Attributes:
        operation: The method that was called, such as ``emails.send``; None outside a call.
        method: HTTP method, None outside a call.
        path: Path template, such as ``/bounces/{bounce_id}``: it groups in error trackers and holds no data of yours.
        hint: What to do next, in one sentence; None where nobody knows.
        resume: Where an iteration stopped: pass it to the same method to go on. None for every other call.
        report: What became of each message of ``emails.send_many``, and what may go again. None for every other call.
    """

    hint: str | None = None
    resume: _t.ResumePoint | None = None
    report: _t.SendReport | None = None
    _shown: tuple[str, ...] = ("operation",)

    def __init__(
        self,
        message: str,
        *,
        operation: str | None = None,
        method: str | None = None,
        path: str | None = None,
    ) -> None:
        super().__init__(message)
        self.operation = operation
        self.method = method
        self.path = path

    def __repr__(self) -> str:
        """Constructor style, of what is set and harmless."""
        shown = (f"{name}={value!r}" for name in self._shown if (value := getattr(self, name, None)) is not None)
        return f"{type(self).__name__}({', '.join(shown)})"

    def __reduce__(self) -> tuple[Any, ...]:
        """Keyword-only constructors do not survive the default protocol."""
        return _restore, (type(self), self.args, self.__dict__.copy())


def _restore(cls: type[PostmarkError], args: tuple[Any, ...], state: dict[str, Any]) -> PostmarkError:
    error = cls.__new__(cls, *args)
    error.__dict__.update(state)
    return error


class ConfigurationError(PostmarkError, ValueError):
    """A missing or malformed token, a bad option, or a client that was closed. Nothing was sent."""

    _shown = ("args", "operation")


class Problem(NamedTuple):
    """One thing wrong with what the caller wrote."""

    field: str
    """Where: an attribute path such as ``messages[17].attachments[0].name``."""
    message: str
    """What is wrong, the limit, and what to do."""

    def __str__(self) -> str:
        """``field: message``."""
        return f"{self.field}: {self.message}" if self.field else self.message


class InvalidMessageError(PostmarkError, ValueError):
    """A message, another request body or an argument was refused before anything was sent.

    Attributes:
        problems: Every problem found, each with its field. Texts hold limits and field names, never values.
    """

    _shown = ("operation", "problems")

    def __init__(
        self,
        problems: Sequence[Problem] | str,
        *,
        operation: str | None = None,
        method: str | None = None,
        path: str | None = None,
    ) -> None:
        if isinstance(problems, str):  # task runners build errors anew from their text
            problems = [Problem("", line) for line in problems.splitlines()]
        super().__init__("\n".join(map(str, problems)), operation=operation, method=method, path=path)
        self.problems: list[Problem] = list(problems)


class GuardError(InvalidMessageError):
    """The client's :class:`~postmark_sdk.Guard` stopped it: a recipient or server is not what it allows.

    Nothing was sent. ``problems`` tells which fields; it holds no addresses.
    """


@dataclasses.dataclass(frozen=True)
class MessageRef:
    """Which message of a call something is about, without any of its content."""

    index: int
    """Place in what was given to the call, from 0."""
    trace: str | None
    """The mark in its metadata, if the call was made with ``trace``; ``emails.resolve`` looks for it."""
    message_stream: str | None = None
    """The stream it was sent through, if it has a mark and that is known: a search looks at one stream."""
    call_trace: str | None = None
    """The mark that it shares with up to 499 others of its call, if its metadata had room: one search finds them."""


class TransportError(PostmarkError):
    """No answer came, and nothing was changed at Postmark: no connection, or a call that changes nothing was cut off.

    Attributes:
        reason: What happened, in words that hold no data of yours. The HTTP library's own error is ``__cause__``.
        host: Where it was to go, None if that is not known.
        attempts: How often it was tried.
    """

    hint: str | None = "Nothing was changed at Postmark: it may be called again."
    _shown = ("reason", "host", "operation", "attempts")

    def __init__(
        self, reason: str, *, operation: str, method: str, path: str, attempts: int = 1, host: str | None = None
    ) -> None:
        where = f" ({host})" if host else ""
        super().__init__(f"{method} {path}: {reason}{where}", operation=operation, method=method, path=path)
        self.reason = reason
        self.host = host
        self.attempts = attempts


class RequestTimeoutError(TransportError):
    """No connection or no answer within the time allowed."""


class OutcomeUnknownError(PostmarkError):
    """A send or create left this machine and no trustworthy answer came back: it may have happened or not.

    It is never repeated by the SDK. Ask ``emails.resolve`` (for calls with ``trace``) or look for the message with
    ``outbound.list`` before you repeat it yourself.

    Attributes:
        reason: What happened, in words that hold no data of yours.
        messages: Which messages of the call it is about, by place and mark; empty where it is no send.
        message_ids: Ids that an answer held which does not fit the call: these messages were accepted.
        status_code: Status of the untrustworthy answer, None if there was none.
        error_code: Postmark's code in that answer, None if there was none.
        attempts: How often it was tried; all earlier tries are known to have had no effect.
    """

    _shown = ("reason", "operation", "status_code", "error_code", "attempts")
    messages: tuple[MessageRef, ...] = ()

    @property
    def hint(self) -> str:  # type: ignore[override]  # of a class; here it depends on the call
        """What to do next, in one sentence."""
        if any(message.trace for message in self.messages):
            return "Do not send it again before emails.resolve(error) has told what became of it."
        if self.messages:
            return (
                "Do not send it again before you looked for it, with outbound.list for instance. Had the call had "
                "trace=True, emails.resolve(error) could tell."
            )
        return "Do not call it again before you looked whether it was done."

    def __init__(
        self,
        reason: str,
        *,
        operation: str,
        method: str,
        path: str,
        status_code: int | None = None,
        error_code: int | None = None,
        attempts: int = 1,
    ) -> None:
        super().__init__(
            f"{method} {path}: {reason}; whether Postmark took it is unknown, so it was not repeated",
            operation=operation,
            method=method,
            path=path,
        )
        self.reason = reason
        self.status_code = status_code
        self.error_code = error_code
        self.attempts = attempts
        self.message_ids: tuple[str, ...] = ()


class DecodeError(PostmarkError):
    """An answer or payload that is not JSON, or not readable at all.

    Attributes:
        reason: What could not be read.
        status_code: Status of the answer; of a webhook payload, the status to answer with.
        headers: Headers of the answer, names in lower case.
        body: The first bytes of it, at most 1024.
    """

    _shown = ("reason", "operation", "status_code")

    def __init__(
        self,
        reason: str,
        *,
        status_code: int,
        headers: Mapping[str, str] | None = None,
        body: bytes = b"",
        operation: str | None = None,
        method: str | None = None,
        path: str | None = None,
    ) -> None:
        where = f"{method} {path} answered {status_code}: " if path else ""
        super().__init__(f"{where}{reason}", operation=operation, method=method, path=path)
        self.reason = reason
        self.status_code = status_code
        self.headers: dict[str, str] = dict(headers or {})
        self.body = body


class APIError(PostmarkError):
    """Postmark refused the call.

    Attributes:
        status_code: HTTP status.
        error_code: Postmark's own code, None if the answer had none. Not the same numbers as the HTTP status.
        message: Postmark's own words; they may name an address.
        errors: Field name to list of ``{ErrorCode, Message}``, where Postmark reported several errors (code 11).
        body: The answer's JSON as it came, or its first 1024 characters where it was no JSON.
        headers: Headers of the answer, names in lower case.
        attempts: How often it was tried.
    """

    hint: str | None = None
    _shown: tuple[str, ...] = ("status_code", "error_code", "operation", "method", "path")

    def __init__(
        self,
        message: str,
        *,
        status_code: int,
        error_code: int | None = None,
        hint: str | None = None,
        operation: str,
        method: str,
        path: str,
        errors: Mapping[str, Any] | None = None,
        body: Any = None,
        headers: Mapping[str, str] | None = None,
        attempts: int = 1,
    ) -> None:
        code = "" if error_code is None else f", code {error_code}"
        super().__init__(
            f"{method} {path} answered {status_code}{code}: {message}",
            operation=operation,
            method=method,
            path=path,
        )
        self.status_code = status_code
        self.error_code = error_code
        self.message = message
        if hint is not None:
            self.hint = hint
        self.errors: dict[str, Any] = dict(errors or {})
        self.body = body
        self.headers: dict[str, str] = dict(headers or {})
        self.attempts = attempts


class AuthenticationError(APIError):
    """The token was missing, unknown or of the wrong kind (401, code 10).

    Attributes:
        wanted: ``server`` or ``account``, the kind of token this call takes.
    """

    wanted: str = "server"
    _shown: tuple[str, ...] = ("status_code", "error_code", "wanted", "operation", "method", "path")


class InvalidRequestError(APIError):
    """Something is wrong with the request (422); ``error_code`` and ``hint`` tell what."""


class InactiveRecipientError(InvalidRequestError):
    """Every recipient is suppressed (code 406): they bounced, complained or were switched off."""

    @property
    def addresses(self) -> list[str]:
        """The suppressed addresses that Postmark named, in lower case."""
        return inactive_addresses(self.message)


class NotFoundError(InvalidRequestError):
    """No such thing. Postmark usually says so with status 422 and a code, seldom with 404."""


class RateLimitError(APIError):
    """Too many requests (429).

    Attributes:
        retry_after: Seconds to wait as Postmark asked for, None if it did not say.
    """

    hint: str | None = "Wait as long as retry_after says, or some seconds, and call again; send less at a time."
    retry_after: float | None = None
    _shown: tuple[str, ...] = ("status_code", "error_code", "retry_after", "operation", "method", "path")


class ServerError(APIError):
    """A fault at Postmark (5xx) of a call that may be repeated, or maintenance (503, code 100)."""

    hint: str | None = "The fault is Postmark's, and nothing was done: call again later."


def with_hint(error: E) -> E:
    """The same error; tracebacks show its hint from Python 3.11 on."""
    if error.hint and sys.version_info >= (3, 11) and error.hint not in getattr(error, "__notes__", ()):
        error.add_note(error.hint)
    return error


_BEFORE_INACTIVE = re.compile("inactive addresses:", re.IGNORECASE)
_AFTER_INACTIVE = re.compile("Inactive recipients", re.IGNORECASE)


def inactive_addresses(message: str | None) -> list[str]:
    """The suppressed addresses named in an answer's text, under all its known wordings."""
    before = _BEFORE_INACTIVE.search(message) if isinstance(message, str) else None
    if before is None:
        return []
    named = _AFTER_INACTIVE.split(before.string[before.end() :], maxsplit=1)[0]
    return [address.strip().rstrip(".") for address in named.split(",") if address.strip(" \t\r\n.")]

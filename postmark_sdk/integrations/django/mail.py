"""Django's mail through Postmark: what ``EMAIL_BACKEND`` or ``MAILERS`` names."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from ... import PostmarkClient
from ..._core.body.text import a_kind
from ...errors import ConfigurationError, PostmarkError
from .._extras import missing
from .._options import OPTIONS, checked_options
from ._clients import client_with
from ._outgoing import Outgoing, cancelled, send_all
from ._smtp import known_to_queues
from .errors import InvalidOptionsError
from .signals import CancelSend, post_send, pre_send
from .status import MessageStatus

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
else:
    from django.core.mail.backends.base import BaseEmailBackend

__all__ = ["EmailBackend"]

_OPTIONS = (*OPTIONS, "bulk")
_of_thread = threading.local()
_DEEPEST = 2
"""A mail, and one about it."""


class EmailBackend(BaseEmailBackend):
    """What ``django.core.mail`` sends goes out through ``POST /email`` or, several at once, ``POST /email/batch``.

    It is named in ``EMAIL_BACKEND`` or, from Django 6.1 on, as a ``BACKEND`` in ``MAILERS``. Its options are those of
    ``PostmarkClient``: they stand in the setting ``POSTMARK``, a dict, and ``OPTIONS`` of a mailer or arguments of
    ``get_connection`` win; what is in neither is read from the environment when a mail is sent. All backends of a
    process share their connections.

    A message may have an attribute ``postmark``, a dict of further fields of ``Email``, or those of ``TemplatedEmail``;
    headers such as ``X-PM-Tag`` are understood, too. What it says wins; its headers, metadata and attachments are added
    to those of the message. With ``merge_data``, ``merge_metadata`` or ``merge_headers`` in it, dicts with addresses as
    keys, each address in ``to`` gets a mail of its own, all in one call; with ``bulk``, through ``POST /email/bulk``.

    Every message gets an attribute ``postmark_status``, a :class:`MessageStatus`, and ``postmark_message_id``.
    :mod:`~postmark_sdk.integrations.django.signals` are sent before and after.

    Args:
        fail_silently: Whether to go on without a word where Postmark does not take a message.
        alias: The name of the mailer in ``MAILERS``.
        username: Not used; Django passes it on.
        password: A server token, as for SMTP; it wins over the options.
        **options: Arguments of ``PostmarkClient``, and ``bulk``: whether all messages are sent as with ``bulk``.

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
                **checked_options(getattr(settings, "POSTMARK", {}), "POSTMARK in the settings", _OPTIONS),
                **checked_options(options, f"OPTIONS of the mailer {alias!r}" if alias else "EmailBackend", _OPTIONS),
                **({"server_token": password} if password else {}),
            }
            self._bulk = self._options.pop("bulk", False)
            client_with(self._options)  # what is wrong with them is said at once
        except ConfigurationError as error:
            raise InvalidOptionsError(str(error)) from error.__cause__
        if not isinstance(self._bulk, bool):
            raise InvalidOptionsError(f"bulk: {a_kind(self._bulk)}; it takes True or False")

    @property
    def client(self) -> PostmarkClient:
        """The client that it sends with, for calls that Django has no words for. It is shared: do not close it."""
        return client_with(self._options)

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        """Send messages; one without recipients is left out, and one that a receiver of ``pre_send`` cancels.

        A mail may be sent while another one is, as by an ``AdminEmailHandler`` that mails what is logged about the
        first. What is given to a backend while that one is sent is left out: it would be about it, without end.

        Returns:
            How many were accepted, each for one recipient at least.

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
        outgoing = [Outgoing(message) for message in email_messages if self._may_go(message)]
        try:
            for place, each in enumerate(outgoing):
                each.prepare(f"messages[{place}]", bulk=self._bulk)
            self._deliver(outgoing)
        finally:
            for each in outgoing:
                each.note()
                self._done(each.message, each.status)
        return sum(each.status.success for each in outgoing)

    def _done(self, message: Any, status: MessageStatus) -> None:
        """What is done about a message of which is known what became of it."""
        post_send.send_robust(type(self), message=message, status=status)

    def _may_go(self, message: Any) -> bool:
        """Whether no receiver wants it left out, and it has a recipient then."""
        try:
            pre_send.send(type(self), message=message)
        except CancelSend:
            cancelled(message)
            return False
        return bool(message.recipients())

    def _deliver(self, outgoing: list[Outgoing]) -> None:
        try:
            send_all(self.client.emails, outgoing)
        except PostmarkError:
            if not self.fail_silently:
                raise

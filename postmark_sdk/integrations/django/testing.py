"""A backend for tests: it does all that the real one does but sending, and keeps messages in ``mail.outbox``.

What Postmark cannot take is refused as in production, signals are sent, and messages get their ``postmark_status``.
Django's own backend for tests, which its test runners put in place, takes everything.
"""

from __future__ import annotations

import copy
import datetime as _dt
import functools
import json
import uuid
from typing import TYPE_CHECKING, Any

import httpx
from django.core import mail

from ... import PostmarkClient
from ..._core.mail.guard import TEST_TOKEN
from ..._core.schema.lazy import public
from .mail import EmailBackend as _EmailBackend

if TYPE_CHECKING:
    from collections.abc import Callable

    from .status import MessageStatus

__all__ = ["EmailBackend"]
__dir__: Callable[[], list[str]] = public(__name__)


class EmailBackend(_EmailBackend):
    """For ``EMAIL_BACKEND`` or ``MAILERS`` in tests. No server, no token and no network is needed.

    Accepted messages are copied to ``django.core.mail.outbox``, as by Django's ``locmem`` backend. To test what your
    code does about an error, raise it from a receiver of ``pre_send``; for templates, bounces and webhooks there is
    :class:`postmark_sdk.testing.TestEmulator`.
    """

    @property
    def client(self) -> PostmarkClient:
        """A client that accepts every mail, and lets none out."""
        options = {name: value for name, value in self._options.items() if name != "transport"}
        return PostmarkClient(**{**options, "server_token": TEST_TOKEN, "http_client": _http_client()})

    def _done(self, message: Any, status: MessageStatus) -> None:
        if status.success:
            sent: Any = copy.copy(message)
            sent.sent_using = getattr(self, "alias", None)  # as Django 6.1 has it
            _outbox().append(sent)
        super()._done(message, status)


def _outbox() -> list[Any]:
    """Django's, which is there while its test runner runs."""
    module: Any = mail
    if not hasattr(module, "outbox"):
        module.outbox = []
    found: list[Any] = module.outbox
    return found


@functools.cache
def _http_client() -> httpx.Client:
    return httpx.Client(transport=httpx.MockTransport(_answer), trust_env=False)


def _answer(request: httpx.Request) -> httpx.Response:
    """What Postmark answers where all is well."""
    body: Any = json.loads(request.read())
    now = _dt.datetime.now(_dt.timezone.utc).isoformat()
    if request.url.path == "/email/bulk":
        return httpx.Response(200, json={"Id": str(uuid.uuid4()), "SubmittedAt": now, "Status": "Accepted"})
    mails = body.get("Messages") if isinstance(body, dict) else body
    rows = [
        {"To": each.get("To"), "SubmittedAt": now, "MessageID": str(uuid.uuid4()), "ErrorCode": 0, "Message": "OK"}
        for each in (mails or [body])
    ]
    return httpx.Response(200, json=rows if mails else rows[0])

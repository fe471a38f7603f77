"""Postmark's transactional email API, for synchronous and asynchronous Python.

>>> from postmark_sdk import PostmarkClient
>>> with PostmarkClient("server-token-for-examples") as client:  # doctest: +SKIP
...     client.emails.send(from_="a@example.com", to="b@example.com", subject="Hi", text_body="Hello.")

Everything here is imported on first use: ``import postmark_sdk`` costs next to nothing.
"""

from __future__ import annotations

from ._core.schema.lazy import attach
from ._version import __version__

TYPE_CHECKING = False  # as typing has it; importing that takes longer than all else on the way to a client

if TYPE_CHECKING:
    from . import constants as constants
    from . import errors as errors
    from . import models as models
    from . import webhooks as webhooks
    from ._client import AsyncPostmarkClient as AsyncPostmarkClient
    from ._client import PostmarkClient as PostmarkClient
    from ._core.body.typed.template import TypedTemplate as TypedTemplate
    from ._core.call.events import AttemptEvent as AttemptEvent
    from ._core.call.events import CallEvent as CallEvent
    from ._core.call.with_response import with_response as with_response
    from ._core.http.raw import APIResponse as APIResponse
    from ._core.http.raw import RawResponse as RawResponse
    from ._core.mail.defaults import Defaults as Defaults
    from ._core.mail.guard import Guard as Guard
    from ._core.mail.report import SendOutcome as SendOutcome
    from ._core.mail.report import SendReport as SendReport
    from ._core.mail.resolve import Resolution as Resolution
    from ._core.paging.resume import ResumePoint as ResumePoint
    from ._core.schema.converter import converter as converter
    from .errors import APIError as APIError
    from .errors import AuthenticationError as AuthenticationError
    from .errors import ConfigurationError as ConfigurationError
    from .errors import DecodeError as DecodeError
    from .errors import GuardError as GuardError
    from .errors import InactiveRecipientError as InactiveRecipientError
    from .errors import InvalidMessageError as InvalidMessageError
    from .errors import InvalidRequestError as InvalidRequestError
    from .errors import MessageRef as MessageRef
    from .errors import NotFoundError as NotFoundError
    from .errors import OutcomeUnknownError as OutcomeUnknownError
    from .errors import PostmarkError as PostmarkError
    from .errors import Problem as Problem
    from .errors import RateLimitError as RateLimitError
    from .errors import RequestTimeoutError as RequestTimeoutError
    from .errors import ServerError as ServerError
    from .errors import TransportError as TransportError
    from .models import Attachment as Attachment
    from .models import BulkEmail as BulkEmail
    from .models import BulkMessage as BulkMessage
    from .models import Email as Email
    from .models import MessageResult as MessageResult
    from .models import SendResult as SendResult
    from .models import TemplatedEmail as TemplatedEmail

__all__ = [
    "APIError",
    "APIResponse",
    "AsyncPostmarkClient",
    "Attachment",
    "AttemptEvent",
    "AuthenticationError",
    "BulkEmail",
    "BulkMessage",
    "CallEvent",
    "ConfigurationError",
    "DecodeError",
    "Defaults",
    "Email",
    "Guard",
    "GuardError",
    "InactiveRecipientError",
    "InvalidMessageError",
    "InvalidRequestError",
    "MessageRef",
    "MessageResult",
    "NotFoundError",
    "OutcomeUnknownError",
    "PostmarkClient",
    "PostmarkError",
    "Problem",
    "RateLimitError",
    "RawResponse",
    "RequestTimeoutError",
    "Resolution",
    "ResumePoint",
    "SendOutcome",
    "SendReport",
    "SendResult",
    "ServerError",
    "TemplatedEmail",
    "TransportError",
    "TypedTemplate",
    "__version__",
    "constants",
    "converter",
    "errors",
    "models",
    "webhooks",
    "with_response",
]

_CLIENTS = dict.fromkeys(("AsyncPostmarkClient", "PostmarkClient"), "_client")
_MODELS = dict.fromkeys(
    ("Attachment", "BulkEmail", "BulkMessage", "Email", "MessageResult", "SendResult", "TemplatedEmail"), "models"
)
_ERRORS = dict.fromkeys(
    (name for name in __all__ if name.endswith("Error") or name in {"MessageRef", "Problem"}), "errors"
)
_OTHERS = {
    "APIResponse": "_core.http.raw",
    "AttemptEvent": "_core.call.events",
    "CallEvent": "_core.call.events",
    "Defaults": "_core.mail.defaults",
    "Guard": "_core.mail.guard",
    "RawResponse": "_core.http.raw",
    "Resolution": "_core.mail.resolve",
    "ResumePoint": "_core.paging.resume",
    "SendOutcome": "_core.mail.report",
    "SendReport": "_core.mail.report",
    "TypedTemplate": "_core.body.typed.template",
    "converter": "_core.schema.converter",
    "with_response": "_core.call.with_response",
}

if not TYPE_CHECKING:  # checkers know the names from above; a module's __getattr__ would hide misspelt ones
    __getattr__, __dir__ = attach(
        __name__, {**_CLIENTS, **_MODELS, **_ERRORS, **_OTHERS}, modules=("constants", "errors", "models", "webhooks")
    )

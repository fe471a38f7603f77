"""What annotations name, imported when one of them is evaluated: starting up needs none of it."""

from __future__ import annotations

from importlib import import_module

TYPE_CHECKING = False  # as typing has it; importing that takes longer than all else on the way to a client
if TYPE_CHECKING:
    from collections.abc import Callable as Callable
    from collections.abc import Iterator as Iterator
    from collections.abc import Mapping as Mapping
    from types import TracebackType as TracebackType
    from typing import Any as Any

    import httpx as httpx
    from typing_extensions import Self as Self
    from typing_extensions import Unpack as Unpack

    from ._behavior.inbound.fields import ReplyFields as ReplyFields
    from ._behavior.inbound.headers import SpamReport as SpamReport
    from ._core.call.aio import AsyncCore as AsyncCore
    from ._core.call.events import Listener as Listener
    from ._core.call.forms import HeadersInput as HeadersInput
    from ._core.call.forms import MetadataInput as MetadataInput
    from ._core.call.forms import Recipient as Recipient
    from ._core.call.forms import Recipients as Recipients
    from ._core.call.sync import SyncCore as SyncCore
    from ._core.call.timeout import Timeout as Timeout
    from ._core.http.raw import RawResponse as RawResponse
    from ._core.mail.defaults import Defaults as Defaults
    from ._core.mail.guard import Guard as Guard
    from ._core.mail.report import SendReport as SendReport
    from ._core.mail.resolve import Resolution as Resolution
    from ._core.paging.resume import ResumePoint as ResumePoint
    from ._forms import Mail as Mail
    from ._forms import Triggers as Triggers
    from ._generated.models._enums import TrackLinks as TrackLinks
    from ._generated.models.attachment import Attachment as Attachment
    from ._generated.models.bulk_request import BulkRequest as BulkRequest
    from ._generated.models.email import Email as Email
    from ._generated.models.send_result import SendResult as SendResult
    from ._generated.models.templated_email import TemplatedEmail as TemplatedEmail
    from ._generated.params import AttachmentParams as AttachmentParams
    from ._generated.params import AttachmentWire as AttachmentWire
    from ._webhooks.auth import WebhookAuth as WebhookAuth
    from ._webhooks.ensure import WebhookChange as WebhookChange
    from ._webhooks.event import WebhookEvent as WebhookEvent

_ORIGINS = {
    "Any": "typing",
    "AsyncCore": "._core.call.aio",
    "Attachment": "._generated.models.attachment",
    "AttachmentParams": "._generated.params",
    "AttachmentWire": "._generated.params",
    "BulkRequest": "._generated.models.bulk_request",
    "Callable": "collections.abc",
    "Defaults": "._core.mail.defaults",
    "Email": "._generated.models.email",
    "Guard": "._core.mail.guard",
    "HeadersInput": "._core.call.forms",
    "Iterator": "collections.abc",
    "Listener": "._core.call.events",
    "Mail": "._forms",
    "Mapping": "collections.abc",
    "MetadataInput": "._core.call.forms",
    "RawResponse": "._core.http.raw",
    "Recipient": "._core.call.forms",
    "Recipients": "._core.call.forms",
    "ReplyFields": "._behavior.inbound.fields",
    "Resolution": "._core.mail.resolve",
    "ResumePoint": "._core.paging.resume",
    "Self": "typing_extensions",
    "SendReport": "._core.mail.report",
    "SendResult": "._generated.models.send_result",
    "SpamReport": "._behavior.inbound.headers",
    "SyncCore": "._core.call.sync",
    "TemplatedEmail": "._generated.models.templated_email",
    "Timeout": "._core.call.timeout",
    "TracebackType": "types",
    "TrackLinks": "._generated.models._enums",
    "Triggers": "._forms",
    "Unpack": "typing_extensions",
    "WebhookAuth": "._webhooks.auth",
    "WebhookChange": "._webhooks.ensure",
    "WebhookEvent": "._webhooks.event",
}

if not TYPE_CHECKING:  # checkers know the names from above; a module's __getattr__ would hide misspelt ones

    def __getattr__(name: str) -> Any:
        if name == "httpx":
            return import_module(name)
        if name not in _ORIGINS:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        value = getattr(import_module(_ORIGINS[name], __package__), name)
        globals()[name] = value
        return value

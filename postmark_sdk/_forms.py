"""The types of what handwritten methods take. Annotations name them; whoever evaluates one imports this module."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from email.message import Message
from typing import TypeAlias

from ._behavior.events import Event
from ._generated.models.email import Email
from ._generated.models.templated_email import TemplatedEmail
from ._generated.models.webhook_triggers import WebhookTriggers
from ._generated.params import EmailParams, EmailWire, TemplatedEmailParams, TemplatedEmailWire

Mail: TypeAlias = Email | TemplatedEmail | EmailParams | EmailWire | TemplatedEmailParams | TemplatedEmailWire | Message
"""A mail, plain or from a template, as a model, as a dict or as a message of the standard library."""

Triggers: TypeAlias = Iterable[str | type[Event]] | WebhookTriggers | Mapping[str, Mapping[str, bool]]
"""What a webhook shall tell of: names, kinds of events, or either with further settings."""

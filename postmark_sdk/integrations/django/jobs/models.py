"""The ledger's tables for Django's queries and its admin. Read them; what changes them is :class:`Jobs`."""

from __future__ import annotations

import datetime as _dt
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db import models

if TYPE_CHECKING:

    class _Model:
        """Django's, which has no types of its own."""

        objects: Any

    class _DateTimeField:
        """As above."""

        def __init__(self, **options: object) -> None: ...
else:
    from django.db.models import DateTimeField as _DateTimeField
    from django.db.models import Model as _Model

__all__ = ["Chunk", "Content", "Job", "Message", "UtcField"]


class UtcField(_DateTimeField):
    """A time in UTC, in a column that knows no zones."""

    def from_db_value(self, value: Any, *_: object) -> Any:
        """With its zone, where the project uses zones."""
        naive = isinstance(value, _dt.datetime) and value.tzinfo is None
        return value.replace(tzinfo=_dt.timezone.utc) if naive and settings.USE_TZ else value


class Job(_Model):
    """A job, or an outbox."""

    id: Any = models.AutoField(primary_key=True)
    name: Any = models.CharField(max_length=200, unique=True)
    state: Any = models.CharField(max_length=9)
    standing: Any = models.BooleanField("outbox")
    created_at: Any = UtcField()
    mark: Any = models.CharField(max_length=32)
    resend_not_found_after: Any = models.FloatField(null=True)
    total: Any = models.BigIntegerField()
    refused: Any = models.BigIntegerField()
    adder: Any = models.CharField(max_length=32, null=True)  # noqa: DJ001 - the table is not Django's
    adder_until: Any = UtcField(null=True)

    class Meta:  # noqa: D106 - Django's
        db_table = "postmark_jobs"

    def __str__(self) -> str:
        """Its name."""
        return str(self.name)


class Chunk(_Model):
    """Messages that go in one call."""

    id: Any = models.BigAutoField(primary_key=True)
    job_id: Any = models.IntegerField()
    state: Any = models.CharField(max_length=9)
    due_at: Any = UtcField(null=True)
    handed_at: Any = UtcField(null=True)
    owner: Any = models.CharField(max_length=100, null=True)  # noqa: DJ001 - as above
    attempt: Any = models.IntegerField()
    looks: Any = models.IntegerField()
    sent_at: Any = UtcField(null=True)
    operation: Any = models.CharField(max_length=20)
    size: Any = models.IntegerField()
    accepted: Any = models.IntegerField()
    refused: Any = models.IntegerField()
    unknown: Any = models.IntegerField()
    first: Any = models.BigIntegerField()
    last: Any = models.BigIntegerField()
    numbers: Any = models.TextField()
    key: Any = models.CharField(max_length=200, null=True)  # noqa: DJ001 - as above
    reason: Any = models.TextField(null=True)  # noqa: DJ001 - as above

    class Meta:  # noqa: D106 - Django's
        db_table = "postmark_chunks"

    def __str__(self) -> str:
        """Which one."""
        return f"chunk {self.id}: {self.state}"


class Content(_Model):
    """What is posted for a chunk."""

    chunk_id: Any = models.BigIntegerField(primary_key=True)
    messages: Any = models.BinaryField()

    class Meta:  # noqa: D106 - Django's
        db_table = "postmark_contents"

    def __str__(self) -> str:
        """Whose."""
        return f"content of chunk {self.chunk_id}"


class Message(_Model):
    """What is known of a message: one without a row waits, or was cancelled, as its chunk says.

    Its number is unique within its job only, whatever Django thinks of it: ask for both.
    """

    job_id: Any = models.IntegerField()
    number: Any = models.BigIntegerField(primary_key=True)
    state: Any = models.CharField(max_length=9)
    message_id: Any = models.TextField(null=True)  # noqa: DJ001 - as above
    submitted_at: Any = UtcField(null=True)
    error_code: Any = models.IntegerField(null=True)
    text: Any = models.TextField(null=True)  # noqa: DJ001 - as above

    class Meta:  # noqa: D106 - Django's
        db_table = "postmark_messages"

    def __str__(self) -> str:
        """Which one."""
        return f"message {self.number} of job {self.job_id}"

"""The package: keyword arguments and models in, models out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from attrs import evolve

from postmark_sdk import AsyncPostmarkClient, Email, PostmarkClient

from .form import BATCH, PAGE, Proof
from .mail import HTML, TEXT, TOKEN

if TYPE_CHECKING:
    from postmark_sdk.models import EmailParams

FIELDS: EmailParams = {
    "from_": "Example Shop <orders@example.com>",
    "to": "Receiver One <receiver@example.org>, second@example.org",
    "reply_to": "support@example.com",
    "subject": "Your order has left our warehouse",
    "html_body": HTML,
    "text_body": TEXT,
    "tag": "order-shipped",
    "track_opens": True,
    "metadata": {"order": "4711"},
    "message_stream": "outbound",
}


class Contestant:
    """postmark_sdk."""

    def __init__(self, base_url: str) -> None:
        self._client = PostmarkClient(TOKEN, base_url=base_url)
        self._async_client = AsyncPostmarkClient(TOKEN, base_url=base_url)
        fields: dict[str, Any] = {**FIELDS}
        self._mails = [
            evolve(Email(**fields), to=f"receiver{number}@example.org", metadata={"order": str(number)})
            for number in range(BATCH)
        ]

    def send(self, times: int) -> Proof:
        """Send with keyword arguments."""
        result: Any = None
        for _ in range(times):
            result = self._client.emails.send(**FIELDS)
        return lambda: result.message_id

    async def send_async(self, times: int) -> Proof:
        """Send with keyword arguments from a coroutine."""
        result: Any = None
        for _ in range(times):
            result = await self._async_client.emails.send(**FIELDS)
        return lambda: result.message_id

    def pages(self, times: int) -> Proof:
        """Read pages as models."""
        read = 0
        for number in range(times):
            read += len(self._client.outbound.list(count=PAGE, offset=number * PAGE).items)
        return lambda: read

    def batch(self, times: int) -> Proof:
        """Send models, read the results as models."""
        results: Any = None
        for _ in range(times):
            results = self._client.emails.send_batch(self._mails)
        return lambda: len(results)

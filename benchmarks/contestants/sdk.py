"""The package: keyword arguments and models in, models out."""

from __future__ import annotations

import functools
import importlib
from typing import TYPE_CHECKING, Any

from attrs import evolve

from postmark_sdk import AsyncPostmarkClient, Attachment, Email, PostmarkClient

from .form import BATCH, FILES, MANY, PAGE, Proof, at_once, in_threads
from .mail import HTML, TEXT, TOKEN, files, mails, small_mails

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
        self._base_url = base_url
        self._client = PostmarkClient(TOKEN, base_url=base_url)
        self._async_client = AsyncPostmarkClient(TOKEN, base_url=base_url)
        fields: dict[str, Any] = {**FIELDS}
        self._mail = Email(**fields)
        self._mails = [_email(mail) for mail in mails(BATCH)]

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

    batch_fast = batch

    @functools.cached_property
    def _small_mails(self) -> list[Email]:
        return [_email(mail) for mail in small_mails(MANY)]

    @functools.cached_property
    def _small_dicts(self) -> list[Any]:
        return list(small_mails(MANY))

    def send_many(self, times: int) -> Proof:
        """Send models, read what became of each."""
        return self._many(self._small_mails, times)

    def send_many_dicts(self, times: int) -> Proof:
        """Send dicts, read what became of each."""
        return self._many(self._small_dicts, times)

    def send_many_trace(self, times: int) -> Proof:
        """Send models with marks, read what became of each."""
        return self._many(self._small_mails, times, trace=True)

    def _many(self, mails: list[Any], times: int, *, trace: bool = False) -> Proof:
        report: Any = None
        for _ in range(times):
            report = self._client.emails.send_many(mails, trace=trace)
        return lambda: len(report.accepted)

    def send_streamed(self, times: int) -> Proof:
        """Send models from a generator."""
        report = self._client.emails.send_many(_email(mail) for mail in small_mails(times))
        return lambda: len(report.accepted)

    @functools.cached_property
    def _files(self) -> list[bytes]:
        return files(FILES)

    @functools.cached_property
    def _attaching(self) -> PostmarkClient:
        return PostmarkClient(TOKEN, base_url=f"{self._base_url}/attachments")

    def attachments(self, times: int) -> Proof:
        """Send models with the files, read the results as models."""
        results: Any = None
        for _ in range(times):
            attachments = [Attachment.from_bytes(data, "invoice.pdf") for data in self._files]
            results = self._attaching.emails.send_batch(
                [evolve(self._mail, attachments=[attachment]) for attachment in attachments]
            )
        return lambda: len(results)

    async def concurrent_20(self, times: int) -> Proof:
        """Send with keyword arguments from 20 coroutines."""
        return await _concurrent(self._async_client, times, 20)

    async def concurrent_50(self, times: int) -> Proof:
        """The same from 50."""
        return await _concurrent(self._async_client, times, 50)

    async def concurrent_100(self, times: int) -> Proof:
        """The same from 100."""
        return await _concurrent(self._async_client, times, 100)

    @functools.cached_property
    def _over_aiohttp(self) -> AsyncPostmarkClient:
        transport = importlib.import_module("httpx_aiohttp").AiohttpTransport
        return AsyncPostmarkClient(TOKEN, base_url=self._base_url, transport=transport)

    async def concurrent_50_fast(self, times: int) -> Proof:
        """Send over httpx-aiohttp from 50 coroutines."""
        return await _concurrent(self._over_aiohttp, times, 50)

    async def concurrent_100_fast(self, times: int) -> Proof:
        """The same from 100."""
        return await _concurrent(self._over_aiohttp, times, 100)

    @functools.cached_property
    def _far_away(self) -> PostmarkClient:
        return PostmarkClient(TOKEN, base_url=f"{self._base_url}/slow")

    def threads(self, times: int) -> Proof:
        """Send from 16 threads."""
        result = in_threads(lambda: self._far_away.emails.send(**FIELDS), times)
        return lambda: result.message_id


async def _concurrent(client: AsyncPostmarkClient, times: int, together: int) -> Proof:
    result = await at_once(lambda: client.emails.send(**FIELDS), times, together)
    return lambda: result.message_id


def _email(mail: dict[str, Any]) -> Email:
    return Email(**{name: mail[wire] for name, wire in Email.__wire__.items() if wire in mail})

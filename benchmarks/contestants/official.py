"""postmark-python, the vendor's own; its sync client runs the async one in a thread."""

from __future__ import annotations

import importlib
from typing import Any

from .form import BATCH, PAGE, Proof, at_once
from .mail import MAIL, TOKEN, mails


class Contestant:
    """postmark-python."""

    def __init__(self, base_url: str) -> None:
        self._client: Any = importlib.import_module("postmark.sync").ServerClient(TOKEN, base_url=base_url)
        self._async_client: Any = importlib.import_module("postmark").ServerClient(TOKEN, base_url=base_url)
        email = importlib.import_module("postmark.models.outbound").Email
        self._mails = [email.model_validate(mail) for mail in mails(BATCH)]

    def send(self, times: int) -> Proof:
        """Send a dict."""
        result: Any = None
        for _ in range(times):
            result = self._client.outbound.send(MAIL)
        return lambda: result.message_id

    async def send_async(self, times: int) -> Proof:
        """Send a dict from a coroutine."""
        result: Any = None
        for _ in range(times):
            result = await self._async_client.outbound.send(MAIL)
        return lambda: result.message_id

    async def concurrent_20(self, times: int) -> Proof:
        """Send a dict from 20 coroutines."""
        return await self._concurrent(times, 20)

    async def concurrent_50(self, times: int) -> Proof:
        """The same from 50."""
        return await self._concurrent(times, 50)

    async def concurrent_100(self, times: int) -> Proof:
        """The same from 100."""
        return await self._concurrent(times, 100)

    async def _concurrent(self, times: int, together: int) -> Proof:
        result = await at_once(lambda: self._async_client.outbound.send(MAIL), times, together)
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
            results = self._client.outbound.send_batch(self._mails)
        return lambda: len(results)

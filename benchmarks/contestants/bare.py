"""The yardstick: httpx as its manual shows it, with JSON as dicts in and out."""

from __future__ import annotations

import json
from typing import Any

import httpx

from .form import BATCH, PAGE, Proof
from .mail import MAIL, TOKEN, mails


class Contestant:
    """Bare httpx."""

    def __init__(self, base_url: str) -> None:
        headers = {"X-Postmark-Server-Token": TOKEN, "Accept": "application/json"}
        self._client = httpx.Client(base_url=base_url, headers=headers)
        self._async_client = httpx.AsyncClient(base_url=base_url, headers=headers)
        self._mails = mails(BATCH)

    def send(self, times: int) -> Proof:
        """Post; the answer is not even decoded."""
        response: Any = None
        for _ in range(times):
            response = self._client.post("/email", json=MAIL)
        return lambda: response.json()["MessageID"]

    async def send_async(self, times: int) -> Proof:
        """Post from a coroutine; the answer is not even decoded."""
        response: Any = None
        for _ in range(times):
            response = await self._async_client.post("/email", json=MAIL)
        return lambda: response.json()["MessageID"]

    def pages(self, times: int) -> Proof:
        """Read pages as plain dicts."""
        read = 0
        for number in range(times):
            response = self._client.get("/messages/outbound", params={"count": PAGE, "offset": number * PAGE})
            read += len(json.loads(response.content)["Messages"])
        return lambda: read

    def batch(self, times: int) -> Proof:
        """Post dicts; the results are not even decoded."""
        response: Any = None
        for _ in range(times):
            response = self._client.post("/email/batch", json=self._mails)
        return lambda: len(response.json())

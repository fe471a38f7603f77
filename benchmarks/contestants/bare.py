"""The yardstick: httpx as its manual shows it, with JSON as dicts in and out."""

from __future__ import annotations

import base64
import functools
import itertools
import json
from typing import Any

import httpx

from .form import BATCH, FILES, MANY, PAGE, Proof, at_once, in_threads
from .mail import MAIL, TOKEN, files, mails, small_mails


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

    batch_fast = batch

    @functools.cached_property
    def _small_mails(self) -> list[dict[str, Any]]:
        return list(small_mails(MANY))

    def send_many(self, times: int) -> Proof:
        """Post dicts, 500 at a time; the results are not even decoded."""
        responses: list[httpx.Response] = []
        for _ in range(times):
            calls = range(0, MANY, BATCH)
            responses = [self._client.post("/email/batch", json=self._small_mails[at : at + BATCH]) for at in calls]
        return lambda: sum(len(response.json()) for response in responses)

    send_many_dicts = send_many_trace = send_many

    def send_streamed(self, times: int) -> Proof:
        """Post dicts as they are made, 500 at a time."""
        mails = small_mails(times)
        results = 0
        while rows := list(itertools.islice(mails, BATCH)):
            results += len(self._client.post("/email/batch", json=rows).json())
        return lambda: results

    @functools.cached_property
    def _files(self) -> list[bytes]:
        return files(FILES)

    def attachments(self, times: int) -> Proof:
        """Post dicts with the files as base64; the results are not even decoded."""
        response: Any = None
        for _ in range(times):
            rows = [{**MAIL, "Attachments": [_attachment(data)]} for data in self._files]
            response = self._client.post("/attachments/email/batch", json=rows)
        return lambda: len(response.json())

    async def concurrent_20(self, times: int) -> Proof:
        """Post from 20 coroutines; the answer is not even decoded."""
        return await self._concurrent(times, 20)

    async def concurrent_50(self, times: int) -> Proof:
        """Post from 50 coroutines."""
        return await self._concurrent(times, 50)

    async def concurrent_100(self, times: int) -> Proof:
        """Post from 100 coroutines."""
        return await self._concurrent(times, 100)

    concurrent_50_fast = concurrent_50
    concurrent_100_fast = concurrent_100

    async def _concurrent(self, times: int, together: int) -> Proof:
        response = await at_once(lambda: self._async_client.post("/email", json=MAIL), times, together)
        return lambda: response.json()["MessageID"]

    def threads(self, times: int) -> Proof:
        """Post from 16 threads; the answer is not even decoded."""
        response = in_threads(lambda: self._client.post("/slow/email", json=MAIL), times)
        return lambda: response.json()["MessageID"]


def _attachment(data: bytes) -> dict[str, str]:
    content = base64.b64encode(data).decode("ascii")
    return {"Name": "invoice.pdf", "Content": content, "ContentType": "application/pdf"}

"""postmarker, the long-standing one on requests; it has no async client."""

from __future__ import annotations

import importlib
from typing import Any

from .form import BATCH, PAGE, Proof
from .mail import MAIL, TOKEN, mails


class Contestant:
    """postmarker."""

    def __init__(self, base_url: str) -> None:
        client = importlib.import_module("postmarker.core").PostmarkClient
        self._client: Any = client(server_token=TOKEN, root_api_url=base_url + "/")
        self._mails = [self._client.emails.Email(**mail) for mail in mails(BATCH)]

    def send(self, times: int) -> Proof:
        """Send with keyword arguments."""
        result: Any = None
        for _ in range(times):
            result = self._client.emails.send(**MAIL)
        return lambda: result["MessageID"]

    def pages(self, times: int) -> Proof:
        """Read pages as its objects."""
        messages = self._client.messages.outbound.all(count=times * PAGE)
        return lambda: len(messages)

    def batch(self, times: int) -> Proof:
        """Send its objects, read the results as dicts."""
        results: Any = None
        for _ in range(times):
            results = self._client.emails.send_batch(*self._mails)
        return lambda: len(results)

"""A client of one emulator, with nothing of the SDK."""

from __future__ import annotations

from typing import TYPE_CHECKING

import httpx

if TYPE_CHECKING:
    from postmark_sdk.emulator import Emulator


def client(emulator: Emulator) -> httpx.Client:
    headers = {"X-Postmark-Server-Token": emulator.server_token, "Accept": "application/json"}
    return httpx.Client(base_url=emulator.base_url, headers=headers, trust_env=False, timeout=60)

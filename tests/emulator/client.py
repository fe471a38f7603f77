"""A client of one emulator, with nothing of the SDK."""

from __future__ import annotations

from typing import TYPE_CHECKING

import httpx

from postmark_sdk.emulator.state.records import FIRST_NUMBER

if TYPE_CHECKING:
    from postmark_sdk.emulator import Emulator


SERVER = FIRST_NUMBER
"""The server that is there from the start; its templates have the numbers from there on."""


def client(emulator: Emulator) -> httpx.Client:
    headers = {"X-Postmark-Server-Token": emulator.server_token, "Accept": "application/json"}
    return httpx.Client(base_url=emulator.base_url, headers=headers, trust_env=False, timeout=60)

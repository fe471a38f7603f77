"""The socket that the emulator listens on."""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING

import pytest

from postmark_sdk.emulator import Emulator
from tests.emulator.client import client

if TYPE_CHECKING:
    import asyncio


def transports(emulator: Emulator) -> list[asyncio.Transport]:
    assert emulator._runner is not None
    return list(emulator._runner._server._connections._transports.values())


@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
def test_answers_do_not_wait_for_those_before_them(host: str) -> None:
    try:
        with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
            probe.bind((host, 0))
    except OSError:
        pytest.skip(f"this machine has no {host}")
    with Emulator(host=host) as postmark, client(postmark) as api:
        assert api.get("/server").status_code == 200
        [transport] = transports(postmark)
        assert transport.get_extra_info("socket").getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY) != 0

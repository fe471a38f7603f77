"""An emulator and a Redis for the tasks of the examples."""

from __future__ import annotations

import contextlib
import shutil
import socket
import subprocess
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from postmark_sdk.testing import TestEmulator

_READY = "Ready to accept connections"


@pytest.fixture(name="postmark")
def _postmark(monkeypatch: pytest.MonkeyPatch) -> Iterator[TestEmulator]:
    from postmark_sdk.testing import TestEmulator

    with TestEmulator() as running:
        for name, value in running.variables.items():
            monkeypatch.setenv(name, value)
        yield running


@pytest.fixture(name="redis_url")
def _redis_url(tmp_path: Path) -> Iterator[str]:
    """A server of its own, which keeps nothing."""
    program = shutil.which("redis-server")
    if program is None:
        pytest.skip("redis-server is not installed")
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    command = [program, "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--dir", str(tmp_path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:  # noqa: S603 - our own words
        assert server.stdout is not None
        try:
            assert any(_READY in line for line in server.stdout), "redis-server did not start"
            yield f"redis://127.0.0.1:{port}"
        finally:
            server.terminate()
            with contextlib.suppress(ValueError):
                server.communicate(timeout=60)

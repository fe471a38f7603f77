"""An emulator and a Redis for the tasks of the examples."""

from __future__ import annotations

import shutil
import signal
from typing import TYPE_CHECKING

import pytest

from tests.jobs.faults.brokers import Redis

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from postmark_sdk.testing import TestEmulator


@pytest.fixture(autouse=True)
def _signals() -> Iterator[None]:
    """Take back the handlers that a worker in this process leaves behind: other tests would meet them."""
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


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
    if shutil.which(Redis.program) is None:
        pytest.skip("redis-server is not installed")
    redis = Redis(tmp_path)
    try:
        redis.start()
        yield redis.url
    finally:
        redis.kill()

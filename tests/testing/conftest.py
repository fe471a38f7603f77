"""The emulator for tests, without the pytest plugin: that one is tried in sessions of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

pytest.importorskip("starlette", reason="the emulator needs its extra")

from postmark_sdk.testing import TestEmulator

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="session")
def running() -> Iterator[TestEmulator]:
    with TestEmulator() as emulator:
        yield emulator


@pytest.fixture
def postmark(running: TestEmulator, monkeypatch: pytest.MonkeyPatch) -> TestEmulator:
    running.reset()
    for name, value in running.variables.items():
        monkeypatch.setenv(name, value)
    return running

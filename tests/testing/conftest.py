"""The emulator for tests, without the pytest plugin: that one is tried in sessions of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from postmark_sdk.testing import TestEmulator


@pytest.fixture(scope="session")
def running() -> Iterator[TestEmulator]:
    from postmark_sdk.testing import TestEmulator  # pytest imports this file even where the emulator's extra is missing

    with TestEmulator() as emulator:
        yield emulator


@pytest.fixture
def postmark(running: TestEmulator, monkeypatch: pytest.MonkeyPatch) -> TestEmulator:
    running.reset()
    for name, value in running.variables.items():
        monkeypatch.setenv(name, value)
    return running

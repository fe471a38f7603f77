from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from .server import DescribedServer

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="module")
def _running() -> Iterator[DescribedServer]:
    with DescribedServer() as server:
        yield server


@pytest.fixture
def silent() -> Iterator[DescribedServer]:
    """One that answers nothing, for one test alone: what it is asked may arrive when the asking test is over."""
    with DescribedServer() as server:
        server.hold()
        yield server


@pytest.fixture
def server(_running: DescribedServer) -> DescribedServer:
    """One server for a module, empty at the beginning of each test."""
    _running.seen.clear()
    _running.connections = 0
    _running.example = None
    _running.held.set()
    return _running

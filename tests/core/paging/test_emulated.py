"""The same against the emulator, with as many messages as a test may take time for."""

from __future__ import annotations

import pytest

pytest.importorskip("starlette", reason="the emulator needs its extra")

from tests.core.paging.quarter_million import id_of, moments, walk


def test_past_the_window_of_the_emulator_every_message_comes_once() -> None:
    found, requests = walk(moments(12_000, 5_000))
    assert found == [id_of(place) for place in reversed(range(12_000))]
    assert requests <= 24 + 2

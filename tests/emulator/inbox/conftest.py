"""What all tests of the inbox need."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from postmark_sdk.emulator import Emulator
from postmark_sdk.emulator.control import actions as _actions
from tests.emulator.inbox.chromium import _browser, _open_page
from tests.emulator.inbox.scene import Receiver, Shop, hook, shop_of, two_weeks

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["_browser", "_open_page"]


@pytest.fixture(scope="module")
def running() -> Iterator[Emulator]:
    with Emulator() as emulator:
        yield emulator


@pytest.fixture
def postmark(running: Emulator) -> Emulator:
    _actions.reset(running.state)
    return running


@pytest.fixture
def shop(postmark: Emulator) -> Iterator[Shop]:
    with shop_of(postmark) as made:
        yield made


@pytest.fixture(scope="module")
def filled() -> Iterator[tuple[str, str, str]]:
    """An emulator full of everything: its address, a message, an inbound message."""
    with Emulator() as emulator, shop_of(emulator) as shop, Receiver() as receiver:
        hook(shop, receiver)
        id_ = two_weeks(emulator, shop)
        long = "averyveryverylongwordwithoutanyblank" * 8
        shop.send(Subject=long, Tag=long, Metadata={"k": long[:80]}, To=f"{long[:60]}@example.com")
        raw = f"From: ada@example.com\r\nTo: x@inbound.postmarkapp.com\r\nSubject: {long}\r\n\r\n{long}".encode()
        inbound = _actions.receive_eml(emulator.state, raw)
        emulator.settle()
        yield emulator.base_url, id_, inbound

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from postmark_sdk import PostmarkClient

if TYPE_CHECKING:
    from collections.abc import Iterator

    from postmark_sdk.emulator import Emulator


@pytest.fixture
def client(postmark: Emulator) -> Iterator[PostmarkClient]:
    """Of the emulator that the commands call."""
    with PostmarkClient(
        postmark.server_token, account_token=postmark.account_token, base_url=postmark.base_url
    ) as client:
        yield client

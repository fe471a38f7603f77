"""Pages of other sites must not reach the inbox, although it listens where every browser can post to."""

from __future__ import annotations

from typing import TYPE_CHECKING

import httpx
import pytest

from postmark_sdk.emulator import Emulator
from tests.emulator.client import SERVER
from tests.emulator.inbox.scene import Shop, shop_of

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="module")
def postmark() -> Iterator[Emulator]:
    with Emulator() as emulator:
        yield emulator


@pytest.fixture(scope="module")
def shop(postmark: Emulator) -> Iterator[Shop]:
    with shop_of(postmark) as made:
        yield made


@pytest.mark.parametrize("path", ["/", "/inbox/refused", "/inbox/events", "/inbox/static/inbox.js"])
def test_a_rebound_name_is_refused(postmark: Emulator, path: str) -> None:
    answer = httpx.get(postmark.base_url + path, headers={"Host": "evil.example"}, timeout=60)
    assert answer.status_code in {403, 421}
    assert "emulator-server-token" not in answer.text


@pytest.mark.parametrize("host", ["localhost", "postmark.localhost", "[::1]"])
def test_other_loopback_names_are_answered(postmark: Emulator, host: str) -> None:
    port = postmark.base_url.rpartition(":")[2]
    assert httpx.get(postmark.base_url, headers={"Host": f"{host}:{port}"}, timeout=60).status_code == 200


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "none"},
    ],
)
@pytest.mark.parametrize(
    "path",
    ["/inbox/reset", "/inbox/messages/{id}/bounce", "/inbox/suppressions", "/inbox/inbound/upload", "/inbox/advance"],
)
def test_a_foreign_page_changes_nothing(postmark: Emulator, shop: Shop, path: str, headers: dict[str, str]) -> None:
    id_ = shop.send()
    before = postmark.state.revision
    form = {"address": "a@example.com", "stream": "1/outbound", "reason": "HardBounce", "hours": "1"}
    answer = httpx.post(postmark.base_url + path.replace("{id}", id_), data=form, headers=headers, timeout=60)
    assert answer.status_code == 403
    assert postmark.state.revision == before


def test_reading_changes_nothing(postmark: Emulator, shop: Shop) -> None:
    id_ = shop.receipt()
    before = postmark.state.revision
    for path in (
        "/",
        f"/inbox/messages/{id_}",
        f"/inbox/messages/{id_}/frame",
        "/inbox/statistics",
        f"/inbox/templates/{SERVER}/{SERVER + 1}",
    ):
        assert httpx.get(postmark.base_url + path, timeout=60).status_code == 200
    assert postmark.state.revision == before


@pytest.mark.parametrize("path", ["/inbox/reset", "/inbox/advance", "/inbox/inbound/upload"])
def test_a_link_cannot_press_a_button(postmark: Emulator, path: str) -> None:
    assert httpx.get(postmark.base_url + path, timeout=60).status_code in {404, 405}

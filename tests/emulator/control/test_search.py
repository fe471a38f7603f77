"""What a person types into the inbox finds the same as looking through all messages one by one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from postmark_sdk.emulator import Emulator
from postmark_sdk.emulator.control import actions, reading
from tests.emulator.client import client

if TYPE_CHECKING:
    from collections.abc import Iterator

WORDS = ("Order", "Grüße aus Köln", "STRASSE", "100 %", "under_score", "Receipt")
MANY = 2400


def mail(number: int) -> dict[str, Any]:
    return {
        "From": f"Shop {number % 3} <shop@example.com>",
        "To": f"Ada Lovelace <ada-{number % 40}@example.org>" if number % 4 else f"bob-{number % 7}@example.net",
        "Cc": "Grace <grace@example.org>" if number % 11 == 0 else "",
        "Subject": f"{WORDS[number % len(WORDS)]} {number}",
        "TextBody": "x",
        "Tag": "rare" if number % 500 == 3 else f"tag-{number % 2}",
    }


@pytest.fixture(scope="module")
def filled() -> Iterator[Emulator]:
    with Emulator() as emulator, client(emulator) as api:
        for first in range(0, MANY, 400):
            answers = api.post("/email/batch", json=[mail(number) for number in range(first, first + 400)]).json()
            assert {each["ErrorCode"] for each in answers} == {0}
        for number in (7, 8, 1999):
            actions.open_message(emulator.state, reading.messages(emulator.state, limit=MANY)[number]["MessageID"])
        yield emulator


def expected(emulator: Emulator, text: str, **filters: Any) -> list[int]:
    def holds(each: dict[str, Any]) -> bool:
        people = [part for kind in ("To", "Cc", "Bcc") for one in each[kind] for part in (one["Name"], one["Email"])]
        return any(text.casefold() in part.casefold() for part in (each["Subject"], each["From"], *people))

    return [each["Key"] for each in reading.messages(emulator.state, limit=MANY, **filters) if holds(each)]


TEXTS = (
    "order",
    "ORDER 12",
    "grüsse",
    "straße",
    "100 %",
    "r_s",
    "lovelace",
    "ada-7@",
    "grace@example.org",
    "shop 2",
    "e",
    "2399",
    "nowhere",
)
FILTERS: tuple[dict[str, Any], ...] = (
    {},
    {"tag": "rare"},
    {"tag": "tag-1", "stream": "outbound"},
    {"status": "Opened"},
    {"status": "Delivered"},
    {"recipient": "ADA-7@example.org"},
    {"stream": "broadcast"},
)


@pytest.mark.parametrize("text", TEXTS)
def test_a_search_finds_the_newest_that_have_the_text_and_pass_the_filters(filled: Emulator, text: str) -> None:
    for filters in FILTERS:
        wanted = expected(filled, text, **filters)
        for limit in (1, 50, MANY):
            found = [each["Key"] for each in reading.messages(filled.state, text=text, limit=limit, **filters)]
            assert found == wanted[:limit], filters


@pytest.mark.parametrize("text", ["order", "e", "100 %"])
def test_a_search_goes_on_page_after_page(filled: Emulator, text: str) -> None:
    for filters in FILTERS:
        wanted, found = expected(filled, text, **filters), list[int]()
        while page := reading.messages(
            filled.state, text=text, before=found[-1] if found else None, limit=50, **filters
        ):
            found += [each["Key"] for each in page]
        assert found == wanted, filters


def test_a_search_knows_what_came_went_and_began_anew(postmark: Emulator) -> None:
    def found(text: str) -> list[str]:
        return [each["Subject"] for each in reading.messages(postmark.state, text=text)]

    with client(postmark) as api:
        for number in range(3):
            api.post("/email", json=mail(number))
            assert len(found("example")) == number + 1
        refused = api.post("/email", json={**mail(3), "TextBody": None})
        assert refused.status_code == 422
        assert found("3") == []
        postmark.state.store.write("DELETE FROM messages WHERE key = 2")
        assert found("example") == ["STRASSE 2", "Order 0"]
        postmark.reset()
        assert found("example") == []
        api.post("/email", json=mail(4))
        assert found("example") == ["under_score 4"]
        assert found("order") == []


def test_a_file_is_searched_after_a_new_start(tmp_path: Any) -> None:
    path = str(tmp_path / "mail.db")
    with Emulator(db=path) as first, client(first) as api:
        api.post("/email", json=mail(1))
    with Emulator(db=path) as second:
        assert [each["Subject"] for each in reading.messages(second.state, text="KÖLN")] == ["Grüße aus Köln 1"]

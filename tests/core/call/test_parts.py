"""Lists that take several calls."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import httpx
import pytest

from postmark_sdk import AsyncPostmarkClient, InvalidMessageError, PostmarkClient, ServerError

if TYPE_CHECKING:
    from collections.abc import Iterator

TOKEN = "server-token-for-tests"
ADDRESSES = [f"reader-{number}@example.org" for number in range(120)]


class Suppressing:
    """Suppresses what it is given; the calls of given numbers fail."""

    def __init__(self, *failing: int) -> None:
        self.calls: list[list[str]] = []
        self.failing = failing

    def answer(self, request: httpx.Request) -> httpx.Response:
        """One outcome for each address."""
        rows = json.loads(request.content)["Suppressions"]
        self.calls.append([row["EmailAddress"] for row in rows])
        if len(self.calls) in self.failing:
            return httpx.Response(500)
        return httpx.Response(200, json={"Suppressions": [{**row, "Status": "Suppressed"} for row in rows]})

    def client(self) -> PostmarkClient:
        """A client that talks to it."""
        return PostmarkClient(TOKEN, retries=0, http_client=httpx.Client(transport=httpx.MockTransport(self.answer)))


def one_by_one(addresses: list[str]) -> Iterator[str]:
    yield from addresses


def test_a_long_list_goes_in_calls_of_fifty_and_answers_as_one() -> None:
    postmark = Suppressing()
    done = postmark.client().suppressions.create("outbound", one_by_one(ADDRESSES))
    assert [len(call) for call in postmark.calls] == [50, 50, 20]
    assert [each.email_address for each in done.items] == ADDRESSES
    assert {each.status for each in done.items} == {"Suppressed"}


@pytest.mark.anyio
async def test_the_async_client_does_so_too() -> None:
    postmark = Suppressing()
    async with httpx.AsyncClient(transport=httpx.MockTransport(postmark.answer)) as http:
        done = await AsyncPostmarkClient(TOKEN, http_client=http).suppressions.delete("outbound", ADDRESSES)
    assert [len(call) for call in postmark.calls] == [50, 50, 20]
    assert [each.email_address for each in done.items] == ADDRESSES


def test_a_mistake_at_the_end_is_found_before_anything_is_sent() -> None:
    postmark = Suppressing()
    with pytest.raises(InvalidMessageError, match=r"suppressions\[120\]") as caught:
        postmark.client().suppressions.create("outbound", [*ADDRESSES, {"email": "x@example.org"}])  # type: ignore[list-item]
    assert not postmark.calls
    assert caught.value.operation == "suppressions.create"


def test_after_an_error_the_whole_list_can_be_given_again() -> None:
    postmark = Suppressing(2)
    client = postmark.client()
    with pytest.raises(ServerError):
        client.suppressions.create("outbound", ADDRESSES)
    assert len(client.suppressions.create("outbound", ADDRESSES).items) == len(ADDRESSES)

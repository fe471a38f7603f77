"""What can be tried with Postmark's own words for it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from postmark_sdk import AuthenticationError
from postmark_sdk.constants import BLACK_HOLE_ADDRESS, BOUNCE_TEST_ADDRESSES

if TYPE_CHECKING:
    from postmark_sdk.testing import TestEmulator

MAIL: dict[str, Any] = {"from_": "shop@example.com", "to": "ada@example.org", "text_body": "Hello."}


def test_a_sandbox_checks_mails_and_sends_none(postmark: TestEmulator) -> None:
    result = postmark.client.sandbox().emails.send(**MAIL)
    assert result.success
    assert postmark.outbox == []


@pytest.mark.anyio
async def test_the_async_client_has_one_too(postmark: TestEmulator) -> None:
    result = await postmark.async_client.sandbox().emails.send(**MAIL)
    assert result.success
    assert postmark.outbox == []


def test_a_sandbox_is_for_sending_alone(postmark: TestEmulator) -> None:
    with pytest.raises(AuthenticationError):
        postmark.client.sandbox().bounces.list()
    assert postmark.client.bounces.list().total_count == 0


def test_mail_to_the_black_hole_is_accepted(postmark: TestEmulator) -> None:
    assert postmark.client.emails.send(**{**MAIL, "to": BLACK_HOLE_ADDRESS}).success


@pytest.mark.parametrize("kind", BOUNCE_TEST_ADDRESSES)
def test_every_kind_of_bounce_has_its_address(postmark: TestEmulator, kind: Any) -> None:
    postmark.client.emails.send(**{**MAIL, "to": BOUNCE_TEST_ADDRESSES[kind]})
    [bounce] = postmark.client.bounces.list().items
    assert bounce.type == kind

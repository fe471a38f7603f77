from __future__ import annotations

import pytest

from postmark_sdk.models import SuppressionResult


@pytest.mark.parametrize(
    ("status", "success"), [("Suppressed", True), ("Deleted", True), ("Failed", False), ("New", False), (None, False)]
)
def test_a_suppression_succeeded_when_the_list_is_as_wanted(status: str | None, *, success: bool) -> None:
    assert SuppressionResult(email_address="a@example.org", status=status).success is success

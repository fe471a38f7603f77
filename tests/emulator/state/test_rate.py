"""The limit of requests within a second."""

from __future__ import annotations

from postmark_sdk.emulator.reference.dates import TICKS_PER_SECOND
from postmark_sdk.emulator.state.rate import Rate

SECOND = TICKS_PER_SECOND


def test_a_second_admits_as_many_as_the_limit_says() -> None:
    rate = Rate()
    assert [rate.admits(now, 2) for now in (0, SECOND // 2, SECOND - 1, SECOND, SECOND + 1)] == [
        True,
        True,
        False,
        True,
        False,
    ]


def test_a_clock_that_was_set_back_does_not_shut_it() -> None:
    rate = Rate()
    assert rate.admits(100 * SECOND, 1)
    assert rate.admits(0, 1)

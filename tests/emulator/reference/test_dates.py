"""Moments as they are written."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

import pytest

from postmark_sdk.emulator.reference.dates import parse_moment, to_ticks, utc

SECOND = datetime(2026, 11, 29, 23, 17, 38, tzinfo=timezone.utc)


@pytest.mark.parametrize("fraction", ["", ".2", ".26363", ".263630", ".2636301", ".123456789"])
@pytest.mark.parametrize("zone", ["Z", "+00:00", "-05:00"])
def test_any_number_of_digits_is_read_to_the_microsecond(fraction: str, zone: str) -> None:
    text = f"2026-11-29T{'18' if zone == '-05:00' else '23'}:17:38{fraction}{zone}"
    microseconds = int(fraction[1:7].ljust(6, "0"))
    assert parse_moment(text) == SECOND + timedelta(microseconds=microseconds)


@pytest.mark.parametrize("microseconds", [0, 1, 100_000, 263_630, 999_999])
def test_what_is_written_can_be_read(microseconds: int) -> None:
    ticks = to_ticks(SECOND + timedelta(microseconds=microseconds))
    assert to_ticks(parse_moment(utc(ticks))) == ticks


@pytest.mark.parametrize("text", ["", "now", "2026-11-29T25:00:00Z"])
def test_what_is_no_moment_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"isoformat|hour"):
        parse_moment(text)

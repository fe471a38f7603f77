from __future__ import annotations

import datetime as _dt
import logging
import zoneinfo
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from postmark_sdk import ConfigurationError
from postmark_sdk._core.schema import dates
from postmark_sdk._core.schema.dates import day, eastern, parse_date, parse_datetime

EASTERN_WINTER = _dt.timezone(_dt.timedelta(hours=-5))


@pytest.mark.parametrize(
    ("text", "microsecond"),
    [
        ("2026-02-17T07:25:01-05:00", 0),
        ("2026-02-17T07:25:01.4-05:00", 400000),
        ("2026-02-17T07:25:01.41-05:00", 410000),
        ("2026-02-17T07:25:01.417-05:00", 417000),
        ("2026-02-17T07:25:01.4178-05:00", 417800),
        ("2026-02-17T07:25:01.41786-05:00", 417860),
        ("2026-02-17T07:25:01.417864-05:00", 417864),
        ("2026-02-17T07:25:01.4178645-05:00", 417864),
        ("2026-02-17T07:25:01.4178649999-05:00", 417864),
    ],
)
def test_any_number_of_fractional_digits_is_read(text: str, microsecond: int) -> None:
    read = parse_datetime(text)
    assert read == _dt.datetime(2026, 2, 17, 7, 25, 1, microsecond, EASTERN_WINTER)
    assert read.utcoffset() == _dt.timedelta(hours=-5)


@pytest.mark.parametrize(
    ("zone", "offset"),
    [
        ("Z", _dt.timedelta(0)),
        ("z", _dt.timedelta(0)),
        ("+00:00", _dt.timedelta(0)),
        ("-0400", _dt.timedelta(hours=-4)),
        ("+05:30", _dt.timedelta(hours=5, minutes=30)),
        ("", None),
    ],
)
@pytest.mark.parametrize("fraction", ["", ".4", ".4178645"])
def test_the_offset_is_kept(zone: str, offset: _dt.timedelta | None, fraction: str) -> None:
    read = parse_datetime(f"2026-02-17T07:25:01{fraction}{zone}")
    assert read.utcoffset() == offset
    assert read.replace(tzinfo=None, microsecond=0) == _dt.datetime(2026, 2, 17, 7, 25, 1)  # noqa: DTZ001 - naive is meant


@pytest.mark.parametrize("text", ["2026-02-17 07:25:01", "2026-02-17T07:25", " 2026-02-17T07:25:00 "])
def test_other_spellings_of_a_time_stamp_are_read(text: str) -> None:
    assert parse_datetime(text).replace(second=0) == _dt.datetime(2026, 2, 17, 7, 25)  # noqa: DTZ001 - naive is meant


@pytest.mark.parametrize(
    "value",
    ["", "yesterday", "2026-13-01T00:00:00Z", "2026-02-17T25:00:00", "0000-00-00T00:00:00.1", 5, 1.5, True, [], {}],
)
def test_what_is_no_time_stamp_stays_as_it_came_and_is_logged_without_its_text(
    value: Any, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, "postmark_sdk")
    assert parse_datetime(value) == value
    assert parse_date(value) == value
    assert "expected a date" in caplog.text
    assert "yesterday" not in caplog.text


def test_a_day_is_read() -> None:
    assert parse_date("2026-02-28") == _dt.date(2026, 2, 28)


@given(st.datetimes(min_value=_dt.datetime(1900, 1, 1)), st.integers(-14 * 60, 14 * 60), st.integers(0, 7))  # noqa: DTZ001
def test_what_was_written_is_read_back(moment: _dt.datetime, minutes: int, digits: int) -> None:
    zone = _dt.timezone(_dt.timedelta(minutes=minutes))
    fraction = f"{moment.microsecond:06d}0"[:digits]
    written = f"{moment:%Y-%m-%dT%H:%M:%S}{'.' * bool(digits)}{fraction}{moment.replace(tzinfo=zone).isoformat()[-6:]}"
    kept = int(fraction[:6].ljust(6, "0"))
    assert parse_datetime(written) == moment.replace(microsecond=kept, tzinfo=zone)


@given(st.datetimes(min_value=_dt.datetime(1900, 1, 1)), st.sampled_from(["", "+00:00", "-05:00"]))  # noqa: DTZ001
def test_the_reading_of_python_310_agrees(moment: _dt.datetime, zone: str) -> None:
    written = f"{moment:%Y-%m-%dT%H:%M:%S}.{moment.microsecond:06d}7{zone}"
    assert dates._fast_before_311(written) == parse_datetime(written) if zone else True
    assert dates._careful(written) == parse_datetime(written)


@pytest.mark.parametrize(
    ("value", "sent"),
    [
        (_dt.datetime(2026, 1, 15, 12, 0, tzinfo=_dt.timezone.utc), "2026-01-15T07:00:00"),
        (_dt.datetime(2026, 7, 15, 12, 0, tzinfo=_dt.timezone.utc), "2026-07-15T08:00:00"),
        (_dt.datetime(2026, 3, 8, 6, 59, 59, tzinfo=_dt.timezone.utc), "2026-03-08T01:59:59"),
        (_dt.datetime(2026, 3, 8, 7, 0, tzinfo=_dt.timezone.utc), "2026-03-08T03:00:00"),
        (_dt.datetime(2026, 11, 1, 5, 30, tzinfo=_dt.timezone.utc), "2026-11-01T01:30:00"),
        (_dt.datetime(2026, 11, 1, 6, 30, tzinfo=_dt.timezone.utc), "2026-11-01T01:30:00"),
        (_dt.datetime(2026, 1, 1, 2, 0, tzinfo=_dt.timezone(_dt.timedelta(hours=2))), "2025-12-31T19:00:00"),
        (_dt.datetime(2026, 1, 15, 12, 0, 5, 999999, tzinfo=EASTERN_WINTER), "2026-01-15T12:00:05"),
        (_dt.datetime(2026, 1, 15, 12, 0), "2026-01-15T12:00:00"),  # noqa: DTZ001 - naive is meant
        (_dt.date(2026, 1, 15), "2026-01-15"),
        ("2026-01-15T12:00", "2026-01-15T12:00"),
        (None, None),
    ],
)
def test_filters_are_sent_as_us_eastern_time(value: Any, sent: str | None) -> None:
    assert eastern(value) == sent


@pytest.mark.parametrize(
    ("value", "sent"),
    [
        (_dt.date(2026, 1, 15), "2026-01-15"),
        (_dt.datetime(2026, 1, 15, 3, 0, tzinfo=_dt.timezone.utc), "2026-01-14"),
        (_dt.datetime(2026, 7, 15, 4, 0, tzinfo=_dt.timezone.utc), "2026-07-15"),
        (_dt.datetime(2026, 1, 15, 3, 0), "2026-01-15"),  # noqa: DTZ001 - naive is meant
        ("2026-01-15", "2026-01-15"),
        (None, None),
    ],
)
def test_statistics_take_the_eastern_day(value: Any, sent: str | None) -> None:
    assert day(value) == sent


@given(st.datetimes(timezones=st.timezones(), min_value=_dt.datetime(1970, 1, 1), max_value=_dt.datetime(2037, 1, 1)))  # noqa: DTZ001
def test_a_filter_names_the_same_moment(moment: _dt.datetime) -> None:
    sent = eastern(moment)
    assert sent is not None
    zone = dates.eastern_zone()
    candidates = [_dt.datetime.fromisoformat(sent).replace(tzinfo=zone, fold=fold) for fold in (0, 1)]
    moments = [candidate.astimezone(_dt.timezone.utc) for candidate in candidates]
    assert moment.replace(microsecond=0).astimezone(_dt.timezone.utc) in moments


def test_a_machine_without_time_zones_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("zoneinfo.ZoneInfo", unknown_zone)
    with pytest.raises(ConfigurationError, match="pip install tzdata"):
        eastern(_dt.datetime(2026, 2, 17, tzinfo=_dt.timezone.utc))


def unknown_zone(key: str) -> None:
    raise zoneinfo.ZoneInfoNotFoundError(key)

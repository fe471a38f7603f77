"""Postmark's dates: ISO 8601 with 0 to 7 fractional digits in answers, US Eastern without a zone in filters."""

from __future__ import annotations

import datetime as _dt
import re
import sys
from typing import Any

_STAMP = (
    r"(?P<day>\d{4}-\d{2}-\d{2})[T ](?P<time>\d{2}:\d{2}(?::\d{2})?)(?:[.,](?P<fraction>\d+))?"
    r"\s*(?P<zone>Z|z|[+-]\d{2}:?\d{2})?"
)
_MICROSECOND_DIGITS = 6


def parse_datetime(value: Any) -> _dt.datetime:
    """Read a time stamp; a value that is none is handed on as it came, so that one odd field hides nothing else.

    Digits beyond microseconds are cut. The offset is kept; a stamp without one stays naive.
    """
    try:
        return _fast(value)
    except (TypeError, ValueError):
        return _careful(value)


def zoned(moment: _dt.datetime) -> _dt.datetime:
    """The same; a time that names no zone is one in UTC, wherever the machine stands."""
    return moment if moment.tzinfo else moment.replace(tzinfo=_dt.timezone.utc)


def parse_date(value: Any) -> _dt.date:
    """Read ``YYYY-MM-DD``; a value that is none is handed on as it came."""
    try:
        return _dt.date.fromisoformat(value)
    except (TypeError, ValueError):
        kept: _dt.date = _as_it_came(value)
        return kept


def _fast_before_311(value: str) -> _dt.datetime:
    """``fromisoformat`` of 3.10 takes 0, 3 or 6 digits and no ``Z``; Postmark usually sends 7 and either."""
    if len(value) == 33:  # noqa: PLR2004 - 2014-02-17T07:25:01.4178645-05:00
        value = value[:26] + value[27:]
    elif value[-1:] == "Z":
        value = f"{value[:-1][:26]}+00:00"
    return _dt.datetime.fromisoformat(value)


_fast = _dt.datetime.fromisoformat if sys.version_info >= (3, 11) else _fast_before_311


def _careful(value: Any) -> _dt.datetime:
    match = re.fullmatch(_STAMP, value.strip()) if isinstance(value, str) else None
    read: _dt.datetime = _as_it_came(value) if match is None else _assembled(match, value)
    return read


def _assembled(match: re.Match[str], value: str) -> Any:
    fraction = (match["fraction"] or "")[:_MICROSECOND_DIGITS].ljust(_MICROSECOND_DIGITS, "0")
    time = match["time"] if match["time"].count(":") > 1 else f"{match['time']}:00"
    try:
        return _dt.datetime.fromisoformat(f"{match['day']}T{time}.{fraction}{_offset(match['zone'])}")
    except ValueError:
        return _as_it_came(value)


def _offset(zone: str | None) -> str:
    if not zone:
        return ""
    if zone in "Zz":
        return "+00:00"
    return zone if ":" in zone else f"{zone[:3]}:{zone[3:]}"


def _as_it_came(value: Any) -> Any:
    from .log import logger  # noqa: PLC0415 - rare, and not for the time of an import

    logger.debug("expected a date, kept a value of type %s as it came", type(value).__name__)
    return value


def eastern(value: _dt.date | _dt.datetime | str | None) -> str | None:
    """A search filter's date or time: Postmark reads it as US Eastern without a zone.

    An aware datetime is converted to Eastern time; naive ones, dates and text are sent as they are. Fractions of a
    second are not part of the filter's form and are cut.
    """
    if value is None or isinstance(value, str):
        return value
    given: object = value
    if not isinstance(given, _dt.date):
        from ...errors import InvalidMessageError, Problem  # noqa: PLC0415 - only for a mistake

        raise InvalidMessageError([Problem("", f"{type(value).__name__} given; a day or time is a date or datetime")])
    if not isinstance(value, _dt.datetime):
        return value.isoformat()
    if value.tzinfo is not None:
        value = value.astimezone(eastern_zone()).replace(tzinfo=None)
    return value.replace(microsecond=0, fold=0).isoformat()


def day(value: _dt.date | str | None) -> str | None:
    """A day of a statistics filter, ``YYYY-MM-DD``; of an aware datetime, its day in US Eastern time."""
    text = eastern(value)
    return text[:10] if isinstance(value, _dt.datetime) and text else text


def eastern_zone() -> _dt.tzinfo:
    """US Eastern, with its daylight-saving changes.

    Raises:
        ConfigurationError: This machine knows no time zones, as Alpine's images do not.
    """
    from zoneinfo import ZoneInfo, ZoneInfoNotFoundError  # noqa: PLC0415 - 2 ms, for few filters

    try:
        return ZoneInfo("America/New_York")
    except ZoneInfoNotFoundError as error:
        from ...errors import ConfigurationError  # noqa: PLC0415 - as above

        raise ConfigurationError(
            "this machine knows no time zones, Postmark's among them: pip install tzdata"
        ) from error

"""Time as Postmark writes and reads it: US Eastern days, seven digits, filters without a zone."""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta, timezone
from functools import lru_cache
from zoneinfo import ZoneInfo

TICKS_PER_SECOND = 10_000_000
"""Postmark writes seven fraction digits, so a tick is 100 nanoseconds."""
EASTERN = ZoneInfo("America/New_York")
_FIRST_YEAR, _LAST_YEAR = 1970, 2999
_EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
_FRACTION = re.compile(r"\.(\d{1,6})\d*")
_DAY = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})")
_MOMENT = re.compile(
    r"(\d{4})-(\d{1,2})-(\d{1,2})[T ](\d{2}):(\d{2})(?::(\d{2})(?:\.(\d{1,7})\d*)?)?(Z|[+-]\d{2}:?\d{2})?",
    re.IGNORECASE,
)


@lru_cache(maxsize=4096)
def _second(seconds: int, *, eastern: bool) -> tuple[str, str]:
    moment = _EPOCH + timedelta(seconds=seconds)
    if not eastern:
        return moment.strftime("%Y-%m-%dT%H:%M:%S"), "Z"
    local = moment.astimezone(EASTERN)
    offset = local.strftime("%z")
    return local.strftime("%Y-%m-%dT%H:%M:%S"), f"{offset[:3]}:{offset[3:]}"


def eastern(ticks: int) -> str:
    """``2026-01-15T16:09:19.6421112-05:00``, as most answers carry it."""
    seconds, fraction = divmod(ticks, TICKS_PER_SECOND)
    text, zone = _second(seconds, eastern=True)
    return f"{text}.{fraction:07d}{zone}"


def eastern_seconds(ticks: int) -> str:
    """The same without a fraction, as streams and suppressions carry it."""
    text, zone = _second(ticks // TICKS_PER_SECOND, eastern=True)
    return text + zone


def utc(ticks: int) -> str:
    """``2026-01-15T21:09:19.64Z``: trailing zeros cut, as sends and webhooks carry it."""
    seconds, fraction = divmod(ticks, TICKS_PER_SECOND)
    text, _ = _second(seconds, eastern=False)
    if not fraction:
        return f"{text}Z"
    return f"{text}.{fraction:07d}".rstrip("0") + "Z"


def utc_full(ticks: int) -> str:
    """The same with all seven digits, as webhook statistics carry it."""
    seconds, fraction = divmod(ticks, TICKS_PER_SECOND)
    return f"{_second(seconds, eastern=False)[0]}.{fraction:07d}Z"


def utc_seconds(ticks: int) -> str:
    """The same without a fraction."""
    return _second(ticks // TICKS_PER_SECOND, eastern=False)[0] + "Z"


def eastern_day(ticks: int) -> str:
    """The Eastern calendar day, ``2026-01-15``, that statistics count under."""
    return _second(ticks // TICKS_PER_SECOND, eastern=True)[0][:10]


def to_ticks(moment: datetime) -> int:
    """Ticks since 1970; a moment without zone is taken as Eastern."""
    aware = moment if moment.tzinfo else moment.replace(tzinfo=EASTERN)
    since = aware - _EPOCH
    return (since.days * 86_400 + since.seconds) * TICKS_PER_SECOND + since.microseconds * 10


def parse_day(text: str) -> date:
    """A statistics date, padded or not; ValueError if it is none."""
    found = _DAY.fullmatch(text.strip())
    if not found:
        message = "not a date"
        raise ValueError(message)
    year, month, day = (int(part) for part in found.groups())
    return date(year, month, day)


def from_bound(text: str) -> int:
    """First tick that ``fromdate`` lets through."""
    try:
        day = parse_day(text)
    except ValueError:
        return _moment(text)[0]
    return to_ticks(datetime(day.year, day.month, day.day))  # noqa: DTZ001 - Eastern by to_ticks


def to_bound(text: str) -> int:
    """Last tick that ``todate`` lets through: the end of that day, or of that second."""
    try:
        day = parse_day(text) + timedelta(days=1)
    except ValueError:
        ticks, whole = _moment(text)
        return ticks + TICKS_PER_SECOND - 1 if whole else ticks
    except OverflowError:
        message = "no such date"
        raise ValueError(message) from None
    return to_ticks(datetime(day.year, day.month, day.day)) - 1  # noqa: DTZ001 - Eastern by to_ticks


def _moment(text: str) -> tuple[int, bool]:
    found = _MOMENT.fullmatch(text.strip())
    if not found:
        message = "not a date"
        raise ValueError(message)
    year, month, day, hour, minute, second, fraction, zone = found.groups()
    moment = datetime(int(year), int(month), int(day), int(hour), int(minute), int(second or 0), tzinfo=_zone(zone))
    return to_ticks(moment) + int((fraction or "0").ljust(7, "0")), fraction is None


def _zone(text: str | None) -> timezone | ZoneInfo:
    if text is None:
        return EASTERN
    if text in {"Z", "z"}:
        return timezone.utc
    offset = timedelta(hours=int(text[1:3]), minutes=int(text[-2:]))
    return timezone(-offset if text[0] == "-" else offset)


def parse_moment(text: str) -> datetime:
    """A moment as it is written in ISO 8601; ValueError if it is none."""
    # Before Python 3.11 a fraction has three digits or six, and nobody is called Z.
    padded = _FRACTION.sub(lambda found: "." + found[1].ljust(6, "0"), text.strip())
    return datetime.fromisoformat(padded.replace("Z", "+00:00"))


def moment_ticks(text: str) -> int:
    """Ticks of such a moment, for a clock that still has to be read in every zone; ValueError if it is none."""
    moment = parse_moment(text)
    if not _FIRST_YEAR <= moment.year <= _LAST_YEAR:
        message = "too far away"
        raise ValueError(message)
    return to_ticks(moment)


def moment_of(ticks: int) -> datetime:
    """The same moment as an aware datetime, to the microsecond."""
    return _EPOCH + timedelta(microseconds=ticks // 10)

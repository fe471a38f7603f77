"""What options mean beyond their text: ``-`` for stdin, ``@file``, JSON, pairs, moments."""

from __future__ import annotations

import datetime as _dt
import json
import re
import sys
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from pathlib import Path
from typing import Any, BinaryIO, TypeVar, cast

from .failures import USAGE, CommandError

__all__ = ["content", "day", "document", "moment", "opened", "pairs", "text"]

T = TypeVar("T")

STDIN = "-"
_AGO = re.compile(r"(\d{1,6})([smhdw])")
_DAYS = {"d": "days", "w": "weeks"}
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", **_DAYS}


def content(path: str) -> bytes:
    """The bytes of a file, or of stdin for ``-``.

    Raises:
        CommandError: Stdin is a terminal, or was read already.
        OSError: The file cannot be read.
    """
    with opened(path) as file:
        return file.read()


def opened(path: str) -> BinaryIO:
    """The same, to be read bit by bit and closed."""
    if path != STDIN:
        return Path(path).open("rb")
    if sys.stdin.closed:
        raise CommandError("- stands twice, and stdin can be read once", "Name a file for one.", status=USAGE)
    if sys.stdin.isatty():
        raise CommandError(
            "- reads stdin, which is a terminal", "Pipe something into it, or name a file.", status=USAGE
        )
    return cast("BinaryIO", sys.stdin.buffer)


def text(value: str | None, option: str) -> str | None:
    """An option's text: as it is, ``@file`` for that of a file, ``-`` for that of stdin; ``@@`` begins with one ``@``.

    Raises:
        CommandError: It is not UTF-8.
        OSError: The file cannot be read.
    """
    if value is None or not (value == STDIN or value.startswith("@")):
        return value
    if value.startswith("@@"):
        return value[1:]
    try:
        return content(value.removeprefix("@")).decode("utf-8-sig")
    except UnicodeDecodeError:
        raise CommandError(f"{option}: the text is not UTF-8", status=USAGE) from None


def document(value: str | None, option: str) -> Any:
    """An option's JSON, written as ``text`` takes it.

    Raises:
        CommandError: It is no JSON object.
    """
    read = text(value, option)
    if read is None:
        return None
    try:
        found = json.loads(read)
    except ValueError as error:
        raise CommandError(f"{option}: no JSON ({error})", 'Write it as {"name": "Ada"}.', status=USAGE) from None
    if not isinstance(found, dict):
        raise CommandError(f"{option}: a JSON object is needed", 'Write it as {"name": "Ada"}.', status=USAGE)
    return found


def pairs(values: Iterable[str], option: str, separator: str = "=") -> dict[str, str]:
    """Repeated ``name=value``.

    Raises:
        CommandError: One has no separator.
    """
    found = {}
    for value in values:
        name, there, rest = value.partition(separator)
        if not there or not name.strip():
            raise CommandError(
                f"{option}: {value!r} has no {separator!r}", f"Write name{separator}value.", status=USAGE
            )
        found[name.strip()] = rest.strip()
    return found


def moment(value: str | None, option: str, *, end: bool = False) -> _dt.datetime | None:
    """A moment: a date or time in the zone of this machine unless it names another, or ``2h``, ``7d`` ago.

    Args:
        value: What was written.
        option: Where.
        end: A date means the end of its day.

    Raises:
        CommandError: It is none of these.
    """
    return None if value is None else _read(partial(_moment, end=end), value, option)


def day(value: str | None, option: str) -> _dt.date | None:
    """A day: a date, or ``7d`` ago.

    Raises:
        CommandError: It is neither.
    """
    return None if value is None else _read(_day, value, option)


def _moment(value: str, *, end: bool) -> _dt.datetime:
    ago = _ago(value)
    if ago is not None:
        return _now() - ago
    try:
        date = _dt.date.fromisoformat(value)
    except ValueError:
        return _dt.datetime.fromisoformat(value.replace("Z", "+00:00")).astimezone()
    return _dt.datetime.combine(date, _dt.time.max if end else _dt.time.min).replace(microsecond=0).astimezone()


def _day(value: str) -> _dt.date:
    ago = _ago(value, _DAYS)
    return _dt.date.fromisoformat(value) if ago is None else (_now() - ago).date()


def _ago(value: str, units: Mapping[str, str] = _UNITS) -> _dt.timedelta | None:
    found = _AGO.fullmatch(value)
    return None if found is None or found[2] not in units else _dt.timedelta(**{units[found[2]]: int(found[1])})


def _read(reader: Callable[[str], T], value: str, option: str) -> T:
    try:
        return reader(value.strip())
    except (ValueError, OverflowError):  # of what no calendar has
        hint = "Write 2026-11-29, 2026-11-29T10:30, or how long ago: 2h, 7d."
        raise CommandError(f"{option}: {value!r} is no date or time", hint, status=USAGE) from None


def _now() -> _dt.datetime:
    return _dt.datetime.now(_dt.timezone.utc).astimezone()

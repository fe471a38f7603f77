"""Jinja2 and the filters that turn the emulator's values into words."""

from __future__ import annotations

import hashlib
import json
import re
from datetime import datetime, timezone
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from .marks import advice_mark, deliveries_mark, event_mark, marks

if TYPE_CHECKING:
    from ..reference.problems import Json

HERE = Path(__file__).parent
STATIC = HERE / "static"
LONG_STRING = 2_000
LONG_SOURCE = 400_000
MANY_PEOPLE = 5

_FRACTION = re.compile(r"\.(\d{1,6})\d*")
_TOKENS = re.compile(
    r'(?P<string>"(?:[^"\\]|\\.)*"?)(?P<colon>\s*:)?|(?P<word>\btrue\b|\bfalse\b|\bnull\b)|(?P<number>-?\d[\d.eE+-]*)'
)
_UNITS = ("B", "kB", "MB", "GB")
_UNIT_STEP = 1000


def parse_time(text: str) -> datetime | None:
    """A moment as Postmark writes it, in this machine's zone."""
    cut = _FRACTION.sub(lambda found: "." + found[1].ljust(6, "0"), text).replace("Z", "+00:00")
    try:
        moment = datetime.fromisoformat(cut)
    except ValueError:
        return None
    return (moment if moment.tzinfo else moment.replace(tzinfo=timezone.utc)).astimezone()


def time_element(text: str | None, now: float, *, long: bool = False) -> Markup:
    """A ``<time>`` that is short for today, with the whole truth in its title."""
    moment = parse_time(text or "")
    if moment is None:
        return escape(text or "")
    today = datetime.fromtimestamp(now, timezone.utc).astimezone().date()
    clock = moment.strftime("%H:%M:%S")
    day = f"{moment.day} {moment:%b}" + ("" if moment.year == today.year else f" {moment.year}")
    short = clock if moment.date() == today else f"{day}, {clock[:5]}"
    shown = f"{moment.day} {moment:%b %Y}, {clock}" if long else short
    title = f"{moment:%Y-%m-%d %H:%M:%S} {moment:%Z} (UTC{moment:%z})"
    return Markup('<time datetime="{}" title="{}">{}</time>').format(moment.isoformat(), title, shown)


def size(count: int) -> str:
    """Bytes in the largest unit that leaves at least one."""
    value, unit = float(count), 0
    while value >= _UNIT_STEP and unit < len(_UNITS) - 1:
        value, unit = value / _UNIT_STEP, unit + 1
    return f"{count} B" if unit == 0 else f"{value:.1f} {_UNITS[unit]}"


def plural(count: int, one: str, many: str | None = None) -> str:
    """``1 message``, ``2 messages``, ``1,234 messages``."""
    return f"{count:,} {one if count == 1 else many or one + 's'}"


def address(value: Json) -> str:
    """An ``{Email, Name}`` object or plain text as one reads it."""
    if not isinstance(value, dict):
        return str(value)
    name, email = value.get("Name") or "", value.get("Email") or ""
    return f"{name} <{email}>" if name else str(email)


def addresses(values: list[Json]) -> str:
    """Several of them."""
    return ", ".join(address(value) for value in values)


def shorten(value: Json) -> Json:
    """A JSON value whose long strings (attachments) are cut and counted."""
    if isinstance(value, str) and len(value) > LONG_STRING:
        return f"{value[:200]}… ({len(value):,} characters)"
    if isinstance(value, list):
        return [shorten(item) for item in value]
    if isinstance(value, dict):
        return {name: shorten(item) for name, item in value.items()}
    return value


def json_markup(value: Json) -> Markup:
    """Indented JSON with its kinds of values told apart."""
    text = json.dumps(shorten(value), indent=2, ensure_ascii=False)
    parts, position = [], 0
    for found in _TOKENS.finditer(text):
        parts.append(escape(text[position : found.start()]))
        parts.append(_token(found))
        position = found.end()
    parts.append(escape(text[position:]))
    return Markup("").join(parts)


def _token(found: re.Match[str]) -> Markup:
    if found["string"] is None:
        return Markup('<span class="j-{}">{}</span>').format(found.lastgroup, found[0])
    kind = "key" if found["colon"] else "string"
    return Markup('<span class="j-{}">{}</span>{}').format(kind, found["string"], found["colon"] or "")


@lru_cache(maxsize=1)
def version() -> str:
    """Changes with the style sheet and the script, so that a browser never keeps an old one."""
    digest = hashlib.sha256()
    for file in sorted(STATIC.iterdir()):
        digest.update(file.read_bytes())
    return digest.hexdigest()[:12]


def environment() -> Environment:
    """Escapes everything, and fails on names that do not exist."""
    made = Environment(
        loader=FileSystemLoader(HERE / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters.update(
        {"size": size, "plural": plural, "address": address, "addresses": addresses, "tojsonview": json_markup}
    )
    made.globals.update(
        {
            "time": time_element,
            "marks": marks,
            "event_mark": event_mark,
            "advice_mark": advice_mark,
            "deliveries_mark": deliveries_mark,
            "version": version(),
            "long_source": LONG_SOURCE,
            "many_people": MANY_PEOPLE,
        }
    )
    return made

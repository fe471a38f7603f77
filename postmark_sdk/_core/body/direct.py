"""The fields of a mail that is plainly right: what it says in, JSON out, and an exception for everything else. No I/O.

Generated functions and :mod:`.batch` write with these.
"""

from __future__ import annotations

import functools
import re
from typing import Any

from .headers import is_free, is_header_name
from .json_text import quote, quote_short
from .text import has_break

_IN_NAME = r'"<>@,\\\x00-\x1f\x7f\u0085\u2028\u2029'
_NAME = rf"[^\s{_IN_NAME}][^{_IN_NAME}]*"
_ADDRESS = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]+@[A-Za-z0-9.-]+"
_ENTRY = f"(?:{_ADDRESS}|{_NAME}<{_ADDRESS}>)"
is_plain = re.compile(f"{_ENTRY}(?:, ?{_ENTRY})*").fullmatch
are_bare = re.compile(f"{_ADDRESS}(?:,{_ADDRESS})*").fullmatch
"""Whether a text is nothing but addresses with commas between them: one look at many costs less than many looks."""


def address_text(value: Any) -> str:
    """The wire form of addresses."""
    if value.__class__ is list and {*map(type, value)} == {str}:
        value = ", ".join(value)
    if value.__class__ is str and is_plain(value):
        return str(value)
    if hasattr(value, "__next__"):
        raise TypeError  # it can be read once, which the careful way does
    from .addresses import joined  # noqa: PLC0415 - most need no closer look

    found: list[Any] = []
    text = joined(value, "", found)
    if found or not text:
        raise ValueError
    return text


def write_headers(value: Any) -> str:
    """A dict, or a list of pairs."""
    text = ",".join([f'{{"Name":{_header_name(name)},"Value":{quote(content)}}}' for name, content in _pairs(value)])
    if "\\" in text or has_break(text):
        raise ValueError
    return f"[{text}]"


def _pairs(value: Any) -> Any:
    if value.__class__ is dict:
        return value.items()
    if value.__class__ is list and all(item.__class__ is tuple for item in value):
        return value
    raise TypeError


@functools.lru_cache(512)
def _header_name(name: str) -> str:
    if not (is_header_name(name) and is_free(name)):
        raise ValueError
    return quote_short(name)


def write_metadata(value: Any, max_keys: int, max_key_length: int, max_value_length: int) -> str:
    """A dict of texts within its limits."""
    if value.__class__ is not dict or len(value) > max_keys:
        raise ValueError
    if len(value) > 1 and len({key.lower() for key in value}) != len(value):
        raise ValueError
    members = []
    for key, text in value.items():
        units = 1 if key.isascii() and text.isascii() else 2
        if len(key) * units > max_key_length or len(text) * units > max_value_length:
            raise ValueError
        members.append(f"{quote_short(key)}:{quote_short(text)}")
    return f"{{{','.join(members)}}}"

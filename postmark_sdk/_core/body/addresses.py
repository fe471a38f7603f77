"""Addresses as callers write them, turned into what Postmark takes. No I/O."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from ...errors import Problem
from ..schema.proxies import unwrapped
from .inputs import is_pair, named
from .text import CONTROLS, check_text, no_text

if TYPE_CHECKING:
    from collections.abc import Iterator

_BRACKETS = r"<[^>]*>?"
_MARK = re.compile(rf',|{_BRACKETS}|"[^"\\]*(?:\\.[^"\\]*)*("?)', re.DOTALL)
_UNQUOTED_MARK = re.compile(rf",|{_BRACKETS}")
_LOCAL = re.compile(r'[^\s"(),:;<>@\[\\\]]+|"(?:[^"\\]|\\.)*"')
_WITHOUT_AT = (
    'an entry without @; write an address, and a name that holds a comma in double quotes: "Shop, Orders" <a@b.c>'
)
_PAIR = 2
_NAME = (str, type(None))


def joined(value: Any, where: str, found: list[Problem]) -> str:
    """The wire form of recipients, joined by commas; what is wrong with them is added to ``found``."""
    return ", ".join(entries(value, where, found))


def entries(value: Any, where: str, found: list[Problem]) -> list[str]:
    """Each recipient as ``address`` or ``Name <address>``, names quoted and domains encoded."""
    value = unwrapped(value)
    if isinstance(value, str):
        return list(_of_text(value, where, found))
    if isinstance(value, tuple) and len(value) == _PAIR and all(isinstance(part, _NAME) for part in value):
        if not is_pair(value):
            found.append(Problem(where, "two addresses in a tuple, which means (name, address): write a list"))
            return []
        return _of_item(value, where, found)
    items = _items(value)
    if items is None:
        return _of_item(value, where, found)
    return [entry for index, item in enumerate(items) for entry in _of_item(item, f"{where}[{index}]", found)]


def _items(value: Any) -> list[Any] | None:
    if isinstance(value, Mapping | bytes | bytearray):  # neither keys nor bytes are recipients
        return None
    try:
        return list(value) if isinstance(value, Iterable) else None
    except Exception:  # noqa: BLE001 - a proxy may say that it is iterable, and not be
        return None


def _of_item(item: Any, where: str, found: list[Problem]) -> list[str]:
    item = unwrapped(item)
    if isinstance(item, str):
        return list(_of_text(item, where, found))
    name, address = _attribute(item, "display_name"), _attribute(item, "addr_spec")
    if isinstance(item, tuple) and len(item) == _PAIR:
        name, address = map(unwrapped, item)
        name = "" if name is None else name
        item = next((part for part in (name, address) if not isinstance(part, str)), item)
    if not isinstance(name, str) or not isinstance(address, str):
        found.append(Problem(where, no_text(item, "an address or a pair of name and address")))
        return []
    if CONTROLS.search(name):
        found.append(Problem(where, "a line break or control character in the name"))
        return []
    if not check_text(name, where, found, "name"):
        return []
    if "@" in name and "@" not in address:
        found.append(Problem(where, "a pair with the address first; it is (name, address), the other way round"))
        return []
    encoded = _address(address.strip(), where, found)
    return [] if encoded is None else [named(name, encoded)]


def _attribute(item: Any, name: str) -> Any:
    try:
        return getattr(item, name, None)
    except Exception:  # noqa: BLE001 - of a proxy that stands for nothing now
        return None


def _of_text(text: str, where: str, found: list[Problem]) -> Iterator[str]:
    if CONTROLS.search(text):
        found.append(Problem(where, "a line break or control character"))
        return
    if not check_text(text, where, found):
        return
    for part in split(text):
        name, address = name_and_address(part)
        if (name.count('"') - name.count('\\"')) % 2:
            found.append(Problem(where, "a double quote in a name without its partner"))
            continue
        if any(mark[0].startswith("<") for mark in _MARK.finditer(name)):
            found.append(
                Problem(
                    where, "two addresses in one entry; put a comma between them, or quotes around a name with brackets"
                )
            )
            continue
        encoded = _address(address, where, found)
        if encoded is not None:
            yield f"{name} <{encoded}>" if name else encoded


def split(text: str) -> list[str]:
    """A list of addresses at its commas, those inside quotes and angle brackets excepted."""
    cuts = [-1, *_commas(text), len(text)]
    return [entry for before, after in pairwise(cuts) if (entry := text[before + 1 : after].strip())]


def _commas(text: str) -> Iterator[int]:
    for mark in _MARK.finditer(text):
        if mark[1] == "":  # a quote without its partner: neither it nor those that follow it enclose anything
            rest = _UNQUOTED_MARK.finditer(text, mark.start())
            yield from (each.start() for each in rest if each[0] == ",")
            return
        if mark[0] == ",":
            yield mark.start()


def name_and_address(entry: str) -> tuple[str, str]:
    """The two parts of ``Name <address>``, as they are written; an address alone has an empty name."""
    if not entry.endswith(">") or "<" not in entry:
        return "", entry
    name, _, address = entry[:-1].rpartition("<")
    return name.strip(), address.strip()


def _address(address: str, where: str, found: list[Problem]) -> str | None:
    local, at, domain = address.rpartition("@")
    if ";" in address:
        found.append(Problem(where, "a semicolon, as some programs write lists; put commas between addresses"))
    elif not at:
        found.append(Problem(where, _WITHOUT_AT))
    elif not local.isascii():
        found.append(Problem(where, "letters outside ASCII before the @, which Postmark cannot deliver to"))
    elif not _LOCAL.fullmatch(local):
        found.append(Problem(where, "no address before the @, or characters that do not belong there"))
    else:
        return _with_domain(local, domain, where, found)
    return None


def _with_domain(local: str, domain: str, where: str, found: list[Problem]) -> str | None:
    if domain.isascii():
        if domain and not any(character.isspace() or character in '<>(),;:"' for character in domain):
            return f"{local}@{domain}"
    else:
        import idna  # noqa: PLC0415 - comes with httpx; only international domains need it

        try:
            return f"{local}@{idna.encode(domain, uts46=True).decode('ascii')}"
        except idna.IDNAError:
            pass
    found.append(Problem(where, "the domain after the @ is missing or not valid"))
    return None

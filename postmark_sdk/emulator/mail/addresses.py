"""Address lists as Postmark reads them, with its words for what is wrong."""

from __future__ import annotations

import re
from email.utils import quote
from functools import lru_cache
from typing import NamedTuple

from ..reference.problems import Json, Problem


class Address(NamedTuple):
    """One recipient or sender."""

    email: str
    name: str

    def as_json(self) -> dict[str, Json]:
        """The shape of ``To``, ``Cc`` and ``Bcc`` in answers."""
        return {"Email": self.email, "Name": self.name}


_BARE = re.compile(r"[^\s@<>\",;:()\[\]\\]+@[^\s@<>\",;]+")
_ANGLE = re.compile(r"(?P<name>.*?)<(?P<email>[^<>]*)>\s*", re.DOTALL)
_DOMAIN = re.compile(r"[\w-]+(\.[\w-]+)*\.?")
# What is never closed reaches to the end: nothing is looked at twice, whatever is sent.
_TOKEN = re.compile(r'"(?:[^"\\]+|\\.)*"?|<[^>]*>?|[,;]|[^",;<]+', re.DOTALL)
_SPECIALS = frozenset('()<>[]:;@\\,."')
"""Characters of a name that needs quotes."""
_MAX_LOCAL = 64
_MAX_REMEMBERED = 1000


def parse_list(text: str, field: str) -> tuple[Address, ...]:
    """Every address of a comma-separated list; code 300 says which is wrong and why."""
    outcome = _remembered(text, field) if len(text) <= _MAX_REMEMBERED else _parse(text, field)
    if isinstance(outcome, str):
        raise Problem(300, outcome)
    return outcome


def _parse(text: str, field: str) -> tuple[Address, ...] | str:
    addresses = []
    for part in _split(text):
        address = _one(part)
        wrong = fault_of(address.email, field)
        if wrong is not None:
            return wrong
        addresses.append(address)
    return tuple(addresses)


_remembered = lru_cache(maxsize=4096)(_parse)


def _split(text: str) -> list[str]:
    if '"' not in text and "<" not in text:
        return [part.strip() for part in re.split("[,;]", text) if part.strip()]
    parts: list[list[str]] = [[]]
    for token in _TOKEN.findall(text):
        if token in {",", ";"}:
            parts.append([])
        else:
            parts[-1].append(token)
    return [part for tokens in parts if (part := "".join(tokens).strip())]


def _one(part: str) -> Address:
    found = _ANGLE.fullmatch(part)
    if not found:
        return Address(part, "")
    name = found["name"].strip()
    if len(name) > 1 and name[0] == name[-1] == '"':
        name = re.sub(r"\\(.)", r"\1", name[1:-1])
    return Address(found["email"].strip(), name)


def fault_of(email: str, field: str) -> str | None:
    """What is wrong with one address, in Postmark's words; None if nothing."""
    local, at, domain = email.rpartition("@")
    if not at:
        return f"Error parsing '{field}': Illegal email address '{email}'. It must contain the '@' symbol."
    if not _DOMAIN.fullmatch(domain):
        return f"Error parsing '{field}': Illegal email domain '{domain}' in address '{email}'."
    if "." not in domain.rstrip("."):
        return f"Invalid '{field}' address: '{email}'."
    if not local or not local.isascii() or len(local) > _MAX_LOCAL or not _BARE.fullmatch(email):
        return f"Error parsing '{field}': Illegal local part '{local}' in address '{email}'."
    return None


def is_address(text: str) -> bool:
    """Whether this is one plain address."""
    return fault_of(text.strip(), "To") is None


def header_text(address: Address) -> str:
    """``"Name" <address>``, or the address alone."""
    return f'"{quote(address.name)}" <{address.email}>' if address.name else address.email


def quoted(name: str) -> str:
    """A name as it stands before an address, in quotes where it has to be."""
    return name if _SPECIALS.isdisjoint(name) else f'"{quote(name)}"'

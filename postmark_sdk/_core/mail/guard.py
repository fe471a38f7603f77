"""Outside production no mail reaches a stranger. No I/O.

The guard looks at the JSON objects that are about to leave, so that no way of sending passes it by.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterable, Mapping
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any

from attrs import field, frozen

from ...errors import ConfigurationError, InvalidMessageError, Problem
from ..body import addresses
from ..body.json_text import json_bytes
from ..body.payload import Payload

if TYPE_CHECKING:
    from ..schema.operation import Operation

ALLOW_VARIABLE = "POSTMARK_ALLOW_RECIPIENTS"
REDIRECT_VARIABLE = "POSTMARK_REDIRECT_TO"
TEST_TOKEN = "POSTMARK_API_TEST"  # noqa: S105 - Postmark's public token, which checks mails and sends none
_ORIGINAL = {"to": "X-Original-To", "cc": "X-Original-Cc", "bcc": "X-Original-Bcc"}
_RECIPIENT_HEADERS = frozenset({"to", "cc", "bcc", "resent-to", "resent-cc", "resent-bcc", "apparently-to"})


_CLEAN = re.compile(r"""[^\s<>()\[\]:;,"@\\]+@[^\s<>()\[\]:;,"@\\]+""")
"""An address that nobody can read as two, or as another one."""
_CLEAN_NAME = re.compile(r"""(?:[^@,;<>"\\]|"[^"\\]*"|"[^"\\@]*(?:\\[^@][^"\\@]*)+")*""")
"""The same for the name before it: an @ only inside of quotes that end where they seem to."""


def _patterns(given: Any) -> tuple[str, ...]:
    if isinstance(given, str):
        raise ConfigurationError('Guard: allow takes a list of patterns such as ["*@example.com"]')
    patterns = tuple(_ascii(str(pattern).strip().lower()) for pattern in given)
    if any(pattern.count("@") != 1 for pattern in patterns):
        raise ConfigurationError('Guard: a pattern needs one @: "*@example.com" for a domain, "*@*" for anybody')
    return patterns


def _ascii(address: str) -> str:
    """With its domain as it goes over the wire."""
    local, _, domain = address.rpartition("@")
    if domain.isascii():
        return address
    import idna  # noqa: PLC0415 - comes with httpx; only international domains need it

    try:
        return f"{local}@{idna.encode(domain, uts46=True).decode('ascii')}"
    except idna.IDNAError:
        return address


def _entries(value: Any) -> list[str]:
    return addresses.split(value) if isinstance(value, str) else []


def _read(entry: str) -> tuple[str, str]:
    """Name, and address as it goes over the wire."""
    name, address = addresses.name_and_address(entry.strip())
    return name, _ascii(address.lower())


def _address(given: Any) -> str | None:
    if given is None:
        return None
    found: list[Problem] = []
    read = addresses.entries(given, "redirect_to", found)
    if found or len(read) != 1:
        raise ConfigurationError("Guard: redirect_to takes one address")
    return read[0]


def _hidden(value: str | None) -> str:
    return "None" if value is None else "<hidden>"


@frozen(kw_only=True)
class Guard:
    """Who may get mail from this client.

    Args:
        allow: Shell patterns for whole addresses, without regard to case, such as ``*@example.com``. A recipient who
            could be read as two, such as ``x@example.org <a@example.com>``, is a stranger.
        redirect_to: Where mail for everybody else goes instead; the original recipients are kept in the headers
            ``X-Original-To``, ``X-Original-Cc`` and ``X-Original-Bcc``. None: such mail is refused.
        refuse_live_servers: Ask Postmark once, before the first mail, whether the token's server is a sandbox, and
            refuse to send through any other. The token ``POSTMARK_API_TEST`` sends nothing and passes.
    """

    allow: tuple[str, ...] = field(default=(), converter=_patterns)
    redirect_to: str | None = field(default=None, converter=_address, repr=_hidden)
    refuse_live_servers: bool = False

    def allows(self, entry: str) -> bool:
        """Whether mail to this recipient, an address or ``Name <address>``, may go out as it is."""
        name, address = _read(entry)
        if not _CLEAN.fullmatch(address) or not (_CLEAN_NAME.fullmatch(name) or name.lower() == address):
            return False
        return any(fnmatchcase(address, pattern) for pattern in self.allow)

    def _apply(self, wire: Any, where: str, found: list[Problem]) -> None:
        """Check one mail, a list of mails or an object that holds one; change recipients in place to redirect."""
        if isinstance(wire, list | tuple):
            for index, item in enumerate(wire):
                self._apply(item, f"{where}[{index}]", found)
        elif isinstance(wire, dict):
            self._apply_to_object(wire, where, found)

    def _apply_to_object(self, wire: dict[str, Any], where: str, found: list[Problem]) -> None:
        names = _spellings(wire)
        common = [wire[name] for name in names.get("headers", ())]
        self._check_headers(wire, names, where, found)
        originals = self._redirected(wire, names, where, found)
        if originals:
            _add_headers(wire, names, originals)
        for name in names.get("messages", ()):
            for index, entry in enumerate(wire[name] if isinstance(wire[name], list | tuple) else [wire[name]]):
                self._apply_to_entry(entry, common, f"{_dot(where)}messages[{index}]", found)

    def _apply_to_entry(self, entry: Any, common: list[Any], where: str, found: list[Problem]) -> None:
        """An entry's headers take the place of those common to all, so these are kept when some are added."""
        if not isinstance(entry, dict):
            return
        had = bool(_spellings(entry).get("headers"))
        self._apply(entry, where, found)
        if common and not had and isinstance(entry.get("Headers"), list):
            entry["Headers"] = [*(row for rows in common if isinstance(rows, list) for row in rows), *entry["Headers"]]

    def _check_headers(
        self, wire: dict[str, Any], names: Mapping[str, list[str]], where: str, found: list[Problem]
    ) -> None:
        for name in names.get("headers", ()):
            for index, row in enumerate(wire[name] if isinstance(wire[name], list | tuple) else ()):
                if _header_name(row) in _RECIPIENT_HEADERS:
                    place = f"{_dot(where)}headers[{index}]"
                    found.append(Problem(place, "a header that names recipients; the guard stops it"))

    def _redirected(
        self, wire: dict[str, Any], names: Mapping[str, list[str]], where: str, found: list[Problem]
    ) -> dict[str, str]:
        """The headers that keep the original recipients, of the fields that were changed."""
        originals: dict[str, str] = {}
        reached = False
        for name, header in _ORIGINAL.items():
            for spelling in names.get(name, ()):
                strangers = self._strangers(wire[spelling], f"{_dot(where)}{name}", found)
                if strangers and self.redirect_to is not None:
                    self._redirect(wire, spelling, reached=reached)
                    lines = [" ".join(entry.split()) for entry in strangers]  # a line break would begin another header
                    originals[header] = ", ".join([*filter(None, [originals.get(header)]), *lines])
                reached = reached or self._reached_by(_entries(wire.get(spelling)))
        return originals

    def _strangers(self, value: Any, where: str, found: list[Problem]) -> list[str]:
        if value is None:
            return []
        if not isinstance(value, str):
            found.append(Problem(where, f"a {type(value).__name__}; the guard can only judge text"))
            return []
        given = addresses.split(value)
        strangers = [entry for entry in given if not self.allows(entry)]
        if strangers and self.redirect_to is None:
            amount = f"{len(strangers)} of {len(given)} recipients"
            found.append(Problem(where, f"{amount} outside what the client's guard allows; see allow and redirect_to"))
        return strangers

    def _redirect(self, wire: dict[str, Any], spelling: str, *, reached: bool) -> None:
        """One mail goes to the address once, whichever fields held strangers."""
        kept = [entry for entry in addresses.split(wire[spelling]) if self.allows(entry)]
        if self.redirect_to is not None and not (reached or self._reached_by(kept)):
            kept.append(self.redirect_to)
        if kept:
            wire[spelling] = ", ".join(kept)
        else:
            del wire[spelling]

    def _reached_by(self, entries: list[str]) -> bool:
        """Whether the address for strangers is among recipients."""
        return self.redirect_to is not None and _read(self.redirect_to)[1] in [_read(entry)[1] for entry in entries]


class Stopped(Problem):
    """A problem that only a guard sees."""

    __slots__ = ()


def stopped(guard: Guard, wire: Any, where: str) -> list[Problem]:
    """What a guard stops in what is about to leave; mail that it redirects is changed in place."""
    found: list[Problem] = []
    guard._apply(wire, where, found)  # noqa: SLF001 - half of one thing
    return [Stopped(*problem) for problem in found]


def guarded_json(value: Any, guard: Guard | None, operation: Operation[Any]) -> Payload:
    """The body of a call that the caller wrote as JSON.

    Raises:
        InvalidMessageError: It is no JSON, or the guard stops it.
    """
    text = json_bytes(value)
    if guard is None or not operation.sends:
        return Payload([text])
    wire = json.loads(text)  # what leaves, whatever objects it was written with
    found = stopped(guard, wire, "")
    if found:
        raise InvalidMessageError(found)
    return Payload([json_bytes(wire)])


def _header_name(row: Any) -> str:
    if not isinstance(row, Mapping):
        return ""
    return next((str(value) for key, value in row.items() if str(key).lower() == "name"), "").strip().lower()


def _dot(where: str) -> str:
    return f"{where}." if where else ""


def _spellings(wire: Mapping[Any, Any]) -> dict[str, list[str]]:
    """Lower-case name -> the keys that spell it: Postmark reads keys in any case."""
    found: dict[str, list[str]] = {}
    for key in wire:
        found.setdefault(str(key).lower(), []).append(key)
    return found


def _add_headers(wire: dict[str, Any], names: Mapping[str, list[str]], originals: Mapping[str, str]) -> None:
    spelling = names["headers"][-1] if names.get("headers") else "Headers"
    rows = wire.get(spelling)
    kept = list(rows) if isinstance(rows, list | tuple) else []
    wire[spelling] = [*kept, *({"Name": name, "Value": value} for name, value in originals.items())]


def guard_from(given: Any) -> Guard | None:
    """The guard given in code, else the one that the environment describes, else None.

    Raises:
        ConfigurationError: Neither a guard nor None; or the environment holds no proper patterns or address.
    """
    if given is not None:
        if not isinstance(given, Guard):
            raise ConfigurationError(f"guard: a {type(given).__name__} given; it takes a Guard")
        return given
    allow, redirect = os.environ.get(ALLOW_VARIABLE), os.environ.get(REDIRECT_VARIABLE)
    if allow is None and not redirect:
        return None
    return Guard(allow=_split(allow or ""), redirect_to=redirect or None)


def _split(text: str) -> Iterable[str]:
    return [part for part in (part.strip() for part in text.split(",")) if part]

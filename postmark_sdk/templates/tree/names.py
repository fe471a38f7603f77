"""A folder's name for an alias, on every file system."""

from __future__ import annotations

import hashlib
import string
from typing import Final
from urllib.parse import quote

_LETTERS: Final = frozenset(string.ascii_letters)
_MAX_LENGTH: Final = 120
_DIGEST_LENGTH: Final = 16

# Windows opens devices under these names, whatever follows after a dot.
# https://learn.microsoft.com/windows/win32/fileio/naming-a-file
_DEVICES: Final = frozenset(
    {"aux", "con", "nul", "prn", *(f"{port}{digit}" for port in ("com", "lpt") for digit in range(10))}
)


def folder_name(alias: str) -> str:
    """Find the name of an alias's folder: the alias itself, wherever that can be.

    What is no plain file name everywhere is percent-encoded: an alias of Postmark's form needs that only for ``con``
    and its like and for a last dot. No alias leads out of a folder, into a hidden one or to ``_layouts``.
    """
    name = quote(alias, safe="").replace("~", "%7E")
    if name[:1] not in _LETTERS or name.partition(".")[0].lower() in _DEVICES:
        name = _encoded(name[:1]) + name[1:]
    if name.endswith("."):
        name = name[:-1] + _encoded(".")
    if len(name) > _MAX_LENGTH:
        digest = hashlib.sha256(alias.encode(errors="surrogatepass")).hexdigest()[:_DIGEST_LENGTH]
        name = f"{name[:_MAX_LENGTH]}~{digest}"
    return name


def _encoded(character: str) -> str:
    return f"%{ord(character):02X}" if character and character != "%" else character


def free_name(name: str, taken: frozenset[str] | set[str]) -> str:
    """Make a name that differs from those taken (in lower case) by more than case. No alias holds a ``~``."""
    number, candidate = 1, name
    while candidate.lower() in taken:
        number += 1
        candidate = f"{name}~{number}"
    return candidate

"""File names that strangers chose, made into names that any system takes; files that replace nothing."""

from __future__ import annotations

import errno
import os
import re
import unicodedata
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from ..._core.body.media_types import ending_of

if TYPE_CHECKING:
    from collections.abc import Callable

_MAX_BYTES = 150
"""Of a name without its number. Most file systems take 255, and Windows 260 for the whole path."""
_MAX_SUFFIX_BYTES = 20
_MAX_READ = 1000
"""Characters of a name that are looked at, of each end: making one form of all its marks takes quadratic time."""
_MAX_NUMBERS = 10_000

# Forbidden on Windows, and what looks like a separator or colon in other scripts.
_FORBIDDEN = frozenset('/\\:*?"<>|\u2044\u2215\u29f8\u29f5\u29f9\ufe68\uff0f\uff3c\u2571\u2572\uff1a\ufe55\ua789\u2236')
# Control, format (direction changes), surrogate, private and unassigned characters; line and paragraph separators.
_FORBIDDEN_CATEGORIES = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
_RESERVED = re.compile(
    r"(?:con|prn|aux|nul|conin\$|conout\$|clock\$|com[0-9¹²³]|lpt[0-9¹²³])\s*(?:\.|$)", re.IGNORECASE
)
_REFUSED = frozenset({errno.EINVAL, errno.EILSEQ, errno.ENAMETOOLONG, errno.ENOENT})


def safe_name(name: object, content_type: object = None) -> str:
    """A file name without a path, from whatever the sender wrote."""
    text = unicodedata.normalize("NFKC", _ends(name)) if isinstance(name, str) else ""
    text = "".join("_" if _is_forbidden(character) else character for character in text)
    text = text.strip(" .\u3000")
    if not text.strip("_ ."):
        text = f"attachment{_suffix_for(content_type)}"
    if _RESERVED.match(text):
        text = f"_{text}"
    return _shortened(text)


def _ends(name: str) -> str:
    return name if len(name) <= 2 * _MAX_READ else name[:_MAX_READ] + name[-_MAX_READ:]


def _is_forbidden(character: str) -> bool:
    return character in _FORBIDDEN or unicodedata.category(character) in _FORBIDDEN_CATEGORIES


def _suffix_for(content_type: object) -> str:
    return (ending_of(content_type) if isinstance(content_type, str) else "") or ".dat"


def _shortened(text: str) -> str:
    """Cut between characters, and keep a short ending: it says what opens the file."""
    if len(text.encode()) <= _MAX_BYTES:
        return text
    stem, dot, suffix = text.rpartition(".")
    if not dot or len(suffix.encode()) > _MAX_SUFFIX_BYTES:
        return _cut(text, _MAX_BYTES)
    return f"{_cut(stem, _MAX_BYTES - len(suffix.encode()) - 1)}.{suffix}"


def _cut(text: str, size: int) -> str:
    return text.encode()[:size].decode("utf-8", "ignore").rstrip(" .")


def write_new(directory: str | os.PathLike[str], name: object, content_type: object, content: bytes) -> Path:
    """Write a file that was not there before."""
    folder = Path(directory)
    folder.mkdir(parents=True, exist_ok=True)
    chosen = safe_name(name, content_type)
    try:
        return _write(folder, chosen, content)
    except OSError as error:
        if error.errno not in _REFUSED:
            raise
        # A file system with rules of its own: only letters and digits of ASCII are refused by none.
        return _write(folder, f"attachment{_suffix_for(content_type)}", content)


def _write(folder: Path, name: str, content: bytes) -> Path:
    stem, dot, suffix = name.rpartition(".")
    if not dot:
        stem, suffix = name, ""

    def numbered(number: int) -> Path:
        return folder / (name if number == 0 else f"{stem}-{number}{dot}{suffix}")

    while (number := _free(lambda number: os.path.lexists(numbered(number)))) < _MAX_NUMBERS:
        path = numbered(number)
        try:
            # Exclusive: neither an existing file nor what a symbolic link points at is opened.
            file = path.open("xb")
        except FileExistsError:  # taken since
            continue
        _fill(path, file, content)
        return path
    raise FileExistsError(errno.EEXIST, "every number of this name is taken", str(folder / name))


def _free(taken: Callable[[int], bool]) -> int:
    """The lowest number that is free, if all below it are taken, in few looks: a mail can hold 10,000 files alike."""
    low, high = -1, 0
    while taken(high):
        low, high = high, max(1, 2 * high)
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if taken(middle) else (low, middle)
    return high


def _fill(path: Path, file: BinaryIO, content: bytes) -> None:
    try:
        with file:
            file.write(content)
    except BaseException:
        path.unlink(missing_ok=True)
        raise

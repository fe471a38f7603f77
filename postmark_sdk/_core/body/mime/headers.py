"""Headers of a mail: texts and addresses as their writers meant them. No I/O.

The standard library's own parser is not asked: what it makes of the same words changed within releases, it leaves out
what it takes for comments, and it needs minutes for some that a stranger can write.
"""

from __future__ import annotations

import binascii
import contextlib
import itertools
import re
from email.policy import default
from typing import TYPE_CHECKING, Any, NamedTuple

from ..inputs import is_pair, named
from ..text import is_encodable
from .charsets import text_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from email.message import Message

_FOLD = re.compile(r"\r?\n(?=[ \t])")
_WORD = re.compile(r"=\?([^?\s]{1,100})\?([bBqQ])\?([^?\r\n]*)\?=")
_UNFOLDED = default.clone(utf8=True, max_line_length=0)
_GROUP = 4
"""Characters of base64 that belong together."""


class Row(NamedTuple):
    """One header."""

    name: str
    """In lower case."""
    written: str
    """The name as it is written."""
    value: Any
    """Text as it is written, or an object that knows what it means."""


def rows_of(message: Message) -> list[Row]:
    """All headers in their order."""
    return [Row(name.lower(), name, value) for name, value in message.raw_items()]


def first(rows: Iterable[Row], name: str) -> str | None:
    """The text of the first header of a name, None if there is none."""
    return next((text(row.value) for row in rows if row.name == name), None)


def text(value: Any) -> str:
    """A header's text, unfolded and decoded."""
    return decoded(written(value)) if isinstance(value, str) and not hasattr(value, "defects") else written(value)


def text_with_ids(value: Any) -> str:
    """The same of a header that may hold message ids: these are sent as they are written, by the book or not."""
    return written(value) if "<" in str(value) else text(value)


def written(value: Any) -> str:
    """A header as it is written, unfolded; bytes outside ASCII are read as UTF-8, which RFC 6532 has in headers."""
    understood = not (hasattr(value, "addresses") or getattr(value, "defects", False))
    unfolded = _FOLD.sub("", str(value) if understood else _whole(value))
    if not is_encodable(unfolded):
        with contextlib.suppress(UnicodeEncodeError):
            return unfolded.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
    return unfolded


def _whole(value: Any) -> str:
    """What was set; the text of an object of the newer classes has no comments, and ends where they do not go on."""
    try:
        return str(value.fold(policy=_UNFOLDED)).partition(":")[2].strip()
    except Exception:  # noqa: BLE001 - it fails in many ways
        return str(value)


# --- encoded words (RFC 2047) ---------------------------------------------------------------------------------------


def decoded(text: str) -> str:
    """A text with its encoded words decoded; those beside each other may share a letter's bytes."""
    if "=?" not in text:
        return text
    pieces = itertools.groupby(_pieces(text), lambda piece: piece[0])
    return "".join(
        text_of(b"".join(data for _, data in group), label) if label else "".join(data.decode() for _, data in group)
        for label, group in pieces
    )


def _pieces(text: str) -> Iterator[tuple[str, bytes]]:
    """Label and bytes of each word, and without a label what stands between them."""
    end, after_word = 0, False
    for word in _WORD.finditer(text):
        between = text[end : word.start()]
        data = _bytes(word[2], word[3])
        if not (after_word and data is not None and between.isspace()):
            yield "", between.encode("utf-8", "replace")
        label = word[1].partition("*")[0].lower()  # a language may follow
        yield (label, data) if data is not None else ("", word[0].encode("utf-8", "replace"))
        end, after_word = word.end(), data is not None
    yield "", text[end:].encode("utf-8", "replace")


def _bytes(encoding: str, text: str) -> bytes | None:
    if not text.isascii():
        return None
    if encoding in "qQ":
        return binascii.a2b_qp(text, header=True)
    plain = "".join(text.split()).rstrip("=")
    try:
        return binascii.a2b_base64(plain + "=" * (-len(plain) % _GROUP))
    except binascii.Error:
        return None


# --- addresses ------------------------------------------------------------------------------------------------------

_QUOTED = r'"(?:[^"\\]|\\.)*"'
_PIECE = re.compile(
    rf"{_QUOTED}|{_WORD.pattern}|\((?:[^()<>\\]|\\.)*\)|<[^<>]*>|[,;:]|(?:\\.|[^\"(<,;:=\\])+|.", re.DOTALL
)
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)


def people(rows: Iterable[Row], name: str) -> list[Any]:
    """Pairs of name and address; what cannot be read as such is left to the checks as it is written."""
    return [person for row in rows if row.name == name for person in _people(row.value)]


def sender(person: Any) -> Any:
    """A pair that no check takes for two addresses."""
    return named(*person) if isinstance(person, tuple) and not is_pair(person) else person


def _people(value: Any) -> list[Any]:
    read = [_person(entry) for entry in _entries(written(value))]
    known = getattr(value, "addresses", None)
    if known is None or any(type(defect).__name__ == "InvalidHeaderDefect" for defect in value.defects):
        return read
    meant = [(each.display_name, each.addr_spec) for each in known]
    # Names that were encoded stand decoded in the text, where their commas look like those between entries.
    return meant if len(meant) < len(read) and any("," in name or ";" in name for name, _ in meant) else read


def _entries(text: str) -> Iterator[list[str]]:
    """The pieces of each entry of a list; commas separate them, some programs write semicolons; none of a group."""
    entry: list[str] = []
    pieces = [match[0] for match in _PIECE.finditer(text)]
    last = len(pieces) - 1 - pieces[::-1].index(";") if ";" in pieces else -1
    for place, piece in enumerate(pieces):
        if piece in {",", ";"}:
            yield from [entry] if "".join(entry).strip() else []
            entry = []
        elif piece == ":" and place < last and not any("@" in each for each in entry):
            entry = []  # what stands before it is the name of a group
        else:
            entry.append(piece)
    yield from [entry] if "".join(entry).strip() else []


def _person(pieces: list[str]) -> Any:
    """Whoever has brackets, under the words before them; else the words, with a comment for a name."""
    text = "".join(pieces).strip()
    if '"' in pieces:  # a quote without its partner
        return text
    brackets = [place for place, piece in enumerate(pieces) if piece[0] == "<" and len(piece) > 1]
    if not brackets:
        comments = [piece[1:-1] for piece in pieces if _is_comment(piece)]
        address = "".join(piece for piece in pieces if not _is_comment(piece)).strip()
        return _name(comments), address
    before, after = pieces[: brackets[0]], "".join(pieces[brackets[0] + 1 :]).strip()
    if after and not all(_is_comment(piece) or piece.isspace() for piece in pieces[brackets[0] + 1 :]):
        return text
    name = _name([*before, *pieces[brackets[0] + 1 :]] if before else [after.strip("()")])
    if any("@" in piece and piece[0] not in '"=(' for piece in before):
        return text  # it could be read as two
    return name, pieces[brackets[0]][1:-1].strip()


def _is_comment(piece: str) -> bool:
    return piece[0] == "(" and len(piece) > 1


def _name(pieces: Iterable[str]) -> str:
    return " ".join(decoded("".join(map(_unquoted, pieces))).split())


def _unquoted(piece: str) -> str:
    return _ESCAPED.sub(r"\1", piece[1:-1]) if len(piece) > 1 and piece[0] == piece[-1] == '"' else piece

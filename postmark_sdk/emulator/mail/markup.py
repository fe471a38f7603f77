"""The HTML of a mail in pieces: tags, texts, style sheets.

Senders are not trusted: each pattern here takes time in proportion to the text, whatever it is, because what it has
looked at once it never looks at again. What mail programs do not show (comments, and so what is for old Outlooks only)
is left out.
"""

from __future__ import annotations

import html
import re
from dataclasses import dataclass
from itertools import islice
from sys import intern
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

# These always match from their first character on, so they neither go back nor begin anew inside of what they passed.
ANCHOR = re.compile(r"""<a(?=[\s/])(?:[^<>"']+|"[^"]*"|'[^']*')*>?""", re.IGNORECASE)
ATTRIBUTE = re.compile(r"""([^\s"'<>/=]+)(?:\s*=\s*("[^"]*"|'[^']*'|[^\s"'<>]+))?""")
_TAG = re.compile(
    r"""<(?:(?P<comment>!--)|(?P<other>[!?])|(?P<closing>/?)(?P<name>[a-z][^\s/>]*)(?:[^<>"']+|"[^"]*"|'[^']*')*>?)""",
    re.IGNORECASE,
)
_RAW = {
    name: re.compile(rf"</{name}(?=[\s/>])", re.IGNORECASE) for name in ("style", "script", "title", "textarea", "xmp")
}
_MAX_ATTRIBUTES = 100
_NONE: Mapping[str, str] = {}


@dataclass(frozen=True, slots=True)
class Tag:
    """``<name ...>`` or ``</name>``."""

    name: str
    closing: bool
    attributes: Mapping[str, str]
    """Names in lower case; the first of each counts."""
    start: int


@dataclass(frozen=True, slots=True)
class Text:
    """What is read, with its entities replaced."""

    text: str
    start: int


@dataclass(frozen=True, slots=True)
class Raw:
    """The inside of an element that holds no tags: ``style``, ``script``, ``title``, ..."""

    name: str
    text: str
    start: int


@dataclass(frozen=True, slots=True)
class Anchor:
    """A link, where it leads (None if it says nothing) and what is read there: words, or what stands for its images."""

    url: str | None
    words: str
    start: int


def value(written: str) -> str:
    """An attribute's value as a browser reads it."""
    return html.unescape(written[1:-1] if written[:1] in {'"', "'"} else written).strip()


def pieces(body: str) -> Iterator[Tag | Text | Raw]:
    """All of it in order."""
    position = 0
    while found := _TAG.search(body, position):
        if found.start() > position:
            yield Text(html.unescape(body[position : found.start()]), position)
        if found["name"] is None:
            position = _after(body, found)
            continue
        tag = _tag(body, found)
        yield tag
        position = found.end()
        if tag.name in _RAW and not tag.closing:
            end = _RAW[tag.name].search(body, position)
            stop = end.start() if end else len(body)
            yield Raw(tag.name, body[position:stop], position)
            position = stop
    if position < len(body):
        yield Text(html.unescape(body[position:]), position)


def anchors(found: Iterable[Tag | Text | Raw]) -> list[Anchor]:
    """The links among pieces, in order."""
    links: list[Anchor] = []
    open_: Tag | None = None
    words: list[str] = []
    for piece in found:
        if isinstance(piece, Text):
            words.append(piece.text)
        elif isinstance(piece, Tag) and piece.name == "img":
            words.append(piece.attributes.get("alt", ""))
        elif isinstance(piece, Tag) and piece.name == "a":
            if open_ is not None:
                links.append(_anchor(open_, words))
            open_, words = None if piece.closing else piece, []
    if open_ is not None:
        links.append(_anchor(open_, words))
    return links


def _anchor(tag: Tag, words: list[str]) -> Anchor:
    return Anchor(tag.attributes.get("href"), " ".join("".join(words).split()), tag.start)


def _after(body: str, found: re.Match[str]) -> int:
    """Where a comment or declaration ends: what is never closed reaches to the end."""
    closer = "-->" if found["comment"] else ">"
    end = body.find(closer, found.end())
    return len(body) if end < 0 else end + len(closer)


def _tag(body: str, found: re.Match[str]) -> Tag:
    attributes: dict[str, str] = {}
    for each in islice(ATTRIBUTE.finditer(body, found.end("name"), found.end()), _MAX_ATTRIBUTES):
        attributes.setdefault(each[1].lower(), value(each[2] or ""))
    return Tag(intern(found["name"].lower()), bool(found["closing"]), attributes or _NONE, found.start())

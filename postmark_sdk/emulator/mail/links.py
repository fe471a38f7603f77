"""The links of a mail that tracking rewrites.

Senders are not trusted: each pattern here takes time in proportion to the text, whatever it is, because what it has
looked at once it never looks at again.
"""

from __future__ import annotations

import html
import re
from typing import TYPE_CHECKING

from .markup import ANCHOR, ATTRIBUTE, value

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

TEXT_LINK = re.compile(r"""https?://[^\s<>"']*[^\s<>"'.,;:!?)\]}]""", re.IGNORECASE)
_WEB = re.compile(r"https?://", re.IGNORECASE)


def html_links(body: str) -> list[str]:
    """Where the links of an HTML body lead, in order."""
    return [value(body[start:end]) for start, end in _addresses(body)]


def text_links(body: str) -> list[str]:
    """The links in a plain text, in order."""
    return TEXT_LINK.findall(body)


def rewrite_links(body: str, address: Callable[[str], str]) -> str:
    """The HTML body with another address in each link."""
    pieces, position = [], 0
    for start, end in _addresses(body):
        pieces += [body[position:start], f'"{html.escape(address(value(body[start:end])))}"']
        position = end
    return "".join([*pieces, body[position:]])


def _addresses(body: str) -> Iterator[tuple[int, int]]:
    """Where the addresses of links on the web stand, quotes included."""
    for anchor in ANCHOR.finditer(body):
        if anchor[0].endswith(">"):
            attributes = ATTRIBUTE.finditer(body, anchor.start() + len("<a"), anchor.end())
            href = next((each for each in attributes if each[1].lower() == "href"), None)
            if href is not None and _WEB.match(value(href[2] or "")):
                yield href.span(2)

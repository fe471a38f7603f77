"""The links of a mail, for the list of what can be clicked."""

from __future__ import annotations

from typing import NamedTuple

from ..mail.links import text_links
from ..mail.markup import anchors, pieces

_MAX_LINKS = 500
_MAX_SCANNED = 200_000
"""Characters of a body that are looked through."""


class Link(NamedTuple):
    """One link as the sender wrote it."""

    url: str
    text: str
    location: str
    """``HTML`` or ``Text``: the body it stands in."""


def links(html: str, text: str) -> list[Link]:
    """Web links of both bodies in order, each once per body."""
    written = [(anchor.url or "", anchor.words) for anchor in anchors(pieces(html[:_MAX_SCANNED]))]
    found = [Link(url, words, "HTML") for url, words in written if url.lower().startswith(("http:", "https:"))]
    found += [Link(url, "", "Text") for url in text_links(text[:_MAX_SCANNED])]
    unique = {(link.location, link.url): link for link in reversed(found)}
    return list(reversed(unique.values()))[:_MAX_LINKS]

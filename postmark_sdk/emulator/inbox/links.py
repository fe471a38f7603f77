"""The links of a mail, for the list of what can be clicked."""

from __future__ import annotations

from contextlib import suppress
from html.parser import HTMLParser
from typing import NamedTuple

from ..mail.links import text_links

_MAX_LINKS = 500
_MAX_SCANNED = 200_000
"""Characters of a body that are looked through; the standard library's parser is slow on hostile text."""


class Link(NamedTuple):
    """One link as the sender wrote it."""

    url: str
    text: str
    location: str
    """``HTML`` or ``Text``: the body it stands in."""


class _Anchors(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[str, str]] = []
        self._url: str | None = None
        self._text: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "a":
            self.handle_endtag("a")
            self._url, self._text = dict(attrs).get("href"), []

    def handle_data(self, data: str) -> None:
        self._text.append(data)

    def handle_endtag(self, tag: str) -> None:
        if tag == "a" and self._url:
            self.found.append((self._url.strip(), " ".join("".join(self._text).split())))
            self._url = None


def links(html: str, text: str) -> list[Link]:
    """Web links of both bodies in order, each once per body."""
    parser = _Anchors()
    # Malformed declarations, "<![x", are a failed assertion in it.
    with suppress(AssertionError):
        parser.feed(html[:_MAX_SCANNED])
    parser.handle_endtag("a")
    found = [Link(url, words, "HTML") for url, words in parser.found if url.lower().startswith(("http:", "https:"))]
    found += [Link(url, "", "Text") for url in text_links(text[:_MAX_SCANNED])]
    unique = {(link.location, link.url): link for link in reversed(found)}
    return list(reversed(unique.values()))[:_MAX_LINKS]

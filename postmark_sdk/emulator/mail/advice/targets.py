"""Where links lead."""

from __future__ import annotations

import re
from ipaddress import ip_address
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from ..links import TEXT_LINK
from .letter import MAX_FOUND, shown, with_lines

if TYPE_CHECKING:
    from .letter import Letter, Notes, Part

_SCHEMES = frozenset(
    {"http", "https", "mailto", "tel", "sms", "callto", "facetime", "whatsapp", "geo", "webcal", "cid"}
)
_SCHEME = re.compile(r"([a-z][a-z0-9+.-]{0,40}):", re.IGNORECASE)
_BLANK = re.compile(r"\s")
_PUBLIC = "Make it from the public address of your site, not from the one that development uses."
_ENCODED_PLACEHOLDER = re.compile(r"%7b%7b|\[\[", re.IGNORECASE)
_PLACEHOLDER = re.compile(r"\{\{|\{%|\$\{")
_SAMPLE_HOSTS = frozenset({"example", "example.com", "example.net", "example.org"})
_LOCAL_ENDINGS = (".localhost", ".local", ".test", ".internal", ".invalid")
# Words that look like an address on the web; "invoice.pdf" does not.
_ADDRESS = re.compile(
    r"(?:https?://|www\.)[^\s]{1,2000}"
    r"|(?:[a-z0-9-]{1,63}\.){1,8}(?:com|net|org|info|edu|gov|eu|uk|de|fr|es|it|nl|ch|at|pl|br|in|ca|au|jp)(?:/[^\s]{0,2000})?",
    re.IGNORECASE,
)


def check_links(letter: Letter, notes: Notes) -> None:
    """Those of both parts."""
    for anchor in letter.anchors[:MAX_FOUND]:
        line = letter.line(anchor.start)
        if anchor.url is not None:
            _check_target(anchor.url, anchor.words, "HTML", line, notes)
            if not anchor.words:
                what = f"The link to {shown(anchor.url)} has nothing to read."
                notes.add("links", what, "Write words into it, or give its image an alt.", part="HTML", line=line)
    for line, found in with_lines(letter.text, TEXT_LINK.finditer(letter.text)):
        _check_target(found[0], "", "Text", line, notes)


def _check_target(url: str, words: str, part: Part, line: int, notes: Notes) -> None:
    wrong = _wrong(url)
    if wrong is not None:
        notes.add("links", wrong[0], wrong[1], part=part, line=line, level="problem")
    elif _ADDRESS.fullmatch(words):
        named, led = _host(words if "://" in words else f"https://{words}"), _host(url)
        if led and named and not _belongs(led, named):
            what = f"The link reads {shown(words)} and leads to {shown(led)}."
            todo = "Filters take that for deceit. Write words instead of an address, or the same address."
            notes.add("links", what, todo, part=part, line=line, level="problem")


def _wrong(url: str) -> tuple[str, str] | None:
    """What is wrong with an address and what to do about it, or None."""
    if _PLACEHOLDER.search(url):
        return None  # as anywhere in the mail: content.py
    if url in {"", "#"} or url.lower().startswith("javascript:"):
        return f"A link leads nowhere: {shown(url)}", "Give it an address, or take it out."
    if _ENCODED_PLACEHOLDER.search(url):
        return f"A link was not filled in: {shown(url)}", "Send it as a template, or fill it in before it is sent."
    return None if url.startswith("#") else _incomplete(url)


def _incomplete(url: str) -> tuple[str, str] | None:
    scheme = _SCHEME.match(url)
    if scheme is None:
        return f"A link is not complete: {shown(url)}", "A mail has no address of its own: begin with https://"
    if scheme[1].lower() not in _SCHEMES:
        return f"A link begins with what mail programs do not open: {shown(url)}", "Use https:"
    return _wrong_host(url) if scheme[1].lower() in {"http", "https"} else None


def _wrong_host(url: str) -> tuple[str, str] | None:
    host = _host(url)
    if not host or _BLANK.search(url):
        return f"A link cannot be read: {shown(url)}", "Check how it is put together."
    if host in _SAMPLE_HOSTS or host.endswith(".example"):
        return f"A link leads to an address for examples: {shown(url)}", "Put in the real one."
    if _is_local(host):
        return f"A link leads to a machine that recipients do not reach: {shown(url)}", _PUBLIC
    return None


def _is_local(host: str) -> bool:
    if host == "localhost" or host.endswith(_LOCAL_ENDINGS):
        return True
    try:
        return not ip_address(host).is_global
    except ValueError:
        return "." not in host


def _host(url: str) -> str:
    """The host without ``www.``, or nothing if the address cannot be read."""
    try:
        return (urlsplit(url).hostname or "").lower().removeprefix("www.").rstrip(".")
    except ValueError:
        return ""


def _belongs(one: str, other: str) -> bool:
    return one == other or one.endswith(f".{other}") or other.endswith(f".{one}")

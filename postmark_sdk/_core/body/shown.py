"""Which files an HTML body shows: inline is what it names as ``cid:<id>``, not what has a Content-ID. No I/O."""

from __future__ import annotations

import html
import re
from urllib.parse import unquote

_NAMED = re.compile(r""""\s*cid:([^"\s<>]+)|'\s*cid:([^'\s<>]+)|[=(,;]\s*cid:([^"'\s<>)]+)""", re.IGNORECASE)
"""An address in an attribute, with or without quotes, or in a style; one that a text only speaks of stands alone."""
_ENDS = re.compile("[\"'<>)]")


def shown_ids(page: object) -> frozenset[str]:
    """The ids that a page names, in lower case, each as it is written and as it is meant; none if it is no text."""
    if not isinstance(page, str):
        return frozenset()
    return frozenset(form for named in _NAMED.findall(page) for form in _forms("".join(named)))


def is_shown(content_id: object, ids: frozenset[str]) -> bool:
    """Whether a file with this id, in any of its spellings, is one of them."""
    return isinstance(content_id, str) and bare_id(content_id).lower() in ids


def bare_id(content_id: str) -> str:
    """An id without what it is written in: ``cid:logo``, ``<logo>`` and ``logo`` are one."""
    text = content_id.strip().strip("<>")
    return text[4:] if text[:4].lower() == "cid:" else text


def _forms(written: str) -> set[str]:
    meant = _ENDS.split(_unescaped(written), maxsplit=1)[0]
    return {form.lower() for form in (written, meant, unquote(meant)) if form}


def _unescaped(text: str) -> str:
    try:
        return html.unescape(text)
    except ValueError:  # a character number of thousands of digits
        return text

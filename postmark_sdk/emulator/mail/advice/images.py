"""Images, and the attachments that are meant to be shown."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from ..markup import Tag
from .letter import shown, with_lines

if TYPE_CHECKING:
    from .letter import Letter, Notes

_CID = re.compile(r"""["'=(]\s*cid:([^"'\s)>]+)""", re.IGNORECASE)


def check_images(letter: Letter, notes: Notes) -> None:
    """Those of the HTML, and what is attached for them."""
    for piece in letter.pieces:
        if isinstance(piece, Tag) and piece.name == "img" and not piece.closing:
            _check_image(piece, letter.line(piece.start), notes)
    _check_inline(letter, notes)


def _check_image(tag: Tag, line: int, notes: Notes) -> None:
    source = tag.attributes.get("src", "")
    name = shown(source)
    if "alt" not in tag.attributes:
        todo = 'Say in alt what it shows, for whoever does not see it; alt="" if it only decorates.'
        notes.add("images", f"An image has no alt: {name}", todo, part="HTML", line=line)
    if source.lower().startswith("http:"):
        todo = "Use https: some programs do not show it otherwise."
        notes.add("images", f"An image comes by plain http: {name}", todo, part="HTML", line=line)
    elif not source.lower().startswith(("https:", "cid:", "data:")) and "{{" not in source:
        todo = "A mail has no address of its own: begin with https://, or attach it and name it by cid:"
        notes.add("images", f"An image is not complete: {name}", todo, part="HTML", line=line, level="problem")


def _check_inline(letter: Letter, notes: Notes) -> None:
    attached = {(cid or "").removeprefix("cid:").strip("<>").lower(): name for name, cid in letter.attachments if cid}
    used = {found[1].lower() for found in _CID.finditer(letter.html)}
    for line, found in with_lines(letter.html, _CID.finditer(letter.html)):
        if found[1].lower() not in attached:
            what = f"The HTML shows {shown('cid:' + found[1])}, and no attachment has that ContentID."
            todo = f"Attach it with the ContentID {shown('cid:' + found[1])}."
            notes.add("images", what, todo, part="HTML", line=line, level="problem")
    for cid, name in attached.items():
        if cid not in used:
            what = f"{shown(name)} is attached to be shown, and the HTML does not show {shown('cid:' + cid)}."
            todo = "Show it, or leave its ContentID out: some programs hide such an attachment."
            notes.add("images", what, todo, part="Attachments")

"""Subject, words and weight."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from ..markup import Tag
from .letter import shown, with_lines

if TYPE_CHECKING:
    from .letter import Letter, Notes, Part

# https://github.com/hteumeuleu/email-bugs/issues/41
CLIPPED_BYTES = 102 * 1024
HEAVY_BYTES = 80 * 1024
LONG_SUBJECT = 70
LONG_LINE = 998
"""Characters of a line that RFC 5322 admits (section 2.1.1)."""
_HARDLY_ANY_WORDS, _HARDLY_ANY_LETTERS = 5, 20
_FEW_WORDS = 8
_MANY_WORDS = 30
_PREVIEW = 90
_ALIKE = 0.4
"""The share of one part's different words that the other part should have, too."""
_SAME = "Say the same in both: which one somebody reads is up to their mail program."

# Postmark replaces its own: {{{ pm:unsubscribe }}}, {{{ pm:unsubscribe_url }}}.
_PLACEHOLDER = re.compile(
    r"\{\{\{?(?!\s*pm:)[^{}\n]{0,200}\}\}|\{%[^%\n]{0,200}%\}|\$\{[^{}\n]{0,200}\}|%recipient\.[a-z]"
)
_UNSUBSCRIBE = re.compile(
    r"unsubscribe|opt[- ]?out|abmelde|abbestell|désabonn|desabonn|darse de baja|afmeld", re.IGNORECASE
)
_OWN_UNSUBSCRIBE = re.compile(r"\{\{\{\s*pm:unsubscribe")
_VIEW_ONLINE = re.compile(
    r"^\W*(?:view|read|open|see|can.?t (?:see|read)|having trouble|trouble)\b.{0,60}\b(?:browser|online)", re.IGNORECASE
)
_LONG_LINE = re.compile(rf"[^\n]{{{LONG_LINE + 1},}}")
_WORD = re.compile(r"\w{3,}")
# What stands behind a preview text to keep the rest out of it.
_FILLER = re.compile("[\u00ad\u034f\u2007\u200b-\u200f\u2060\ufeff]+")


def check_content(letter: Letter, notes: Notes) -> None:
    """Everything that is read."""
    _check_subject(letter.subject, notes)
    _check_placeholders("HTML", letter.html, notes)
    _check_placeholders("Text", letter.text, notes)
    _check_weight(letter.html, notes)
    _check_preview(letter, notes)
    _check_parts(letter, notes)
    _check_lines(letter.text, notes)
    _check_unsubscribe(letter, notes)


def _check_subject(subject: str, notes: Notes) -> None:
    if not subject.strip():
        notes.add(
            "content",
            "The mail has no subject.",
            "Say in a few words what it is about.",
            part="Subject",
            level="problem",
        )
    elif len(subject) > LONG_SUBJECT:
        text = f"The subject has {len(subject)} characters."
        notes.add(
            "content",
            text,
            f"Lists of mails show some {LONG_SUBJECT}, phones about half: begin with what matters.",
            part="Subject",
        )
    _check_placeholders("Subject", subject, notes)


def _check_placeholders(part: Part, text: str, notes: Notes) -> None:
    for line, found in with_lines(text, _PLACEHOLDER.finditer(text)):
        what = f"{shown(found[0])} was not filled in."
        todo = "Send it as a template, or fill it in before it is sent."
        notes.add("content", what, todo, part=part, line=None if part == "Subject" else line, level="problem")


def _check_weight(html: str, notes: Notes) -> None:
    size = len(html.encode("utf-8", "replace"))
    if size > CLIPPED_BYTES:
        what = f"The HTML has {size / 1024:,.0f} KB: Gmail cuts it at 102 KB and hides the rest."
        notes.add(
            "content",
            what,
            "Take out what is not shown and rules that nothing uses; link to the rest.",
            part="HTML",
            level="problem",
        )
    elif size > HEAVY_BYTES:
        what = f"The HTML has {size / 1024:,.0f} KB: Gmail cuts it at 102 KB. Tracked links make it longer."
        notes.add("content", what, "Keep it below 80 KB.", part="HTML")


def _check_preview(letter: Letter, notes: Notes) -> None:
    if not letter.html:
        return
    preview = " ".join(_FILLER.sub("", letter.words[: 4 * _PREVIEW]).split())[:_PREVIEW]
    if _is_image_only(letter):
        what = "The HTML consists of images and hardly any words."
        todo = (
            "Many programs show images only when asked to, and filters distrust such mails: write the message as text."
        )
        notes.add("content", what, todo, part="HTML", level="problem")
    elif _VIEW_ONLINE.search(preview) or preview.lower().startswith(("http:", "https:", "www.")):
        what = f"Lists of mails show the first words beside the subject: {shown(preview)}"
        todo = "Begin with a sentence that says why to open it; it may be hidden with display: none."
        notes.add("content", what, todo, part="HTML", line=1)


def _is_image_only(letter: Letter) -> bool:
    words = _WORD.findall(letter.words[: 40 * _PREVIEW])
    # Chinese and Japanese have few blanks.
    few = len(words) < _HARDLY_ANY_WORDS and sum(map(len, words)) < _HARDLY_ANY_LETTERS
    return few and any(isinstance(piece, Tag) and piece.name == "img" for piece in letter.pieces)


def _check_parts(letter: Letter, notes: Notes) -> None:
    if letter.html and not letter.text.strip():
        todo = "Add a TextBody: watches, screen readers, text-only programs and spam filters read it."
        notes.add("content", "There is HTML and no text.", todo, part="Text")
        return
    html, text = (set(_WORD.findall(each.casefold())) for each in (letter.words, letter.text))
    if not letter.html or min(len(html), len(text)) < _FEW_WORDS:
        if letter.html and len(html) > _MANY_WORDS:
            notes.add("content", f"The text has {len(text)} different words, the HTML {len(html)}.", _SAME, part="Text")
        return
    smaller, larger = sorted((html, text), key=len)
    if len(smaller & larger) < _ALIKE * len(smaller):
        what = f"Of {len(smaller)} different words of one part {len(smaller & larger) or 'none'} are in the other."
        notes.add("content", what, _SAME, part="Text")


def _check_lines(text: str, notes: Notes) -> None:
    for line, _ in with_lines(text, _LONG_LINE.finditer(text)):
        what = f"A line of the text is longer than {LONG_LINE} characters."
        todo = "Break it where a sentence or an address ends: not every program does."
        notes.add("content", what, todo, part="Text", line=line)


def _check_unsubscribe(letter: Letter, notes: Notes) -> None:
    if not letter.broadcast or any(name.lower() == "list-unsubscribe" for name, _ in letter.headers):
        return
    if any(_OWN_UNSUBSCRIBE.search(each) or _UNSUBSCRIBE.search(each) for each in (letter.html, letter.text)):
        return
    what = "It goes to a broadcast stream and has no link to unsubscribe: Postmark adds one at the end."
    notes.add("content", what, "Put {{{ pm:unsubscribe }}} where it should be.", part="HTML" if letter.html else "Text")

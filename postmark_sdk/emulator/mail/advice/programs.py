"""What mail programs do not show as it is written.

The table is a small choice of the facts of "Can I email" (https://www.caniemail.com, MIT, as of September 2025), where
each feature has a page with its tests: those that are met often, that are seen to be missing, and for which there is
another way. Only where a program does not support a feature at all is it named; for many others it is partly so.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from ..markup import Raw, Tag

if TYPE_CHECKING:
    from .letter import Letter, Level, Notes

GMAIL, OUTLOOK, OUTLOOK_COM, YAHOO = "Gmail", "Outlook for Windows", "Outlook.com", "Yahoo Mail"
ALL = (GMAIL, OUTLOOK, OUTLOOK_COM, YAHOO)


class Feature(NamedTuple):
    """Something that can be written into a mail's HTML."""

    name: str
    programs: tuple[str, ...]
    """Those that do not support it; none named: nearly all of them."""
    todo: str
    level: Level = "hint"


_TABLES = "Lay out with tables, which all programs show alike."
_BELOW = "Give a colour below it."
_NUMBER = "Write the number itself, or give it before as another declaration."
_URL = r"[^;]{0,300}\burl\("
_STILL = "Make sure that the mail is right without it."

PROPERTIES: dict[str, tuple[tuple[re.Pattern[str], Feature], ...]] = {
    name: tuple((re.compile(pattern, re.IGNORECASE), feature) for pattern, feature in features)
    for name, features in {
        "display": (
            (r"(?:inline-)?flex\b", Feature("display: flex", (OUTLOOK,), _TABLES)),
            (r"(?:inline-)?grid\b", Feature("display: grid", (GMAIL, OUTLOOK, YAHOO), _TABLES)),
        ),
        "position": (("absolute|fixed", Feature("position: absolute and fixed", ALL, _TABLES)),),
        "float": (("left|right", Feature("float", (OUTLOOK,), "Use the attribute align of a table or an image.")),),
        "gap": (("", Feature("gap", (OUTLOOK, YAHOO), "Use padding of table cells.")),),
        "background-image": ((_URL, Feature("background-image", (OUTLOOK,), _BELOW)),),
        "background": ((_URL, Feature("background-image", (OUTLOOK,), _BELOW)),),
        "animation": (("", Feature("animation", ALL, _STILL)),),
        "transform": (("", Feature("transform", ALL, _STILL)),),
        "filter": (("", Feature("filter", ALL, _STILL)),),
        "clip-path": (("", Feature("clip-path", ALL, _STILL)),),
        "aspect-ratio": (("", Feature("aspect-ratio", ALL, "Give width and height.")),),
        "object-fit": (("", Feature("object-fit", (OUTLOOK, YAHOO), "Cut the image to its size beforehand.")),),
    }.items()
}
VALUES: tuple[tuple[re.Pattern[str], Feature], ...] = (
    (re.compile(r"-gradient\("), Feature("gradients", (OUTLOOK, OUTLOOK_COM), _BELOW)),
    (re.compile(r"\bvar\("), Feature("CSS variables", ALL, "Write the values themselves.")),
    (
        re.compile(r"\b(?:calc|min|max|clamp)\("),
        Feature("calc(), min(), max(), clamp()", (OUTLOOK, OUTLOOK_COM, YAHOO), _NUMBER),
    ),
    (re.compile(r"\drem\b"), Feature("the unit rem", (OUTLOOK, YAHOO), "Use px.")),
    (
        re.compile(r"\b(?:oklch|oklab|lch|lab|color|color-mix)\(|\b(?:rgb|hsl)a?\(\s*[\d.%deg]{1,9}\s+[\d.%]"),
        Feature(
            "modern colours such as rgb(0 0 0 / 50%)",
            ALL,
            "Write #rrggbb: Gmail drops all styles of an element that has one.",
        ),
    ),
)
SHEETS: tuple[tuple[re.Pattern[str], Feature], ...] = (
    (
        re.compile(r"@import\b"),
        Feature("@import", (GMAIL, OUTLOOK_COM, YAHOO), "Write the rules into the mail.", "problem"),
    ),
    (
        re.compile(r"@font-face\b"),
        Feature("@font-face", (GMAIL, OUTLOOK_COM, YAHOO), "Name a font of the system behind yours."),
    ),
    (
        re.compile(r"::?(?:before|after)\b"),
        Feature("::before and ::after", (GMAIL, OUTLOOK, YAHOO), "Write it into the HTML."),
    ),
    (re.compile(r":(?:has|not|nth-child|nth-of-type)\("), Feature(":has(), :not(), :nth-child()", ALL, "Use a class.")),
)
TAGS: dict[str, Feature] = {
    "svg": Feature("<svg> in the HTML", ALL, "Use an image: PNG, JPEG or GIF."),
    "video": Feature("<video>", ALL, "Link to it from a picture of it."),
    "audio": Feature("<audio>", ALL, "Link to it."),
    "object": Feature("<object>", ALL, "Link to it, or attach it."),
    "form": Feature("<form>", (OUTLOOK, OUTLOOK_COM), "Link to a page with the form.", "problem"),
    "script": Feature("<script>", (), "Do without: filters distrust it, too.", "problem"),
    "iframe": Feature("<iframe>", (), "Link to what it shows.", "problem"),
}
STYLE_SHEET = Feature(
    "style sheets by <link>", (GMAIL, OUTLOOK_COM, YAHOO), "Write the rules into the mail.", "problem"
)
STYLE_IN_BODY = Feature("<style> inside of <body>", (GMAIL,), "Put it into <head>.")
SOURCES: tuple[tuple[re.Pattern[str], Feature], ...] = (
    (
        re.compile(r"data:", re.IGNORECASE),
        Feature(
            "images written into src by data:", (GMAIL,), "Attach it and name it by cid:, or link to it.", "problem"
        ),
    ),
    (
        re.compile(r"[^?#]{1,2000}\.svg(?:[?#]|$)", re.IGNORECASE),
        Feature("SVG images", (GMAIL,), "Use PNG.", "problem"),
    ),
    (
        re.compile(r"[^?#]{1,2000}\.(?:webp|avif)(?:[?#]|$)", re.IGNORECASE),
        Feature("WebP and AVIF images", (OUTLOOK,), "Use PNG, JPEG or GIF."),
    ),
)

_COMMENT = "/*"
_DECLARATION = re.compile(r"(?<![-\w])([a-z-]{2,30})\s*:\s*([^;{}]{0,300})", re.IGNORECASE)


def check_programs(letter: Letter, notes: Notes) -> None:
    """Tags, attributes and style sheets against the table."""
    in_body = False
    for piece in letter.pieces:
        line = letter.line(piece.start)
        if isinstance(piece, Tag) and not piece.closing:
            in_body = in_body or piece.name == "body"
            _check_tag(piece, line, notes, in_body=in_body)
        elif isinstance(piece, Raw) and piece.name == "style":
            _check_sheet(piece, letter, notes)


def _check_tag(tag: Tag, line: int, notes: Notes, *, in_body: bool) -> None:
    if tag.name in TAGS:
        _note(TAGS[tag.name], line, notes)
    if tag.name == "link" and "stylesheet" in tag.attributes.get("rel", "").lower():
        _note(STYLE_SHEET, line, notes)
    if tag.name == "style" and in_body:
        _note(STYLE_IN_BODY, line, notes)
    if tag.name == "img":
        for pattern, feature in SOURCES:
            if pattern.match(tag.attributes.get("src", "")):
                _note(feature, line, notes)
    if "style" in tag.attributes:
        for _, feature in _declared(tag.attributes["style"]):
            _note(feature, line, notes)


def _check_sheet(sheet: Raw, letter: Letter, notes: Notes) -> None:
    css = _without_comments(sheet.text)
    for position, feature in _declared(css):
        _note(feature, letter.line(sheet.start + position), notes)
    for pattern, feature in SHEETS:
        for found in pattern.finditer(css):
            _note(feature, letter.line(sheet.start + found.start()), notes)


def _declared(css: str) -> list[tuple[int, Feature]]:
    """The features of declarations, and where they begin."""
    features = []
    for found in _DECLARATION.finditer(css):
        name, value = found[1].lower(), found[2]
        features += [(found.start(), feature) for pattern, feature in PROPERTIES.get(name, ()) if pattern.match(value)]
        if "(" in value or "rem" in value:
            features += [(found.start(), feature) for pattern, feature in VALUES if pattern.search(value)]
    return features


def _note(feature: Feature, line: int, notes: Notes) -> None:
    programs = feature.programs
    who = f"{', '.join(programs[:-1])} and {programs[-1]}" if len(programs) > 1 else "".join(programs)
    what = (
        f"{who} {'do' if len(programs) > 1 else 'does'} not support {feature.name}."
        if who
        else f"Mail programs take out {feature.name}."
    )
    notes.add("mail programs", what, feature.todo, part="HTML", line=line, level=feature.level)


def _without_comments(css: str) -> str:
    """The same with blanks for comments, so that all else keeps its place."""
    parts, position = [], 0
    while (start := css.find(_COMMENT, position)) >= 0:
        end = css.find("*/", start + 2)
        stop = len(css) if end < 0 else end + 2
        parts += [css[position:start], " " * (stop - start)]
        position = stop
    return "".join([*parts, css[position:]])

"""A template of a tree, parsed: its subject and bodies in their layout, and where each tag stands in which file."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import PurePosixPath

from .parser import parse, parse_layout
from .program import Step, TemplateProblem
from .template import Template
from .tree import FileProblem, Place, TemplateFolder, TemplateTree, json_places
from .tree.source import HTML_FILE, META_FILE, TEXT_FILE


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A subject or a body."""

    path: PurePosixPath
    """Its file, from the tree's root. A subject's is ``meta.json``."""

    source: str
    alone: Template
    """Without the layout: what is wrong with a layout is said of the layout."""

    template: Template
    is_html: bool = False
    layout_path: PurePosixPath | None = None
    start: Place | None = None
    """Where a subject begins in ``meta.json``."""

    def problem(self, place: Step | TemplateProblem | None, text: str) -> FileProblem:
        """Say something of a tag, or of the whole part."""
        if place is None or place.line is None or place.character_position is None:
            return FileProblem(self.path, text)
        if isinstance(place, Step) and place.in_layout and self.layout_path is not None:
            return FileProblem(self.layout_path, text, place.line, place.character_position)
        if self.start is None:
            return FileProblem(self.path, text, place.line, place.character_position)
        lines = self.source.split("\n")[: place.line]
        before = "\n".join([*lines[:-1], lines[-1][: place.character_position - 1]])
        written = json.dumps(before, ensure_ascii=False).removesuffix('"')
        return FileProblem(self.path, text, self.start.line, self.start.column + len(written))


def parts_of(tree: TemplateTree, folder: TemplateFolder) -> list[Part]:
    """Parse what a template consists of, subject first. A layout stands by itself."""
    return [*_subject(folder), *(part for html in (True, False) for part in _body(tree, folder, is_html=html))]


def _subject(folder: TemplateFolder) -> list[Part]:
    subject = folder.template.subject
    if subject is None:
        return []
    places = json_places(folder.meta).get(("Subject",))
    parsed, path = parse(subject), folder.path / META_FILE
    return [Part(path=path, source=subject, alone=parsed, template=parsed, start=places and places.value)]


def _body(tree: TemplateTree, folder: TemplateFolder, *, is_html: bool) -> list[Part]:
    source, name = folder.template.body(html=is_html), HTML_FILE if is_html else TEXT_FILE
    if source is None:
        return []
    path = folder.path / name
    alone = parse_layout(source) if folder.template.is_layout else parse(source)
    layout = tree.layout_of(folder.template)
    around = layout.template.body(html=is_html) if layout else None
    if layout is None or around is None:
        return [Part(path=path, source=source, alone=alone, template=alone, is_html=is_html)]
    whole = parse(source, layout=around)
    return [
        Part(path=path, source=source, alone=alone, template=whole, is_html=is_html, layout_path=layout.path / name)
    ]

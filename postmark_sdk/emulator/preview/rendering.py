"""From a template and a sample model to what a reader would see, and to what is wrong."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from ...templates import RenderError, as_document, suggest_model
from ...templates.parts import Part, parts_of

if TYPE_CHECKING:
    from pathlib import PurePosixPath

    from ...templates.check import Finding
    from ...templates.tree import TemplateFolder, TemplateTree

SUGGESTED: Final = "suggested"
"""The name of the model that is made up where there is no sample."""

_UNSUBSCRIBE: Final = "https://unsubscribe.example.invalid/"
_CONTENT: Final = "The mail's own content stands here."
_MARKED: Final = re.compile(r"\{\{.*?\}+|\"[^\"]*\"?|\S+")
"""A tag, a key of JSON, or a word."""

_AROUND: Final = 2
"""Lines shown before and after the one that a finding is about."""


@dataclass(frozen=True, slots=True)
class Mail:
    """A template filled in. A part that it does not have, or that cannot be rendered, is ``None``."""

    model: str
    subject: str | None
    html: str | None
    text: str | None

    @property
    def digest(self) -> str:
        """Another one for other HTML, so that a frame is loaded again when it has to be."""
        return hashlib.sha256((self.html or "").encode(errors="replace")).hexdigest()[:16]


@dataclass(frozen=True, slots=True)
class Excerpt:
    """The lines around a finding."""

    first: int
    lines: list[str]
    at: int
    """Line of the finding."""

    start: int
    """Where in that line it begins, from 0, and ends."""

    end: int


def sample_names(folder: TemplateFolder) -> list[str]:
    """List the sample models, or the one that is made up."""
    return [sample.name for sample in folder.samples] or [SUGGESTED]


def render(tree: TemplateTree, folder: TemplateFolder, sample: str) -> Mail:
    """Fill a template in, with one of its samples; with the first if there is none of that name."""
    parts = parts_of(tree, folder)
    models = {each.name: each.model for each in folder.samples}
    if not models:
        models = {SUGGESTED: suggest_model(part.template for part in parts)}
    model = models.get(sample, next(iter(models.values())))
    found: dict[str, str | None] = {"subject": None, "html": None, "text": None}
    for part in parts:
        found["html" if part.is_html else "subject" if part.start else "text"] = _rendered(part, model)
    return Mail(json.dumps(model, indent=2, ensure_ascii=False), **found)


def _rendered(part: Part, model: Mapping[str, object]) -> str | None:
    link = f'<a href="{_UNSUBSCRIBE}">Unsubscribe</a>' if part.is_html else _UNSUBSCRIBE
    tokens = {"pm:unsubscribe": link, "pm:unsubscribe_url": _UNSUBSCRIBE, "@content": _CONTENT}
    try:
        rendered = part.template.render(model, html=part.is_html, tokens=tokens)
    except RenderError:  # the check has said so
        return None
    return as_document(rendered) if part.is_html else rendered


def findings_of(tree: TemplateTree, folder: TemplateFolder, findings: list[Finding]) -> list[Finding]:
    """What concerns a template: its own findings, and those of the files of its layout."""
    layout = tree.layout_of(folder.template)
    return [
        finding
        for finding in findings
        if finding.alias == folder.template.alias or (layout is not None and finding.alias == layout.template.alias)
    ]


def excerpt(tree: TemplateTree, finding: Finding) -> Excerpt | None:
    """Cut out the lines around a finding."""
    problem = finding.problem
    if problem.line is None:
        return None
    lines = _text(tree, problem.path).splitlines()
    first, start = max(1, problem.line - _AROUND), (problem.column or 1) - 1
    marked = _MARKED.match("".join(lines[problem.line - 1 : problem.line]), start)
    end = marked.end() if marked else start
    return Excerpt(first, lines[first - 1 : problem.line + _AROUND], problem.line, start, end)


def _text(tree: TemplateTree, path: PurePosixPath) -> str:
    try:
        return (tree.root / path).read_bytes().decode(errors="replace")
    except OSError:
        return ""

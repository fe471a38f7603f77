"""The check of a tree: everything that can be known of templates without a server."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from .inspection import Inspection, guess
from .parser import count_placeholders
from .parts import Part, parts_of
from .tree import FileProblem, Sample, TemplateFolder, TemplateTree, json_places
from .tree.source import HTML_FILE, META_FILE, TEXT_FILE
from .usage import shown, unused, usage

_ALIAS: Final = re.compile(r"[A-Za-z][A-Za-z0-9._-]*")
_MAX_NAME: Final = 255


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that a check found."""

    problem: FileProblem
    alias: str | None = None
    """Of the template; ``None`` if its files could not be read."""

    is_error: bool = True
    """Else a warning: as far as can be seen, mails are what they are meant to be."""


def is_alias(text: str) -> bool:
    """Whether Postmark takes it for an alias."""
    return _ALIAS.fullmatch(text) is not None


def check_tree(tree: TemplateTree) -> list[Finding]:
    """Check that every template parses, finds its layout and renders with each of its sample models.

    Returns:
        What was found, by file and line. An error is what Postmark would refuse, and a variable that a sample model
        lacks. A warning is a key that a sample model has and its template does not use, and a section whose key no
        sample model has.
    """
    found = [Finding(problem) for problem in tree.problems]
    for folder in tree.folders:
        found += check_template(tree, folder)
    return sorted(found, key=lambda finding: finding.problem.position)


def check_template(tree: TemplateTree, folder: TemplateFolder) -> list[Finding]:
    """Check one template of a tree, as ``check_tree`` does."""
    alias, parts = folder.template.alias, parts_of(tree, folder)
    found = [Finding(problem, alias) for problem in (*_wrong_fields(tree, folder), *_wrong_sources(folder, parts))]
    if all(not part.template.errors for part in parts):
        for part in parts:
            inspections = [Inspection(part.template, sample.model) for sample in folder.samples]
            for sample, inspection in zip(folder.samples, inspections, strict=True):
                found += [Finding(problem, alias) for problem in _lacking(part, sample, inspection)]
            found += [Finding(problem, alias, is_error=False) for problem in _untried(part, inspections)]
        found += [Finding(problem, alias, is_error=False) for problem in _unused(parts, folder.samples)]
    return found


def _wrong_fields(tree: TemplateTree, folder: TemplateFolder) -> Iterator[FileProblem]:
    template, path = folder.template, folder.path / META_FILE
    places = json_places(folder.meta)

    def wrong(field: str, text: str) -> FileProblem:
        place = places.get((field,))
        return FileProblem(path, text, *(place.value if place else ()))

    if not is_alias(template.alias):
        rule = "begins with a letter and has only letters, digits, '.', '-' and '_'"
        yield wrong("Alias", f"'{template.alias}' is no alias: one {rule}")
    if len(template.name) > _MAX_NAME:
        yield wrong("Name", f"the name has {len(template.name)} characters; at most {_MAX_NAME}")
    if template.subject is None and not template.is_layout:
        yield wrong("Name", 'no "Subject", which Postmark insists on')
    if template.html_body is None and template.text_body is None:
        yield wrong("Name", f"neither {HTML_FILE} nor {TEXT_FILE} has anything in it")
    if template.layout_template is not None and tree.layout_of(template) is None:
        yield wrong("LayoutTemplate", f"there is no layout with the alias '{template.layout_template}'")


def _wrong_sources(folder: TemplateFolder, parts: Sequence[Part]) -> Iterator[FileProblem]:
    for part in parts:
        for error in part.alone.errors:
            yield part.problem(error, error.message)
        number = count_placeholders(part.source)
        if folder.template.is_layout and number != 1:
            text = f"a layout has {{{{{{ @content }}}}}} exactly once in each body, this one {number} times"
            yield part.problem(None, text)


def _lacking(part: Part, sample: Sample, inspection: Inspection) -> Iterator[FileProblem]:
    if inspection.error is not None:
        yield part.problem(inspection.last, f"{inspection.error} ({sample.path})")
    for step, scope in inspection.missing.items():
        meant = guess(step, scope)
        question = f"; did you mean '{meant}'?" if meant else ""
        yield part.problem(step, f"'{step.text}' is not in {sample.path}{question}")


def _unused(parts: Sequence[Part], samples: Sequence[Sample]) -> Iterator[FileProblem]:
    use = usage(part.template for part in parts)
    for sample in samples:
        places = json_places(sample.source)
        for path in unused(sample.model, use):
            yield FileProblem(sample.path, f"the template does not use '{shown(path)}'", *places[path].key)


def _untried(part: Part, inspections: Sequence[Inspection]) -> Iterator[FileProblem]:
    present = {step for inspection in inspections for step in inspection.present}
    for step in part.template.steps:
        if step not in present and any(step in inspection.absent for inspection in inspections):
            yield part.problem(step, f"no sample model says anything of '{step.text}'")

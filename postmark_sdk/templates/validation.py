"""The work of ``POST /templates/validate``: each part parsed, and rendered with a suggested model."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Generic, TypeVar

from .inlining import as_document
from .parser import parse, parse_layout
from .program import TemplateProblem
from .renderer import NO_TOKENS, RenderError
from .suggestion import merge_models, suggest_model
from .template import Template

_T = TypeVar("_T")


# No slots: with them Parts[str](...) fails on Python 3.10 and 3.11.
@dataclass(frozen=True)
class Parts(Generic[_T]):
    """The same thing for each part of a template. ``None``: there is no such part."""

    html_body: _T | None = None
    text_body: _T | None = None
    subject: _T | None = None


@dataclass(frozen=True, slots=True)
class PartValidation:
    """What is known of one part."""

    errors: tuple[TemplateProblem, ...] = ()
    rendered: str | None = None
    """``None`` if there are errors."""

    @property
    def is_valid(self) -> bool:
        """Whether it was parsed, and rendered, without an error."""
        return not self.errors


@dataclass(frozen=True, slots=True)
class Validation:
    """The answer of ``POST /templates/validate``."""

    parts: Parts[PartValidation]
    suggested_model: dict[str, object] | None
    """The model it was rendered with, the test model included. ``None`` if any part is invalid."""

    @property
    def all_valid(self) -> bool:
        """Whether every supplied part is valid."""
        return self.suggested_model is not None


_NO_LAYOUT: Final[Parts[str]] = Parts()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Preview:
    model: Mapping[str, object]
    inline_css: bool
    tokens: Mapping[str, str]

    def of(self, template: Template | None, *, html: bool) -> PartValidation | None:
        if template is None:
            return None
        if template.errors:
            return PartValidation(template.errors)
        try:
            rendered = template.render(self.model, html=html, tokens=self.tokens)
        except RenderError as error:
            return PartValidation((TemplateProblem(str(error), None, None),))
        return PartValidation(rendered=as_document(rendered) if html and self.inline_css else rendered)


def validate(
    sources: Parts[str],
    *,
    layout: Parts[str] = _NO_LAYOUT,
    is_layout: bool = False,
    test_model: Mapping[str, object] | None = None,
    inline_css: bool = True,
    tokens: Mapping[str, str] = NO_TOKENS,
) -> Validation:
    """Do the work of ``POST /templates/validate``.

    A valid part is rendered even when another one is not. The model is the suggested one with the test model
    on top, so that a missing key prints ``key_Value`` here and nothing in a real mail.

    Args:
        sources: The parts of the template.
        layout: The bodies of the layout it uses. A layout has no subject.
        is_layout: The sources are those of a layout.
        test_model: ``TestRenderModel``.
        inline_css: ``InlineCssForHtmlTestRender``; see ``as_document``.
        tokens: As in ``Template.render``.
    """
    templates = _parse_parts(sources, layout, is_layout=is_layout)
    present = [part for part in (templates.html_body, templates.text_body, templates.subject) if part]
    model = merge_models(suggest_model(present), test_model or {})
    preview = _Preview(model=model, inline_css=inline_css, tokens=tokens)
    html = preview.of(templates.html_body, html=True)
    text = preview.of(templates.text_body, html=False)
    subject = preview.of(templates.subject, html=False)
    all_valid = all(part is None or part.is_valid for part in (html, text, subject))
    return Validation(Parts(html, text, subject), model if all_valid else None)


def _parse_parts(sources: Parts[str], layout: Parts[str], *, is_layout: bool) -> Parts[Template]:
    def read(source: str | None, around: str | None) -> Template | None:
        if source is None:
            return None
        return parse_layout(source) if is_layout else parse(source, layout=around)

    return Parts(
        read(sources.html_body, layout.html_body),
        read(sources.text_body, layout.text_body),
        read(sources.subject, None),
    )

"""Postmark's template language, Mustachio: parse, render, validate, suggest a model.

Mustache with one big change: a section never loops, ``{{#each path}}`` does. There are no helpers, partials,
operators or formats, and names are looked up in the current scope only; ``../`` leads out of it.

``parse`` never raises: whatever is wrong with a source is in ``Template.errors``, in Postmark's own words.
Only rendering raises, and only ``RenderError``. Nothing here recurses, so depth costs memory and never the
stack. Parsing takes time in proportion to the source, rendering no more than ``MAX_RENDER_WORK``.

Postmark publishes the engine (https://github.com/ActiveCampaign/mustachio) and describes the language
(https://postmarkapp.com/support/article/1077-template-syntax). Oddities below are the engine's.

A source becomes a ``Template`` in ``parser``; ``renderer`` fills it in, ``suggestion`` makes up a model for it, and
``validation`` puts these together. What a mail does with the outcome belongs to whoever sends it. Templates as
files are read and written in ``tree``, checked by ``check``, and turned into Python types by ``typed_models``; these
three ask ``inspection`` and ``usage`` what a template wants of a model. Uses nothing else of the package.
"""

from __future__ import annotations

from .inlining import as_document
from .parser import count_placeholders, parse, parse_layout
from .program import TemplateProblem
from .renderer import MAX_RENDER_WORK, RenderError
from .suggestion import MAX_SUGGESTED_DEPTH, merge_models, suggest_model
from .template import Template
from .validation import Parts, PartValidation, Validation, validate

__all__ = [
    "MAX_RENDER_WORK",
    "MAX_SUGGESTED_DEPTH",
    "PartValidation",
    "Parts",
    "RenderError",
    "Template",
    "TemplateProblem",
    "Validation",
    "as_document",
    "count_placeholders",
    "merge_models",
    "parse",
    "parse_layout",
    "suggest_model",
    "validate",
]

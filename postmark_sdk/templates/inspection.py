"""A rendering that remembers what its model lacked."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping, Sequence

from .program import CONDITIONS, Step
from .renderer import RenderError, Scope, as_object, render
from .template import Template
from .usage import ModelPath


class Inspection:
    """One rendering, and what it found in the model."""

    def __init__(self, template: Template, model: Mapping[str, object]) -> None:
        """Render.

        Args:
            template: One without errors.
            model: As of ``Template.render``.
        """
        self.error: RenderError | None = None
        """Why rendering failed, if it did."""

        self.last: Step | None = None
        """The last tag that was looked up: where rendering failed."""

        self.missing: dict[Step, Scope] = {}
        """Tags that print or loop, with the scope that they named, which the model lacks."""

        self.absent: set[Step] = set()
        """Sections whose key the model lacked, on purpose or by mistake."""

        self.present: set[Step] = set()
        """Sections whose key was there."""

        try:
            render(template.steps, model, html=False, watch=self._note)
        except RenderError as error:
            self.error = error

    def _note(self, step: Step, scope: Scope) -> None:
        self.last = step
        if step.kind in CONDITIONS:
            (self.present if is_given(scope) else self.absent).add(step)
        elif not is_given(scope):
            self.missing.setdefault(step, scope)


def is_given(scope: Scope) -> bool:
    """Say whether the model has this, be it null."""
    if scope.parent is None or scope.key is None:
        return True
    members = as_object(scope.parent.value)
    return members is not None and scope.key in members


def model_path(scope: Scope) -> ModelPath:
    """Say where a scope is in the model."""
    keys: list[str | None] = []
    while scope.parent is not None:
        keys.append(scope.key)
        scope = scope.parent
    return tuple(reversed(keys))


def guess(step: Step, scope: Scope) -> str | None:
    """Guess what a tag meant that found nothing: its name in a scope further out, or a similar one in this scope.

    Args:
        step: The tag.
        scope: What it named, which the model lacks.
    """
    names = [name for name in step.path if name != "../"]
    start = scope
    for _ in names:
        start = start.parent or start
    return _further_out(step.text, names, start) or _similar(step.text, names, start)


def _further_out(text: str, names: Sequence[str], start: Scope) -> str | None:
    outer = start.parent
    while outer is not None and names:
        text = f"../{text}"
        if is_given(outer.resolve(names)):
            return text
        outer = outer.parent
    return None


def _similar(text: str, names: Iterable[str], start: Scope) -> str | None:
    for name in names:
        members = as_object(start.value) or {}
        if name not in members:
            close = difflib.get_close_matches(name, members, n=1)
            return text.replace(name, close[0], 1) if close else None
        start = start.resolve((name,))
    return None

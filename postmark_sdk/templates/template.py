"""A parsed template, rendered as often as one likes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from .program import Step, TemplateProblem
from .renderer import NO_TOKENS, RenderError, render


class Template:
    """A parsed template. It can be rendered any number of times and holds nothing of any model."""

    __slots__ = ("errors", "steps")

    errors: tuple[TemplateProblem, ...]
    """By line, then column; empty if the template is valid. Each source counts its own lines: with a layout,
    line 3 is that of the layout or that of the body."""

    def __init__(self, steps: Sequence[Step], errors: Iterable[TemplateProblem] = ()) -> None:
        """Templates come from ``parse`` and ``parse_layout``."""
        self.errors = tuple(errors)
        self.steps: Sequence[Step] = () if self.errors else steps

    def render(self, model: Mapping[str, object], *, html: bool, tokens: Mapping[str, str] = NO_TOKENS) -> str:
        """Fill the template in.

        Args:
            model: JSON values: str, bool, int, float, None, lists and objects of these. A missing key prints
                nothing.
            html: Escape ``{{x}}``. Text bodies and subjects are never escaped, whatever the braces.
            tokens: Texts for ``pm:unsubscribe``, ``pm:unsubscribe_url`` and, in a layout by itself,
                ``@content``. They are inserted as they are; one that is missing prints nothing.

        Raises:
            RenderError: ``{{#each}}`` over something that is not a list, more work than ``MAX_RENDER_WORK``,
                a number too long to print, or a template with errors.
        """
        if self.errors:
            raise RenderError(self.errors[0].message)
        return render(self.steps, model, tokens, html=html)

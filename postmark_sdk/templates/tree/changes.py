"""What would make a server's templates those of a tree, in an order that a server takes. No I/O."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, Literal

from .source import HTML_FILE, LAYOUTS, META_FILE, TEXT_FILE, TemplateSource

_EDITABLE: Final = {
    "Name": "name",
    "Alias": "alias",
    "Subject": "subject",
    "HtmlBody": "html_body",
    "TextBody": "text_body",
    "LayoutTemplate": "layout_template",
}
_FILES: Final = {"HtmlBody": HTML_FILE, "TextBody": TEXT_FILE}


@dataclass(frozen=True, slots=True)
class Change:
    """One template that differs; ``before`` is the server's, ``after`` the tree's. At least one is there."""

    before: TemplateSource | None
    after: TemplateSource | None

    @property
    def action(self) -> Literal["create", "update", "delete"]:
        """What the server has to be asked for."""
        if self.before is None:
            return "create"
        return "delete" if self.after is None else "update"

    @property
    def template(self) -> TemplateSource:
        """The tree's, or else the server's."""
        template = self.after or self.before
        assert template is not None  # noqa: S101 - one is there
        return template

    @property
    def is_possible(self) -> bool:
        """Whether the server can do it: a template cannot become a layout, nor a layout a template."""
        return self.before is None or self.after is None or self.before.is_layout == self.after.is_layout

    def wire(self) -> dict[str, str]:
        """List the fields that differ, as the body of ``PUT /templates/{id}`` has them; an empty one is taken away."""
        return {
            wire: getattr(self.after, name, None) or ""
            for wire, name in _EDITABLE.items()
            if getattr(self.after, name, None) != getattr(self.before, name, None)
        }

    def diff(self) -> str:
        """Write the difference as a unified diff of the template's files, the server's first."""
        return "".join(self._diff_of(field) for field in ("", *_FILES))

    def _diff_of(self, field: str) -> str:
        parent = f"{LAYOUTS}/" if self.template.is_layout else ""
        file = f"{parent}{self.template.alias}/{_FILES.get(field, META_FILE)}"
        old, new = (_lines(side, field) for side in (self.before, self.after))
        names = (f"a/{file}" if old else "/dev/null", f"b/{file}" if new else "/dev/null")
        return "".join(_with_end(line) for line in difflib.unified_diff(old, new, *names))


def _lines(template: TemplateSource | None, field: str) -> list[str]:
    if template is None:
        return []
    if field:
        text = getattr(template, _EDITABLE[field]) or ""
    else:
        text = "".join(f"{name}: {value}\n" for name, value in template.meta().items() if value is not None)
    lines: list[str] = text.split("\n")
    return [f"{line}\n" for line in lines[:-1]] + lines[-1:] * bool(lines[-1])


def _with_end(line: str) -> str:
    return line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n"


def changes(tree: Iterable[TemplateSource], server: Iterable[TemplateSource]) -> list[Change]:
    """Compare a tree's templates with a server's, by alias; those that differ in case only are one.

    Args:
        tree: What is to be on the server.
        server: What is there, with an alias each.

    Returns:
        What differs: layouts before the templates that name them, and last what only the server has, with a layout
        after the templates that used it.
    """
    wanted = {template.alias.lower(): template for template in tree}
    there = {template.alias.lower(): template for template in server}
    found = [
        Change(there.get(alias), wanted.get(alias))
        for alias in {**wanted, **there}
        if there.get(alias) != wanted.get(alias)
    ]
    return sorted(found, key=_order_of)


def _order_of(change: Change) -> tuple[bool, bool, str]:
    is_delete = change.after is None
    return is_delete, change.template.is_layout == is_delete, change.template.alias.lower()

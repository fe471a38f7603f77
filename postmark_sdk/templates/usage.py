"""What templates ask of a model, whatever the model is, and what of a model nothing asks for."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from .program import CONDITIONS, VALUES, Kind
from .renderer import as_object
from .template import Template

ModelPath = tuple[str | None, ...]
"""From a model's root: its keys, and ``None`` for any element of a list."""

_ENDS: Final = frozenset({Kind.END, Kind.NEXT})


class Use:
    """A place of the model, and what templates do with it.

    Scopes are those of rendering: an element's parent is its list. ``suggest_model`` has Postmark's own idea of them.
    """

    __slots__ = ("element", "is_looped", "is_printed", "is_tested", "members", "parent")

    def __init__(self, parent: Use | None = None) -> None:
        self.parent: Use | None = parent
        self.members: dict[str, Use] = {}
        self.element: Use | None = None
        """Of a list."""

        self.is_printed: bool = False
        self.is_tested: bool = False
        self.is_looped: bool = False

    def at(self, path: Iterable[str]) -> Use:
        """Follow a path."""
        use = self
        for name in path:
            if name == "../":
                use = use.parent or use
            elif name in use.members:
                use = use.members[name]
            else:
                use.members[name] = use = Use(use)
        return use

    def each(self) -> Use:
        """Step into the elements of a list."""
        if self.element is None:
            self.element = Use(self)
        return self.element


def usage(templates: Iterable[Template]) -> Use:
    """Say what these templates ask of the model that they share. Those with errors ask for nothing."""
    root = Use()
    for template in templates:
        _record(template, root)
    return root


def _record(template: Template, use: Use) -> None:
    outer: list[Use] = []
    for step in template.steps:
        if step.kind is Kind.LOOP:
            outer.append(use)
            use = use.at(step.path)
            use.is_looped = True
            use = use.each()
        elif step.kind in CONDITIONS:
            outer.append(use)
            use = use.at(step.path)
            use.is_tested = True
        elif step.kind in _ENDS:
            use = outer.pop()
        elif step.kind in VALUES:
            use.at(step.path).is_printed = True


def unused(model: object, use: Use) -> list[ModelPath]:
    """List what a model has and nothing asks for; of what lies below such a key nothing more is said."""
    found: dict[ModelPath, None] = {}
    work: list[tuple[ModelPath, object, Use]] = [((), model, use)]
    while work:
        path, value, below = work.pop()
        members = as_object(value)
        if members is not None:
            for key, inner in members.items():
                place = (*path, key)
                if key in below.members:
                    work.append((place, inner, below.members[key]))
                else:
                    found[place] = None
        elif isinstance(value, list) and below.element is not None:
            work.extend(((*path, None), element, below.element) for element in value)
    return sorted(found, key=shown)


def shown(path: ModelPath) -> str:
    """Write a path of the model: ``items[].name``."""
    return "".join("[]" if key is None else f".{key}" for key in path).removeprefix(".")

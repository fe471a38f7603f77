"""A model that fills a template in, made up from what the template asks for."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from enum import Enum, auto
from typing import Final

from .program import VALUES, Kind
from .renderer import as_object
from .template import Template

MAX_SUGGESTED_DEPTH: Final = 200
"""Levels of a suggested model. What lies deeper is left out, so that a JSON encoder can write the rest."""


class _Use(Enum):
    SCALAR = auto()
    CONDITION = auto()
    COLLECTION = auto()


_BLOCK_USES: Final[Mapping[Kind, _Use]] = {
    Kind.SECTION: _Use.CONDITION,
    Kind.INVERTED: _Use.CONDITION,
    Kind.LOOP: _Use.COLLECTION,
}
_BLOCK_ENDS: Final = frozenset({Kind.END, Kind.NEXT})


class _Node:
    """A key of the model, and what templates do with it.

    Unlike in rendering a loop adds no level of its own: here ``../`` leads out of it at once.
    """

    __slots__ = ("children", "key", "parent", "uses")

    def __init__(self, key: str = "", parent: _Node | None = None) -> None:
        self.key = key
        self.parent = parent
        self.children: dict[str, _Node] = {}
        self.uses: set[_Use] = set()

    def used(self, path: Iterable[str], use: _Use) -> _Node:
        node = self
        for step in path:
            node = (node.parent or node) if step == "../" else node.child(step)
        node.uses.add(use)
        return node

    def child(self, key: str) -> _Node:
        if key not in self.children:
            self.children[key] = _Node(key, self)
        return self.children[key]

    def suggestion(self, members: dict[str, object]) -> object:
        """Suggest a value; ``members`` are to hold the children, if it has room for them."""
        if self.uses == {_Use.SCALAR}:
            return f"{self.key}_Value"
        if _Use.COLLECTION not in self.uses:
            return members
        return [members] if self.children else [f"{self.key}_{number}" for number in (1, 2, 3)]


def suggest_model(templates: Iterable[Template]) -> dict[str, object]:
    """Make up a model that fills the templates in: ``{"name": "name_Value"}`` for ``{{name}}``.

    Templates with errors count for nothing. The model is always an object, even if it is used as something
    else (``{{.}}`` outside of any block), and is cut at ``MAX_SUGGESTED_DEPTH``.
    """
    root = _Node()
    for template in templates:
        _record_uses(template, root)
    return _model_of(root)


def _record_uses(template: Template, root: _Node) -> None:
    node = root
    outer: list[_Node] = []
    for step in template.steps:
        if step.kind in _BLOCK_USES:
            outer.append(node)
            node = node.used(step.path, _BLOCK_USES[step.kind])
        elif step.kind in _BLOCK_ENDS:
            node = outer.pop()
        elif step.kind in VALUES:
            node.used(step.path, _Use.SCALAR)


def _model_of(root: _Node) -> dict[str, object]:
    model: dict[str, object] = {}
    level = [(root, model)]
    for _ in range(MAX_SUGGESTED_DEPTH):
        level = [pair for node, members in level for pair in _fill(node, members)]
    return model


def _fill(node: _Node, members: dict[str, object]) -> Iterator[tuple[_Node, dict[str, object]]]:
    for key, child in node.children.items():
        inner: dict[str, object] = {}
        members[key] = child.suggestion(inner)
        yield child, inner


def merge_models(suggested: Mapping[str, object], given: Mapping[str, object]) -> dict[str, object]:
    """Lay one model over another, object by object. Lists and other values are taken whole, not copied."""
    merged: dict[str, object] = {}
    work = [(merged, suggested, given)]
    while work:
        target, below, above = work.pop()
        target.update({**above, **below, **above})
        for key in below.keys() & above.keys():
            lower, upper = as_object(below[key]), as_object(above[key])
            if lower is not None and upper is not None:
                target[key] = inner = dict[str, object]()
                work.append((inner, lower, upper))
    return merged

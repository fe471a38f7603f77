"""From method and path to operation: literal segments before parameters, no regard to case."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import unquote

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ..reference.description import Operation


@dataclass
class _Node:
    literal: dict[str, _Node] = field(default_factory=dict)
    parameter: _Node | None = None
    methods: dict[str, Operation] = field(default_factory=dict)


class Router:
    """Finds the operations behind a path."""

    def __init__(self, operations: Iterable[Operation]) -> None:
        self._root = _Node()
        for operation in operations:
            self._add(operation)

    def _add(self, operation: Operation) -> None:
        node = self._root
        for segment in operation.path.strip("/").split("/"):
            if segment.startswith("{"):
                node.parameter = node.parameter or _Node()
                node = node.parameter
            else:
                node = node.literal.setdefault(segment.lower(), _Node())
        node.methods[operation.method] = operation

    def find(self, raw_path: bytes) -> tuple[dict[str, Operation], list[str]] | None:
        """Operations by method, and the values of the path's parameters in order."""
        text = raw_path.partition(b"?")[0].decode("latin-1")
        trimmed = text[1:-1] if text.endswith("/") and len(text) > 1 else text[1:]
        return _walk(self._root, trimmed.split("/"), 0)


def _walk(node: _Node, segments: list[str], at: int) -> tuple[dict[str, Operation], list[str]] | None:
    if at == len(segments):
        return (node.methods, []) if node.methods else None
    segment = unquote(segments[at])
    literal = node.literal.get(segment.lower())
    if literal is not None:
        found = _walk(literal, segments, at + 1)
        if found is not None:
            return found
    if node.parameter is not None and segment:
        found = _walk(node.parameter, segments, at + 1)
        if found is not None:
            return found[0], [segment, *found[1]]
    return None


def parameter_names(path: str) -> list[str]:
    """Names of the parameters in a path template, in order."""
    return [segment[1:-1] for segment in path.split("/") if segment.startswith("{")]

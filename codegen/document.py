"""The description as it stands in the file: loading it, finding things in it, and the copy that the parser can take."""

from __future__ import annotations

import copy
import dataclasses
from typing import TYPE_CHECKING, Any

import yaml

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

METHODS = ("get", "put", "post", "delete", "patch")
Node = dict[str, Any]


class DescriptionError(Exception):
    """The description cannot be compiled; one line for each problem."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


class _UniqueKeys(yaml.SafeLoader):
    """YAML's own loaders silently let the last of two equal keys win."""

    def construct_mapping(self, node: Any, deep: bool = False) -> dict[Any, Any]:  # noqa: FBT001, FBT002 - PyYAML's signature
        seen: set[str] = set()
        for key_node, _ in node.value:
            if (key := str(key_node.value)) in seen:
                line = key_node.start_mark.line + 1
                raise DescriptionError([f"line {line}: the key {key!r} stands twice in one mapping: remove one"])
            seen.add(key)
        return super().construct_mapping(node, deep)


@dataclasses.dataclass(frozen=True)
class RawOperation:
    """One operation of the file, with the path and method it stands under."""

    path: str
    method: str
    node: Node

    @property
    def where(self) -> str:
        """Its place in the document."""
        return f"paths.{self.path}.{self.method}"


class Document:
    """The parsed file."""

    def __init__(self, root: Node, name: str) -> None:
        self.root = root
        self.name = name

    @classmethod
    def load(cls, path: Path) -> Document:
        """Read a YAML file; a file that is no YAML mapping is a :class:`DescriptionError`."""
        try:
            root = yaml.load(path.read_text(encoding="utf-8"), Loader=_UniqueKeys)  # noqa: S506 - derives from SafeLoader
        except yaml.YAMLError as error:
            raise DescriptionError([f"{path.name}: not readable as YAML: {error}"]) from error
        except DescriptionError as error:
            raise DescriptionError([f"{path.name}: {problem}" for problem in error.problems]) from None
        if not isinstance(root, dict):
            raise DescriptionError([f"{path.name}: a mapping was expected at the top"])
        return cls(root, path.name)

    @property
    def schemas(self) -> Node:
        """Every named schema."""
        found: Node = self.root.get("components", {}).get("schemas", {})
        return found

    @property
    def tags(self) -> dict[str, Node]:
        """Tag objects by name."""
        return {tag["name"]: tag for tag in self.root.get("tags", ())}

    def operations(self) -> Iterator[RawOperation]:
        """All operations in the order of the file."""
        for path, item in self.root.get("paths", {}).items():
            for method, node in item.items():
                if method in METHODS:
                    yield RawOperation(path, method, node)

    def webhooks(self) -> Iterator[RawOperation]:
        """All webhook operations in the order of the file."""
        for name, item in self.root.get("webhooks", {}).items():
            for method, node in item.items():
                if method in METHODS:
                    yield RawOperation(name, method, node)

    def resolve(self, node: Node) -> Node:
        """Follow ``$ref``; what stands beside it wins over what it points to."""
        while "$ref" in node:
            target: Any = self.root
            for part in node["$ref"].removeprefix("#/").split("/"):
                target = target[part.replace("~1", "/").replace("~0", "~")]
            node = {**target, **{key: value for key, value in node.items() if key != "$ref"}}
        return node

    def parameters(self, operation: RawOperation) -> list[Node]:
        """The operation's parameters with references followed."""
        shared = self.root["paths"].get(operation.path, {}).get("parameters", ())
        return [self.resolve(node) for node in (*shared, *operation.node.get("parameters", ()))]

    def properties(self, schema: Node) -> dict[str, Node]:
        """Wire name -> property, ``allOf`` flattened, later ones winning."""
        schema = self.resolve(schema)
        found: dict[str, Node] = {}
        for part in schema.get("allOf", ()):
            found.update(self.properties(part))
        found.update(schema.get("properties", {}))
        return found

    def required(self, schema: Node) -> set[str]:
        """The names of required properties, ``allOf`` flattened."""
        schema = self.resolve(schema)
        found = set(schema.get("required", ()))
        for part in schema.get("allOf", ()):
            found |= self.required(part)
        return found

    def extension(self, schema: Node, key: str) -> Any:
        """An ``x-postmark-*`` value of a schema, or of the first part of its ``allOf`` that has it."""
        schema = self.resolve(schema)
        if key in schema:
            return schema[key]
        return next(
            (value for part in schema.get("allOf", ()) if (value := self.extension(part, key)) is not None),
            None,
        )

    def for_parser(self) -> Node:
        """A copy that the parser accepts: it refuses extensions under ``paths`` and examples it cannot type."""
        root = copy.deepcopy(self.root)
        root.pop("webhooks", None)
        _strip(root)
        return root


_UNTYPED = ("examples", "example", "propertyNames")


def _strip(root: Node) -> None:
    """Remove in place what carries no type; property *names* equal to a keyword stay."""
    pending: list[tuple[Any, bool]] = [(root, False)]
    while pending:
        node, names = pending.pop()
        if isinstance(node, dict):
            for key in list(node):
                if not names and (key in _UNTYPED or key.startswith("x-")):
                    del node[key]
                else:
                    pending.append((node[key], key in {"properties", "schemas"} and not names))
        elif isinstance(node, list):
            pending.extend((item, False) for item in node)

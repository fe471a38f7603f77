"""Request keys without regard to case, nulls as "not given".

https://postmarkapp.com/developer/api/overview: keys of free-form objects (metadata, template models) keep their
own spelling, everything else is bound by name alone.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .problems import Json


@dataclass
class Shape:
    """What the description knows about one place in a request body."""

    names: dict[str, str] = field(default_factory=dict)
    """Lower-case key to documented key."""
    children: dict[str, Shape] = field(default_factory=dict)
    """Shape behind a documented key, where there is one."""
    item: Shape | None = None
    """Shape of list items."""

    @property
    def empty(self) -> bool:
        """Nothing to do below this place."""
        return not self.names and self.item is None


def shape_of(schema: dict[str, Json], document: dict[str, Json]) -> Shape:
    """Compile a schema into its shape."""
    return _compile(schema, document, {})


def _compile(schema: dict[str, Json], document: dict[str, Json], seen: dict[str, Shape]) -> Shape:
    reference = schema.get("$ref")
    if reference is not None:
        if reference not in seen:
            seen[reference] = Shape()
            target: Json = document
            for part in reference.removeprefix("#/").split("/"):
                target = target[part]
            _fill(seen[reference], target, document, seen)
        return seen[reference]
    shape = Shape()
    _fill(shape, schema, document, seen)
    return shape


def _fill(shape: Shape, schema: dict[str, Json], document: dict[str, Json], seen: dict[str, Shape]) -> None:
    for name, inner in schema.get("properties", {}).items():
        shape.names[name.lower()] = name
        child = _compile(inner, document, seen)
        if not child.empty or "$ref" in inner:
            shape.children[name] = child
    if "items" in schema:
        shape.item = _compile(schema["items"], document, seen)
    for branch in [*schema.get("allOf", []), *schema.get("oneOf", []), *schema.get("anyOf", [])]:
        part = _compile(branch, document, seen)
        shape.names.update(part.names)
        shape.children.update(part.children)
        shape.item = shape.item or part.item


def normalise(value: Json, shape: Shape | None, unknown: list[str], place: str = "$") -> Json:
    """The value with documented spelling and without nulls; names nobody documents are kept and collected."""
    if shape is None or shape.empty:
        return value
    if isinstance(value, dict) and shape.names:
        return _normalise_object(value, shape, unknown, place)
    if isinstance(value, list) and shape.item is not None and not shape.item.empty:
        return [normalise(item, shape.item, unknown, f"{place}[{index}]") for index, item in enumerate(value)]
    return value


def _normalise_object(value: dict[str, Json], shape: Shape, unknown: list[str], place: str) -> dict[str, Json]:
    result = {}
    for key, item in value.items():
        name = shape.names.get(key.lower())
        if name is None:
            unknown.append(f"{place}.{key}")
            if item is not None:
                result[key] = item
        elif item is not None:
            child = shape.children.get(name)
            result[name] = item if child is None else normalise(item, child, unknown, f"{place}.{name}")
    return result


def metadata_as_text(message: Json) -> None:
    """Numbers pass as metadata and come back as text."""
    metadata = message.get("Metadata") if isinstance(message, dict) else None
    if isinstance(metadata, dict) and not all(type(value) is str for value in metadata.values()):
        message["Metadata"] = {
            name: str(value) if type(value) in {int, float} else value for name, value in metadata.items()
        }

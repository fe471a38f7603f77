"""Parser properties -> a small tree of types that knows its annotation and its load and dump expressions."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

from openapi_python_client.parser.properties.any import AnyProperty
from openapi_python_client.parser.properties.boolean import BooleanProperty
from openapi_python_client.parser.properties.const import ConstProperty
from openapi_python_client.parser.properties.date import DateProperty
from openapi_python_client.parser.properties.datetime import DateTimeProperty
from openapi_python_client.parser.properties.float import FloatProperty
from openapi_python_client.parser.properties.int import IntProperty
from openapi_python_client.parser.properties.list_property import ListProperty
from openapi_python_client.parser.properties.literal_enum_property import LiteralEnumProperty
from openapi_python_client.parser.properties.model_property import ModelProperty
from openapi_python_client.parser.properties.none import NoneProperty
from openapi_python_client.parser.properties.string import StringProperty
from openapi_python_client.parser.properties.union import UnionProperty
from openapi_python_client.parser.properties.uuid import UuidProperty

from .naming import snake_case

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_SCALARS: dict[type, str] = {
    StringProperty: "str",
    UuidProperty: "str",
    IntProperty: "int",
    FloatProperty: "float",
    BooleanProperty: "bool",
    NoneProperty: "None",
    AnyProperty: "Any",
    DateProperty: "_dt.date",
    DateTimeProperty: "_dt.datetime",
}
_DATES = {"_dt.date": "date", "_dt.datetime": "datetime"}


@dataclasses.dataclass(frozen=True)
class Type:
    """A Python type. ``name`` is the scalar, model or enum; ``inner`` the element types of lists, maps and unions."""

    kind: str
    name: str = ""
    inner: tuple[Type, ...] = ()

    def walk(self) -> Iterator[Type]:
        """This type and all inside it."""
        yield self
        for part in self.inner:
            yield from part.walk()

    @property
    def models(self) -> set[str]:
        """Names of the models used anywhere inside."""
        return {part.name for part in self.walk() if part.kind == "model"}

    @property
    def enums(self) -> set[str]:
        """Names of the enums used anywhere inside."""
        return {part.name for part in self.walk() if part.kind == "enum"}

    @property
    def dates(self) -> set[str]:
        """``date`` and ``datetime``, as far as used inside."""
        return {_DATES[part.name] for part in self.walk() if part.name in _DATES}

    @property
    def annotation(self) -> str:
        """As written in an answer's annotations; enums stay open."""
        match self.kind:
            case "list":
                return f"_list[{self.inner[0].annotation}]"
            case "map":
                return f"dict[str, {self.inner[0].annotation}]"
            case "union":
                return " | ".join(dict.fromkeys(part.annotation for part in self.inner))
            case "enum":
                return f"_t.{self.name} | str"
            case "model":
                return f"_t.{self.name}"
        return self.name

    def load(self, value: str) -> str | None:
        """An expression for a wire value that may be None or of another type; None where it passes as it is."""
        match self.kind:
            case "model":
                return f"None if {value} is None else load_{snake_case(self.name)}({value})"
            case "list" if (item := self.inner[0].load_item("i")) is not None:
                return f"[{item} for i in {value}] if {value} and {value}.__class__ is list else {value}"
            case "map" if (item := self.inner[0].load_item("i")) is not None:
                return f"{{k: {item} for k, i in {value}.items()}} if {value}.__class__ is dict else {value}"
            case "union" | "scalar" if (item := self.load_item(value)) is not None:
                return f"None if {value} is None else {item}"
        return None

    def load_item(self, value: str) -> str | None:
        """Like :meth:`load`, for a value that is not None."""
        if self.kind == "scalar" and self.name in _DATES:
            return f"parse_{_DATES[self.name]}({value})"
        if self.kind == "model":
            return f"load_{snake_case(self.name)}({value})"
        if self.kind == "union":
            for part in self.inner:
                if part.kind == "model":
                    return f"load_{snake_case(part.name)}({value}) if {value}.__class__ is dict else {value}"
        return None

    def dump(self, value: str) -> str:
        """An expression for the JSON form of a value that is not None."""
        match self.kind:
            case "model":
                return f"dump_{snake_case(self.name)}({value})"
            case "list" if (item := self.inner[0].dump("i")) != "i":
                return f"[{item} for i in {value}] if holds_items({value}) else {value}"
            case "map" if (item := self.inner[0].dump("i")) != "i":
                return f"{{k: {item} for k, i in {value}.items()}} if holds_pairs({value}) else {value}"
            case "scalar" if self.name in _DATES:
                return f"format_date({value})"
            case "union" if self.models:
                (name,) = self.models
                return f"dump_{snake_case(name)}({value}) if isinstance({value}, {name}) else {value}"
        return value


NONE = Type("scalar", "None")


def optional(kind: Type) -> Type:
    """The type without None in it: absence is said elsewhere."""
    if kind.kind != "union":
        return kind
    rest = tuple(part for part in kind.inner if part != NONE)
    return rest[0] if len(rest) == 1 else Type("union", inner=rest)


class Converter:
    """Turns parsed properties into types.

    A property that refers to a schema further down holds a copy from before that schema was processed, so models are
    looked up by name.
    """

    def __init__(self, models: Iterable[ModelProperty]) -> None:
        self._models = {str(model.class_info.name): model for model in models}

    def convert(self, prop: Any) -> Type:
        """The type of a property."""
        if isinstance(prop, ListProperty):
            return Type("list", inner=(self.convert(prop.inner_property),))
        if isinstance(prop, UnionProperty):
            return _union([self.convert(part) for part in prop.inner_properties])
        if isinstance(prop, LiteralEnumProperty):
            return Type("enum", str(prop.class_info.name))
        if isinstance(prop, ModelProperty):
            return self._model(self._models.get(str(prop.class_info.name), prop))
        if isinstance(prop, ConstProperty):
            return Type("scalar", "str")
        return Type("scalar", _SCALARS[type(prop)])

    def _model(self, prop: ModelProperty) -> Type:
        """A class without properties is only a map."""
        if prop.required_properties or prop.optional_properties:
            return Type("model", str(prop.class_info.name))
        value = self.convert(prop.additional_properties) if prop.additional_properties else Type("scalar", "Any")
        return Type("map", inner=(value,))


def _union(parts: list[Type]) -> Type:
    unique = tuple(dict.fromkeys(parts))
    return unique[0] if len(unique) == 1 else Type("union", inner=unique)

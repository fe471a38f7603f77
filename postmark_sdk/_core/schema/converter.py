"""The cattrs converter: the public door to stored models, and the encoder of what a template model may hold."""

from __future__ import annotations

import dataclasses
import datetime as _dt
import decimal
import enum
import functools
import uuid
from importlib import import_module
from typing import TYPE_CHECKING, Any, TypeVar

from cattrs import Converter

from ...errors import InvalidMessageError, Problem
from .model import Model, parse_date, parse_datetime
from .page import Page
from .proxies import unwrapped

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

T = TypeVar("T")

_AS_IT_IS = frozenset({str, int, float, bool, type(None)})


@functools.lru_cache(1)
def converter() -> Converter:
    """A converter between models and the JSON that Postmark speaks.

    ``converter().unstructure(bounce)`` gives the wire form of any model, ``converter().structure(data, Bounce)`` reads
    it back, as leniently as an answer is read. Register hooks on a ``copy()`` of it, not on the shared one.
    """
    made = Converter(detailed_validation=False, unstruct_collection_overrides={set: list, frozenset: list})
    made.register_structure_hook(_dt.datetime, lambda value, _: parse_datetime(value))
    made.register_structure_hook(_dt.date, lambda value, _: parse_date(value))
    for primitive in (str, int, float, bool):  # the default hooks convert: null would become the text "None"
        made.register_structure_hook(primitive, lambda value, _: value)
    for dated in (_dt.datetime, _dt.date, _dt.time):
        made.register_unstructure_hook(dated, lambda value: value.isoformat())
    for written in (uuid.UUID, decimal.Decimal):
        made.register_unstructure_hook(written, str)
    made.register_unstructure_hook_factory(lambda kind: bool(_names(kind)), _fields_writer)
    made.register_unstructure_hook_func(_is_pydantic, lambda value: made.unstructure(value.model_dump()))
    made.register_structure_hook_factory(_is_model, functools.partial(_generated, "load"))
    made.register_unstructure_hook_factory(_is_model, functools.partial(_generated, "dump"))
    return made


def _is_pydantic(kind: Any) -> bool:
    return hasattr(kind, "model_dump") and hasattr(kind, "model_fields")


def _is_model(kind: Any) -> bool:
    return isinstance(kind, type) and issubclass(kind, Model)


@functools.lru_cache(512)
def _names(kind: Any) -> tuple[str, ...]:
    """The fields of a class of the caller's: attrs, dataclass, named tuple or struct, computed ones included."""
    if not isinstance(kind, type) or issubclass(kind, Model | enum.Enum):
        return ()
    fields = dataclasses.fields(kind) if dataclasses.is_dataclass(kind) else ()
    named = [field.name for field in (*getattr(kind, "__attrs_attrs__", ()), *fields)]
    struct = getattr(kind, "__struct_fields__", ())  # of msgspec
    return tuple(dict.fromkeys((*named, *struct, *(getattr(kind, "_fields", ()) if issubclass(kind, tuple) else ()))))


def fields_of(value: Any) -> dict[str, Any] | None:
    """What an object of such a class holds, as it is; None for others."""
    names = _names(type(value))  # type: ignore[arg-type]  # classes are hashable, only their instances are not
    return _values(value, names) if names else None


def _values(value: Any, names: Iterable[str]) -> dict[str, Any]:
    try:
        return {name: getattr(value, name) for name in names}
    except AttributeError:  # one that is computed, but not yet
        return {name: getattr(value, name) for name in names if hasattr(value, name)}


def _fields_writer(kind: Any, made: Converter) -> Callable[[Any], dict[str, Any]]:
    """Without a look at annotations: they may name what is imported for type checkers only."""
    names = _names(kind)

    def write(value: Any) -> dict[str, Any]:
        values = _values(value, names)
        for name, item in values.items():
            if item.__class__ not in _AS_IT_IS:
                values[name] = made.unstructure(item)
        return values

    return write


def _generated(verb: str, kind: type[Model]) -> Any:
    """The function that was generated beside the class, so that nothing is compiled at run time."""
    module = import_module(kind.__module__)  # waits where another thread is not done with it
    function = getattr(module, f"{verb}_{module.__name__.rpartition('.')[2]}")
    return _sparing(function) if verb == "load" and issubclass(kind, Page) else function


def _sparing(load: Callable[[Any], Any]) -> Callable[[Any, Any], Any]:
    """Reading a page uses up its rows; the caller keeps theirs."""

    def structure(data: Any, _: Any) -> Any:
        if data.__class__ is dict:
            data = {name: value.copy() if value.__class__ is list else value for name, value in data.items()}
        return load(data)

    return structure


def plain(value: object) -> Any:
    """What JSON can hold instead of a value that it cannot hold as it is.

    Raises:
        InvalidMessageError: There is no such form.
    """
    result = converter().unstructure(unwrapped(value))
    if result is value and not isinstance(value, dict | list | str | int | float | None):
        raise InvalidMessageError([Problem("", f"a {type(value).__name__} has no JSON form")])
    return result

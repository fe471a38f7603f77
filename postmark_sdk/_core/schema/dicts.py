"""Models as dicts with either spelling, and back."""

from __future__ import annotations

import functools
import json
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple, TypeVar, get_args, get_origin, get_type_hints

import attrs

from ...errors import DecodeError, InvalidMessageError, Problem
from .converter import converter
from .generated import generated
from .model import Model

M = TypeVar("M", bound=Model)

_BAD = 400
_ADVICE = "fields newer than this package go into extra={...}"


class Nested(NamedTuple):
    """A model in a field: one of it, a list, or a map whose keys are nobody's names."""

    cls: type[Model]
    is_map: bool = False


class Names(NamedTuple):
    """The fields of a model."""

    by_wire: dict[str, str]
    """Wire name -> attribute."""
    by_any: dict[str, str]
    """Every spelling -> wire name."""
    nested: dict[str, Nested]
    """Wire name -> what models it holds."""
    besides: tuple[str, ...]
    """Attributes that are no part of the JSON."""


def names(cls: type[Model]) -> Names:
    """What is known of a model's fields."""
    return _names(cls)  # type: ignore[arg-type]  # classes are hashable, only their instances are not


@functools.cache
def _names(cls: Any) -> Names:
    by_wire = {wire: name for name, wire in cls.__wire__.items()}
    spelled = {spelling: wire for name, wire in cls.__wire__.items() for spelling in (name, name.rstrip("_"), wire)}
    known = {*cls.__wire__, *cls.__dynamic__, "_extra"}
    besides = tuple(field.name for field in attrs.fields(cls) if field.name not in known)
    return Names(by_wire, spelled, {cls.__wire__[name]: each for name, each in _nested(cls).items()}, besides)


def _nested(cls: type[Model]) -> dict[str, Nested]:
    hints = get_type_hints(cls)
    found = {name: nested for name in cls.__wire__ if (nested := _inside(hints[name])) is not None}
    for name in cls.__wire__:
        if name in cls.__headers__ or cls.__kinds__.get(name) == "headers":
            found[name] = Nested(generated("models.header").MODEL)
    return found


def _inside(hint: Any) -> Nested | None:
    if isinstance(hint, type) and issubclass(hint, Model):
        return Nested(hint)
    for part in get_args(hint):
        nested = _inside(part)
        if nested is not None:
            return nested._replace(is_map=nested.is_map or get_origin(hint) is dict)
    return None


# --- out ------------------------------------------------------------------------------------------------------------


def to_dict(model: Model, *, wire: bool) -> dict[str, object]:
    """See ``Model.to_dict``."""
    cls = type(model)
    written: dict[str, Any] = converter().unstructure(model)
    if cls.__kinds__:  # a mail may hold whatever its caller has
        written = converter().unstructure(written)
    if wire:
        return written
    return {**_with_python_names(cls, written), **{name: getattr(model, name) for name in names(cls).besides}}


def _with_python_names(cls: type[Model], written: Mapping[str, Any]) -> dict[str, Any]:
    known = names(cls)
    made: dict[str, Any] = dict.fromkeys(cls.__wire__)
    rest: dict[str, Any] = {}
    for wire, value in written.items():
        if wire not in known.by_wire:
            rest[wire] = value
        elif wire in known.nested:
            made[known.by_wire[wire]] = _each(_with_python_names, known.nested[wire], value)
        else:
            made[known.by_wire[wire]] = value
    if cls.__dynamic__:
        made[cls.__dynamic__[0]] = rest
    elif rest:
        made["extra"] = rest
    return made


def _each(change: Callable[[type[Model], Mapping[str, Any]], Any], nested: Nested, value: Any) -> Any:
    """An object changed, or each of several; what is odd stays as it came."""
    if isinstance(value, list | tuple):
        return [_each(change, nested, item) for item in value]
    if not isinstance(value, Mapping):
        return value
    if nested.is_map:
        return {key: _each(change, Nested(nested.cls), item) for key, item in value.items()}
    return change(nested.cls, value)


# --- in -------------------------------------------------------------------------------------------------------------


def from_dict(cls: type[M], data: Any) -> M:
    """See ``Model.from_dict``."""
    if not isinstance(data, Mapping):
        raise DecodeError(f"a {type(data).__name__}; {cls.__name__} is read from a dict", status_code=_BAD)
    given = dict(data)
    besides = {name: given.pop(name) for name in names(cls).besides if name in given}
    made = converter().structure(_with_wire_names(cls, given, strictly=_is_request(cls)), cls)
    for name, value in besides.items():
        setattr(made, name, value)
    return made


def _is_request(cls: type[Model]) -> bool:
    return bool(cls.__kinds__ or cls.__types__ or cls.__rules__)


def _with_wire_names(cls: type[Model], data: Mapping[str, Any], *, strictly: bool) -> dict[str, Any]:
    known = names(cls)
    made: dict[str, Any] = {}
    for key, value in data.items():
        wire = known.by_any.get(key)
        if wire in known.nested:
            made[wire] = _each(functools.partial(_with_wire_names, strictly=strictly), known.nested[wire], value)
        elif wire is not None:
            made[wire] = value
        elif key in (*cls.__dynamic__, "extra") and isinstance(value, Mapping):
            made.update(value)
        elif strictly and (value is None or key in cls.__ignored__):
            continue
        elif strictly:
            raise InvalidMessageError([Problem(str(key), f"{cls.__name__} has no such field; {_ADVICE}")])
        else:
            made[key] = value
    return made


def from_json(cls: type[M], text: str | bytes) -> M:
    """See ``Model.from_json``."""
    try:
        data = json.loads(text)
    except (RecursionError, TypeError, ValueError):
        raise DecodeError("not JSON", status_code=_BAD) from None
    return from_dict(cls, data)

"""Request bodies: keyword arguments, dicts or models in; one checked JSON value out. No I/O.

Everything becomes a model first, then the model is checked, then it is dumped: one way for every form of input.
"""

from __future__ import annotations

import difflib
import functools
from collections.abc import Callable, Iterable, Mapping
from importlib import import_module
from typing import TYPE_CHECKING, Any, NamedTuple

from ..errors import InvalidMessageError, Problem
from .checks import problems
from .model import Model

if TYPE_CHECKING:
    from .operation import Body


class _Kind(NamedTuple):
    """A model's class and its generated dump function."""

    cls: type[Model]
    dump: Callable[[Any], dict[str, Any]]


@functools.cache
def kind(name: str) -> _Kind:
    """Look a model up by its module's name; it is imported on first use."""
    module = import_module(f".._generated.models.{name}", __package__)
    return _Kind(module.MODEL, getattr(module, f"dump_{name}"))


def encode(body: Body, given: Any, fields: Mapping[str, Any]) -> Any:
    """The JSON value of a request body.

    Raises:
        InvalidMessageError: With every problem found; nothing was sent.
    """
    if body.is_list:
        rows = _rows(body, given, fields)
        return {body.wrapper: rows} if body.wrapper else rows
    return _single(body, given, fields)


def _single(body: Body, given: Any, fields: Mapping[str, Any]) -> dict[str, Any]:
    cls, dump = kind(body.model)
    if given is not None and fields:
        raise InvalidMessageError(
            [Problem(name, "given beside a whole body; write either the body or keyword arguments") for name in fields]
        )
    found: list[Problem] = []
    model = coerce(cls, fields if given is None else given, "", found)
    if not found and model is not None:
        found = problems(model)
    if found or model is None:
        raise InvalidMessageError(found)
    return dump(model)


def _rows(body: Body, given: Any, fields: Mapping[str, Any]) -> list[dict[str, Any]]:
    cls, dump = kind(body.model)
    name = _row_name(body)
    if fields:
        raise InvalidMessageError([Problem(key, f"not an argument; give the {name} as one list") for key in fields])
    if isinstance(given, str | Mapping | Model) or not isinstance(given, Iterable):
        raise InvalidMessageError([Problem(name, "one value given; it takes a list of them")])
    items = list(given)
    found = _count(body, items, name)
    models = []
    for index, item in enumerate(items):
        where = f"{name}[{index}]"
        model = coerce(cls, item, where, found)
        if model is not None:
            models.append(model)
            found += problems(model, where)
    if found:
        raise InvalidMessageError(found)
    return [dump(model) for model in models]


def _row_name(body: Body) -> str:
    return (body.wrapper or "messages").lower()


def _count(body: Body, items: list[Any], name: str) -> list[Problem]:
    if body.max_items is not None and len(items) > body.max_items:
        return [Problem(name, f"{len(items)} {name}; a call takes at most {body.max_items}: split them")]
    if body.min_items is not None and len(items) < body.min_items:
        return [Problem(name, f"{len(items)} {name}; a call takes at least {body.min_items}")]
    return []


def coerce(cls: type[Model], value: Any, where: str, found: list[Problem]) -> Model | None:
    """A model from whatever the caller wrote; what is wrong with it is added to ``found``."""
    if isinstance(value, cls):
        return value
    if isinstance(value, str) and cls.__shorthand__ is not None:
        arguments: dict[str, Any] = {cls.__shorthand__: value}
        return cls(**arguments)
    if not isinstance(value, Mapping):
        found.append(Problem(where, f"a {type(value).__name__}; it takes {cls.__name__} or a dict of its fields"))
        return None
    names = _names(cls)  # type: ignore[arg-type]  # classes are hashable, only their instances are not
    arguments = {}
    for key, item in value.items():
        name = names.get(key)
        if name is None:
            found.append(Problem(_join(where, str(key)), _no_such_field(cls, key)))
        elif name in arguments:
            found.append(Problem(_join(where, name), "given twice, under two spellings; keep one"))
        else:
            arguments[name] = _nested(cls, name, item, _join(where, name), found)
    return cls(**arguments)


def _nested(cls: type[Model], name: str, value: Any, where: str, found: list[Problem]) -> Any:
    inner = cls.__nested__.get(name)
    if inner is None or value is None or isinstance(value, inner):
        return value
    if isinstance(value, list | tuple):
        return [coerce(inner, item, f"{where}[{index}]", found) for index, item in enumerate(value)]
    return coerce(inner, value, where, found)


@functools.cache
def _names(cls: Any) -> dict[str, str]:
    """Every accepted spelling of a field -> attribute: Python's, the wire's, and ``from`` beside ``from_``."""
    found: dict[str, str] = {"extra": "extra"}
    for name, wire in cls.__wire__.items():
        found.update({name: name, wire: name, name.rstrip("_"): name})
    return found


def _no_such_field(cls: type[Model], key: object) -> str:
    near = difflib.get_close_matches(str(key).lower(), list(cls.__wire__), n=1)
    advice = f"did you mean {near[0]!r}?" if near else f"it has {', '.join(cls.__wire__)}"
    return f"{cls.__name__} has no such field; {advice} Fields newer than this package go into extra={{...}}."


def _join(where: str, name: str) -> str:
    return f"{where}.{name}" if where else name

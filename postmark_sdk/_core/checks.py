"""The limits of the description, checked on a request's model before anything is sent. No I/O."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sized
from typing import TYPE_CHECKING, Any

from ..errors import Problem
from .model import Model

if TYPE_CHECKING:
    from .rules import Rule


def problems(model: Model, where: str = "") -> list[Problem]:
    """Everything wrong with a request's model, nested ones included; an empty list when it may be sent."""
    found: list[Problem] = []
    prefix = f"{where}." if where else ""
    for name, rule in model.__rules__.items():
        found += _field(getattr(model, name), rule, prefix + name)
    found += _shape(model, where)
    for name in model.__nested__:
        for place, item in _items(getattr(model, name), prefix + name):
            if isinstance(item, Model):
                found += problems(item, place)
            elif not isinstance(item, tuple | Mapping):
                found.append(Problem(place, f"a {type(item).__name__}; it takes {model.__nested__[name].__name__}"))
    return found


def _items(value: Any, where: str) -> list[tuple[str, Any]]:
    if value is None:
        return []
    if isinstance(value, list | tuple):
        return [(f"{where}[{index}]", item) for index, item in enumerate(value)]
    return [(where, value)]


def _field(value: Any, rule: Rule, where: str) -> list[Problem]:
    if value is None:
        return [Problem(where, "missing; it is required")] if rule.required else []
    found: list[Problem] = []
    if isinstance(value, str):
        found += _text(value, rule, where)
    elif isinstance(value, Mapping):
        found += _mapping(value, rule, where)
    elif isinstance(value, int):
        found += _number(value, rule, where)
    elif isinstance(value, Sized):
        found += _list(value, rule, where)
    return found


def _text(value: str, rule: Rule, where: str) -> Iterable[Problem]:
    units = utf16_length(value) if rule.max_length is not None else 0
    if rule.max_length is not None and units > rule.max_length:
        yield Problem(where, f"{units} characters; at most {rule.max_length}")
    if rule.max_bytes is not None and (size := utf8_length(value)) > rule.max_bytes:
        yield Problem(where, f"{size} bytes; at most {rule.max_bytes}")
    if rule.forbidden_extensions:
        extension = value.rpartition(".")[2].strip().lower()
        if "." in value and extension in rule.forbidden_extensions:
            yield Problem(where, f"Postmark refuses files ending in .{extension}: send an archive or a link")


def _mapping(value: Mapping[Any, Any], rule: Rule, where: str) -> Iterable[Problem]:
    if rule.max_properties is not None and len(value) > rule.max_properties:
        yield Problem(where, f"{len(value)} keys; at most {rule.max_properties}")
    for key, item in value.items():
        if rule.max_key_length is not None and len(str(key)) > rule.max_key_length:
            yield Problem(where, f"a key of {len(str(key))} characters; at most {rule.max_key_length}")
        if rule.max_value_length is not None and len(str(item)) > rule.max_value_length:
            yield Problem(f"{where}[{key!r}]", f"{len(str(item))} characters; at most {rule.max_value_length}")


def _number(value: int, rule: Rule, where: str) -> Iterable[Problem]:
    if rule.minimum is not None and value < rule.minimum:
        yield Problem(where, f"{value}; at least {rule.minimum}")
    if rule.maximum is not None and value > rule.maximum:
        yield Problem(where, f"{value}; at most {rule.maximum}")


def _list(value: Sized, rule: Rule, where: str) -> Iterable[Problem]:
    if rule.max_items is not None and len(value) > rule.max_items:
        yield Problem(where, f"{len(value)} entries; at most {rule.max_items}")
    if rule.min_items is not None and len(value) < rule.min_items:
        yield Problem(where, f"{len(value)} entries; at least {rule.min_items}")


def _shape(model: Model, where: str) -> Iterable[Problem]:
    shape = model.__shape__
    if shape.at_least_one and all(getattr(model, name) is None for name in shape.at_least_one):
        yield Problem(where, f"none of {_listed(shape.at_least_one)} is given; it needs at least one of them")
    if shape.exactly_one:
        given = [name for name in shape.exactly_one if getattr(model, name) is not None]
        if len(given) != 1:
            yield Problem(
                where,
                f"{_listed(given) or 'none'} given; it needs exactly one of {_listed(shape.exactly_one)}",
            )


def _listed(names: Iterable[str]) -> str:
    return " and ".join(names)


def utf16_length(text: str) -> int:
    """Length as Postmark counts it: characters outside the basic plane count twice."""
    return len(text) if text.isascii() else len(text) + sum(character > "\uffff" for character in text)


def utf8_length(text: str) -> int:
    """Bytes on the wire, before JSON escapes."""
    return len(text) if text.isascii() else len(text.encode("utf-8", "surrogatepass"))

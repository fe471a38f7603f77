"""A template's model against the TypedDict that describes it, at run time."""

from __future__ import annotations

import difflib
import types
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final, Union, get_args, get_origin

from typing_extensions import NotRequired, Required, get_type_hints, is_typeddict

from ....errors import Problem
from ..text import a_kind, join

_QUALIFIERS: Final[tuple[Any, ...]] = (NotRequired, Required)
_UNIONS: Final[tuple[Any, ...]] = (Union, types.UnionType)
_ANYTHING: Final[tuple[Any, ...]] = (Any, object)


def misfits(value: object, kind: Any, where: str) -> list[Problem]:
    """List what in a value, as it goes out, does not fit its type.

    Args:
        value: What JSON holds: dicts, lists, text, numbers.
        kind: A TypedDict, or what may stand in one: classes, sequences, mappings and unions of them.
        where: Its path.
    """
    if is_typeddict(kind):
        return [*_of_dict(value, kind, where)]
    origin = get_origin(kind)
    if origin in _UNIONS:
        return _of_union(value, get_args(kind), where)
    if _is_shaped(value, kind):
        inner = get_args(kind)[0] if _is_list(value) and origin is not None else object
        items = enumerate(value) if isinstance(value, Sequence) and inner is not object else ()
        return [problem for index, item in items for problem in misfits(item, inner, f"{where}[{index}]")]
    return [Problem(where, f"{a_kind(value)}; the template takes {_named(kind)}")]


def _of_dict(value: object, kind: Any, where: str) -> Iterator[Problem]:
    if not isinstance(value, Mapping):
        yield Problem(where, f"{a_kind(value)}; the template takes an object ({kind.__name__})")
        return
    hints: dict[str, Any] = get_type_hints(kind, include_extras=True)
    for key, hint in hints.items():
        if key in value:
            yield from misfits(value[key], _unqualified(hint), join(where, key))
        elif key in kind.__required_keys__ and get_origin(hint) not in _QUALIFIERS[:1]:
            yield Problem(join(where, key), "missing; the template needs it")
    for key in value.keys() - hints.keys():
        close = difflib.get_close_matches(str(key), hints, n=1)
        question = f"; did you mean {close[0]!r}?" if close else ""
        yield Problem(join(where, str(key)), f"the template has no such variable{question}")


def _of_union(value: object, options: Sequence[Any], where: str) -> list[Problem]:
    tried = [misfits(value, option, where) for option in options]
    if not all(tried):
        return []
    inside = [found for found in tried if found[0].field != where]  # the shape is right, something in it is not
    if inside:
        return inside[0]
    return [Problem(where, f"{a_kind(value)}; the template takes {' or '.join(map(_named, options))}")]


def _is_shaped(value: object, kind: Any) -> bool:
    cls = get_origin(kind) or kind
    if cls in _ANYTHING:
        return True
    if cls is None or cls is types.NoneType:
        return value is None
    if isinstance(value, bool):
        return cls is bool
    if cls is float:
        return isinstance(value, int | float)
    return _is_list(value) if cls is Sequence else isinstance(value, cls)


def _is_list(value: object) -> bool:
    return isinstance(value, Sequence) and not isinstance(value, str | bytes)


def _unqualified(hint: Any) -> Any:
    while get_origin(hint) in _QUALIFIERS:
        hint = get_args(hint)[0]
    return hint


def _named(kind: Any) -> str:
    if kind is None or kind is types.NoneType:
        return "None"
    if is_typeddict(kind):
        return f"an object ({kind.__name__})"
    return "a list" if get_origin(kind) is Sequence else str(getattr(kind, "__name__", kind))

"""What pydantic asks of a model, and of other results."""

from __future__ import annotations

import ast
import inspect
import textwrap
from collections.abc import Mapping
from itertools import pairwise
from typing import Annotated, Any, get_type_hints

import attrs
from typing_extensions import NotRequired, Required, TypedDict

from .generated import generated
from .model import Model

_annotated: Any = Annotated
_tuple: Any = tuple
_typed_dict: Any = TypedDict
"""Made here of what is known at run time only."""

_INPUTS: dict[str, Any] = {
    "sender": str,
    "recipients": str | list[str],
    "metadata": dict[str, str],
    "template_model": dict[str, Any],
    "content": str,
}
"""What JSON holds of the fields that take many forms."""


def core_schema(cls: type[Any], handler: Any, hints: Mapping[str, Any] | None = None) -> Any:
    """An instance passes as it is, even with odd fields of an answer; a dict is checked as the description says.

    Args:
        cls: A model, or another class of attrs with ``to_dict``.
        handler: What pydantic gave.
        hints: Types of the fields that ``to_dict`` writes. None: as annotated.
    """
    from pydantic_core import core_schema as schema  # noqa: PLC0415 - whoever calls this has it

    def read(value: Any, check: Any) -> Any:
        return value if isinstance(value, cls) else cls(**check(value))

    return schema.no_info_wrap_validator_function(
        read,
        handler.generate_schema(_as_typed_dict(cls, _hints(cls) if hints is None else hints)),
        serialization=schema.plain_serializer_function_ser_schema(_written, info_arg=True),
    )


def as_objects(cls: Any) -> Any:
    """Several of a named tuple, where ``to_dict`` writes a dict of each."""
    from pydantic import TypeAdapter, WithJsonSchema  # noqa: PLC0415 - as above

    described = TypeAdapter(_typed_dict(cls.__name__, get_type_hints(cls))).json_schema()
    return _tuple[_annotated[cls, WithJsonSchema(described)], ...]


def _written(value: Any, info: Any) -> Any:
    made = value.to_dict() if hasattr(value, "to_dict") else value
    return _without_none(made) if info.exclude_none else made


def _without_none(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _without_none(item) for name, item in value.items() if item is not None}
    return [*map(_without_none, value)] if isinstance(value, list) else value


def _as_typed_dict(cls: type[Any], hints: Mapping[str, Any]) -> Any:
    from pydantic import ConfigDict, Field  # noqa: PLC0415 - as above

    told = _told(cls)
    fields = {}
    for field in sorted(attrs.fields(cls), key=lambda each: each.name == "_extra"):
        if field.name not in hints:
            continue
        presence: Any = Required if field.default is attrs.NOTHING else NotRequired
        described = _annotated[hints[field.name], Field(description=told.get(field.name) or None)]
        fields[field.alias or field.name] = presence[described]
    made = _typed_dict(cls.__name__, fields)
    made.__doc__ = _as_markdown(cls.__doc__ or "")
    made.__module__ = cls.__module__
    made.__pydantic_config__ = ConfigDict(extra="forbid")
    return made


def _hints(cls: type[Model]) -> dict[str, Any]:
    hints = get_type_hints(cls)
    for name, kind in {**dict.fromkeys(cls.__headers__, "headers"), **cls.__types__, **cls.__kinds__}.items():
        if kind == "headers":
            header: Any = generated("models.header").MODEL
            hints[name] = dict[str, str] | list[header] | None
        elif kind in _INPUTS:
            hints[name] = _INPUTS[kind] | None
    return hints


def _told(cls: type[Any]) -> dict[str, str]:
    """The text below each field; none where there is no source, as in a frozen program."""
    found: dict[str, str] = {}
    for base in reversed(cls.__mro__):
        if attrs.has(base):
            for statement, following in pairwise(_body(base)):
                if isinstance(statement, ast.AnnAssign) and isinstance(statement.target, ast.Name):
                    found[statement.target.id] = _text(following)
    return found


def _body(cls: type) -> list[ast.stmt]:
    try:
        source = textwrap.dedent(inspect.getsource(cls))
    except (OSError, TypeError):
        return []
    definition = ast.parse(source).body[0]
    return definition.body if isinstance(definition, ast.ClassDef) else []


def _text(statement: ast.stmt) -> str:
    if isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant):
        return _as_markdown(str(statement.value.value))
    return ""


def _as_markdown(text: str) -> str:
    return inspect.cleandoc(text).replace("``", "`")

"""An answer's example against the model that it was read into, field by field."""

from __future__ import annotations

import datetime as _dt
from typing import TYPE_CHECKING, Any

from postmark_sdk._core.schema.model import Model
from tests.description import Node, fitting, moment, properties, resolve

if TYPE_CHECKING:
    from collections.abc import Iterator


def differences(value: Any, loaded: Any, schema: Node, where: str = "$") -> Iterator[str]:
    """Where a loaded answer says something else than the JSON it was read from."""
    schema = fitting(value, resolve(schema))
    if isinstance(loaded, Model):
        yield from _model(value, loaded, schema, where)
    elif isinstance(value, list) and isinstance(loaded, list):
        if len(value) != len(loaded):
            yield f"{where}: {len(loaded)} instead of {len(value)} entries"
        for index, (item, got) in enumerate(zip(value, loaded, strict=False)):
            yield from differences(item, got, schema.get("items", {}), f"{where}[{index}]")
    elif isinstance(value, dict) and isinstance(loaded, dict):
        inner = schema.get("additionalProperties")
        for key in value.keys() | loaded.keys():
            yield from differences(
                value.get(key), loaded.get(key), inner if isinstance(inner, dict) else {}, f"{where}.{key}"
            )
    elif not _same(value, loaded, schema):
        yield f"{where}: {loaded!r} instead of {value!r}"


def _same(value: Any, loaded: Any, schema: Node) -> bool:
    if schema.get("format") == "date-time" and isinstance(value, str):
        wanted = moment(value)
        return isinstance(loaded, _dt.datetime) and (loaded, loaded.utcoffset()) == (wanted, wanted.utcoffset())
    if schema.get("format") == "date" and isinstance(value, str):
        return bool(loaded == _dt.date.fromisoformat(value))
    return type(value) is type(loaded) and bool(value == loaded)


def _model(value: Any, loaded: Model, schema: Node, where: str) -> Iterator[str]:
    if not isinstance(value, dict):
        yield f"{where}: a {type(loaded).__name__} instead of {value!r}"
        return
    known, dynamic = properties(schema), _dynamic_name(schema)
    main = {alias: wire for wire, node in known.items() for alias in node.get("x-postmark-aliases", ())}
    wires = {main.get(key, key): item for key, item in value.items()}
    counts = getattr(loaded, dynamic) if dynamic else {}
    for name, wire in type(loaded).__wire__.items():
        yield from differences(wires.pop(wire, None), getattr(loaded, name), known.get(wire, {}), f"{where}.{name}")
    if wires != counts:
        yield f"{where}: {wires} was not read"
    if loaded.extra:
        yield f"{where}: {loaded.extra} is unknown"


def _dynamic_name(schema: Node) -> str | None:
    own: str | None = schema.get("x-postmark-extra")
    return own or next((name for part in schema.get("allOf", ()) if (name := _dynamic_name(resolve(part)))), None)

"""Documents in files: JSON, or YAML as people like to write it."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from ..reference.problems import EmulatorError, Json

if TYPE_CHECKING:
    import os
    from types import ModuleType

_DEEPEST = 100
_MOST = 5_000_000
"""Values in a document: a few lines of YAML that repeat each other could make any number of them."""


def read_document(path: str | os.PathLike[str]) -> Json:
    """What a file says; folders in it are meant from where the file is.

    Raises:
        EmulatorError: It cannot be read, or is neither JSON nor YAML.
    """
    file = Path(path)
    try:
        text = file.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise EmulatorError(f"{path} cannot be read: {error.strerror}.") from None
    except UnicodeDecodeError:
        raise EmulatorError(f"{path} is no text in UTF-8.") from None
    document = _from_json(text, file) if file.suffix.lower() == ".json" else _from_yaml(text, file)
    if document is None:
        raise EmulatorError(f"{path} says nothing.")
    for server in servers_of(document):
        if isinstance(server.get("TemplateFolder"), str):
            server["TemplateFolder"] = str(file.parent / server["TemplateFolder"])
    try:
        return plain(document)
    except EmulatorError as error:
        raise EmulatorError(f"{path}: {error}") from None


def plain(document: Json) -> Json:
    """A copy that is JSON through and through, so that nothing else has to be expected anywhere; dates become text.

    Raises:
        EmulatorError: Something in it is not JSON; it says where.
    """
    if _size(document, {}, 0) > _MOST:
        raise EmulatorError(f"The document has more than {_MOST:,} values.")
    return _copy(document, (), 0)


def _size(value: Json, sizes: dict[int, int], depth: int) -> int:
    """How many values a copy has; what is there several times is looked at once."""
    if not _holds_values(value, depth):
        return 1
    if id(value) not in sizes:
        inner = value.values() if isinstance(value, Mapping) else value
        sizes[id(value)] = 1 + sum(_size(each, sizes, depth + 1) for each in inner)
    return sizes[id(value)]


def _copy(value: Json, place: tuple[Json, ...], depth: int) -> Json:
    """``place`` is the key, behind the place of what holds it."""
    if not _holds_values(value, depth):
        return value.isoformat() if isinstance(value, date) else _single(value, place)
    if isinstance(value, Mapping):
        return {_key(name, place): _copy(each, (place, f".{name}"), depth + 1) for name, each in value.items()}
    return [_copy(each, (place, f"[{index}]"), depth + 1) for index, each in enumerate(value)]


def _holds_values(value: Json, depth: int) -> bool:
    if isinstance(value, (str, int, float)) or not isinstance(value, (Mapping, list, tuple)):
        return False
    if depth > _DEEPEST:
        raise EmulatorError("The document is nested too deeply.")
    return True


def _key(name: Json, place: tuple[Json, ...]) -> str:
    if not isinstance(name, str):
        raise EmulatorError(f"{_where(place)} has a key that is no text: {name!r}; put it in quotes.")
    return str(_single(name, place))


def _single(value: Json, place: tuple[Json, ...]) -> Json:
    if isinstance(value, str):
        if value.encode("utf-8", "replace").decode() != value:
            raise EmulatorError(f"{_where(place)} has half a character, which no text in UTF-8 has.")
    elif isinstance(value, float) and not math.isfinite(value):
        raise EmulatorError(f"{_where(place)} is no number that JSON has: {value}.")
    elif value is not None and not isinstance(value, (bool, int, float)):
        raise EmulatorError(f"{_where(place)} is of a kind that JSON does not have: {type(value).__name__}.")
    return value


def _where(place: tuple[Json, ...]) -> str:
    keys: list[str] = []
    while place:
        place, key = place
        keys.insert(0, key)
    return "".join(keys).removeprefix(".") or "The document"


def servers_of(document: Json) -> list[dict[str, Json]]:
    """Those of a document that has any, whatever else is wrong with it."""
    servers = document.get("Servers") if isinstance(document, dict) else None
    return [each for each in servers if isinstance(each, dict)] if isinstance(servers, list) else []


def _from_json(text: str, file: Path) -> Json:
    try:
        return json.loads(text, object_pairs_hook=_unique)
    except (ValueError, RecursionError) as error:
        raise EmulatorError(f"{file} is no JSON: {error}.") from None


def _unique(pairs: list[tuple[str, Json]]) -> dict[str, Json]:
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise ValueError(f"an object says {twice!r} twice")
    return found


def _from_yaml(text: str, file: Path) -> Json:
    try:
        return _yaml().load(text)
    except ValueError as error:
        raise EmulatorError(f"{file} is no YAML: {error}.") from None


def to_yaml(document: Json) -> str:
    """The document as YAML."""
    return str(_yaml().dump(document))


def _yaml() -> ModuleType:
    try:
        from . import yaml_text  # noqa: PLC0415 - costs 30 ms, and few have such a file
    except ImportError:
        raise EmulatorError('YAML needs PyYAML: pip install "postmark-sdk[emulator]"') from None
    return yaml_text

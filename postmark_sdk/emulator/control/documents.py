"""Documents in files: JSON, or YAML as people like to write it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

from ..reference.problems import EmulatorError, Json

if TYPE_CHECKING:
    import os
    from types import ModuleType


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
    return document


def servers_of(document: Json) -> list[dict[str, Json]]:
    """Those of a document that has any, whatever else is wrong with it."""
    servers = document.get("Servers") if isinstance(document, dict) else None
    return [each for each in servers if isinstance(each, dict)] if isinstance(servers, list) else []


def _from_json(text: str, file: Path) -> Json:
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise EmulatorError(f"{file} is no JSON: {error}.") from None


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

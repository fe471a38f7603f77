"""From templates to files: only what differs is touched, and each file is replaced in one step."""

from __future__ import annotations

import json
import secrets
import shutil
from collections.abc import Iterable, Mapping
from contextlib import suppress
from pathlib import Path, PurePosixPath
from typing import Final, cast

from .names import folder_name, free_name
from .source import HTML_FILE, LAYOUTS, META_FILE, TEXT_FILE, TemplateSource, TemplateTree, with_defaults

_META_FIELDS: Final = frozenset({"Name", "Alias", "Subject", "TemplateType", "LayoutTemplate"})


class UnsafeFolderError(OSError):
    """A folder inside the tree leads out of it."""


def new_folders(tree: TemplateTree, templates: Iterable[TemplateSource]) -> dict[str, PurePosixPath]:
    """Find where each template is written: into the folder that has its alias already, else into a new one.

    Returns:
        Folders by alias, from the tree's root. No two differ in case only, on any system, so that a tree may travel.
    """
    taken = {str(folder.path).lower() for folder in tree.folders}
    places: dict[str, PurePosixPath] = {}
    for template in templates:
        folder = tree.find(template.alias)
        if folder is None:
            parent = f"{LAYOUTS}/" if template.is_layout else ""
            path = PurePosixPath(free_name(parent + folder_name(template.alias), taken))
            taken.add(str(path).lower())
        else:
            path = folder.path
        places[template.alias] = path
    return places


def write_template(root: Path, path: PurePosixPath, template: TemplateSource) -> list[PurePosixPath]:
    """Write a template's files. What else lies in the folder, and what ``meta.json`` says beside, is kept.

    Args:
        root: The tree.
        path: The template's folder, from there.
        template: What to write. The file of a body that it does not have is removed.

    Returns:
        The files that were written or removed, from the tree's root; none if all were as they had to be.

    Raises:
        OSError: A file cannot be written, or the folder leads out of the tree (``UnsafeFolderError``).
        UnicodeEncodeError: A body holds half a surrogate pair, which no file of UTF-8 can.
    """
    folder = _inside(root, path)
    folder.mkdir(parents=True, exist_ok=True)
    contents = {
        HTML_FILE: _encoded(template.html_body),
        TEXT_FILE: _encoded(template.text_body),
        META_FILE: _meta(root, path, template),
    }
    return [path / name for name, content in contents.items() if _bring_to(folder / name, content)]


def _inside(root: Path, path: PurePosixPath) -> Path:
    folder = root / path
    if not folder.resolve().is_relative_to(root.resolve()):
        message = f"{path} leads out of {root}"
        raise UnsafeFolderError(message)
    return folder


def _encoded(body: str | None) -> bytes | None:
    return None if body is None else body.encode()


def _meta(root: Path, path: PurePosixPath, template: TemplateSource) -> bytes:
    """Keep the file as it is if it says the same, else its other fields and their order."""
    old, old_content = _read_meta(root / path / META_FILE)
    new, said = template.meta(), with_defaults(old, path)
    if all((said.get(name) or None) == new.get(name) for name in _META_FIELDS):
        return old_content
    kept = {name: value for name, value in old.items() if name not in _META_FIELDS or name in new}
    return (json.dumps({**kept, **new}, ensure_ascii=False, indent=2) + "\n").encode()


def _read_meta(path: Path) -> tuple[Mapping[str, object], bytes]:
    try:
        content = path.read_bytes()
        meta: object = json.loads(content.decode("utf-8-sig"))
    except (FileNotFoundError, ValueError):
        return {}, b""
    return (cast("dict[str, object]", meta) if isinstance(meta, dict) else {}), content


def _bring_to(path: Path, content: bytes | None) -> bool:
    """Make a file hold this, or be gone; say whether that took anything."""
    if content is None:
        there = path.is_symlink() or path.exists()
        path.unlink(missing_ok=True)
        return there
    with suppress(FileNotFoundError):
        if path.read_bytes() == content:
            return False
    _replace(path, content)
    return True


def _replace(path: Path, content: bytes) -> None:
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    try:
        temporary.write_bytes(content)
        with suppress(FileNotFoundError):
            shutil.copymode(path, temporary)
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)

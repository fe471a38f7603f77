"""From files to templates, with everything that is wrong on the way."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path, PurePosixPath
from typing import Final, cast

from .source import (
    HTML_FILE,
    META_FILE,
    TEXT_FILE,
    FileProblem,
    Sample,
    TemplateFolder,
    TemplateSource,
    TemplateTree,
    with_defaults,
)

_MODEL_FILE: Final = "model.json"
_TYPES: Final = ("Standard", "Layout")


def read_tree(root: str | os.PathLike[str]) -> TemplateTree:
    """Read all templates below a folder. Folders whose name begins with a dot, and links to folders, are passed over.

    Raises:
        NotADirectoryError: ``root`` is not there, or no folder.
    """
    base = Path(root)
    if not base.is_dir():
        message = f"{os.fspath(root)}: no such folder"
        raise NotADirectoryError(message)
    reader = _Reader(base)
    folders = _without_doubles([folder for path in _template_folders(base) for folder in reader.read(path)], reader)
    return TemplateTree(base, tuple(folders), tuple(sorted(reader.problems, key=lambda problem: problem.position)))


def _template_folders(root: Path) -> Iterator[PurePosixPath]:
    for current, folders, files in os.walk(root):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        if META_FILE in files:
            yield PurePosixPath(Path(current).relative_to(root).as_posix())


def _without_doubles(folders: list[TemplateFolder], reader: _Reader) -> list[TemplateFolder]:
    found: dict[str, TemplateFolder] = {}
    for folder in folders:
        alias = folder.template.alias
        first = found.setdefault(alias.lower(), folder)
        if first is not folder:
            reader.report(folder.path / META_FILE, f"the alias '{alias}' is that of {first.path / META_FILE} too")
    return sorted(found.values(), key=_order_of)


def _order_of(folder: TemplateFolder) -> tuple[bool, str, str]:
    template = folder.template
    return not template.is_layout, template.alias.lower(), template.alias


class _UnreadableError(Exception):
    """Reported already."""


class _Reader:
    """Reads one tree and collects its problems."""

    def __init__(self, root: Path) -> None:
        self.problems: list[FileProblem] = []
        self._root = root

    def report(self, path: PurePosixPath, message: str, line: int | None = None, column: int | None = None) -> None:
        self.problems.append(FileProblem(path, message, line, column))

    def read(self, path: PurePosixPath) -> Iterator[TemplateFolder]:
        """Read a folder; nothing comes of one that cannot be read."""
        try:
            meta, text = self._json_object(path / META_FILE)
            template = self._template(path, meta)
        except _UnreadableError:
            return
        yield TemplateFolder(path, template, tuple(self._samples(path)), text)

    def _template(self, path: PurePosixPath, meta: Mapping[str, object]) -> TemplateSource:
        place = path / META_FILE
        meta = with_defaults(meta, path)
        if meta["TemplateType"] not in _TYPES:
            self.report(place, "\"TemplateType\" is neither 'Standard' nor 'Layout'")
            raise _UnreadableError
        texts = {name: self._text(place, meta, name) for name in ("Name", "Alias", "Subject", "LayoutTemplate")}
        if texts["Name"] is None:
            self.report(place, 'no "Name", which Postmark insists on')
            raise _UnreadableError
        return TemplateSource.from_wire(
            {
                **texts,
                "Alias": texts["Alias"] or self._root.resolve().name,
                "TemplateType": meta["TemplateType"],
                "HtmlBody": self._body(path / HTML_FILE),
                "TextBody": self._body(path / TEXT_FILE),
            }
        )

    def _text(self, place: PurePosixPath, meta: Mapping[str, object], name: str) -> str | None:
        value = meta.get(name)
        if value is None or isinstance(value, str):
            return value or None
        self.report(place, f'"{name}" is not text')
        raise _UnreadableError

    def _samples(self, path: PurePosixPath) -> Iterator[Sample]:
        files = [entry.name for entry in (self._root / path).glob("model.*") if entry.suffix == ".json"]
        for file in sorted(files, key=lambda name: (name != _MODEL_FILE, name)):
            name = file.removeprefix("model.").removesuffix("json").removesuffix(".")
            with suppress(_UnreadableError):
                yield Sample(name or "model", path / file, *self._json_object(path / file))

    def _body(self, path: PurePosixPath) -> str | None:
        try:
            return self._content(path).decode()
        except FileNotFoundError:
            return None
        except OSError as error:
            self.report(path, error.strerror or str(error))
        except UnicodeDecodeError as error:
            self.report(path, f"not UTF-8: byte {error.start + 1} is 0x{error.object[error.start]:02x}")
        raise _UnreadableError

    def _json_object(self, path: PurePosixPath) -> tuple[Mapping[str, object], str]:
        """Read a file's object, and its text."""
        try:
            # Editors on Windows begin a file with a mark that JSON does not know.
            text = self._content(path).decode("utf-8-sig")
            value: object = json.loads(text, parse_constant=_refuse_constant)
        except json.JSONDecodeError as error:
            self.report(path, f"not JSON: {error.msg}", error.lineno, error.colno)
        except UnicodeDecodeError:
            self.report(path, "not UTF-8")
        except (ValueError, RecursionError) as error:
            self.report(path, f"not JSON: {error}")
        except OSError as error:
            self.report(path, error.strerror or str(error))
        else:
            if isinstance(value, dict):
                return cast("dict[str, object]", value), text
            self.report(path, "not a JSON object")
        raise _UnreadableError

    def _content(self, path: PurePosixPath) -> bytes:
        return (self._root / path).read_bytes()


def _refuse_constant(name: str) -> object:
    message = f"{name} is no number of JSON"
    raise ValueError(message)

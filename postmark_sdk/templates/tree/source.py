"""What a tree holds: templates, their sample models, and what is wrong with the files."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePath, PurePosixPath
from typing import Final

META_FILE: Final = "meta.json"
HTML_FILE: Final = "content.html"
TEXT_FILE: Final = "content.txt"
LAYOUTS: Final = "_layouts"


def with_defaults(meta: Mapping[str, object], path: PurePosixPath) -> dict[str, object]:
    """Add what the folder says of a template where ``meta.json`` does not: its alias, and whether it is a layout."""
    kind = "Layout" if LAYOUTS in path.parts else "Standard"
    return {**meta, "Alias": meta.get("Alias") or path.name, "TemplateType": meta.get("TemplateType") or kind}


@dataclass(frozen=True, slots=True, kw_only=True)
class TemplateSource:
    """A template or a layout, by itself."""

    alias: str
    name: str
    is_layout: bool = False
    subject: str | None = None
    """``None`` for a layout, which has none."""

    html_body: str | None = None
    """``None``: no such body. Never empty, like ``text_body``."""

    text_body: str | None = None
    layout_template: str | None = None
    """The alias of the layout that it uses."""

    @classmethod
    def from_wire(cls, fields: Mapping[str, object]) -> TemplateSource:
        """Take what matters of an answer of ``GET /templates/{id}``."""

        def text(name: str) -> str | None:
            value = fields.get(name)
            return value if isinstance(value, str) and value else None

        is_layout = fields.get("TemplateType") == "Layout"
        return cls(
            alias=text("Alias") or "",
            name=text("Name") or "",
            is_layout=is_layout,
            subject=None if is_layout else text("Subject"),
            html_body=text("HtmlBody"),
            text_body=text("TextBody"),
            layout_template=None if is_layout else text("LayoutTemplate"),
        )

    def to_wire(self) -> dict[str, object]:
        """Make the body of ``POST /templates``, with the fields that are set."""
        fields = {**self.meta(), "HtmlBody": self.html_body, "TextBody": self.text_body}
        return {name: value for name, value in fields.items() if value is not None}

    def body(self, *, html: bool) -> str | None:
        """One of the two bodies."""
        return self.html_body if html else self.text_body

    def meta(self) -> dict[str, object]:
        """List what ``meta.json`` says, in the order in which Postmark's command line writes it."""
        meta: dict[str, object] = {"Name": self.name, "Alias": self.alias}
        if self.subject is not None:
            meta["Subject"] = self.subject
        meta["TemplateType"] = "Layout" if self.is_layout else "Standard"
        if not self.is_layout:
            meta["LayoutTemplate"] = self.layout_template
        return meta


@dataclass(frozen=True, slots=True)
class Sample:
    """A model to check and preview a template with."""

    name: str
    """``model`` of ``model.json``, ``no-name`` of ``model.no-name.json``."""

    path: PurePosixPath
    """Of the file, from the tree's root."""

    model: Mapping[str, object]
    source: str = field(repr=False)
    """The file's text."""


@dataclass(frozen=True, slots=True)
class TemplateFolder:
    """A template, and the folder it was found in."""

    path: PurePosixPath
    """From the tree's root; ``.`` if it is the root itself."""

    template: TemplateSource
    samples: tuple[Sample, ...] = ()
    meta: str = field(default="{}", repr=False)
    """The text of ``meta.json``."""


@dataclass(frozen=True, slots=True)
class FileProblem:
    """Something that is wrong with a file."""

    path: PurePosixPath
    """From the tree's root."""

    message: str
    line: int | None = None
    column: int | None = None
    """Both from 1, as an editor counts."""

    def __str__(self) -> str:
        """Write ``path:line:column: message``, which editors and terminals make a link of."""
        return f"{self.place()}: {self.message}"

    def place(self, folder: PurePath | None = None) -> str:
        """Write ``path:line:column``, of a tree in this folder."""
        path = self.path if folder is None else (folder / self.path).as_posix()
        return ":".join(str(each) for each in (path, self.line, self.column) if each is not None)

    @property
    def position(self) -> tuple[PurePosixPath, int, int]:
        """What problems are sorted by."""
        return self.path, self.line or 0, self.column or 0


@dataclass(frozen=True, slots=True)
class TemplateTree:
    """What was read of a folder."""

    root: Path
    folders: tuple[TemplateFolder, ...] = ()
    """Layouts first, then by alias: the order in which a server takes them."""

    problems: tuple[FileProblem, ...] = ()
    """By path. What could not be read is not in ``folders``."""

    def find(self, alias: str) -> TemplateFolder | None:
        """Find a template or layout; aliases that differ in case only are one to Postmark."""
        wanted = alias.lower()
        return next((folder for folder in self.folders if folder.template.alias.lower() == wanted), None)

    def layout_of(self, template: TemplateSource) -> TemplateFolder | None:
        """Find the layout that a template names."""
        found = None if template.layout_template is None else self.find(template.layout_template)
        return found if found is not None and found.template.is_layout else None

"""``postmark templates pull``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ...frame.command import command
from ...frame.failures import CommandError
from ...frame.session import Session
from .app import app
from .folder import DEFAULT, Folder, count, read
from .server import fetch

if TYPE_CHECKING:
    from pathlib import PurePosixPath

    from ....models import TemplateSummary
    from ....templates.tree import TemplateSource, TemplateTree


@command(app)
def pull(
    session: Session,
    folder: Folder = DEFAULT,
    *,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Overwrite files without asking.")] = False,
) -> None:
    """Write a server's templates into a folder, a folder a template.

    Only what differs is written. A template that is only in the folder stays, and so does any other file. The layout is
    that of Postmark's own command line: content.html, content.txt and meta.json, layouts in _layouts.
    """
    from ....templates.tree import TemplateTree, changes  # noqa: PLC0415 - --help does without

    tree = read(folder) if folder.exists() else TemplateTree(folder)
    server = fetch(session)
    local = [each.template for each in tree.folders]
    pending = changes(server.templates, local)
    replaced = [change for change in pending if change.action == "update"]
    if replaced:
        session.confirm(f"Overwrite {count(len(replaced), 'template')} in {folder}?", yes=yes)
    told = [*_written(tree, server.templates), *map(_skipped, server.nameless)]
    session.output.rows(
        told if session.output.as_json else [each for each in told if each["result"] != "unchanged"],
        {"template": "alias", "name": "name", "result": "result", "folder": "folder", "reason": "reason"},
        none=f"{folder} has all that the server has",
    )
    only_here = [change.template.alias for change in pending if change.action == "delete"]
    if only_here:
        session.output.note(f"Only in {folder}, where a push would create: {', '.join(only_here)}")
    failed = sum(each["result"] == "failed" for each in told)
    if failed:
        raise CommandError(f"{count(failed, 'template')} could not be written")


def _written(tree: TemplateTree, templates: list[TemplateSource]) -> list[dict[str, Any]]:
    from ....templates.tree import new_folders  # noqa: PLC0415 - as above

    templates = sorted(templates, key=lambda template: (template.alias.lower(), template.alias))
    places = new_folders(tree, templates)
    tree.root.mkdir(parents=True, exist_ok=True)
    return [_write(tree.root, places[template.alias], template) for template in templates]


def _write(root: Path, path: PurePosixPath, template: TemplateSource) -> dict[str, Any]:
    from ....templates.tree import write_template  # noqa: PLC0415 - as above

    told: dict[str, Any] = {"alias": template.alias, "name": template.name, "folder": str(path)}
    try:
        files = write_template(root, path, template)
    except UnicodeEncodeError:
        return {**told, "result": "failed", "files": [], "reason": "its text holds half a character (a surrogate)"}
    except OSError as error:
        return {**told, "result": "failed", "files": [], "reason": error.strerror or str(error)}
    return {**told, "result": "written" if files else "unchanged", "files": [str(file) for file in files]}


def _skipped(summary: TemplateSummary) -> dict[str, Any]:
    reason = f"no alias: give template {summary.template_id} one at Postmark"
    return {"alias": None, "name": summary.name, "folder": None, "result": "skipped", "files": [], "reason": reason}

"""``postmark templates diff``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from ...frame.command import command
from ...frame.session import Session
from ...frame.text import printable
from .app import app
from .folder import DEFAULT, Folder, count, read
from .server import ServerTemplates, fetch

if TYPE_CHECKING:
    from ....templates.tree import Change, TemplateTree
    from ...frame.output import Output

__all__ = ["Prune", "pending", "show", "told"]

PENDING: Final = 2

Prune = Annotated[bool, typer.Option("--prune", help="Delete what the folder does not have.")]

_STYLES: Final = {"+": "green", "-": "red", "@": "cyan"}
_VERBS: Final = {"create": ("green", "created"), "update": ("yellow", "changed"), "delete": ("red", "deleted")}


@command(app)
def diff(session: Session, folder: Folder = DEFAULT, *, prune: Prune = False) -> None:
    """Show what a push would change on the server. Exit status 2 if it would change anything, else 0.

    Templates that only the server has are named, and count with --prune.
    """
    server = fetch(session)
    found = pending(session, read(folder), server, prune=prune)
    if session.output.as_json:
        session.output.rows([{**told(change), "diff": change.diff()} for change in found], {}, none="")
    else:
        for change in found:
            show(session.output, change)
        session.output.note(summary(found))
    if found:
        raise typer.Exit(PENDING)


def pending(session: Session, tree: TemplateTree, server: ServerTemplates, *, prune: bool) -> list[Change]:
    """What a push would do; what only the server has is noted, or to be deleted."""
    from ....templates.tree import changes  # noqa: PLC0415 - --help does without

    found = changes([each.template for each in tree.folders], server.templates)
    extra = [change.template.alias for change in found if change.action == "delete"]
    if extra and not prune:
        session.output.note(f"Only on the server, deleted with --prune: {', '.join(extra)}")
    if server.nameless:
        names = ", ".join(f"{each.name} ({each.template_id})" for each in server.nameless)
        session.output.note(f"On the server without an alias, left alone: {names}")
    return [change for change in found if prune or change.action != "delete"]


def told(change: Change) -> dict[str, Any]:
    """A change as JSON."""
    template = change.template
    return {
        "alias": template.alias,
        "name": template.name,
        "type": "Layout" if template.is_layout else "Standard",
        "action": change.action,
        "fields": [] if change.after is None else [*change.wire()],
    }


def summary(found: list[Change]) -> str:
    """How much there is of each."""
    if not found:
        return "Nothing to push: the server has it all"
    numbers = {action: sum(change.action == action for change in found) for action in _VERBS}
    return ", ".join(
        f"{count(number, 'template')} to be {_VERBS[action][1]}" for action, number in numbers.items() if number
    )


def show(output: Output, change: Change) -> None:
    """A change in colours."""
    from rich.text import Text  # noqa: PLC0415 - JSON needs none

    style, _ = _VERBS[change.action]
    kind = "layout" if change.template.is_layout else "template"
    output.print(Text(printable(f"{change.action} {kind} {change.template.alias}"), style=f"bold {style}"))
    for line in change.diff().split("\n")[:-1]:
        bold = "bold" if line.startswith(("--- ", "+++ ")) else _STYLES.get(line[:1], "")
        output.print(Text(printable(line.replace("\t", "    ").replace("\r", "^M")), style=bold))
    output.print("")

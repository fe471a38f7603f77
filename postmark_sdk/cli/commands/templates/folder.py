"""The folder that holds the templates, as the commands see it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ...frame.failures import CommandError

if TYPE_CHECKING:
    from ....templates.tree import TemplateTree

__all__ = ["DEFAULT", "Folder", "count", "read"]

DEFAULT: Path = Path("templates")

Folder = Annotated[Path, typer.Argument(metavar="FOLDER", help="Where the templates are.", file_okay=False)]


def read(folder: Path, *, problems: bool = False) -> TemplateTree:
    """Read the tree.

    Raises:
        CommandError: Something in it cannot be read, unless ``problems`` are wanted.
        OSError: There is no such folder.
    """
    from ....templates.tree import read_tree  # noqa: PLC0415 - --help does without

    tree = read_tree(folder)
    if tree.problems and not problems:
        first, *others = tree.problems
        more = f", and {count(len(others), 'more problem')}" if others else ""
        raise CommandError(
            f"{first.place(folder)}: {first.message}{more}", f"See all of them: postmark templates check {folder}"
        )
    return tree


def count(number: int, noun: str) -> str:
    """``1 template``, ``2 templates``."""
    return f"{number} {noun}{'' if number == 1 else 's'}"

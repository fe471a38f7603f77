"""The folder that holds the templates, as the commands see it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ...frame.failures import CommandError

if TYPE_CHECKING:
    from ....templates.tree import FileProblem, TemplateTree

__all__ = ["DEFAULT", "Folder", "count", "located", "read"]

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
        first, *others = (located(folder, problem) for problem in tree.problems)
        more = f", and {count(len(others), 'more problem')}" if others else ""
        raise CommandError(f"{first}{more}", f"See all of them: postmark templates check {folder}")
    return tree


def located(folder: Path, problem: FileProblem) -> str:
    """What is wrong, with a path from here."""
    return f"{(folder / problem.path).as_posix().removesuffix(problem.path.as_posix())}{problem}"


def count(number: int, noun: str) -> str:
    """``1 template``, ``2 templates``."""
    return f"{number} {noun}{'' if number == 1 else 's'}"

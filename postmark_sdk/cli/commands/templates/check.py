"""``postmark templates check``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ...frame.command import command
from ...frame.failures import FAILED
from ...frame.session import Session
from ...frame.text import printable
from .app import app
from .folder import DEFAULT, Folder, count, read

if TYPE_CHECKING:
    from ....templates.check import Finding
    from ....templates.tree import TemplateTree
    from ...frame.output import Output

__all__ = ["errors_of"]


@command(app)
def check(
    session: Session,
    folder: Folder = DEFAULT,
    *,
    strict: Annotated[bool, typer.Option("--strict", help="Count warnings as errors.")] = False,
) -> None:
    """Check templates without a server or token. Exit status 1 if there are errors.

    Every subject and body has to parse, every layout to be there, and every variable to be in each of the sample
    models, model.json and model.NAME.json beside the template. A key that no template uses, and a section that no
    sample model says anything of, are warnings.
    """
    from ....templates.check import check_tree  # noqa: PLC0415 - --help does without

    tree = read(folder, problems=True)
    found = check_tree(tree)
    if session.output.as_json:
        session.output.rows([_told(folder, finding) for finding in found], {}, none="")
    else:
        for finding in found:
            _show(session.output, folder, finding)
        session.output.note(_summary(tree, found))
    if any(finding.is_error or strict for finding in found):
        raise typer.Exit(FAILED)


def errors_of(tree: TemplateTree) -> list[Finding]:
    """Only what is an error."""
    from ....templates.check import check_tree  # noqa: PLC0415 - as above

    return [finding for finding in check_tree(tree) if finding.is_error]


def _told(folder: Path, finding: Finding) -> dict[str, Any]:
    problem = finding.problem
    return {
        "severity": "error" if finding.is_error else "warning",
        "file": (folder / problem.path).as_posix(),
        "line": problem.line,
        "column": problem.column,
        "message": problem.message,
        "template": finding.alias,
    }


def _show(output: Output, folder: Path, finding: Finding) -> None:
    from rich.text import Text  # noqa: PLC0415 - JSON needs none

    label = ("error", "bold red") if finding.is_error else ("warning", "bold yellow")
    output.print(
        Text.assemble(printable(finding.problem.place(folder)), ": ", label, f": {printable(finding.problem.message)}")
    )


def _summary(tree: TemplateTree, found: list[Finding]) -> str:
    layouts = sum(each.template.is_layout for each in tree.folders)
    samples = sum(len(each.samples) for each in tree.folders)
    untried = sum(not each.samples and not each.template.is_layout for each in tree.folders)
    errors = sum(finding.is_error for finding in found)
    numbers = [count(len(tree.folders) - layouts, "template"), count(layouts, "layout")]
    sentence = f"{', '.join(numbers)} and {count(samples, 'sample model')}: {count(errors, 'error')}"
    sentence += f", {count(len(found) - errors, 'warning')}"
    return sentence + (f"; {count(untried, 'template')} without a sample model (model.json)" if untried else "")

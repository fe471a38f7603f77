"""``postmark templates types``."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ...frame.command import command
from ...frame.failures import CommandError
from ...frame.session import Session
from .app import app
from .folder import DEFAULT, Folder, count, read

if TYPE_CHECKING:
    from ....templates.tree import TemplateTree


@command(app)
def types(
    session: Session,
    folder: Folder = DEFAULT,
    *,
    check: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Write nothing; exit status 1 if this file is not up to date."),
    ] = None,
) -> None:
    """Write Python types of what the templates take, a TypedDict and a TypedTemplate for each, to stdout.

    postmark templates types > mail_templates.py

    Types come from the templates and from their sample models. Checkers such as mypy and pyright then refuse a model
    that lacks a variable or misspells one: client.emails.send_with_template(WELCOME, model={...}, ...).
    """
    from ....templates.typed_models import typed_models  # noqa: PLC0415 - --help does without

    tree = read(folder)
    line = shlex.join(["postmark", "templates", "types", folder.as_posix()])
    _refuse_errors(tree)
    text = typed_models(tree, line)
    if check is not None:
        _compare(session, text, check, line)
    elif session.options.as_json:
        session.output.record({"folder": folder.as_posix(), "module": text})
    else:
        session.output.file(text)


def _refuse_errors(tree: TemplateTree) -> None:
    from ....templates.check import is_alias  # noqa: PLC0415 - as above
    from ....templates.parts import parts_of  # noqa: PLC0415

    wrong = [
        each.template.alias
        for each in tree.folders
        if not is_alias(each.template.alias)  # no name for Python could be made of it
        or any(part.template.errors for part in parts_of(tree, each))
        or (each.template.layout_template and tree.layout_of(each.template) is None)
    ]
    if wrong:
        raise CommandError(
            f"{count(len(wrong), 'template')} with errors: {', '.join(wrong)}",
            f"See them: postmark templates check {tree.root}",
        )


def _compare(session: Session, text: str, file: Path, line: str) -> None:
    if not file.exists() or file.read_text(encoding="utf-8") != text:
        raise CommandError(f"{file} is not up to date", f"Run: {line} > {shlex.quote(str(file))}")
    session.output.done({"file": file.as_posix(), "up_to_date": True}, f"{file} is up to date")

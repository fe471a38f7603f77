"""User and password of a webhook: never an argument, which other users of the machine can see."""

from __future__ import annotations

import os
from typing import Annotated, TypeAlias

import typer

from ...frame.failures import USAGE, CommandError
from ...frame.inputs import text

__all__ = ["VARIABLE", "AuthFile", "credentials"]

VARIABLE = "POSTMARK_WEBHOOK_AUTH"

AuthFile: TypeAlias = Annotated[
    str | None,
    typer.Option(
        "--auth-file", metavar="FILE", help=f"File with USER:PASSWORD, - for stdin; else {VARIABLE} if that is set."
    ),
]


def credentials(file: str | None) -> tuple[str, str] | None:
    """User and password from a file, else from the environment; None without either.

    Raises:
        CommandError: There is no colon in it.
        OSError: The file cannot be read.
    """
    given = os.environ.get(VARIABLE) if file is None else text(file if file == "-" else f"@{file}", "--auth-file")
    if not given or not given.strip():
        return None
    user, colon, password = given.strip().partition(":")
    if not (user and colon and password):
        raise CommandError(f"{file or VARIABLE} does not hold USER:PASSWORD", status=USAGE)
    return user, password

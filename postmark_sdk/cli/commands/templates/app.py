"""What the commands are added to."""

from __future__ import annotations

import typer

from ...frame.command import group

app: typer.Typer = group(help="Keep templates as files: pull, check, preview and push them.")

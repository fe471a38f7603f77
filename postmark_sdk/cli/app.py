"""``postmark``: the names of the commands, and the way into them."""

from __future__ import annotations

from importlib import import_module
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from .. import __version__
from .frame.command import AsJson, asked_for_json, group
from .frame.failures import run
from .frame.output import Output

__all__ = ["COMMANDS", "app", "main"]

COMMANDS = (
    "send",
    "messages",
    "bounces",
    "suppressions",
    "streams",
    "templates",
    "jobs",
    "webhooks",
    "stats",
    "servers",
    "domains",
    "doctor",
    "profiles",
    "emulator",
)
"""In the order of ``--help``; each is a module of ``commands``."""


class LazyGroup(TyperGroup):
    """Commands whose modules are imported when they are asked for."""

    def __init__(self, **attributes: Any) -> None:
        super().__init__(**attributes)
        self.commands: dict[str, Any] = dict.fromkeys(COMMANDS)  # what misspelt names are compared with

    def list_commands(self, ctx: Any) -> list[str]:
        """All names."""
        del ctx
        return list(COMMANDS)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """The command, None if there is none."""
        del ctx
        if cmd_name not in COMMANDS:
            return None
        if self.commands[cmd_name] is None:
            module = import_module(f".commands.{cmd_name}", __package__)
            self.commands[cmd_name] = command = typer.main.get_command(module.app)
            command.name = cmd_name
        return self.commands[cmd_name]


def _show_version(context: typer.Context, wanted: bool) -> None:  # noqa: FBT001 - Typer calls it so
    if wanted:
        Output(as_json=asked_for_json(context)).event({"version": __version__}, f"postmark {__version__}")
        raise typer.Exit


app: typer.Typer = group(cls=LazyGroup, add_completion=True)


@app.callback()
def _root(
    *,
    as_json: AsJson = None,
    version: Annotated[bool, typer.Option("--version", help="Print the version.", callback=_show_version)] = False,
) -> None:
    """Send, find and follow mail through Postmark.

    Tokens come from POSTMARK_SERVER_TOKEN and POSTMARK_ACCOUNT_TOKEN, or from a profile: postmark profiles add NAME.
    """
    del as_json, version  # commands ask the context, and the callback has answered


def main() -> int:
    """Run what stands on the command line; the exit status."""
    return run(typer.main.get_command(app))

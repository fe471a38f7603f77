"""Every command there is, with arguments that it can be called with: what a new one has to be added to."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import typer

from postmark_sdk.cli.app import app

if TYPE_CHECKING:
    from collections.abc import Iterator

PASSWORD = "webhook-password-for-tests"
HEADER = "secret-header-for-tests"
MAIL = '{"from": "a@example.com", "to": "ada@example.org", "text_body": "x"}'


def walk(command: Any, *names: str) -> Iterator[tuple[tuple[str, ...], Any]]:
    """A command and all below it, each with its names."""
    yield names, command
    if hasattr(command, "list_commands"):
        context = typer.Context(command)
        for name in command.list_commands(context):
            yield from walk(command.get_command(context, name), *names, name)


EVERY = {" ".join(names): command for names, command in walk(typer.main.get_command(app))}
LEAVES = [name for name, command in EVERY.items() if not hasattr(command, "list_commands")]

ENDLESS = {
    "emulator": ["--port", "0"],
    "templates preview": ["--port", "0", "--no-browser"],
    "webhooks listen": ["--port", "0"],
}
"""They go on until Ctrl-C."""

ARGUMENTS: dict[str, list[str]] = {
    "send": ["--from", "a@example.com", "--to", "b@example.org", "--text", "x"],
    "messages list": [],
    "messages inbound": [],
    "messages show": ["MESSAGE"],
    "messages resolve": ["MESSAGE", "--wait", "0"],
    "bounces list": [],
    "bounces show": ["BOUNCE"],
    "bounces activate": ["BOUNCE"],
    "suppressions list": [],
    "suppressions add": ["ada@example.org"],
    "suppressions remove": ["ada@example.org", "--yes"],
    "suppressions import": ["-"],
    "suppressions export": ["all.csv"],
    "streams list": [],
    "streams show": ["outbound"],
    "streams create": ["news", "--name", "News"],
    "streams archive": ["broadcast", "--yes"],
    "streams unarchive": ["broadcast"],
    "templates pull": ["pulled"],
    "templates diff": [],
    "templates push": ["--yes"],
    "templates check": [],
    "templates types": [],
    "webhooks list": [],
    "webhooks show": ["WEBHOOK"],
    "webhooks ensure": ["URL", "-t", "bounce"],
    "webhooks verify": ["WEBHOOK"],
    "webhooks remove": ["WEBHOOK", "--yes"],
    "webhooks replay": ["-", "--to", "URL"],
    "jobs list": [],
    "jobs show": ["news"],
    "jobs results": ["news"],
    "jobs add": ["more", "-"],
    "jobs work": [],
    "jobs pause": ["news"],
    "jobs resume": ["news"],
    "jobs cancel": ["news", "--yes"],
    "jobs resend": ["news", "--yes"],
    "jobs delete": ["empty", "--yes"],
    "stats": [],
    "servers list": [],
    "servers show": [],
    "domains list": [],
    "domains show": ["shop.example"],
    "domains verify": ["shop.example"],
    "doctor": [],
    "profiles list": [],
    "profiles add": ["staging"],
    "profiles remove": ["default", "--yes"],
}
"""Words in capitals stand for something that there is: the fixture ``there`` makes it."""

STDIN = {
    "profiles add": "server-token-for-tests\naccount-token-for-tests\n",
    "webhooks replay": '{"RecordType": "Bounce"}',
    "jobs add": MAIL,
}
ADDRESS = "ada@example.org\n"
"""On stdin of all others."""

STATUSES = {"doctor": {0, 1}, "messages resolve": {1}, "templates diff": {2}}
"""Of the others 0."""

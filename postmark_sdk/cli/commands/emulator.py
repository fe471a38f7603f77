"""``postmark emulator``: the command ``postmark-emulator`` under another name."""

from __future__ import annotations

import typer

from ..frame.command import asked_for_json, group
from ..frame.failures import CommandError

app: typer.Typer = group(no_args_is_help=False)


@app.command(
    context_settings={"allow_extra_args": True, "ignore_unknown_options": True, "help_option_names": []},
    add_help_option=False,
    short_help="Run a local Postmark: API, inbox in the browser, webhooks.",
)
def emulator(context: typer.Context) -> None:
    """Run a local Postmark: API, inbox in the browser, webhooks. Nothing is ever sent.

    It takes the options of postmark-emulator, which postmark emulator --help explains.
    """
    try:
        from ...emulator.__main__ import main  # noqa: PLC0415 - another extra
    except ImportError as error:
        raise CommandError(str(error)) from error
    form = {True: ["--json"], False: ["--no-json"], None: []}[asked_for_json(context)]
    try:
        status = main([*form, *context.args], program="postmark emulator", json_elsewhere=True)
    except SystemExit as left:  # its own --help
        status = int(left.code or 0)
    raise typer.Exit(status)

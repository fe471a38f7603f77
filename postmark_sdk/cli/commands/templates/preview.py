"""``postmark templates preview``."""

from __future__ import annotations

from typing import Annotated

import typer

from ...frame.command import command
from ...frame.failures import CommandError
from ...frame.session import Session
from .app import app
from .folder import DEFAULT, Folder


@command(app)
def preview(
    session: Session,
    folder: Folder = DEFAULT,
    *,
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Port to listen on; 0 takes a free one.", min=0, max=65535)] = 8026,
    browser: Annotated[bool, typer.Option("--browser/--no-browser", help="Open the page in a browser.")] = True,
) -> None:
    """Show templates in the browser while you write them. Ctrl-C stops it.

    The page follows every change in the folder: with each sample model, as HTML and text, on a phone's width, and with
    errors beside the lines that they are in. No server and no token is needed. Needs the extra emulator.
    """
    try:
        from ....emulator.preview import serve  # noqa: PLC0415 - of another extra
    except ImportError as error:
        raise CommandError(str(error).replace("The emulator", "The preview")) from error
    if not folder.is_dir():
        raise NotADirectoryError(f"{folder}: no such folder")

    def announce(url: str) -> None:
        session.output.event({"url": url, "folder": folder.as_posix()}, f"Preview of {folder} on {url} (Ctrl-C stops)")
        if browser and not session.output.as_json:
            import webbrowser  # noqa: PLC0415 - only here

            webbrowser.open(url)

    serve(folder, host=host, port=port, announce=announce)

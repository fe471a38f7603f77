"""The command ``postmark``, also ``python -m postmark_sdk``.

``app`` names the commands and imports each when it is called for; ``commands`` holds them, a module or package each;
``frame`` is what all of them stand on: options, clients, output, errors. What a command does is done by the SDK, the
emulator and the template language; here is only what a terminal needs. Nothing imports it.

Needs the extra: ``pip install "postmark-sdk[cli]"``.
"""

from __future__ import annotations

from ..integrations._extras import missing

try:
    import rich as _rich
    import tomlkit as _tomlkit
    import typer as _typer
except ImportError as _why:
    raise missing("cli", _why) from _why

from .app import main

del _rich, _tomlkit, _typer

__all__ = ["main"]

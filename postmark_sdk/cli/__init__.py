"""The command ``postmark``, also ``python -m postmark_sdk``.

``app`` names the commands and imports each when it is called for; ``commands`` holds them, a module or package each;
``frame`` is what all of them stand on: options, clients, output, errors. What a command does is done by the SDK, the
emulator and the template language; here is only what a terminal needs. Nothing imports it.

Needs the extra: ``pip install "postmark-sdk[cli]"``.
"""

from __future__ import annotations

from importlib.util import find_spec

from ..integrations._extras import missing

__all__ = ["main"]

for _name in ("rich", "tomlkit", "typer"):  # not imported: each is where it is used
    if find_spec(_name) is None:
        raise missing("cli", ImportError(name=_name))

from .app import main  # noqa: E402 - it needs them

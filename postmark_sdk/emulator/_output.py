"""What the command says of itself: sentences for people, or a JSON object a line for programs."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, TextIO

from .http.hosts import is_loopback

if TYPE_CHECKING:
    from ._emulator import Emulator

__all__ = ["Output"]


class Output:
    """Where the command speaks: what it has to offer on stdout, warnings and errors on stderr.

    Args:
        as_json: JSON or not. None: JSON on what is no terminal.
    """

    def __init__(self, *, as_json: bool | None) -> None:
        self.as_json: bool = not sys.stdout.isatty() if as_json is None else as_json
        self._errors_as_json = not sys.stderr.isatty() if as_json is None else as_json

    def version(self, program: str, version: str) -> None:
        """Which one it is."""
        self.say(_json(version=version) if self.as_json else f"{program} {version}")

    def ready(self, emulator: Emulator, host: str) -> None:
        """Where it is, and the variables that lead a client there."""
        url = emulator.base_url
        variables = {
            "POSTMARK_BASE_URL": url,
            "POSTMARK_SERVER_TOKEN": emulator.server_token,
            "POSTMARK_ACCOUNT_TOKEN": emulator.account_token,
        }
        elsewhere = {"POSTMARK_BASE_URL": f"http://NAME:{url.rpartition(':')[2]}", "POSTMARK_ALLOW_HTTP": "1"}
        beyond = {} if is_loopback(host) else elsewhere
        if self.as_json:
            told = {"url": url, "inbox": url, "help": f"{url}/_emulator/help", "environment": variables}
            self.say(_json(**told, **({"environment_elsewhere": beyond} if beyond else {})))
            return
        self.say(f"Postmark emulator on {url} (inbox: open it in a browser; stop: Ctrl-C)")
        for name, value in variables.items():
            self.say(f"export {name}={value}")
        if beyond:
            self.say("From another machine or container, with the name of this one or of its service:")
            self.say(f"export {' '.join(f'{name}={value}' for name, value in beyond.items())}")
        self.say(f"Bounces, faults and the clock: {url}/_emulator/help lists what it can be told")

    def warn(self, text: str) -> None:
        """A word of caution."""
        _write(sys.stderr, _json(note=text) if self._errors_as_json else f"Warning: {text}")

    def fail(self, kind: str, message: str, hint: str | None = None, *, usage: str = "") -> None:
        """Why it does not run, and what to do; for people below how it is called, if that is what was wrong."""
        if self._errors_as_json:
            _write(sys.stderr, _json(error=kind, message=message, **({"hint": hint} if hint else {})))
        else:
            _write(sys.stderr, usage + (f"{message}. {hint}" if hint else message))

    def say(self, text: str) -> None:
        """A line on stdout, at once, in whatever encoding that has."""
        _write(sys.stdout, text)


def _json(**fields: object) -> str:
    return json.dumps(fields)


def _write(stream: TextIO, text: str) -> None:
    encoding = stream.encoding or "utf-8"
    stream.write(text.encode(encoding, "replace").decode(encoding) + "\n")
    stream.flush()

"""Records as JSON and as text for a terminal: without secrets, and without what would steer the terminal."""

from __future__ import annotations

import datetime as _dt
import json
import re
from collections.abc import Mapping
from typing import Any

from ..._core.schema.model import Model

__all__ = ["HIDDEN", "as_json", "plain", "printable", "printable_lines", "shown"]

HIDDEN = "hidden"
"""What stands in place of a token or password."""

_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")
_PASSWORD = re.compile(r"(://[^/@\s:]*:)[^/@\s]+@")


def as_json(value: Any) -> str:
    """One line of JSON."""
    return json.dumps(plain(value), default=str)


def plain(value: Any) -> Any:
    """What JSON can hold, under the SDK's names; secrets are replaced."""
    if isinstance(value, Model):
        return _without_secrets(value, value.to_dict())
    if isinstance(value, Mapping):
        return {str(name): plain(each) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [plain(each) for each in value]
    if isinstance(value, str):
        return _without_password(value)
    return value.isoformat() if isinstance(value, _dt.date) else value


def _without_secrets(own: Any, written: Any) -> Any:
    """What was written of a model, or of a list of them; the secrets in it are named and not told."""
    if isinstance(own, list):
        return [_without_secrets(*pair) for pair in zip(own, written, strict=True)]
    if not isinstance(own, Model):
        return plain(written)
    return {
        name: HIDDEN
        if name in own.__secret__ and value is not None
        else _without_secrets(getattr(own, name, None), value)
        for name, value in written.items()
    }


def shown(value: Any) -> str:
    """A cell of a table: times in the zone of this machine, lists with commas, nothing for None."""
    if value is None or value in ([], {}):
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, _dt.datetime):
        return f"{value.astimezone():%Y-%m-%d %H:%M}"
    if isinstance(value, list | tuple):
        return ", ".join(map(shown, value))
    if isinstance(value, Model | Mapping):
        return as_json(value)
    return printable(str(plain(value)))


def printable_lines(text: str) -> str:
    """The same for a text of several lines, which stay."""
    return "\n".join(map(printable, text.splitlines()))


def printable(text: str) -> str:
    """Without control characters: whoever writes a subject must not steer the terminal of who reads it.

    And without the passwords of addresses, as in JSON.
    """
    return _CONTROL.sub(" ", _without_password(text))


def _without_password(text: str) -> str:
    return _PASSWORD.sub(rf"\1{HIDDEN}@", text)

"""How the emulator says no: Postmark's error envelope as an exception."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

Json = Any
"""A decoded JSON value. Request bodies are untrusted, so nothing narrower would be true."""


class Problem(Exception):  # noqa: N818 - an answer, not a fault of the program
    """A refusal, with Postmark's code and text and the HTTP status that carries them."""

    def __init__(self, code: int, text: str, *, status: int = 422, body: Json = None) -> None:
        super().__init__(code, text)
        self.code = code
        self.text = text
        self.status = status
        self._body = body

    @property
    def body(self) -> Json:
        """The JSON answer; only code 11 and 1364 differ from the two-key envelope."""
        if self._body is not None:
            return self._body
        return {"ErrorCode": self.code, "Message": self.text}


class EmulatorError(ValueError):
    """The emulator was asked for what it cannot do, such as a bounce of a message that was never sent."""


def confirmation(text: str) -> dict[str, Json]:
    """Answer of deletes and other actions that succeeded."""
    return {"ErrorCode": 0, "Message": text}


def only(given: Iterable[str], *names: str) -> None:
    """Code 403 for a name that nothing would heed, as one that is misspelt."""
    for name in given:
        if name not in names:
            raise Problem(403, f"Invalid request field(s): '{name}'. It takes {', '.join(names) or 'nothing'}.")


def invalid_fields(*names: str) -> Problem:
    """Code 403: fields that are missing or of the wrong type, named as Postmark names them."""
    # Recorded answers end a quoted name with a full stop and a JSON path without.
    end = "" if names[-1].startswith("$") else "."
    return Problem(403, f"Invalid request field(s): {', '.join(names)}{end}")

"""A line in the terminal for each mail: when it came, its code, to whom, and its subject or why it was refused.

Lines are read from the database now and then, by a thread of its own: taking a mail costs nothing more, and a terminal
that stands still holds nothing up. Of more than fit, the first and how many there were are shown.
"""

from __future__ import annotations

import json
import shutil
import threading
import time
from contextlib import suppress
from typing import TYPE_CHECKING, NamedTuple

from .reference import dates

if TYPE_CHECKING:
    from collections.abc import Callable

    from .reference.problems import Json
    from .state.state import State

_POLL = 0.2
_AT_ONCE = 20
"""Lines that are written at a time; more would pass by unread."""
_MAX_TO = 40
_REFUSED = "key > ? AND path LIKE '/email%'"


class Line(NamedTuple):
    """One mail."""

    at: int
    code: int
    to: str
    words: str
    """Its subject, or why it was refused."""


class Watcher:
    """Writes what is new, until the emulator closes."""

    def __init__(self, state: State, write: Callable[[str], object]) -> None:
        self._state = state
        self._write = write
        self._revision = -1
        self._epoch = state.epoch
        self._messages = self._last("messages")
        self._refusals = self._last("refusals")

    def start(self) -> None:
        """Watch in a daemon thread."""
        threading.Thread(target=self._run, name="postmark-emulator-terminal", daemon=True).start()

    def _run(self) -> None:
        # A terminal that is closed gets nothing more.
        with suppress(OSError, ValueError):
            while not self._state.closing:
                self.look()
                time.sleep(_POLL)

    def look(self) -> None:
        """Write what came since the last look."""
        if self._state.revision == self._revision:
            return
        with self._state.lock:
            if self._state.closing:
                return
            self._revision = self._state.revision
            lines, more = self._new()
        width = shutil.get_terminal_size().columns
        text = [shown(line, width) for line in lines]
        if more:
            text.append(f"          ... and {more} more")
        if text:
            self._write("\n".join(text))

    def _new(self) -> tuple[list[Line], int]:
        if self._epoch != self._state.epoch:
            self._epoch, self._messages, self._refusals = self._state.epoch, 0, 0
        store = self._state.store
        taken = store.rows(
            "SELECT at, summary, subject FROM messages JOIN contents ON message = messages.key"
            " WHERE messages.key > ? ORDER BY messages.key LIMIT ?",
            (self._messages, _AT_ONCE),
        )
        refused = store.rows(
            f"SELECT at, code, request, message FROM refusals WHERE {_REFUSED} ORDER BY key LIMIT ?",  # noqa: S608
            (self._refusals, _AT_ONCE),
        )
        lines = [Line(at, 0, _recipients(json.loads(summary)), subject or "") for at, summary, subject in taken]
        lines += [Line(at, code, _asked_for(request), why) for at, code, request, why in refused]
        lines.sort(key=lambda line: line.at)
        more = self._count() - len(lines)
        self._messages, self._refusals = self._last("messages"), self._last("refusals")
        return lines, more

    def _count(self) -> int:
        taken, refused = self._state.store.one(
            "SELECT (SELECT COUNT(*) FROM messages WHERE key > ?),"  # noqa: S608 - our own names
            f" (SELECT COUNT(*) FROM refusals WHERE {_REFUSED})",
            (self._messages, self._refusals),
        )
        return int(taken) + int(refused)

    def _last(self, table: str) -> int:
        return int(self._state.store.value(f"SELECT MAX(key) FROM {table}") or 0)  # noqa: S608 - our own names


def _recipients(summary: dict[str, Json]) -> str:
    first, *others = summary["Recipients"]
    return f"{first} and {len(others)} more" if others else str(first)


def _asked_for(request: str) -> str:
    """To whom a mail that was refused would have gone, as far as its request says."""
    try:
        given = json.loads(request)
    except (ValueError, RecursionError):
        return ""
    fields = {name.lower(): value for name, value in given.items()} if isinstance(given, dict) else {}
    return str(fields.get("to") or "")


def shown(line: Line, width: int) -> str:
    """A line that fits, and in which nothing is a command to the terminal."""
    clock = dates.moment_of(line.at).astimezone().strftime("%H:%M:%S")
    what = str(line.code) if line.code else "ok"
    whole = "  ".join([clock, f"{what:>4}", _cut(line.to, _MAX_TO), line.words]).rstrip()
    return _cut("".join(each if each.isprintable() else " " for each in whole), width)


def _cut(text: str, width: int) -> str:
    return text if len(text) <= width else text[: max(width - 1, 0)] + "…"

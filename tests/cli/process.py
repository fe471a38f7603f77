"""Commands that go on until Ctrl-C, in a process of their own."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

from tests.cli.every import ENDLESS
from tests.description import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import IO


class Endless:
    """One that runs; ``rest``, all else that it said, and ``status`` are there when it was stopped."""

    def __init__(self, process: subprocess.Popen[str], speaks: IO[str] | None) -> None:
        self._process = process
        self._speaks = speaks
        self.rest = ""
        self.status: int | None = None

    def first(self) -> str:
        """What it says when it is ready."""
        assert self._speaks is not None
        return self._speaks.readline()


@contextmanager
def endless(name: str, *arguments: str) -> Iterator[Endless]:
    """Start it, and end it as Ctrl-C does."""
    path = os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH")]))
    with subprocess.Popen(  # noqa: S603 - our own words
        [sys.executable, "-m", "postmark_sdk", *name.split(), *ENDLESS[name], *arguments],
        env={**os.environ, "PYTHONPATH": path},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        keeps_stdout_for_events = name == "webhooks listen"
        running = Endless(process, process.stderr if keeps_stdout_for_events else process.stdout)
        try:
            yield running
        finally:
            process.send_signal(signal.SIGINT)
            running.rest = "".join(process.communicate(timeout=60))
            running.status = process.returncode

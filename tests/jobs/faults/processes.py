"""Processes that are killed: each says "ready" on its standard output, then perhaps how far it is."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING

from tests.description import ROOT

if TYPE_CHECKING:
    from collections.abc import Mapping


class Process:
    """A module of ours that runs in a session of its own, and is started again after it was killed."""

    def __init__(self, log: Path, environment: Mapping[str, str], *words: str) -> None:
        self.words = words
        self.said: list[str] = []
        self._log = log
        self._environment = environment
        self._sessions: list[int] = []
        self.start()

    def start(self) -> None:
        """Start it, also again after a kill."""
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(  # noqa: S603 - our own words
                [sys.executable, "-m", *self.words],
                cwd=ROOT,
                env={**os.environ, **self._environment},
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
                start_new_session=True,
            )
        self._sessions.append(self._process.pid)
        self._ready = threading.Event()
        threading.Thread(target=self._listen, args=(self._process, self._ready), daemon=True).start()

    def _listen(self, process: subprocess.Popen[str], ready: threading.Event) -> None:
        assert process.stdout is not None
        with process.stdout as lines:
            for line in lines:
                self.said.append(line.strip())
                ready.set()

    @property
    def is_ready(self) -> bool:
        """Whether it lives and does what it is there for."""
        return self._ready.is_set() and self._process.poll() is None

    def check(self) -> None:
        """It lives as long as nobody kills it."""
        assert self._process.poll() is None, self._log.read_text(errors="replace")[-3000:]

    def wait_until_ready(self, seconds: float) -> None:
        """Until it is."""
        assert self._ready.wait(seconds), self._log.read_text(errors="replace")[-3000:]

    def children(self) -> list[int]:
        """Those that it forked."""
        with contextlib.suppress(OSError):
            told = Path(f"/proc/{self._process.pid}/task/{self._process.pid}/children").read_text(encoding="ascii")
            return [int(each) for each in told.split()]
        return []

    def kill(self, *, alone: bool = False) -> None:
        """Kill it with its children, as a machine dies, or ``alone``."""
        if alone:
            self._process.kill()
        else:
            _kill_session(self._process.pid)
        self._process.wait()

    def finish(self, seconds: float) -> None:
        """Wait until it ends by itself, without an error."""
        assert self._process.wait(seconds) == 0, self._log.read_text(errors="replace")[-3000:]

    def end(self) -> None:
        """Kill it, and what earlier kills left over."""
        for session in self._sessions:
            _kill_session(session)
        self._process.wait()


def _kill_session(session: int) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.killpg(session, signal.SIGKILL)

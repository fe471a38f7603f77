"""Celery in processes of its own."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SECONDS = 120
"""How long a process may take for anything."""


@contextlib.contextmanager
def celery(app: str, *words: str, folder: Path, log: Path, **variables: str) -> Iterator[None]:
    """One of them, which ends in order when told to."""
    command = [sys.executable, "-m", "celery", "--app", app, *words]
    with log.open("ab") as file:
        process = subprocess.Popen(command, env={**os.environ, **variables}, stdout=file, stderr=file, cwd=folder)  # noqa: S603 - our own words
    try:
        yield
        process.terminate()
        assert process.wait(SECONDS) == 0
    finally:
        process.kill()
        process.wait()

"""Environments of their own for programs that are no dependency of ours: made once, kept in ``build/proof``."""

from __future__ import annotations

import shutil
import subprocess
import sys
import venv
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

_HOME = Path(__file__).parents[2] / "build" / "proof"
_SECONDS = 300


def python_with(name: str, *requirements: str) -> Path:
    """The interpreter of a virtual environment that has these packages; skips the test if they cannot be had."""
    directory = _HOME / name
    python = directory / ("Scripts" if sys.platform == "win32" else "bin") / "python"

    def install() -> None:
        venv.create(directory, with_pip=True, clear=True)
        _run(str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *requirements)

    _once(directory, [sys.version, *requirements], install)
    return python


def node_with(name: str, *requirements: str) -> Path:
    """A ``node_modules`` directory that has these packages; skips the test if they cannot be had."""
    for program in ("node", "npm"):
        if shutil.which(program) is None:
            pytest.skip(f"{program} is not installed")
    directory = _HOME / name

    def install() -> None:
        shutil.rmtree(directory, ignore_errors=True)
        directory.mkdir(parents=True)
        _run("npm", "install", "--silent", "--no-audit", "--no-fund", "--prefix", str(directory), *requirements)

    _once(directory, requirements, install)
    return directory / "node_modules"


def _once(directory: Path, wanted: Sequence[str], install: Callable[[], None]) -> None:
    note = directory / "installed.txt"
    text = "\n".join(wanted)
    if note.exists() and note.read_text(encoding="utf-8") == text:
        return
    install()
    note.write_text(text, encoding="utf-8")


def _run(*command: str) -> None:
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=_SECONDS, check=False)  # noqa: S603
    except subprocess.TimeoutExpired:
        pytest.skip(f"installing took more than {_SECONDS} s: {' '.join(command[-3:])}")
    if done.returncode:
        last = (done.stderr.strip() or "no reason given").splitlines()[-1]
        pytest.skip(f"cannot be installed here: {' '.join(command[-3:])}: {last}")

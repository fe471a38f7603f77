"""A release: the same tree gives the same files, and its text is a section of the changelog."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from importlib.util import find_spec
from typing import TYPE_CHECKING

import pytest

from .release import ROOT, notes

if TYPE_CHECKING:
    from pathlib import Path

CHANGELOG = """# Changelog

## Unreleased

- Next.

## 1.1.0 - 2026-12-01

### Added

- This.

## 1.0.0 - 2026-11-01

- That.
"""


def test_the_text_is_the_section_of_the_version() -> None:
    assert notes(CHANGELOG, "1.1.0") == "### Added\n\n- This."
    assert notes(CHANGELOG, "1.0.0") == "- That."


@pytest.mark.parametrize("number", ["1.2.0", "1.0", "Unreleased"])
def test_a_version_without_a_section_is_no_release(number: str) -> None:
    with pytest.raises(ValueError, match=f"## {number} - YYYY-MM-DD"):
        notes(CHANGELOG, number)


@pytest.mark.skipif(find_spec("build") is None or find_spec("hatchling") is None, reason="building needs both")
def test_the_same_tree_gives_the_same_files(tmp_path: Path) -> None:
    first, second = (built(tmp_path / name, age) for name, age in (("first", 0), ("second", 100_000_000)))
    assert sorted(first) == sorted(second)
    assert len(first) == 2
    assert [name for name in first if first[name] != second[name]] == []


def built(folder: Path, age: int) -> dict[str, bytes]:
    """The wheel and the archive of a copy of the tree whose files are that many seconds old."""
    shutil.copytree(
        ROOT, folder, ignore=shutil.ignore_patterns("build", "dist", ".git", ".venv*", ".*_cache", "__pycache__")
    )
    for path in folder.rglob("*"):
        os.utime(path, (1_700_000_000 - age, 1_700_000_000 - age))
    command = [sys.executable, "-m", "build", "--no-isolation", "--outdir", "dist", "."]
    finished = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, timeout=300)  # noqa: S603
    assert finished.returncode == 0, finished.stdout + finished.stderr
    return {path.name: path.read_bytes() for path in (folder / "dist").iterdir()}

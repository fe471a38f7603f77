"""Run the tests against an installed wheel: ``python -m tests.packaging.installed WHEEL [EXTRA...]``.

What is not installed because its extra was not named is skipped, and what needs fork or POSIX signals where there are
none. Nothing but Python is needed, so that this runs on Windows too.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
_LEFT_OUT = shutil.ignore_patterns("postmark_sdk", "build", "dist", ".*", "__pycache__")
"""The package itself, above all: what is tested must be what was installed."""
_LOOK_AT_THE_TREE = ("codegen", "docs", "packaging")
"""Folders of tests that are about files beside the package."""


def main() -> int:
    """Install, test, and clear up.

    Returns:
        The exit status of the tests.
    """
    wheel, *extras = sys.argv[1:]
    target = f"{Path(wheel).resolve()}[{','.join(extras)}]" if extras else str(Path(wheel).resolve())
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as temporary:
        folder = Path(temporary)
        venv.create(folder / "venv", with_pip=True)
        python = folder / "venv" / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
        pip = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        subprocess.run([*pip, "--upgrade", "pip>=25.1"], check=True)  # noqa: S603 - our own words
        subprocess.run([*pip, target, "--group", f"{ROOT / 'pyproject.toml'}:test-bare"], check=True)  # noqa: S603
        shutil.copytree(ROOT, folder / "project", ignore=_LEFT_OUT)
        left_out = [f"--ignore=tests/{name}" for name in _LOOK_AT_THE_TREE]
        if "emulator" not in extras:
            left_out += ["--ignore=tests/emulator", "--ignore=tests/testing"]
        if not {"cli", "emulator"} <= {*extras}:
            left_out += ["--ignore=tests/cli"]
        if "jobs" not in extras:
            left_out += ["--ignore=tests/jobs"]
        tests = [str(python), "-m", "pytest", "-q", "-n", "auto", *left_out, "tests"]
        return subprocess.run(tests, cwd=folder / "project", check=False).returncode  # noqa: S603 - as above


if __name__ == "__main__":
    sys.exit(main())

"""An environment with what the package and extras need, and no pip: ``python -m tests.packaging.bare FOLDER EXTRA...``.

Whoever has just cloned sees the demo within seconds: nothing is built, and pip runs from a folder that goes away.
"""

from __future__ import annotations

import ensurepip
import os
import subprocess
import sys
import sysconfig
import tempfile
import venv
import zipfile
from pathlib import Path

import tomllib  # type: ignore[import-not-found, unused-ignore]  # .ci/python takes 3.11 or newer

_PYPROJECT = Path(__file__).resolve().parents[2] / "pyproject.toml"


def requirements(extras: list[str]) -> list[str]:
    """What pip installs for the package with these extras."""
    project = tomllib.loads(_PYPROJECT.read_text("utf-8"))["project"]
    return [*project["dependencies"], *(each for name in extras for each in project["optional-dependencies"][name])]


def bundled_pip() -> Path:
    """The wheel that ensurepip would unpack into the environment; some distributors keep it in a folder of theirs."""
    folders = (sysconfig.get_config_var("WHEEL_PKG_DIR"), Path(ensurepip.__file__).with_name("_bundled"))
    return next(wheel for folder in folders if folder for wheel in Path(folder).glob("pip-*.whl"))


def main() -> int:
    """Make the environment, or bring it up to date; the exit status."""
    folder, *extras = sys.argv[1:]
    venv.create(folder, symlinks=os.name != "nt")
    python = Path(folder, "Scripts" if os.name == "nt" else "bin", "python")
    with tempfile.TemporaryDirectory() as pip:
        zipfile.ZipFile(bundled_pip()).extractall(pip)
        done = subprocess.run(  # noqa: S603 - our own words
            [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *requirements(extras)],
            env={**os.environ, "PYTHONPATH": pip},
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
    if done.returncode:
        reason = done.stderr.strip().rpartition("\n")[2]
        sys.stderr.write(f"Cannot install what is needed; is the package index within reach? {reason}\n")
    return done.returncode


if __name__ == "__main__":
    sys.exit(main())

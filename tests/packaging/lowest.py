"""The lowest versions pyproject.toml admits for users, as pip's constraints: ``python -m tests.packaging.lowest``."""

from __future__ import annotations

import re
import sys
from pathlib import Path

_PYPROJECT = Path(__file__).resolve().parents[2] / "pyproject.toml"
_BOUND = re.compile(r'"([A-Za-z][\w.-]*)>=([\d.]+)')


def main() -> None:
    """Print a line for each runtime dependency and each package of an extra."""
    wanted = _PYPROJECT.read_text("utf-8").partition("\ndependencies = [")[2].partition("\n[project.scripts]")[0]
    sys.stdout.writelines(f"{name}=={version}\n" for name, version in _BOUND.findall(wanted))


if __name__ == "__main__":
    main()

"""The environments that the contestants run in, made below ``build``: what a user has, and nothing that helps or hurts.

The project's own environment will not do: where ``click`` and ``rich`` are, ``import httpx`` loads its command line.
"""

from __future__ import annotations

import subprocess
import sys
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BUILD = ROOT / "build"

CLIENT_PACKAGES = ("attrs", "cattrs", "httpx", "sniffio", "tenacity")
PEER_PACKAGES = {"official": "postmark-python==0.4.*", "postmarker": "postmarker"}


def client_python() -> Path:
    """An interpreter with the package's dependencies alone; the package itself comes from this tree.

    Raises:
        subprocess.CalledProcessError: They cannot be installed.
    """
    return _environment("bench-venv", list(CLIENT_PACKAGES))


def peer_python(name: str) -> Path | None:
    """An interpreter with a peer, None where it cannot be installed."""
    try:
        return _environment(f"bench-venv-{name}", [PEER_PACKAGES[name]])
    except subprocess.CalledProcessError:
        return None


def _environment(name: str, packages: list[str]) -> Path:
    folder = BUILD / f"{name}-{sys.version_info.major}.{sys.version_info.minor}"
    python = folder / ("Scripts" if sys.platform == "win32" else "bin") / "python"
    complete = folder / "complete"
    if not complete.exists():
        venv.create(folder, with_pip=True, clear=True)
        pip = [str(python), "-m", "pip", "--quiet", "--disable-pip-version-check", "install"]
        subprocess.run([*pip, *packages], check=True, stderr=subprocess.DEVNULL)  # noqa: S603 - constants
        complete.touch()
    return python

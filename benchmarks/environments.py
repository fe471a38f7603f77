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
FAST_PACKAGES = ("httpx-aiohttp", "orjson")
PEER_PACKAGES = {"official": "postmark-python==0.4.*", "postmarker": "postmarker"}


def client_python() -> Path:
    """An interpreter with the package's dependencies alone; the package itself comes from this tree.

    Raises:
        subprocess.CalledProcessError: They cannot be installed.
    """
    return _environment("bench-venv", list(CLIENT_PACKAGES))


def fast_python() -> Path:
    """The same with the extra ``fast``.

    Raises:
        subprocess.CalledProcessError: It cannot be installed.
    """
    return _environment("bench-venv-fast", [*CLIENT_PACKAGES, *FAST_PACKAGES])


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

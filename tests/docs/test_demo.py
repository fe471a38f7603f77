"""What ``make demo`` runs."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("starlette", reason="the emulator needs its extra")

_DEMO = Path(__file__).parents[2] / "examples" / "demo.py"


def test_the_demo_sends_is_refused_and_finds() -> None:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("POSTMARK_")}
    done = subprocess.run(  # noqa: S603 - our own file
        [sys.executable, _DEMO], capture_output=True, text=True, timeout=60, env=environment, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.count("  accepted  ") == 4
    assert done.stdout.count("  refused   nobody@localhost, code 300") == 2
    assert done.stdout.count("  found     3 messages") == 2
    assert done.stdout.count("  an error, on purpose:\n  NotFoundError: ") == 2
    assert done.stdout.count("hint: ") == 4
    assert "make emulator" in done.stdout.splitlines()[-1]

"""A pseudo-terminal for a test."""

from __future__ import annotations

import os

import pytest


def open_terminal() -> tuple[int, int]:
    """Our end and the program's; the test is skipped where there is none to be had, as in a bare chroot."""
    try:
        return os.openpty()
    except (AttributeError, OSError) as error:
        pytest.skip(f"no pseudo-terminal: {error}")

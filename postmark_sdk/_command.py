"""What the command ``postmark-emulator`` starts: without the emulator's extra, it says so in one line."""

from __future__ import annotations

import sys


def main() -> int:
    """Run the emulator; the exit status."""
    try:
        from .emulator.__main__ import main as run  # noqa: PLC0415 - may fail, which is what this is for
    except ImportError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return run()

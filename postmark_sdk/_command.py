"""What the commands ``postmark`` and ``postmark-emulator`` start: without its extra, each says so in one line."""

from __future__ import annotations

import sys
from importlib import import_module

TYPE_CHECKING = False  # as typing has it
if TYPE_CHECKING:
    from collections.abc import Callable


def emulator() -> int:
    """Run the emulator; the exit status."""
    return _run(".emulator.__main__")


def postmark() -> int:
    """Run the command line; the exit status."""
    return _run(".cli")


def _run(module: str) -> int:
    try:
        main: Callable[[], int] = import_module(module, __package__).main
    except ImportError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return main()

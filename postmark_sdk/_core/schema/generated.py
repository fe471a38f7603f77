"""What the core asks of the generated code: by name, when a call is made, and only here.

Generated modules stand on the core and inherit from ``_behavior``. An import back would close a circle.
"""

from __future__ import annotations

from importlib import import_module

TYPE_CHECKING = False  # as typing has it; importing that takes longer than all else on the way to a client
if TYPE_CHECKING:
    from typing import Any

    # Never run: what freezes a program follows statements, and sees no module that only a name leads to.
    from ..._generated import error_codes  # noqa: F401 - as above


def generated(name: str) -> Any:
    """A module of ``_generated``, such as ``models.email``, imported on first use."""
    return import_module(f"..._generated.{name}", __package__)

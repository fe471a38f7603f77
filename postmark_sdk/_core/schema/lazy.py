"""Modules whose names are imported on first use (PEP 562), and what completion shows of a module."""

from __future__ import annotations

import sys
from importlib import import_module

TYPE_CHECKING = False  # as typing has it; importing that takes longer than all else on the way to a client
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from typing import Any


def public(module: str) -> Callable[[], list[str]]:
    """``__dir__`` for a module: what it offers, and not what it is made with."""
    namespace = vars(sys.modules[module])
    return lambda: sorted({*namespace["__all__"], *(name for name in namespace if name.startswith("__"))})


def attach(
    module: str, origins: Mapping[str, str], modules: Sequence[str] = ()
) -> tuple[Callable[[str], Any], Callable[[], list[str]]]:
    """``__getattr__`` and ``__dir__`` for a package that offers names of its modules.

    Args:
        module: ``__name__`` of the package.
        origins: Offered name -> module below the package that defines it.
        modules: Modules below the package that are themselves offered.
    """
    namespace = vars(sys.modules[module])

    def get(name: str) -> Any:
        if name in modules:
            return import_module(f".{name}", module)
        origin = origins.get(name)
        if origin is None:
            raise AttributeError(f"module {module!r} has no attribute {name!r}")
        value = getattr(import_module(f".{origin}", module), name)
        namespace[name] = value
        return value

    return get, public(module)

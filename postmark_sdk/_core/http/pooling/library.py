"""Which HTTP library an object belongs to: httpx, or httpx2, its successor with classes of the same names.

Nothing is imported to find out: whoever has an object has its library.
"""

from __future__ import annotations

import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

LIBRARIES = frozenset({"httpx", "httpx2"})


def library_of(value: object) -> Any:
    """The library's module, None for what is of neither."""
    return next((sys.modules[_package(cls)] for cls in _classes(value)), None)


def kinds_of(value: object) -> frozenset[str]:
    """Names of the library's classes that an object is an instance of, such as ``ConnectTimeout``."""
    return frozenset(cls.__name__ for cls in _classes(value))


def _classes(value: object) -> Iterator[type]:
    # Not its type: a mock with a specification says what it stands for.
    return (cls for cls in value.__class__.__mro__ if _package(cls) in LIBRARIES)


def _package(cls: type) -> str:
    return cls.__module__.partition(".")[0]

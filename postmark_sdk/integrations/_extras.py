"""What to install for a module whose package is missing."""

from __future__ import annotations

__all__ = ["MissingExtraError", "missing"]


class MissingExtraError(ImportError):
    """A module of this package needs another package that is not installed."""


def missing(extra: str, error: ImportError) -> MissingExtraError:
    """What to raise, from the error of the import, where the package of an extra is not there."""
    return MissingExtraError(
        f'{error.name or extra} is not installed; run: pip install "postmark-sdk[{extra}]"', name=error.name
    )

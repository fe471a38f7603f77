"""What stands for a value that JSON knows: lazy objects of Werkzeug, Django and Babel, and texts of other classes.

Some say that they are of a class that they are not. ``isinstance`` believes them, what is written in C does not: a
proxy of a text is no text to a JSON encoder. Others are no text, and do all that a text does.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_KINDS: tuple[Any, ...] = (str, bool, int, float, dict, list, tuple)
_USUAL = frozenset({*_KINDS, type(None)})


class Unreadable:
    """Stands for an object that raises when it is asked what it is, as a proxy without its context does."""

    def __init__(self, kind: str, error: str) -> None:
        self.kind = kind
        self.error = error

    def __str__(self) -> str:
        """It has none.

        Raises:
            ValueError: Always.
        """
        raise ValueError(self.error)


def unwrapped(value: Any) -> Any:
    """What a proxy stands for, where that is something JSON knows; anything else as it is."""
    kind = type(value)
    if kind in _USUAL:
        return value
    try:
        return _read(kind, value)
    except Exception as error:  # noqa: BLE001 - of a class of the caller's
        return Unreadable(kind.__name__, type(error).__name__)


def _read(kind: Any, value: Any) -> Any:
    pretended = value.__class__
    if pretended is kind:
        return str(value) if _is_textual(kind) else value
    for known in _KINDS:
        if issubclass(pretended, known):
            return dict(value.items()) if known is dict else known(value)
    return str(value) if _is_textual(pretended) else value


def _is_textual(kind: Any) -> bool:
    """Whether a class has what only texts have all of: formatting, and parts; numbers have no parts, arrays a minus."""
    is_text = hasattr(kind, "__mod__") and hasattr(kind, "__contains__") and not hasattr(kind, "__sub__")
    return is_text and not issubclass(kind, str | bytes | bytearray)

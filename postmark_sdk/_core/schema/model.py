"""The base of every generated model, and the tools its load and dump functions use."""

from __future__ import annotations

from typing import Any, ClassVar, TypeVar

from attrs import define, field

from .dates import parse_date, parse_datetime
from .rules import Rule, Shape

__all__ = [
    "Model",
    "format_date",
    "holds_items",
    "holds_pairs",
    "kept",
    "new",
    "parse_date",
    "parse_datetime",
    "unknown",
    "unreadable",
]

M = TypeVar("M", bound="Model")
T = TypeVar("T")

new = object.__new__


@define(kw_only=True, eq=False, repr=False)
class Model:
    """Attributes are the wire names in snake_case; what Postmark did not send, or sent as null, is None."""

    __wire__: ClassVar[dict[str, str]] = {}
    __private__: ClassVar[frozenset[str]] = frozenset()
    __rules__: ClassVar[dict[str, Rule]] = {}
    __shape__: ClassVar[Shape] = Shape()
    __kinds__: ClassVar[dict[str, str]] = {}
    __types__: ClassVar[dict[str, str]] = {}
    __headers__: ClassVar[tuple[str, ...]] = ()
    __nested__: ClassVar[dict[str, type[Model]]] = {}
    __shorthand__: ClassVar[str | None] = None
    __dynamic__: ClassVar[tuple[str, ...]] = ()
    __ignored__: ClassVar[frozenset[str]] = frozenset()

    _extra: dict[str, Any] | None = field(default=None, alias="extra")

    @property
    def extra(self) -> dict[str, Any]:
        """Fields that this version of the package does not know, under their wire names.

        In an answer: what Postmark sent besides the documented fields. In a request: what to send besides them.
        """
        if self._extra is None:  # most hold nothing unknown
            self._extra = {}
        return self._extra

    @extra.setter
    def extra(self, value: dict[str, Any]) -> None:
        self._extra = value

    def __eq__(self, other: object) -> bool:
        """Equal when of one class with equal attributes."""
        if other.__class__ is not self.__class__:
            return NotImplemented
        return all(getattr(self, name) == getattr(other, name) for name in (*self.__wire__, *self.__dynamic__, "extra"))

    __hash__: ClassVar[None] = None  # type: ignore[assignment]  # mutable, like a list

    def __repr__(self) -> str:
        """Only what is set; addresses, bodies and secrets are named but not shown."""
        shown = [
            f"{name}={'<hidden>' if name in self.__private__ else repr(value)}"
            for name in (*self.__wire__, *self.__dynamic__)
            if (value := getattr(self, name)) is not None
        ]
        if self._extra:
            shown.append(f"extra=<{', '.join(sorted(map(str, self._extra)))}>")
        return f"{type(self).__name__}({', '.join(shown)})"


def unknown(value: dict[str, Any], known: frozenset[str]) -> dict[str, Any]:
    """The part of an answer's object that the model has no attributes for."""
    return {key: item for key, item in value.items() if key not in known}


def unreadable(model: type[M], value: Any) -> M:
    """Hand on a value that is no JSON object as it came: an odd field must not cost the rest of the answer."""
    from .log import logger  # noqa: PLC0415 - rare, and not for the time of an import

    logger.debug("expected an object for %s, kept a value of type %s as it came", model.__name__, type(value).__name__)
    kept: M = value
    return kept


def format_date(value: Any) -> Any:
    """The ISO 8601 form of a date or datetime; text passes, and so does what was kept as it came."""
    return str(value.isoformat()) if hasattr(value, "isoformat") else value


def kept(value: Any) -> dict[str, Any]:
    """What reading kept as it came, where an object was expected: writing hands it on."""
    odd: dict[str, Any] = value
    return odd


def holds_items(value: Any) -> bool:
    """Whether a value is a list of some kind, and not what reading kept as it came instead of one."""
    return not isinstance(value, str | bytes | int | float | dict)


def holds_pairs(value: Any) -> bool:
    """Whether a value is a map, and not what reading kept as it came instead of one."""
    return isinstance(value, dict)

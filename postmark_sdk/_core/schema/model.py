"""The base of every generated model, and the tools its load and dump functions use."""

from __future__ import annotations

import functools
from typing import Any, ClassVar, TypeVar

from attrs import define, field

from ... import _types as _t
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
    __secret__: ClassVar[frozenset[str]] = frozenset()
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
    """Fields that this version of the package does not know, under their wire names."""

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

    def __copy__(self) -> _t.Self:
        """A shallow copy, in a quarter of the time that copying by state takes: a marked mail is one."""
        cls: Any = self.__class__
        made: _t.Self = new(cls)
        for name in _attributes(cls):
            setattr(made, name, getattr(self, name))
        return made

    __hash__: ClassVar[None] = None  # type: ignore[assignment]  # mutable, like a list

    def to_dict(self, *, wire: bool = False) -> dict[str, object]:
        """A dict that JSON can hold: models as dicts, times as ISO 8601 text, files as base64.

        Args:
            wire: Postmark's names and only what is set, as it stands in a request or an answer. False: Python's names
                and every field, None where nothing is set; fields that this version does not know are in ``extra``.
        """
        from .dicts import to_dict  # noqa: PLC0415 - on first use, as in what follows

        return to_dict(self, wire=wire)

    @classmethod
    def from_dict(cls, data: _t.Mapping[str, object]) -> _t.Self:
        """Read what ``to_dict`` wrote, or Postmark, whichever names it has.

        Raises:
            InvalidMessageError: A request has no such field. What an answer does not know goes into ``extra``.
            DecodeError: It is no dict.
        """
        from .dicts import from_dict  # noqa: PLC0415

        return from_dict(cls, data)

    def to_json(self, *, wire: bool = False) -> str:
        """The text of what ``to_dict`` gives."""
        import json  # noqa: PLC0415

        return json.dumps(self.to_dict(wire=wire), ensure_ascii=False)

    @classmethod
    def from_json(cls, text: str | bytes) -> _t.Self:
        """Read what ``to_json`` wrote, or Postmark, whichever names it has.

        Raises:
            InvalidMessageError: A request has no such field.
            DecodeError: It is no JSON object.
        """
        from .dicts import from_json  # noqa: PLC0415

        return from_json(cls, text)

    def __repr__(self) -> str:
        """Only what is set; addresses, bodies and secrets are named but not shown: it is safe in logs."""
        return f"{type(self).__name__}({', '.join(f'{name}={value!r}' for name, value in self.__rich_repr__())})"

    def __rich_repr__(self) -> _t.Iterator[tuple[str, object]]:
        """The same for Rich, which shows the variables of a traceback with it."""
        for name in (*self.__wire__, *self.__dynamic__):
            value = getattr(self, name)
            if value is not None:
                yield name, _HIDDEN if name in self.__private__ and not _is_harmless(value) else value
        if self._extra:
            yield "extra", _Told(", ".join(sorted(map(str, self._extra))))

    def __rich__(self) -> object:
        """What ``rich.print`` shows: everything but tokens and passwords, as in the next two."""
        from .shown import rich_text  # noqa: PLC0415

        return rich_text(self)

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:  # noqa: ARG002, FBT001 - as IPython calls it
        """What IPython shows."""
        from .shown import text  # noqa: PLC0415

        printer.text(text(self))

    def _repr_html_(self) -> str:
        """What a notebook shows."""
        from .shown import html  # noqa: PLC0415

        return html(self)

    @classmethod
    def __get_pydantic_core_schema__(cls, source: object, handler: Any) -> Any:
        """How pydantic, and so FastAPI, reads, writes and describes it: as a dict with Python's names."""
        from .described import core_schema  # noqa: PLC0415 - only pydantic asks, so it is there

        return core_schema(cls, handler)


class _Told:
    """Stands for what is not shown."""

    def __init__(self, text: str) -> None:
        self._text = text

    def __repr__(self) -> str:
        return f"<{self._text}>"


_HIDDEN = _Told("hidden")
_HARMLESS = frozenset({"OK", "Test job accepted", ""})
"""Postmark's words that hold nothing of anybody's."""


@functools.cache
def _attributes(cls: type[Any]) -> tuple[str, ...]:
    """The names under which its attributes are stored."""
    return tuple(each.name for each in cls.__attrs_attrs__)


def _is_harmless(value: object) -> bool:
    kind = type(value)  # what a proxy pretends to be may not be asked for now
    return (kind is str and value in _HARMLESS) or (kind in {list, dict, tuple} and not value)


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

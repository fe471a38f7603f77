"""JSON text, as fast as the standard library and, where it is installed, orjson allow. No I/O."""

from __future__ import annotations

import json
import json.encoder
import os
import re
from typing import TYPE_CHECKING, Any

from ...errors import InvalidMessageError, Problem
from .content import EncodedContent, FileContent

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

quote_short: Callable[[str], str] = json.encoder.encode_basestring
"""A text as JSON; a TypeError for anything else."""

_LONG = 128
_SAFE_ORJSON = (3, 9, 15)
"""Older ones bring the process down on deeply nested JSON."""

orjson: Any
try:
    import orjson  # type: ignore[import-not-found, no-redef, unused-ignore]  # an extra
except ImportError:  # the extra "fast" is not installed
    orjson = None
else:
    if tuple(map(int, re.findall(r"\d+", orjson.__version__)[:3])) < _SAFE_ORJSON:
        orjson = None


def _quote_fast(text: str) -> str:
    if text.__class__ is not str or len(text) < _LONG:
        return quote_short(text)
    try:
        quoted: str = orjson.dumps(text).decode()
    except TypeError:  # half a surrogate pair, which the careful way names
        return quote_short(text)
    return quoted


quote: Callable[[str], str] = quote_short if orjson is None else _quote_fast
"""The same, best for texts of any length."""


def plain(value: object) -> Any:
    """What stands for a value that JSON has no form for; see :func:`.convert.plain`."""
    from ..schema import converter as convert  # noqa: PLC0415 - cattrs is loaded only where a value needs it

    return convert.plain(value)


def encoder(default: Callable[[Any], Any]) -> Callable[[Any], str]:
    """A function from a JSON value to its compact text."""
    made = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), allow_nan=False, default=default)
    make = getattr(json.encoder, "c_make_encoder", None)
    if make is None:  # pragma: no cover - other interpreters
        return made.encode
    # JSONEncoder builds this anew for every value, which takes longer than encoding a small one.
    pieces = make(
        None,
        default,
        json.encoder.encode_basestring,
        None,
        ":",
        ",",
        False,
        False,
        False,
    )

    def encode(value: Any) -> str:
        return "".join(pieces(value, 0)) if isinstance(value, dict | list) else made.encode(value)

    return encode


encode_value = encoder(plain)
"""A JSON value as compact text; a TypeError or ValueError where there is none."""


def encode_model(model: Any) -> str:
    """The values of a template as compact text.

    Raises:
        TypeError: Named tuples are in it, which the encoder would write as lists.
    """
    if _has_named_tuple(model.values()):
        raise TypeError
    return encode_value(model)


_PLAIN = frozenset({str, int, float, bool, type(None)})


def _has_named_tuple(values: Any) -> bool:
    if _PLAIN.issuperset(map(type, values)):  # most; and a look at each kind costs more than this
        return False
    for value in values:
        kind = type(value)
        if kind is dict or kind is list or kind is tuple:
            if _has_named_tuple(value.values() if kind is dict else value):
                return True
        elif issubclass(kind, tuple):
            return True
    return False


def json_bytes(value: Any) -> bytes:
    """The same in UTF-8.

    Raises:
        InvalidMessageError: The value holds something JSON has no form for.
    """
    try:
        return encode_value(value).encode()
    except (TypeError, ValueError, RecursionError) as error:
        raise InvalidMessageError([Problem("", f"not expressible as JSON: {_reason(error)}")]) from None


def _reason(error: Exception) -> str:
    if isinstance(error, UnicodeEncodeError):
        return "the text holds half a surrogate pair; decode it as UTF-8 first"
    if isinstance(error, RecursionError):
        return "it is nested too deeply"
    return "it holds NaN or infinity" if "Out of range float" in str(error) else str(error)


_STRING = re.compile(r'"[^"\\]*(?:\\.[^"\\]*)*"?', re.DOTALL)
_STRING_BYTES = re.compile(_STRING.pattern.encode(), re.DOTALL)
_MOST_VALUES = 4_000_000
"""Lists, objects and what stands in them; a list of all suppressions in 50 MB has half as many."""


def is_dear(text: bytes | str) -> bool:
    """Whether JSON holds so many values that reading it would take gigabytes, as nothing of Postmark's does."""
    if len(text) <= _MOST_VALUES or _values(text) <= _MOST_VALUES:
        return False
    return _values(_STRING.sub("", text) if isinstance(text, str) else _STRING_BYTES.sub(b"", text)) > _MOST_VALUES


def _values(text: bytes | str) -> int:
    return sum(text.count(mark) if isinstance(text, str) else text.count(mark.encode()) for mark in "[{,")


Part = bytes | FileContent | EncodedContent
_HOLE = f"content-{os.urandom(16).hex()}"


class Splicer:
    """Writes a wire object as text with holes where the contents of attachments go."""

    def __init__(self) -> None:
        self._contents: list[FileContent | EncodedContent] = []
        self._encode = encoder(self._default)

    def _default(self, value: Any) -> Any:
        if isinstance(value, FileContent | EncodedContent):
            self._contents.append(value)
            return _HOLE
        return plain(value)

    def parts(self, wire: Mapping[str, Any]) -> list[Part]:
        """Text and contents in turn, beginning and ending with text."""
        self._contents.clear()
        members = [
            f"{quote(key)}:{quote(value) if value.__class__ is str else self._encode(value)}"
            for key, value in wire.items()
        ]
        first, *texts = f"{{{','.join(members)}}}".encode().split(_HOLE.encode())
        parts: list[Part] = [first]
        for content, text in zip(self._contents, texts, strict=True):
            parts += (content, text)
        return parts

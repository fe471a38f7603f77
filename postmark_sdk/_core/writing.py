"""JSON text, as fast as the standard library and, where it is installed, orjson allow. No I/O."""

from __future__ import annotations

import functools
import json
import json.encoder
import os
from typing import TYPE_CHECKING, Any

from .content import EncodedContent, FileContent

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

quote_short: Callable[[str], str] = json.encoder.encode_basestring
"""A text as JSON; a TypeError for anything else."""

_LONG = 128

try:
    import orjson  # type: ignore[import-not-found, unused-ignore]  # an extra
except ImportError:  # the extra "fast" is not installed
    _orjson_dumps: Callable[[Any], bytes] | None = None
else:
    _orjson_dumps = orjson.dumps


def _quote_fast(text: str) -> str:
    if _orjson_dumps is None or text.__class__ is not str or len(text) < _LONG:
        return quote_short(text)
    try:
        return _orjson_dumps(text).decode()
    except TypeError:  # half a surrogate pair, which the careful way names
        return quote_short(text)


quote: Callable[[str], str] = quote_short if _orjson_dumps is None else _quote_fast
"""The same, best for texts of any length."""


def plain(value: object) -> Any:
    """What stands for a value that JSON has no form for; see :func:`.convert.plain`."""
    from . import convert  # noqa: PLC0415 - cattrs is loaded only where a value needs it

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

Part = str | FileContent | EncodedContent
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
        texts = f"{{{','.join(members)}}}".split(_HOLE) if self._contents else [f"{{{','.join(members)}}}"]
        parts: list[Part] = [texts[0]]
        for content, text in zip(self._contents, texts[1:], strict=True):
            parts += (content, text)
        return parts


PLAIN_TEXT = 250_000
PLAIN_REST = 500_000
"""Characters of a body, and of all the rest, up to which a mail keeps to every limit in bytes however it is escaped."""

# --- for the generated write functions: plainly right input in, JSON out, and an exception for everything else ------


def write_addresses(value: Any) -> str:
    """A text, or a list of texts."""
    return quote_short(", ".join(value) if value.__class__ is list else value)


def write_headers(value: Any) -> str:
    """A dict, or a list of pairs."""
    text = ",".join([f'{{"Name":{_header_name(name)},"Value":{quote(content)}}}' for name, content in _pairs(value)])
    if "\\" in text:
        raise ValueError
    return f"[{text}]"


def _pairs(value: Any) -> Any:
    if value.__class__ is dict:
        return value.items()
    if value.__class__ is list and all(item.__class__ is tuple for item in value):
        return value
    raise TypeError


@functools.lru_cache(512)
def _header_name(name: str) -> str:
    if not is_header_name(name):
        raise ValueError
    return quote_short(name)


def is_header_name(name: str) -> bool:
    """Whether a mail header may be called so: visible ASCII without a colon."""
    return name.isascii() and name.isprintable() and name != "" and not (":" in name or " " in name)


def write_metadata(value: Any, max_keys: int, max_key_length: int, max_value_length: int) -> str:
    """A dict of texts within its limits."""
    if value.__class__ is not dict or len(value) > max_keys:
        raise ValueError
    if len(value) > 1 and len({key.lower() for key in value}) != len(value):
        raise ValueError
    members = []
    for key, text in value.items():
        if len(key) > max_key_length or len(text) > max_value_length:
            raise ValueError
        members.append(f"{quote_short(key)}:{quote_short(text)}")
    return f"{{{','.join(members)}}}"

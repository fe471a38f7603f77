"""Strict JSON in, compact JSON out."""

from __future__ import annotations

import json
import math
from codecs import BOM_UTF8

from .limits import MAX_JSON_DEPTH
from .problems import Json, Problem

_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode


def _malformed(reason: str) -> Problem:
    return Problem(402, f"Received invalid JSON input. {reason}")


def _reject_constant(name: str) -> float:
    message = f"{name} is not JSON"
    raise ValueError(message)


def _finite(text: str) -> float:
    number = float(text)
    if math.isinf(number):
        return _reject_constant(text)
    return number


_decode = json.JSONDecoder(parse_constant=_reject_constant, parse_float=_finite).decode


def text_of(raw: bytes) -> str:
    """A request body as text. The codec ``utf-8-sig`` does the same, slowly."""
    return raw.removeprefix(BOM_UTF8).decode()


def loads(raw: bytes) -> Json:
    """Decode a request body; whatever is wrong with it is code 402."""
    try:
        text = text_of(raw)
        value = _decode(text)
        if "\\u" in text:
            # A lone surrogate escape is no Unicode text; encoding is what finds it.
            _encode(value).encode()
    except UnicodeError:
        raise _malformed("The text is not valid UTF-8.") from None
    except RecursionError:
        raise _malformed("It is nested too deeply.") from None
    except ValueError:
        raise _malformed("Please check the syntax.") from None
    if raw.count(b"{") + raw.count(b"[") > MAX_JSON_DEPTH and _depth_exceeds(value, MAX_JSON_DEPTH):
        raise _malformed("It is nested too deeply.")
    return value


def _depth_exceeds(value: Json, limit: int) -> bool:
    level = [value]
    for _ in range(limit + 1):
        deeper: list[Json] = []
        for item in level:
            if isinstance(item, dict):
                deeper.extend(child for child in item.values() if isinstance(child, (dict, list)))
            elif isinstance(item, list):
                deeper.extend(child for child in item if isinstance(child, (dict, list)))
        if not deeper:
            return False
        level = deeper
    return True


def dumps(value: Json) -> str:
    """Compact JSON text."""
    return _encode(value)

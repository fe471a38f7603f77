"""From the bytes of a webhook call to an event: which kind it is, and what is wrong with a body that is none."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from importlib import import_module
from typing import TYPE_CHECKING, Any, cast

from .. import _types as _t
from .._core.http.response import GARBAGE, parsed
from .._generated.events import EVENT_MODELS
from ..errors import DecodeError
from .errors import WebhookError

if TYPE_CHECKING:
    from collections.abc import Callable


__all__ = ["MAX_BODY_BYTES", "parse"]

MAX_BODY_BYTES = 50 * 1024 * 1024
"""Size up to which a body is read: an inbound mail may carry 35 MB of files, which grow by a third in base64."""

TRACE_HEADER = "x-pm-webhook-trace-id"
RETRIES_HEADER = "x-pm-retries-remaining"

_KEPT_BYTES = 1024
_COUNT = re.compile(r"[0-9]{1,3}")
_MOST_DIGITS = 18
_BAD_REQUEST = 400
_TOO_LARGE = 413

_decode = json.JSONDecoder().decode


def parse(
    body: bytes | bytearray | memoryview | str | Mapping[str, Any],
    *,
    headers: Mapping[str, str] | None = None,
    max_bytes: int = MAX_BODY_BYTES,
) -> _t.WebhookEvent:
    """Read the body of a webhook call.

    Reading is lenient: a missing or null field is None, an odd one stays as it came, an unknown one is in ``extra``,
    and an object of an unknown kind is an ``UnknownEvent``. Nothing is said about who sent it: see ``WebhookAuth``.

    Args:
        body: The body as it came, or the JSON object that was read from it.
        headers: HTTP headers of the call, under names of any case. They give ``trace_id`` and ``retries_remaining``.
        max_bytes: Bytes that a body may have; 50 MB unless given. Servers with ``RawEmailEnabled`` post each file of an
            inbound mail twice, so give more there.

    Returns:
        The event, of the class of its kind.

    Raises:
        DecodeError: Not JSON, or not an object; ``status_code`` is 400.
        WebhookError: Over the limit; ``status_code`` is 413.
    """
    payload = _object(body, max_bytes)
    event = _loader(_model_of(payload))(payload)
    event.trace_id = event.retries_remaining = None
    if headers is not None:
        _read_headers(event, headers)
    return cast("_t.WebhookEvent", event)


def _object(body: Any, max_bytes: int) -> dict[str, Any]:
    if isinstance(body, Mapping):
        return cast("dict[str, Any]", body) if body.__class__ is dict else dict(body)
    text = body if isinstance(body, str | bytes) else bytes(body)
    if len(text) > max_bytes:
        raise too_large(max_bytes)
    try:
        value = _decode(text if isinstance(text, str) else str(text, "utf-8"))
    except (ValueError, RecursionError):  # other encodings, endless numbers, nested too deeply, or no JSON
        value = parsed(text)
    if value is GARBAGE:
        raise _unreadable("not JSON", text)
    if value.__class__ is not dict:
        raise _unreadable("a JSON object was expected, another JSON value came", text)
    return cast("dict[str, Any]", value)


def announced_length(text: str | None) -> int | None:
    """Bytes that a ``Content-Length`` announces, however it is written; None where it is no number."""
    if text is None or not (text.isascii() and text.isdigit()):
        return None
    return int(text.lstrip("0")[:_MOST_DIGITS] or "0")


def too_large(max_bytes: int) -> WebhookError:
    """The refusal of a body over the limit."""
    return WebhookError(f"the body is larger than {max_bytes} bytes", status_code=_TOO_LARGE)


def _unreadable(reason: str, text: str | bytes) -> DecodeError:
    start = text[:_KEPT_BYTES]
    kept = start if isinstance(start, bytes) else start.encode("utf-8", "surrogatepass")[:_KEPT_BYTES]
    return DecodeError(reason, status_code=_BAD_REQUEST, body=kept)


def _model_of(payload: dict[str, Any]) -> str:
    """The module of the model: by ``RecordType``; for inbound mail and payloads before 2018, by what else is there."""
    record_type = payload.get("RecordType")
    if record_type is None:
        record_type = _guessed(payload)
        if record_type is None:
            return EVENT_MODELS[None, None] if _is_inbound(payload) else _UNKNOWN
    if record_type.__class__ is not str:
        return _UNKNOWN
    if record_type == "Bounce":
        kind = payload.get("Type")
        if kind.__class__ is str and ("Bounce", kind) in EVENT_MODELS:
            return EVENT_MODELS["Bounce", kind]
    return EVENT_MODELS.get((record_type, None), _UNKNOWN)


_UNKNOWN = "unknown_event"

_TELLING = (
    ("DeliveredAt", "Delivery"),
    ("BouncedAt", "Bounce"),
    ("OriginalLink", "Click"),
    ("ClickLocation", "Click"),
    ("FirstOpen", "Open"),
    ("SuppressSending", "SubscriptionChange"),
    ("TypeCode", "Bounce"),
)


def _is_inbound(payload: dict[str, Any]) -> bool:
    return "FromFull" in payload or ("Headers" in payload and "OriginalRecipient" in payload)


def _guessed(payload: dict[str, Any]) -> str | None:
    if _is_inbound(payload):
        return None
    found = next((kind for field, kind in _TELLING if field in payload), None)
    return "SpamComplaint" if found == "Bounce" and payload.get("Type") == "SpamComplaint" else found


_LOADERS: dict[str, Callable[[Any], Any]] = {}


def _loader(name: str) -> Callable[[Any], Any]:
    """The load function of a model, imported on first use."""
    load = _LOADERS.get(name)
    if load is None:
        path = f".{name}" if name == _UNKNOWN else f".._generated.models.{name}"
        load = _LOADERS[name] = getattr(import_module(path, __package__), f"load_{name}")
    return load


def _read_headers(event: Any, headers: Mapping[str, str]) -> None:
    for name, value in headers.items():
        lower = name.lower()
        if lower == TRACE_HEADER:
            event.trace_id = value.strip() or None
        elif lower == RETRIES_HEADER:
            event.retries_remaining = int(value) if _COUNT.fullmatch(value) else None

"""JSON Schema of the payloads, read from the models, for frameworks that describe their endpoints."""

from __future__ import annotations

import datetime as _dt
import types
import typing
from typing import TYPE_CHECKING, Any

from attrs import NOTHING, fields

from .._core.schema.model import Model

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .._behavior.events import Event

_SIMPLE: dict[Any, dict[str, Any]] = {
    str: {"type": "string"},
    int: {"type": "integer"},
    float: {"type": "number"},
    bool: {"type": "boolean"},
    _dt.datetime: {"type": "string", "format": "date-time"},
}


def payload_schema(kinds: Sequence[type[Event]] = ()) -> dict[str, Any]:
    """The schema of a webhook's body: one of these kinds, of all that are documented if there are none."""
    found = [_model(kind) for kind in (kinds or _documented()) if kind.__wire__]
    return found[0] if len(found) == 1 else {"anyOf": found}


def _documented() -> list[type[Event]]:
    from .. import models  # noqa: PLC0415 - imports every model

    names = "Delivery", "Bounce", "SpamComplaint", "Open", "Click", "SubscriptionChange", "SmtpApiError", "Inbound"
    return [getattr(models, f"{name}Event") for name in names]


def headers_schema() -> list[dict[str, Any]]:
    """The headers that Postmark adds to a call, as OpenAPI parameters."""
    return [
        {
            "name": "X-PM-Webhook-Trace-Id",
            "in": "header",
            "required": False,
            "description": "The same on every try of one event.",
            "schema": {"type": "string"},
        },
        {
            "name": "X-PM-Retries-Remaining",
            "in": "header",
            "required": False,
            "description": "How often Postmark will try again.",
            "schema": {"type": "integer"},
        },
    ]


def _model(cls: type[Model]) -> dict[str, Any]:
    from .._generated.models import _enums  # noqa: PLC0415 - the models name them for type checkers only

    hints = typing.get_type_hints(cls, localns=vars(_enums))
    known: Any = fields(cls)
    found = {
        "type": "object",
        "title": cls.__name__,
        "description": (cls.__doc__ or "").partition("\n\n")[0],
        "properties": {wire: _schema(hints[name]) for name, wire in cls.__wire__.items()},
    }
    required = [cls.__wire__[one.name] for one in known if one.name in cls.__wire__ and one.default is NOTHING]
    return {**found, "required": required} if required else found


def _schema(hint: Any) -> dict[str, Any]:
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if origin in {typing.Union, types.UnionType}:
        # None stands for a field that is missing; of open sets of words, the known ones come first.
        return _schema(next(one for one in arguments if one is not types.NoneType))
    if origin is typing.Literal:
        return {"type": "string", "examples": list(arguments)}
    if origin is list:
        return {"type": "array", "items": _schema(arguments[0])}
    if origin is dict:
        return {"type": "object", "additionalProperties": _schema(arguments[1])}
    if isinstance(hint, type) and issubclass(hint, Model):
        return _model(hint)
    return dict(_SIMPLE.get(hint, {}))

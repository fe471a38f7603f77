"""What a client adds to every mail that does not say otherwise. No I/O."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypedDict

from ... import _types as _t
from ...errors import ConfigurationError
from .trace import TRACE_KEY

if TYPE_CHECKING:
    from ..schema.model import Model

_FromKeyword = TypedDict("_FromKeyword", {"from": "_t.Recipient"}, total=False)


class Defaults(_FromKeyword, total=False):
    """Values for every send; what a call says wins. ``metadata`` and ``headers`` are merged key by key."""

    from_: _t.Recipient
    """Sender."""
    reply_to: _t.Recipients
    """Where answers go."""
    message_stream: str
    """The ``ID`` of the stream, for single, batch and bulk sends alike."""
    track_opens: bool
    """Whether to count opens."""
    track_links: _t.TrackLinks | str
    """Whether to count clicks, and in which bodies."""
    tag: str
    """One label for statistics."""
    metadata: _t.MetadataInput
    """Keys and values."""
    headers: _t.HeadersInput
    """Mail headers; a call's header of the same name, whatever its case, replaces one of these."""


_NAMES = {
    name: attribute
    for attribute, wire in {
        "from_": "From",
        "reply_to": "ReplyTo",
        "message_stream": "MessageStream",
        "track_opens": "TrackOpens",
        "track_links": "TrackLinks",
        "tag": "Tag",
        "metadata": "Metadata",
        "headers": "Headers",
    }.items()
    for name in (attribute, wire, attribute.rstrip("_"))
}


def checked_defaults(given: Any) -> dict[str, Any]:
    """Defaults by attribute name.

    Raises:
        ConfigurationError: No dict, a name that has no default, or one field under two names.
    """
    if given is None:
        return {}
    if not isinstance(given, Mapping):
        raise ConfigurationError(f"defaults: a {type(given).__name__} given; it takes a dict")
    unknown = [str(name) for name in given if name not in _NAMES]
    if unknown:
        raise ConfigurationError(f"defaults: {', '.join(unknown)} cannot have one; {', '.join(_offered())} can")
    found = {_NAMES[name]: value for name, value in given.items() if value is not None}
    if len(found) < sum(value is not None for value in given.values()):
        raise ConfigurationError("defaults: a field given twice, under two spellings; keep one")
    kept = {name: _kept(value) for name, value in found.items()}
    metadata = merged_metadata({}, kept.get("metadata", {}))
    if isinstance(metadata, dict) and any(str(key).lower() == TRACE_KEY for key in metadata):
        raise ConfigurationError(
            f"defaults: {TRACE_KEY} in metadata would mark all mails alike; a call's trace marks them"
        )
    return kept


def _offered() -> list[str]:
    return list(dict.fromkeys(_NAMES.values()))


def completed(model: Model, defaults: Mapping[str, Any]) -> Model:
    """A copy of a mail with what it leaves open filled in; the caller's own stays as it is."""
    made = copy.copy(model)
    for name, value in defaults.items():
        if name in model.__wire__:
            setattr(made, name, _merged(name, getattr(model, name), value))
    return made


def _merged(name: str, own: Any, default: Any) -> Any:
    if own is None:
        return default
    if name == "metadata":
        return merged_metadata(default, own)
    if name == "headers":
        return merged_headers(default, own)
    return own


def merged_metadata(first: Any, then: Any) -> Any:
    """Both; of keys that differ only in case the later wins. What cannot be read is left to the checks, alone."""
    first, then = _kept(first), _kept(then)
    given = first
    try:
        earlier = _by_key(given)
        given = then
        later = _by_key(given)
    except (TypeError, ValueError):
        return given
    taken = {key.lower() for key in later if isinstance(key, str)}
    rest = {key: value for key, value in earlier.items() if not (isinstance(key, str) and key.lower() in taken)}
    return {**rest, **later}


def merged_headers(first: Any, then: Any) -> Any:
    """Both as a list; a header of the later replaces those of that name in the first."""
    first, then = _kept(first), _kept(then)
    given = first
    try:
        earlier = [(_name(row).lower(), row) for row in _rows(given)]
        given = then
        later = _rows(given)
        taken = {_name(row).lower() for row in later}
    except (AttributeError, TypeError, ValueError, IndexError):
        return given
    return [*(row for name, row in earlier if name not in taken), *later]


def _kept(value: Any) -> Any:
    """What can be read once as a list."""
    return list(value) if hasattr(value, "__next__") else value


def _by_key(value: Any) -> dict[Any, Any]:
    """Of a mapping or pairs; ``dict`` would take the two keys of a dict for a pair.

    Raises:
        TypeError: One is no pair.
    """
    if value.__class__ is dict:
        return value
    rows: Any = _rows(value)
    if not all(isinstance(row, tuple | list) for row in rows):
        raise TypeError
    return dict(rows)


def _rows(value: Any) -> list[Any]:
    return list(value.items()) if isinstance(value, Mapping) else list(value)


def _name(row: Any) -> str:
    if isinstance(row, Mapping):
        return str(row.get("name", row.get("Name", "")))
    return str(row[0] if isinstance(row, tuple | list) else row.name)

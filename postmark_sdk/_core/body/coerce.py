"""Models from whatever callers write: keyword arguments, dicts of either spelling, mails of the standard library."""

from __future__ import annotations

import functools
import sys
from collections.abc import Mapping, Sequence
from operator import itemgetter
from os import PathLike
from typing import TYPE_CHECKING, Any

from ...errors import Problem
from ..schema.generated import generated
from .text import a_kind, join

if TYPE_CHECKING:
    from ..schema.model import Model


def coerce(cls: type[Model], value: Any, where: str, found: list[Problem]) -> Model | None:
    """A model from whatever the caller wrote; what is wrong with it is added to ``found``."""
    if isinstance(value, cls):
        return value
    if isinstance(value, str) and cls.__shorthand__ is not None:
        arguments: dict[str, Any] = {cls.__shorthand__: value}
        return cls(**arguments)
    if isinstance(value, Mapping):
        return _from_mapping(cls, value, where, found)
    made = _from_mime(cls, value, where, found) or _from_inbound(cls, value)
    if made is None:
        found.append(Problem(where, f"{a_kind(value)}; {taken(cls, value)}"))
    return made


def taken(cls: type[Model], value: Any) -> str:
    """What to give in place of a value that is no model of this class."""
    other, advice = _OTHERS.get(cls.__name__, ("", ""))
    if other and isinstance(value, generated(f"models.{other}").MODEL):
        return advice
    if cls.__name__ == "Attachment":
        return _attached(value)
    return f"it takes {cls.__name__} or a dict of its fields"


def _attached(value: Any) -> str:
    if isinstance(value, str | PathLike):
        return "a file is attached with Attachment.from_path(...)"
    if hasattr(value, "read"):
        return "an open file is attached with Attachment.from_file(...)"
    return "it takes Attachment or a dict of its fields"


def _from_mime(cls: type[Model], value: Any, where: str, found: list[Problem]) -> Model | None:
    """A mail of the standard library; whoever has one has imported its package."""
    message = getattr(sys.modules.get("email.message"), "Message", None)  # None while another thread imports it
    if message is None or not isinstance(value, message) or cls.__name__ != "Email":
        return None
    from .mime.message import email_of  # noqa: PLC0415 - only for those mails

    return email_of(value, where, found)


def _from_inbound(cls: type[Model], value: Any) -> Model | None:
    """A file of an inbound mail that is handed on."""
    made = value.to_attachment() if hasattr(value, "to_attachment") else None
    return made if isinstance(made, cls) else None


def _from_mapping(cls: type[Model], value: Mapping[Any, Any], where: str, found: list[Problem]) -> Model:
    plain = _plain_names(cls, *value)  # type: ignore[arg-type]  # classes are hashable, only their instances are not
    if plain is not None:
        return cls(**dict(zip(plain, value.values(), strict=True)))
    names = _names(cls)  # type: ignore[arg-type]  # as above
    arguments: dict[str, Any] = {}
    for key, item in value.items():
        name = names.get(key)
        if name is None:
            if not _says_nothing(cls, key, item):
                found.append(Problem(join(where, str(key)), _no_such_field(cls, key)))
        elif name in arguments:
            found.append(Problem(join(where, name), "given twice, under two spellings; keep one"))
        else:
            arguments[name] = _nested(cls, name, item, join(where, name), found) if name in cls.__nested__ else item
    return cls(**_filled(cls, arguments))


def _filled(cls: type[Model], arguments: dict[str, Any]) -> dict[str, Any]:
    """Required fields that are missing as None: the checks name them, a constructor would only name the first."""
    missing = [name for name in _required(cls) if name not in arguments]  # type: ignore[arg-type]  # as above
    return {**dict.fromkeys(missing), **arguments} if missing else arguments


@functools.cache
def _required(cls: Any) -> tuple[str, ...]:
    return tuple(name for name, rule in cls.__rules__.items() if rule.required)


@functools.lru_cache(512)
def _plain_names(cls: Any, *keys: Any) -> tuple[str, ...] | None:
    """The attributes for a dict's keys, where nothing more is to be done: all known, nothing missing or nested."""
    names = tuple(_names(cls).get(key, "") for key in keys)
    usual = len({*names}) == len(names) and "" not in names
    return names if usual and {*names}.issuperset(_required(cls)) and cls.__nested__.keys().isdisjoint(names) else None


def columns_of(cls: Any, dicts: Sequence[dict[str, Any]]) -> list[Sequence[Any]]:
    """What dicts say in each field of a mail and besides, without models in between.

    Raises:
        ValueError: One cannot be taken as it is.
    """
    shapes = {*map(tuple, dicts)}
    if len(shapes) > 1:
        return list(zip(*[(*map(each.get, _keys_by_field(cls, *each)), None) for each in dicts], strict=True))
    nothing = [None] * len(dicts)
    keys = (*_keys_by_field(cls, *shapes.pop()), "")
    return [[*map(itemgetter(key), dicts)] if key else nothing for key in keys]


@functools.lru_cache(512)
def _keys_by_field(cls: Any, *keys: str) -> tuple[str, ...]:
    names = _plain_names(cls, *keys)
    if names is None or "extra" in names:
        raise ValueError
    spelled = dict(zip(names, keys, strict=True))
    return tuple(spelled.get(name, "") for name in cls.__kinds__)


def _nested(cls: type[Model], name: str, value: Any, where: str, found: list[Problem]) -> Any:
    """Models from dicts, one or several; what is neither is left to the checks."""
    inner = cls.__nested__[name]
    if isinstance(value, Sequence) and not isinstance(value, str | bytes):
        return [_inner(inner, item, f"{where}[{index}]", found) for index, item in enumerate(value)]
    return _inner(inner, value, where, found)


def _inner(cls: type[Model], value: Any, where: str, found: list[Problem]) -> Any:
    return coerce(cls, value, where, found) if isinstance(value, Mapping) else value


@functools.cache
def _names(cls: Any) -> dict[str, str]:
    """Every accepted spelling of a field -> attribute: Python's, the wire's, and ``from`` beside ``from_``."""
    found: dict[str, str] = {"extra": "extra"}
    for name, wire in cls.__wire__.items():
        found.update({name: name, wire: name, name.rstrip("_"): name})
    return found


def _says_nothing(cls: type[Model], key: object, value: Any) -> bool:
    """Whether leaving it out loses nothing: Postmark reads null as "not given", also in a field of another mail."""
    return key in cls.__ignored__ or (value is None and _sending(cls, key) is not None)


def _sending(cls: type[Model], key: object) -> str | None:
    """What sends a mail that has this field, where mails of this class have it not."""
    other, advice = _OTHERS.get(cls.__name__, ("", ""))
    return advice if other and key in _names(generated(f"models.{other}").MODEL) else None


_OTHERS = {
    "Email": ("templated_email", "a template is sent with send_with_template, many with send_batch_with_templates"),
    "TemplatedEmail": ("email", "a template brings its own subject and bodies; without one, use send or send_batch"),
}
"""The module of the other kind of mail, and how it is sent."""
_ELSEWHERE = {
    "alias": "template_alias",
    "body": "text_body",
    "cid": "content_id",
    "content_html": "html_body",
    "data": "content",
    "disposition": "content_id",
    "filename": "name",
    "from_address": "from_",
    "from_email": "from_",
    "html": "html_body",
    "message": "text_body",
    "mime_type": "content_type",
    "mimetype": "content_type",
    "model": "template_model",
    "plain": "text_body",
    "recipient": "to",
    "recipients": "to",
    "sender": "from_",
    "stream": "message_stream",
    "tags": "tag",
    "template": "template_alias",
    "template_data": "template_model",
    "template_name": "template_alias",
    "text": "text_body",
    "to_email": "to",
    "to_emails": "to",
    "track_clicks": "track_links",
    "type": "content_type",
    "variables": "template_model",
}
"""What other packages call a field."""
_PER_RECIPIENT = "values for each recipient are a message each: send_many takes any number, send_bulk one text for all"
_SENT_AT_ONCE = "Postmark sends at once: have your own queue call at that time"
_INSTEAD = {
    "esp_extra": "Postmark's own fields are arguments: tag, message_stream and so on",
    "idempotency_key": "Postmark has none: trace= marks a mail, so that resolve can find out what became of it",
    "merge_data": _PER_RECIPIENT,
    "merge_global_data": _PER_RECIPIENT,
    "merge_headers": _PER_RECIPIENT,
    "merge_metadata": _PER_RECIPIENT,
    "personalizations": _PER_RECIPIENT,
    "recipient_variables": _PER_RECIPIENT,
    "scheduled_at": _SENT_AT_ONCE,
    "send_at": _SENT_AT_ONCE,
    "template": "a template is sent with send_with_template(template_alias=...)",
    "template_name": "a template is sent with send_with_template(template_alias=...)",
}
"""What other packages have for mails that Postmark has not."""


def _no_such_field(cls: type[Model], key: object) -> str:
    sending = _sending(cls, key)
    if sending is not None:
        return f"{cls.__name__} has no such field: {sending}"
    import difflib  # noqa: PLC0415 - only for a misspelt name

    lower = str(key).lower()
    usual = _ELSEWHERE.get(lower)
    if usual not in cls.__wire__ and lower in _INSTEAD and cls.__name__ in _OTHERS:
        return f"{cls.__name__} has no such field: {_INSTEAD[lower]}"
    near = [usual] if usual in cls.__wire__ else difflib.get_close_matches(lower, list(cls.__wire__), n=1)
    advice = f"did you mean {near[0]!r}?" if near else f"it has {', '.join(cls.__wire__)}."
    return f"{cls.__name__} has no such field; {advice} Fields newer than this package go into extra={{...}}."

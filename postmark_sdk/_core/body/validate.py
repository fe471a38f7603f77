"""The limits of the description, checked on a request's model before anything is sent. No I/O.

A mail's fields take many forms. :func:`wire_form` reads each once: it gives what goes over the wire and adds what is
wrong to a list, so that a caller learns all of it at once.
"""

from __future__ import annotations

import copy
import datetime as _dt
import decimal
import enum
import json
import math
import uuid
from collections.abc import Callable, Iterable, Mapping, Sequence, Sized
from typing import Any

from ...errors import Problem
from ..schema.model import Model
from ..schema.proxies import unwrapped
from ..schema.rules import Rule
from . import addresses
from .coerce import coerce, taken
from .content import EncodedContent, FileContent, spliced
from .headers import instead_of, is_free, is_header_name
from .inputs import content_id
from .json_text import plain
from .text import a_kind, check_text, has_break, join, no_text, utf8_length

_NO_RULE = Rule()
_SHOWN = 100
"""Characters of a file's name in a problem."""
_NOTHING_IF_EMPTY = frozenset({"content_id", "recipients"})


def problems(model: Model, where: str = "") -> list[Problem]:
    """Everything wrong with a request's model, nested ones included; an empty list when it may be sent."""
    found: list[Problem] = []
    if model.__kinds__:
        wire_form(model, where, found)
    else:
        found += _limits(model, where)
    return found


def _readable(model: Model) -> Model:
    """The same, or a copy in which proxies are what they stand for."""
    values = {name: getattr(model, name) for name in model.__wire__}
    read = {name: plain for name, value in values.items() if (plain := unwrapped(value)) is not value}
    if not read:
        return model
    made = copy.copy(model)
    for name, value in read.items():
        setattr(made, name, value)
    return made


def _limits(model: Model, where: str) -> Iterable[Problem]:
    model = _readable(model)
    plain_types = {name: kind for name, kind in model.__types__.items() if kind in _TAKEN}
    mistyped = {name for name, kind in plain_types.items() if _is_mistyped(getattr(model, name), kind)}
    for name in sorted(mistyped):
        yield Problem(join(where, name), _mistyped(getattr(model, name), model.__types__[name]))
    for name, rule in model.__rules__.items():
        if name not in mistyped:
            yield from _field(getattr(model, name), rule, join(where, name))
    yield from _shape(model, where)
    for name in model.__types__.keys() - plain_types.keys():
        yield from _of_template(getattr(model, name), join(where, name))
    for name in model.__headers__:
        if (value := getattr(model, name)) is not None:
            found: list[Problem] = []
            _header_rows(value, join(where, name), found)
            yield from found
    yield from _of_nested(model, where)


def _of_nested(model: Model, where: str) -> Iterable[Problem]:
    for name in model.__nested__:
        for place, item in _items(getattr(model, name), join(where, name)):
            if isinstance(item, Model):
                yield from problems(item, place)
            elif not isinstance(item, Mapping):
                yield Problem(place, f"{a_kind(item)}; {taken(model.__nested__[name], item)}")


_TAKEN: dict[str, tuple[type, str]] = {
    "flag": (bool, "True or False"),
    "number": (int, "a whole number"),
    "text": (str, "text"),
}


def _mistyped(value: Any, kind: str) -> str:
    return no_text(value) if kind == "text" else f"{a_kind(value)}; it takes {_TAKEN[kind][1]}"


def _is_mistyped(value: Any, kind: str) -> bool:
    """Whether a plain field holds something that JSON would carry and Postmark would not take, or take for another."""
    if isinstance(value, enum.Enum):
        value = value.value
    taken = _TAKEN[kind][0]
    return value is not None and not (isinstance(value, taken) and (taken is bool or not isinstance(value, bool)))


def _of_template(value: Any, where: str) -> list[Problem]:
    found: list[Problem] = []
    if value is not None:
        _template_model(value, _NO_RULE, where, found)
    return found


def _items(value: Any, where: str) -> list[tuple[str, Any]]:
    if value is None:
        return []
    if isinstance(value, Sequence) and not isinstance(value, str | bytes):
        return [(f"{where}[{index}]", item) for index, item in enumerate(value)]
    return [(where, value)]


# --- mails ----------------------------------------------------------------------------------------------------------


def wire_form(model: Model, where: str, found: list[Problem]) -> dict[str, Any]:
    """The JSON object of a mail, contents of attachments left as they are; problems are added to ``found``."""
    model = _readable(model)
    wire: dict[str, Any] = {}
    for name, kind in model.__kinds__.items():
        value = getattr(model, name)
        rule = model.__rules__.get(name, _NO_RULE)
        if value is None:
            found += _field(value, rule, join(where, name))
        elif kind == "models":
            wire[model.__wire__[name]] = _models(value, model.__nested__[name], rule, join(where, name), found)
        else:
            form = _FORMS[kind](value, rule, join(where, name), found)
            if form or kind not in _NOTHING_IF_EMPTY:
                wire[model.__wire__[name]] = form
    found += _shape(model, where)
    found += _empty_files(model, where)
    found += _recipients(model, wire, where, found)
    _add_extra(model, wire, where, found)
    return wire


def _add_extra(model: Model, wire: dict[str, Any], where: str, found: list[Problem]) -> None:
    extra: Any = unwrapped(model.extra)
    if not isinstance(extra, Mapping):
        found.append(Problem(join(where, "extra"), f"{a_kind(extra)}; it takes a dict"))
        return
    for key, value in extra.items():
        name = str(key)
        if check_text(name, join(where, "extra"), found):
            wire[name] = _json(value, join(where, f"extra.{name}"), found)


def _empty_files(model: Model, where: str) -> Iterable[Problem]:
    """Answered with code 300, "Zero-sized attachments not allowed.", for the whole mail."""
    for name, kind in model.__kinds__.items():
        if kind == "content" and _is_empty(getattr(model, name)):
            called = str(getattr(model, "name", None))[:_SHOWN]
            yield Problem(join(where, name), f"the file {called!r} is empty; Postmark takes no such mail: leave it out")


def _recipients(model: Model, wire: Mapping[str, Any], where: str, found: Sequence[Problem]) -> list[Problem]:
    limit = model.__shape__.max_recipients
    if limit is None:
        return []
    names = [name for name, kind in model.__kinds__.items() if kind == "recipients" and name != "reply_to"]
    texts = [text for name in names if isinstance(text := wire.get(model.__wire__[name]), str)]
    count = sum(len(addresses.split(text)) for text in texts)
    if count > limit:
        return [Problem(join(where, names[0]), f"{count} recipients in {_listed(names, 'and')}; at most {limit}")]
    named = any(problem.field.startswith(tuple(join(where, name) for name in names)) for problem in found)
    if count or named:
        return []
    return [Problem(join(where, names[0]), f"no recipient; give at least one in {_listed(names, 'or')}")]


Form = Callable[[Any, Rule, str, "list[Problem]"], Any]


def _text(value: Any, rule: Rule, where: str, found: list[Problem]) -> Any:
    if not isinstance(value, str):
        found.append(Problem(where, no_text(value)))
        return value
    if check_text(value, where, found):
        found += _field(value, rule, where)
    return value


def _line(value: Any, rule: Rule, where: str, found: list[Problem]) -> Any:
    if isinstance(value, enum.Enum) and isinstance(value.value, str):
        value = value.value
    if isinstance(value, str) and has_break(value):
        found.append(Problem(where, "a line break or control character"))
    if rule.required and isinstance(value, str) and not value.strip():
        found.append(Problem(where, "empty; it is required"))
    return _text(value, rule, where, found)


def _content_id(value: Any, rule: Rule, where: str, found: list[Problem]) -> Any:
    known = len(found)
    line = _line(value, rule, where, found)
    return content_id(line) if len(found) == known else line


def _addresses(value: Any, rule: Rule, where: str, found: list[Problem]) -> Any:
    known = len(found)
    text = addresses.joined(value, where, found)
    if len(found) == known:
        found += _field(text, rule, where)
        if not text and rule.required:
            found.append(Problem(where, "empty; it is required"))
    return text


def _flag(value: Any, rule: Rule, where: str, found: list[Problem]) -> Any:  # noqa: ARG001 - one signature for all
    if not isinstance(value, bool):
        found.append(Problem(where, f"{a_kind(value)}; it takes True or False"))
    return value


def _number(value: Any, rule: Rule, where: str, found: list[Problem]) -> Any:
    if isinstance(value, bool) or not isinstance(value, int):
        found.append(Problem(where, f"{a_kind(value)}; it takes a whole number"))
    else:
        found += _field(value, rule, where)
    return value


def _headers(value: Any, rule: Rule, where: str, found: list[Problem]) -> Any:  # noqa: ARG001 - one signature for all
    rows = _header_rows(value, where, found)
    for index, row in enumerate(rows):
        if isinstance(name := row["Name"], str) and not is_free(name):
            problem = f"Postmark takes no header of this name; {instead_of(name)}"
            found.append(Problem(join(f"{where}[{index}]", "name"), problem))
    return rows


def _header_rows(value: Any, where: str, found: list[Problem]) -> list[dict[str, Any]]:
    if isinstance(value, str) or not isinstance(value, Iterable):
        found.append(Problem(where, f"{a_kind(value)}; it takes a dict, or pairs of name and value"))
        return []
    rows = value.items() if isinstance(value, Mapping) else value
    return [_header(item, f"{where}[{index}]", found) for index, item in enumerate(rows)]


def _header(item: Any, where: str, found: list[Problem]) -> dict[str, Any]:
    name, value = map(unwrapped, _header_pair(item))
    if not isinstance(name, str) or not is_header_name(name):
        found.append(Problem(join(where, "name"), "not a header name: visible ASCII characters without a colon"))
    if not isinstance(value, str):
        found.append(Problem(join(where, "value"), no_text(value)))
    elif has_break(value):
        found.append(Problem(join(where, "value"), "a line break or control character"))
    else:
        check_text(value, join(where, "value"), found)
    return {"Name": name, "Value": value}


def _header_pair(item: Any) -> tuple[Any, Any]:
    if isinstance(item, Mapping):
        lower = {str(key).lower(): value for key, value in item.items()}
        return lower.get("name"), lower.get("value")
    if isinstance(item, tuple | list):
        return (item[0], item[1]) if len(item) == 2 else (None, None)  # noqa: PLR2004 - a pair
    return getattr(item, "name", None), getattr(item, "value", None)


_AS_TEXT = (int, float, decimal.Decimal, uuid.UUID)


def _metadata(value: Any, rule: Rule, where: str, found: list[Problem]) -> Any:
    pairs = _metadata_pairs(value)
    if pairs is None:
        found.append(Problem(where, f"{a_kind(value)}; it takes a dict, or pairs of key and value"))
        return {}
    wire: dict[str, str] = {}
    seen: dict[str, str] = {}
    for key, item in (map(unwrapped, pair) for pair in pairs):
        if not isinstance(key, str):
            found.append(Problem(where, no_text(key, "text as a key")))
            continue
        if not check_text(key, where, found):
            continue
        if seen.setdefault(key.lower(), key) != key:
            found.append(Problem(f"{where}[{key!r}]", f"the same key as {seen[key.lower()]!r}: case does not count"))
        wire[key] = _metadata_value(item, f"{where}[{key!r}]", found)
    found += _field(wire, rule, where)
    return wire


def _metadata_pairs(value: Any) -> list[tuple[Any, Any]] | None:
    if isinstance(value, Mapping):
        return list(value.items())
    if isinstance(value, str) or not isinstance(value, Iterable):
        return None
    rows = list(value)
    return rows if all(isinstance(row, tuple | list) and len(row) == 2 for row in rows) else None  # noqa: PLR2004


def _metadata_value(value: Any, where: str, found: list[Problem]) -> str:
    if isinstance(value, str):
        return value if check_text(value, where, found) else ""
    if isinstance(value, enum.Enum):
        return _metadata_value(value.value, where, found)
    if isinstance(value, _dt.date):
        return value.isoformat()
    if isinstance(value, int) and (wrong := _digits(value, where)):
        found += wrong
        return ""
    if isinstance(value, _AS_TEXT) and not isinstance(value, bool):
        return str(value)
    found.append(Problem(where, no_text(value)))
    return ""


def _template_model(value: Any, rule: Rule, where: str, found: list[Problem]) -> Any:  # noqa: ARG001
    known = len(found)
    wire = _json(value, where, found)
    if not isinstance(wire, dict) and len(found) == known:
        found.append(Problem(where, f"{a_kind(value)}; it takes a dict, or an object of a class with fields"))
    return wire


def _json(value: Any, where: str, found: list[Problem]) -> Any:
    try:
        return _json_form(value, where, found, {})
    except RecursionError:
        found.append(Problem(where, "nested too deeply"))
        return None


Around = Mapping[int, str]
"""What a value stands in: the identity of each and its path."""


def _json_form(value: Any, where: str, found: list[Problem], around: Around) -> Any:
    """A value as JSON can hold it; what it cannot hold is added to ``found`` with its path."""
    value = unwrapped(value)
    if value is None or (isinstance(value, str | int | float) and not isinstance(value, enum.Enum)):
        _check_simple(value, where, found)
        return value
    if id(value) in around:
        found.append(Problem(where, f"contains itself: it is {around[id(value)]} again"))
        return None
    around = {**around, id(value): where}
    if isinstance(value, Mapping):
        return _json_object(value, where, found, around)
    if isinstance(value, list | tuple | set | frozenset) and not hasattr(value, "_fields"):
        return [_json_form(item, f"{where}[{index}]", found, around) for index, item in enumerate(value)]
    return _json_form_of_object(value, where, found, around)


def _check_simple(value: Any, where: str, found: list[Problem]) -> None:
    if isinstance(value, str):
        check_text(value, where, found)
    elif isinstance(value, int):
        found += _digits(value, where)
    elif value is not None and not math.isfinite(value):
        found.append(Problem(where, "NaN or infinity, which JSON cannot hold"))


def _json_object(value: Mapping[Any, Any], where: str, found: list[Problem], around: Around) -> dict[str, Any]:
    wire: dict[str, Any] = {}
    for given, item in value.items():
        key = unwrapped(given)
        if isinstance(key, enum.Enum):
            key = key.value  # the same key as JSON writes it
        if isinstance(key, int) and (wrong := _digits(key, where)):
            found += wrong
            continue
        name = _key_name(key)
        if name is None:
            found.append(Problem(where, no_text(key, "text as a key")))
            continue
        if not check_text(name, where, found):
            continue
        wire[name] = _json_form(item, join(where, name), found, around)
    return wire


def _key_name(key: Any) -> str | None:
    """A key as JSON writes it; None where it cannot."""
    if isinstance(key, str):
        return key
    try:
        return json.dumps(key, allow_nan=False) if key is None or isinstance(key, int | float) else None
    except ValueError:  # NaN or infinity
        return None


def _json_form_of_object(value: Any, where: str, found: list[Problem], around: Around) -> Any:
    if isinstance(value, enum.Enum):
        return _json_form(value.value, where, found, around)
    from ..schema.converter import fields_of  # noqa: PLC0415 - cattrs is loaded only where a value needs it

    fields = fields_of(value)
    if fields is not None:
        return _json_object(fields, where, found, around)
    try:
        form = plain(value)
    except Exception:  # noqa: BLE001 - of a class of the caller's
        found.append(Problem(where, f"{a_kind(value)} has no JSON form; if it stands for text, write str(...)"))
        return None
    return form if form is value else _json_form(form, where, found, around)


def _content(value: Any, rule: Rule, where: str, found: list[Problem]) -> Any:  # noqa: ARG001 - one signature for all
    if isinstance(value, FileContent | EncodedContent):
        return value
    if not isinstance(value, str):
        found.append(Problem(where, f"{a_kind(value)}; it takes base64, or write Attachment.from_bytes(...)"))
        return ""
    try:
        return spliced(value)
    except ValueError:
        found.append(Problem(where, "not base64; write Attachment.from_bytes(...)"))
        return ""


def _is_empty(content: Any) -> bool:
    if isinstance(content, str):
        return not content.strip("= \t\r\n")
    return isinstance(content, FileContent) and len(content) == 0


def _models(value: Any, cls: type[Model], rule: Rule, where: str, found: list[Problem]) -> list[dict[str, Any]]:
    if isinstance(value, str | bytes | Mapping | Model) or not isinstance(value, Iterable):
        found.append(Problem(where, f"{a_kind(value)}; it takes a list"))
        return []
    rows = list(value)
    found += _field(rows, rule, where)
    places = [f"{where}[{index}]" for index in range(len(rows))]
    models = [coerce(cls, row, place, found) for row, place in zip(rows, places, strict=True)]
    return [wire_form(model, place, found) for model, place in zip(models, places, strict=True) if model is not None]


_FORMS: dict[str, Form] = {
    "content": _content,
    "content_id": _content_id,
    "flag": _flag,
    "headers": _headers,
    "line": _line,
    "metadata": _metadata,
    "number": _number,
    "recipients": _addresses,
    "sender": _addresses,
    "template_model": _template_model,
    "text": _text,
}


# --- limits ---------------------------------------------------------------------------------------------------------


def _field(value: Any, rule: Rule, where: str) -> list[Problem]:
    if value is None:
        return [Problem(where, "missing; it is required")] if rule.required else []
    found: list[Problem] = []
    if isinstance(value, str):
        found += _text_limits(value, rule, where)
    elif isinstance(value, Mapping):
        found += _mapping_limits(value, rule, where)
    elif isinstance(value, int):
        found += _number_limits(value, rule, where)
    elif isinstance(value, Sized):
        found += _list_limits(value, rule, where)
    return found


def _text_limits(value: str, rule: Rule, where: str) -> Iterable[Problem]:
    units = utf16_length(value) if rule.max_length is not None else 0
    if rule.max_length is not None and units > rule.max_length:
        yield Problem(where, f"{units} characters; at most {rule.max_length}")
    if rule.max_bytes is not None and (size := utf8_length(value)) > rule.max_bytes:
        yield Problem(where, f"{size} bytes; at most {rule.max_bytes}")
    if rule.forbidden_extensions:
        extension = value.strip(" .").rpartition(".")[2].lower()
        if "." in value and extension in rule.forbidden_extensions:
            yield Problem(where, f"Postmark refuses files ending in .{extension}: send an archive or a link")


def _mapping_limits(value: Mapping[Any, Any], rule: Rule, where: str) -> Iterable[Problem]:
    if rule.max_properties is not None and len(value) > rule.max_properties:
        yield Problem(where, f"{len(value)} keys; at most {rule.max_properties}")
    for key, item in value.items():
        if rule.max_key_length is not None and (units := utf16_length(str(key))) > rule.max_key_length:
            yield Problem(where, f"a key of {units} characters; at most {rule.max_key_length}")
        if rule.max_value_length is not None and (units := utf16_length(str(item))) > rule.max_value_length:
            yield Problem(f"{where}[{key!r}]", f"{units} characters; at most {rule.max_value_length}")


def _digits(value: int, where: str) -> list[Problem]:
    """Python writes no number of thousands of digits."""
    try:
        int.__repr__(value)
    except ValueError:
        return [Problem(where, "a number of too many digits")]
    return []


def _number_limits(value: int, rule: Rule, where: str) -> Iterable[Problem]:
    wrong = _digits(value, where)
    if wrong:
        yield from wrong
        return
    if rule.minimum is not None and value < rule.minimum:
        yield Problem(where, f"{value}; at least {rule.minimum}")
    if rule.maximum is not None and value > rule.maximum:
        yield Problem(where, f"{value}; at most {rule.maximum}")


def _list_limits(value: Sized, rule: Rule, where: str) -> Iterable[Problem]:
    if rule.max_items is not None and len(value) > rule.max_items:
        yield Problem(where, f"{len(value)} entries; at most {rule.max_items}")
    if rule.min_items is not None and len(value) < rule.min_items:
        yield Problem(where, f"{len(value)} entries; at least {rule.min_items}")


def _shape(model: Model, where: str) -> Iterable[Problem]:
    shape = model.__shape__
    if shape.at_least_one and not any(getattr(model, name) for name in shape.at_least_one):
        yield Problem(where, f"neither {_listed(shape.at_least_one, 'nor')} is given; it needs one of them")
    if len([name for name in shape.at_most_one if getattr(model, name) is not None]) > 1:
        yield Problem(where, f"{_listed(shape.at_most_one, 'and')} given; it takes at most one of them")
    if shape.exactly_one:
        given = [name for name in shape.exactly_one if getattr(model, name) is not None]
        if len(given) == 1 and getattr(model, given[0]) == "":
            given = []
        if len(given) != 1:
            yield Problem(
                where,
                f"{_listed(given, 'and') or 'none'} given; it needs exactly one of {_listed(shape.exactly_one, 'and')}",
            )


def _listed(names: Sequence[str], word: str) -> str:
    *first, last = names or ("",)
    return f"{', '.join(first)} {word} {last}" if first else last


def utf16_length(text: str) -> int:
    """Length as Postmark counts it: characters outside the basic plane count twice."""
    return len(text) if text.isascii() else len(text) + sum(character > "\uffff" for character in text)

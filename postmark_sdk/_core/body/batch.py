"""Many mails of one class, written field by field: plainly right ones in, JSON out. No I/O.

What is looked at and written for all mails together costs a fraction of doing it mail by mail. Where one of them needs
a closer look, nothing is written, and each goes its own way; :mod:`.encode` sees to that.
"""

from __future__ import annotations

import functools
from itertools import chain, groupby, repeat
from operator import itemgetter
from typing import TYPE_CHECKING, Any, NamedTuple

from ..schema.rules import Rule
from .direct import address_text, are_bare, is_plain, write_headers
from .json_text import encode_model, encode_value, orjson, quote_short
from .text import has_break

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Sequence

    from ..schema.model import Model

_LEAST_ENTRY = len("a@b,")
"""Characters of an address among others."""
_MOST_UTF8_BYTES = 4
_MOST_ESCAPED_BYTES = len("\\u0000")
_FIELDS_WITHOUT_TEXT = 10_000
"""Bytes that the fields without a text of the caller's, and the names of all, stay below together."""


def write_all(cls: type[Model], said: Sequence[Sequence[Any]]) -> bytes | None:
    """The JSON objects of all mails with commas between them; None asks for the careful way.

    Args:
        cls: The class of the mails.
        said: For each field what every mail says, and last what every mail says besides the fields.
    """
    try:
        columns = _columns(_plan(cls), said)  # type: ignore[arg-type]  # classes are hashable, their instances are not
        return _as_text(columns) if orjson is None else _as_objects(columns)
    except Exception:  # noqa: BLE001 - objects of the caller's raise what they like; the careful way names them
        return None


# --- reading --------------------------------------------------------------------------------------------------------


class _Field(NamedTuple):
    name: str
    wire: str
    kind: str
    rule: Rule


class _Plan(NamedTuple):
    """What is known of the mails of a class."""

    cls: type[Model]
    fields: tuple[_Field, ...]
    recipients: frozenset[str]


@functools.cache
def _plan(cls: type[Model]) -> _Plan:
    kinds = cls.__kinds__
    fields = tuple(_Field(name, cls.__wire__[name], kinds[name], cls.__rules__.get(name, Rule())) for name in kinds)
    recipients = frozenset(name for name in kinds if kinds[name] == "recipients" and name != "reply_to")
    return _Plan(cls, fields, recipients)


class _Column(NamedTuple):
    """What one field says in every mail."""

    field: _Field
    values: Sequence[Any]
    """One for each mail; None where a mail says nothing."""
    full: bool
    """Whether every mail says something."""
    same: bool
    """Whether all say the same."""
    longest: int
    """Characters of the longest text."""


def _columns(plan: _Plan, said: Sequence[Sequence[Any]]) -> list[_Column]:
    """The fields that any of the mails sets, checked.

    Raises:
        ValueError: Some mail is wrong, or not plainly right.
        TypeError: Likewise.
    """
    *fields, extras = said
    if any(extras):
        raise ValueError
    columns = [
        column
        for field, values in zip(plan.fields, fields, strict=True)
        if (column := _column(field, values)) is not None
    ]
    _check_shape(plan, columns)
    return columns


def _column(field: _Field, values: Sequence[Any]) -> _Column | None:
    absent = 0 if all(values) else values.count(None)
    if absent and field.rule.required:
        raise ValueError
    if absent == len(values):
        return None
    full = not absent
    given = values if full else tuple([value for value in values if value is not None])
    same = full and _are_same(given)
    checked = _CHECKS[field.kind](given[:1] if same else given, field.rule)
    longest = 0 if field.kind in _WITHOUT_LENGTH else max(map(len, checked))
    if same:
        checked = [checked[0]] * len(values)
    elif not full:
        rest = iter(checked)
        checked = [None if value is None else next(rest) for value in values]
    return _Column(field, checked, full, same, longest)


def _are_same(values: Sequence[Any]) -> bool:
    first = values[0]
    if first.__class__ is str:
        return first == values[-1] and values.count(first) == len(values)
    return first is values[-1] and len({*map(id, values)}) == 1  # 1 equals True, but is not written so


def _check_shape(plan: _Plan, columns: Collection[_Column]) -> None:
    """The limits on mails as a whole, where all of them keep to them in the same way."""
    shape = plan.cls.__shape__
    some = {column.field.name for column in columns}
    all_say = {column.field.name for column in columns if all(column.values)}
    chosen = some.intersection(shape.exactly_one)
    names = sum(column.longest for column in columns if column.field.name in plan.recipients)
    characters = sum(column.longest for column in columns)
    if (
        all_say.isdisjoint(plan.recipients)
        or (shape.at_least_one and all_say.isdisjoint(shape.at_least_one))
        or (shape.exactly_one and not (len(chosen) == 1 and chosen <= all_say))
        or len(some.intersection(shape.at_most_one)) > 1
        or names > (shape.max_recipients or 0) * _LEAST_ENTRY
        or characters * _MOST_ESCAPED_BYTES + _FIELDS_WITHOUT_TEXT > (shape.max_bytes or 0)
    ):
        raise ValueError


# --- checking: the values of a field in, what to write out; an exception for whatever is not plainly right ----------


def _addresses(values: Sequence[Any], rule: Rule) -> Sequence[Any]:
    texts = values if _all_plain(values) else [address_text(value) for value in values]
    if rule.max_length is not None and max(map(len, texts)) * 2 > rule.max_length:
        raise ValueError
    return texts


def _all_plain(values: Sequence[Any]) -> bool:
    try:
        return are_bare(",".join(values)) is not None or None not in map(is_plain, values)
    except TypeError:  # lists and the like
        return False


def _lines(values: Sequence[Any], rule: Rule) -> Sequence[Any]:
    if has_break("".join(values)) or (rule.max_length is not None and max(map(len, values)) * 2 > rule.max_length):
        raise ValueError
    return values


def _texts(values: Sequence[Any], rule: Rule) -> Sequence[Any]:
    if not all(issubclass(kind, str) for kind in {*map(type, values)}):  # template engines have their own kind of text
        raise TypeError
    if rule.max_bytes is not None and max(map(len, values)) * _MOST_UTF8_BYTES > rule.max_bytes:
        raise ValueError
    return values


def _flags(values: Sequence[Any], rule: Rule) -> Sequence[Any]:  # noqa: ARG001 - one signature for all
    return _check_types(values, bool)


def _numbers(values: Sequence[Any], rule: Rule) -> Sequence[Any]:  # noqa: ARG001 - one signature for all
    return _check_types(values, int)


def _headers(values: Sequence[Any], rule: Rule) -> Sequence[Any]:  # noqa: ARG001 - one signature for all
    return [write_headers(value) for value in values]


def _metadata(values: Sequence[Any], rule: Rule) -> Sequence[Any]:
    _check_types(values, dict)
    shapes = {*map(tuple, values)}
    if max(map(len, shapes)) > (rule.max_properties or 0):
        raise ValueError
    if any(len({*map(str.lower, names)}) != len(names) for names in shapes):
        raise ValueError
    _check_lengths([*chain.from_iterable(shapes)], rule.max_key_length or 0)
    _check_lengths([*chain.from_iterable(map(dict.values, values))], rule.max_value_length or 0)
    return values


def _template_models(values: Sequence[Any], rule: Rule) -> Sequence[Any]:  # noqa: ARG001 - one signature for all
    return [encode_model(value) for value in _check_types(values, dict)]


def _check_types(values: Sequence[Any], kind: type) -> Sequence[Any]:
    if {*map(type, values)} != {kind}:
        raise TypeError
    return values


def _check_lengths(texts: Sequence[str], limit: int) -> None:
    units = 1 if "".join(texts).isascii() else 2
    if max(map(len, texts), default=0) * units > limit:
        raise ValueError


def _never(values: Sequence[Any], rule: Rule) -> Sequence[Any]:  # noqa: ARG001 - one signature for all
    """Attachments go the careful way: they are put in their place while they are sent."""
    raise ValueError


_CHECKS: dict[str, Callable[[Sequence[Any], Rule], Sequence[Any]]] = {
    "flag": _flags,
    "headers": _headers,
    "line": _lines,
    "metadata": _metadata,
    "models": _never,
    "number": _numbers,
    "recipients": _addresses,
    "sender": _addresses,
    "template_model": _template_models,
    "text": _texts,
}
_WITHOUT_LENGTH = ("flag", "metadata", "number")
_WRITTEN = ("headers", "template_model")
"""Kinds whose values are JSON once they are checked."""


# --- writing --------------------------------------------------------------------------------------------------------


_WRITERS: dict[str, Callable[[Any], str]] = {
    "flag": {True: "true", False: "false"}.__getitem__,
    "metadata": encode_value,
    "number": str,
    **dict.fromkeys(_WRITTEN, str),
}


def _as_text(columns: Sequence[_Column]) -> bytes:
    pieces: list[str | Iterable[str]] = []
    for field, values, full, same, _ in columns:
        write = _WRITERS.get(field.kind, quote_short)
        name = f'{"," if pieces else "{"}"{field.wire}":'
        if same:
            pieces.append(name + write(values[0]))
        elif full:
            pieces += (name, *_pieces(field, values, write))
        elif pieces:
            pieces.append(["" if value is None else name + write(value) for value in values])
        else:  # there is nothing yet that a comma could follow
            raise ValueError
    pieces.append("},")
    return "".join(chain.from_iterable(zip(*_repeated(pieces, len(columns[0].values)), strict=True)))[:-1].encode()


def _pieces(field: _Field, values: Sequence[Any], write: Callable[[Any], str]) -> list[str | Iterable[str]]:
    """What to write of the mails in turn: a text that is the same for all, or one for each."""
    names = {*map(tuple, values)} if field.kind == "metadata" else ()
    if len(names) != 1:
        return [map(write, values)]
    found: list[str | Iterable[str]] = []
    for name in next(iter(names)):
        found += (f"{',' if found else '{'}{quote_short(name)}:", map(quote_short, map(itemgetter(name), values)))
    return [*found, "}" if found else "{}"]


def _repeated(pieces: Iterable[Any], times: int) -> Iterator[Iterable[str]]:
    """The same with a text for each mail, and with neighbours that are the same for all as one."""
    for same, group in groupby(pieces, lambda piece: isinstance(piece, str)):
        if same:
            yield repeat("".join(group), times)
        else:
            yield from group


def _as_objects(columns: Sequence[_Column]) -> bytes:
    assert orjson is not None  # noqa: S101 - asked for only then
    names = [column.field.wire for column in columns]
    values = [
        [value if value is None else orjson.Fragment(value) for value in column.values]
        if column.field.kind in _WRITTEN
        else column.values
        for column in columns
    ]
    pairs = map(zip, repeat(names), zip(*values, strict=True))
    if all(column.full for column in columns):
        objects = [*map(dict, pairs)]
    else:
        objects = [{name: value for name, value in row if value is not None} for row in pairs]
    written: bytes = orjson.dumps(objects)[1:-1]
    return written

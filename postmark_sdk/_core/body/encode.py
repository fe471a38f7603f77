"""The way in: what the caller gave becomes models, and these the checked bytes of a request. No I/O.

A mail is written in one of three ways, which say the same; the cheapest that it is plain enough for is taken:

=============================  ==============================================================================
:func:`.batch.write_all`       All mails of a call at once, field by field, where each of them is plainly right.
``write_email`` and its like   One mail, by the function that was generated for its class, where it is plainly right.
:func:`.validate.wire_form`    Any other: one with attachments, ``extra`` or a mistake, and every mail where a guard
                               looks. It mends what can be mended and names all that cannot.
=============================  ==============================================================================

:func:`pack_all` asks for the first, :func:`pack` for the second, and each falls back to the next. The first two never
refuse: they hand on whatever they are not sure of.
"""

from __future__ import annotations

import contextlib
import functools
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from ...errors import InvalidMessageError, MessageRef, Problem
from ..schema.generated import generated
from ..schema.model import Model
from .coerce import coerce, columns_of
from .json_text import Part, Splicer, json_bytes
from .payload import Payload
from .typed.template import TypedTemplate, filled

if TYPE_CHECKING:
    from ..schema.operation import Body, Operation


class _Kind(NamedTuple):
    """A model's class and its generated functions; only mails can be written directly."""

    cls: type[Model]
    dump: Callable[[Any], dict[str, Any]]
    write: Callable[[Any], str | None] | None
    read: Callable[[list[Any]], list[tuple[Any, ...]]] | None


@functools.cache
def kind(name: str) -> _Kind:
    """Look a model up by its module's name; it is imported on first use."""
    module = generated(f"models.{name}")
    return _Kind(
        module.MODEL,
        getattr(module, f"dump_{name}"),
        getattr(module, f"write_{name}", None),
        getattr(module, f"read_{name}", None),
    )


class Preparation:
    """What a client does to every mail before it leaves: nothing, unless it was told to.

    Subclasses fill in defaults and marks, and keep strangers out.
    """

    keeps_recipients = True
    """Whether mails go where the caller says."""

    def model(self, model: Any, index: int | None, where: str, found: list[Problem]) -> Any:  # noqa: ARG002
        """The model to check and send instead of the caller's, which is never changed."""
        return model

    def ref(self, index: int | None) -> MessageRef:
        """Which mail one is, and how it can be found again."""
        return MessageRef(index or 0, None)

    def forget(self, places: Iterable[int]) -> None:
        """What became of these mails is known."""

    @property
    def reads_wire(self) -> bool:
        """Whether :meth:`wire` wants to see the mails."""
        return False

    def wire(self, wire: dict[str, Any], where: str, found: list[Problem]) -> None:
        """Look at a mail's JSON object as it is about to leave, and change it in place."""


UNPREPARED = Preparation()


Parts = list[Part]


def encode(
    operation: Operation[Any], given: Any, fields: Mapping[str, Any], preparation: Preparation = UNPREPARED
) -> tuple[Payload, Sequence[Any]]:
    """The bytes of a request body, and the mails it consists of as they were given.

    Raises:
        InvalidMessageError: With every problem found; nothing was sent.
    """
    body = operation.body
    assert body is not None  # noqa: S101 - asked for operations with a body only
    payload, mails = (_rows if body.is_list else _single)(body, given, fields, preparation)
    if body.max_bytes is not None and payload.length > body.max_bytes:
        raise InvalidMessageError([Problem(_row_name(body), f"{payload.length} bytes; a call takes {body.max_bytes}")])
    return payload, mails


def fitting(operation: Operation[Any], given: Any) -> Operation[Any]:
    """The operation for a whole body: the other kind of mail has its own."""
    if operation.other is None or operation.body is None or isinstance(given, kind(operation.body.model).cls):
        return operation
    other: Operation[Any] = generated("operations").OPERATIONS[operation.other]
    assert other.body is not None  # noqa: S101 - it sends
    return other if isinstance(given, kind(other.body.model).cls | TypedTemplate) else operation


def _single(
    body: Body, given: Any, fields: Mapping[str, Any], preparation: Preparation
) -> tuple[Payload, Sequence[Any]]:
    if given.__class__ is TypedTemplate:
        given, fields = None, filled(given, fields)
    if given is not None and fields:
        raise InvalidMessageError(
            [Problem(name, "given beside a whole body; write either the body or keyword arguments") for name in fields]
        )
    found: list[Problem] = []
    model = coerce(kind(body.model).cls, fields if given is None else given, "", found)
    parts = [] if model is None else pack(body.model, model, None, "", found, preparation)
    if found:
        raise InvalidMessageError(found)
    return Payload(parts), (given,)


def _rows(body: Body, given: Any, fields: Mapping[str, Any], preparation: Preparation) -> tuple[Payload, Sequence[Any]]:
    items = listed(body, given, fields)
    name = _row_name(body)
    found = _count(body, items, name)
    rows = None if found else pack_all(body.model, items, range(len(items)), name, preparation)
    if rows is not None:
        return Payload(enclosed(body, [rows])), items
    parts: Parts = []
    for index, item in enumerate(items):
        model = coerce(kind(body.model).cls, item, f"{name}[{index}]", found)
        if model is not None:
            parts += (*pack(body.model, model, index, name, found, preparation), b",")
    if found:
        raise InvalidMessageError(found)
    return Payload(enclosed(body, parts[:-1])), items


def listed(body: Body, given: Any, fields: Mapping[str, Any]) -> list[Any]:
    """The rows of a list's body, as they were given.

    Raises:
        InvalidMessageError: It is no list.
    """
    name = _row_name(body)
    if fields:
        raise InvalidMessageError([Problem(key, f"not an argument; give the {name} as one list") for key in fields])
    if isinstance(given, str | Mapping | Model) or not isinstance(given, Iterable):
        raise InvalidMessageError([Problem(name, "one value given; it takes a list of them")])
    return list(given)


def enclosed(body: Body, rows: Parts) -> Parts:
    """The parts of a list's body: its rows, with commas between them, and what stands around them."""
    opening, closing = (f'{{"{body.wrapper}":['.encode(), b"]}") if body.wrapper else (b"[", b"]")
    return [opening, *rows, closing]


def pack_all(
    name: str, items: Sequence[Any], indexes: Sequence[int], rows: str, preparation: Preparation
) -> bytes | None:
    """The JSON of all rows with commas between them, if they are plainly right; None where one needs a closer look."""
    from .batch import write_all  # noqa: PLC0415 - single mails do without

    cls, _, _, read = kind(name)
    if read is None or preparation.reads_wire:
        return None
    if preparation is UNPREPARED and {*map(type, items)} == {dict}:
        try:
            return write_all(cls, columns_of(cls, items))
        except ValueError:
            return None
    found: list[Problem] = []
    models: list[Any] = [item if item.__class__ is cls else coerce(cls, item, rows, found) for item in items]
    if preparation is not UNPREPARED and not found:
        if any(hasattr(each, "__next__") for model in models for each in (model.metadata, model.headers)):
            return None  # what can be read once is read below
        models = [preparation.model(model, index, rows, found) for index, model in zip(indexes, models, strict=True)]
    return None if found else write_all(cls, list(zip(*read(models), strict=True)))


def pack(name: str, model: Any, index: int | None, rows: str, found: list[Problem], preparation: Preparation) -> Parts:
    """The JSON of one body or row; what is wrong with it is added to ``found``."""
    write = kind(name).write
    where = rows if index is None else f"{rows}[{index}]"
    made = preparation.model(model, index, where, found)
    if write is not None and not preparation.reads_wire and (text := write(made)) is not None:
        with contextlib.suppress(UnicodeEncodeError):  # half a surrogate pair, which the careful way names
            return [text.encode()]
    return _packed_carefully(name, made, where, found, preparation)


def _packed_carefully(name: str, model: Any, where: str, found: list[Problem], preparation: Preparation) -> Parts:
    from .validate import problems, wire_form  # noqa: PLC0415 - most mails are plainly right

    if not model.__kinds__:
        found += problems(model, where)
        return [] if found else [json_bytes(kind(name).dump(model))]
    known = len(found)
    wire = wire_form(model, where, found)
    if len(found) > known:
        return []
    preparation.wire(wire, where, found)
    parts = Splicer().parts(wire)
    limit = model.__shape__.max_bytes
    if limit is not None and (size := size_of(parts)) > limit:
        found.append(Problem(where, f"{size} bytes with its attachments in base64; at most {limit}"))
    return parts


def size_of(parts: Iterable[Part]) -> int:
    """Bytes."""
    return sum(map(len, parts))


def all_problems(model: Model) -> list[Problem]:
    """Everything that sending this mail would refuse, its size included; an empty list when nothing would."""
    found: list[Problem] = []
    for field in model.__kinds__:
        if hasattr(value := getattr(model, field), "__next__"):
            setattr(model, field, list(value))  # the mail can still be sent
    name = type(model).__module__.rpartition(".")[2]
    _packed_carefully(name, model, "", found, UNPREPARED)
    return found


def _row_name(body: Body) -> str:
    return (body.wrapper or "messages").lower()


def _count(body: Body, items: list[Any], name: str) -> list[Problem]:
    if body.max_items is not None and len(items) > body.max_items:
        return [Problem(name, f"{len(items)} {name}; a call takes at most {body.max_items}: send_many splits them")]
    if body.min_items is not None and len(items) < body.min_items:
        return [Problem(name, f"{len(items)} {name}; a call takes at least {body.min_items}")]
    return []

"""Rows of an answer to a batch that cannot be those of their messages. No I/O.

A row says for whom it is in ``To``: the recipients as given, in a form of Postmark's own, and not always. So a row is
believed unless it is proven wrong.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from ..body.addresses import entries, name_and_address
from ..body.direct import are_bare

if TYPE_CHECKING:
    from collections.abc import Sequence

_RECIPIENTS = ("to", "cc", "bcc")


def contradicted(ids: list[Any], named: list[Any], messages: Sequence[Any]) -> frozenset[int]:
    """The places of rows that nobody can tell the mail of.

    These are rows whose id another one has as well, those that name the recipients of another message and none of
    their own, and what stands in the place of that other message without naming it.

    Args:
        ids: The id in each row; None of a refused one.
        named: For whom each row is.
        messages: What they are about, as it was given; empty where recipients tell nothing.
    """
    wrong = _twice(ids) if len({*map(str, ids)}) < len(ids) else frozenset()
    try:
        if not messages or named == [*map(_to, messages)]:
            return wrong
        return wrong | _misplaced(named, messages)
    except Exception:  # noqa: BLE001 - an object of the caller's that cannot be read again must not cost the ids
        return wrong


def _twice(ids: list[Any]) -> frozenset[int]:
    counted = Counter(each for each in ids if isinstance(each, str) and each)
    return frozenset(place for place, each in enumerate(ids) if isinstance(each, str) and counted[each] > 1)


def _misplaced(named: list[Any], messages: Sequence[Any]) -> frozenset[int]:
    people = [*map(_recipients, messages)]
    texts = {text: _addresses(text) for text in named if isinstance(text, str)}
    told = [texts[text] if isinstance(text, str) else frozenset() for text in named]
    wrong: set[int] = set()
    owners: dict[str, list[int]] = {}
    for place, each in enumerate(people):
        for address in each:
            owners.setdefault(address, []).append(place)
    for place, (own, others) in enumerate(zip(people, told, strict=True)):
        if own and others and own.isdisjoint(others):
            meant = [owner for owner in owners.get(next(iter(others)), ()) if others <= people[owner]]
            wrong.update(owner for owner in meant if people[owner].isdisjoint(told[owner]))
            wrong.update((place,) * bool(meant))
    return frozenset(wrong)


def _to(message: Any) -> Any:
    if isinstance(message, Mapping):
        return message.get("to") or message.get("To")
    return getattr(message, "to", None)


def _recipients(message: Any) -> frozenset[str]:
    """All addresses of a message in whichever form it was given; none where some could be read only once."""
    if isinstance(message, Mapping):
        given = [message.get(name) or message.get(name.capitalize()) for name in _RECIPIENTS]
    elif hasattr(message, "get_all"):  # of the standard library
        given = [text for name in _RECIPIENTS for text in message.get_all(name, ())]
    else:
        given = [getattr(message, name, None) for name in _RECIPIENTS]
    if any(hasattr(each, "__next__") for each in given):
        return frozenset()
    return frozenset().union(*(_addresses(each) for each in given if each))


def _addresses(value: Any) -> frozenset[str]:
    if isinstance(value, str):
        value = str(value)  # lazy objects only pass for text
        if are_bare(value):
            return frozenset(value.lower().split(","))
    return frozenset(name_and_address(entry)[1].lower() for entry in entries(value, "", []))

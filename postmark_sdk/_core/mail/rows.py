"""Rows of an answer to a batch that cannot be those of their messages. No I/O.

A row says for whom it is in ``To``: the recipients as given, in a form of Postmark's own, and not always. So a row is
believed unless it is proven wrong.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeAlias

from ..body.addresses import entries, name_and_address
from ..body.direct import are_bare

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

_RECIPIENTS = ("to", "cc", "bcc")


class Ids:
    """The ids of the last mails of one ``send_many``: in no two of its calls can one be right for both.

    The first call that got it keeps it. Of very many mails the oldest are forgotten: what comes again comes soon.
    """

    MOST = 4000

    def __init__(self) -> None:
        self._last: dict[int, int] = {}
        self._before: dict[int, int] = {}

    def again(self, ids: list[Any], call: int) -> frozenset[int]:
        """The places of ids that another call has; ``call`` is a number that no other one has."""
        given = {hash(each): call for each in ids if isinstance(each, str) and each}
        if self._last.keys().isdisjoint(given) and self._before.keys().isdisjoint(given):
            if len(self._last) >= self.MOST:
                self._last, self._before = {}, self._last
            self._last.update(given)
            return frozenset()
        calls = {**given, **self._last, **self._before}
        self._last = {**given, **self._last}
        return frozenset(
            place for place, each in enumerate(ids) if isinstance(each, str) and each and calls[hash(each)] != call
        )


def contradicted(
    ids: list[Any],
    named: list[Any],
    messages: Sequence[Any],
    elsewhere: Callable[[], Iterable[Any]] = tuple,
) -> frozenset[int]:
    """The places of rows that nobody can tell the mail of.

    These are rows whose id another one has as well, those that name the recipients of another message and none of
    their own, and what stands in the place of that other message without naming it.

    Args:
        ids: The id in each row; None of a refused one.
        named: For whom each row is.
        messages: What they are about, as it was given; empty where recipients tell nothing.
        elsewhere: Messages of other calls whose answers may have come in place of this one.
    """
    wrong = _twice(ids) if len({*map(str, ids)}) < len(ids) else frozenset()
    try:
        if not messages or named == [*map(_to, messages)]:
            return wrong
        return wrong | _misplaced(named, messages, elsewhere)
    except Exception:  # noqa: BLE001 - an object of the caller's that cannot be read again must not cost the ids
        return wrong


def _twice(ids: list[Any]) -> frozenset[int]:
    counted = Counter(each for each in ids if isinstance(each, str) and each)
    return frozenset(place for place, each in enumerate(ids) if isinstance(each, str) and counted[each] > 1)


def _misplaced(named: list[Any], messages: Sequence[Any], elsewhere: Callable[[], Iterable[Any]]) -> frozenset[int]:
    people = [*map(_recipients, messages)]
    texts = {text: _addresses(text) for text in named if isinstance(text, str)}
    told = [texts[text] if isinstance(text, str) else frozenset() for text in named]
    astray = [place for place, own in enumerate(people) if own and told[place] and own.isdisjoint(told[place])]
    if not astray:
        return frozenset()
    here, there = _owners(people), _owners([*map(_recipients, elsewhere())])
    wrong: set[int] = set()
    for place in astray:
        meant = _meant(here, told[place])
        wrong.update(owner for owner in meant if people[owner].isdisjoint(told[owner]))
        if meant or _meant(there, told[place]):
            wrong.add(place)
    return frozenset(wrong)


_Owners: TypeAlias = "dict[str, list[tuple[int, frozenset[str]]]]"


def _owners(people: list[frozenset[str]]) -> _Owners:
    """Whose an address is: places of messages, with all their recipients."""
    owners: _Owners = {}
    for place, each in enumerate(people):
        for address in each:
            owners.setdefault(address, []).append((place, each))
    return owners


def _meant(owners: _Owners, told: frozenset[str]) -> list[int]:
    """The messages that have all of the recipients that a row names."""
    return [place for place, each in owners.get(next(iter(told)), ()) if told <= each]


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

"""Finding messages by the marks in their metadata: which pages to ask for, and what they tell. No I/O.

Messages of a call that share a mark are found with one search; those that do not, with one each. Whoever has a client
does the rest::

    lookup = Lookup(messages)
    for look in lookup.looks():
        for message_id in look.take(outbound.list(**look.query)):
            look.detailed(outbound.get(message_id))
    lookup.found  # place in ``messages`` -> record
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

from .trace import CALL_KEY, TOGETHER, TRACE_KEY

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from ..._generated.models.message_stream import MessageStream
    from ..._generated.models.outbound_message import OutboundMessage
    from ..._generated.models.outbound_message_details import OutboundMessageDetails
    from ..._generated.models.outbound_message_page import OutboundMessagePage
    from ...errors import MessageRef

    Record: TypeAlias = OutboundMessage | OutboundMessageDetails

_MOST_PAGES = 10_000 // TOGETHER
"""A search shows no more than 10,000 records."""


class Lookup:
    """Looks for messages as often as one likes; what was found is not looked for again.

    Args:
        messages: What to find. Those without a mark are not looked for.
        message_stream: The stream to look at, since a search looks at one. None: that of each message, and all that
            :meth:`look_at` names where it is not known.
    """

    def __init__(self, messages: Sequence[MessageRef], *, message_stream: str | None = None) -> None:
        self.messages = messages
        self.found: dict[int, Record] = {}
        """Place in ``messages`` -> the record that has the mark of that message."""
        self._stream = message_stream
        self._streams: tuple[str | None, ...] = (None,)

    @property
    def missing(self) -> list[int]:
        """The places of marked messages that were not found so far."""
        return [
            place
            for place, message in enumerate(self.messages)
            if message.trace is not None and place not in self.found
        ]

    @property
    def needs_streams(self) -> bool:
        """Whether :meth:`look_at` has to be told which streams there are."""
        return self._stream is None and any(self.messages[place].message_stream is None for place in self.missing)

    def look_at(self, streams: Iterable[MessageStream]) -> None:
        """Take all streams of the server; archived ones may hold what was sent before."""
        kinds = ((getattr(each, "id", None), getattr(each, "message_stream_type", None)) for each in streams)
        self._streams = tuple(name for name, kind in kinds if isinstance(name, str) and kind != "Inbound") or (None,)

    def looks(self) -> Iterator[Look]:
        """The searches for all that is missing, each once; what one finds decides about the next."""
        for (mark, stream), places in self._groups().items():
            for each in self._streams if stream is None else (stream,):
                if isinstance(mark, str):
                    yield from self._together(mark, places, each)
                else:
                    yield from self._one_by_one(places, each)

    def _groups(self) -> dict[tuple[str | int, str | None], list[int]]:
        """Places by shared mark and stream; one without a shared mark is a group of its own."""
        groups: dict[tuple[str | int, str | None], list[int]] = {}
        for place in self.missing:
            message = self.messages[place]
            mark = place if message.call_trace is None else message.call_trace
            groups.setdefault((mark, self._stream or message.message_stream), []).append(place)
        return groups

    def _together(self, mark: str, places: list[int], stream: str | None) -> Iterator[Look]:
        """Page after page by the shared mark, as long as that is cheaper than to look for each message."""
        pages = min(len(places), _MOST_PAGES)
        for page in range(pages if len(places) > 1 else 0):
            wanted = self._wanted(places)
            if not wanted:
                return
            filters = {"metadata": {CALL_KEY: mark}, "message_stream": stream}
            look = Look({**filters, "count": TOGETHER, "offset": page * TOGETHER}, wanted, self.found)
            yield look
            if look.is_vague:
                break
            if not look.has_more:
                return
        yield from self._one_by_one(places, stream)

    def _one_by_one(self, places: list[int], stream: str | None) -> Iterator[Look]:
        for mark, place in self._wanted(places).items():
            query = {"metadata": {TRACE_KEY: mark}, "message_stream": stream, "count": 1}
            yield Look(query, {mark: place}, self.found)

    def _wanted(self, places: list[int]) -> dict[str, int]:
        marks = ((self.messages[place].trace, place) for place in places if place not in self.found)
        return {mark: place for mark, place in marks if mark is not None}


class Look:
    """One search, and the messages that it may show."""

    def __init__(self, query: dict[str, Any], wanted: dict[str, int], found: dict[int, Record]) -> None:
        self.query = query
        """What ``outbound.list`` is to be asked for."""
        self.has_more = False
        """Whether further pages follow."""
        self.is_vague = False
        """Whether the page left out the metadata of more records than messages are looked for."""
        self._wanted = wanted
        self._found = found

    def take(self, page: OutboundMessagePage) -> list[str]:
        """The answer came; the ids of records that only :meth:`detailed` can tell about."""
        self.has_more = page.has_more
        unproven = []
        for message in page.items[: self.query["count"]]:
            self.detailed(message)
            if _may_carry(message):
                unproven.append(message.message_id)
        missing = [place for place in self._wanted.values() if place not in self._found]
        self.is_vague = len(unproven) > len(missing) > 0
        return [] if self.is_vague or not missing else unproven

    def detailed(self, record: Record | None) -> None:
        """A record came: it is a message that was looked for if it has its mark; nothing else is proof."""
        metadata = getattr(record, "metadata", None)
        if record is None or not isinstance(metadata, dict):
            return
        for key, value in metadata.items():
            if key.lower() == TRACE_KEY and isinstance(value, str) and value in self._wanted:
                self._found.setdefault(self._wanted[value], record)


def _may_carry(record: Any) -> bool:
    """Whether a record leaves open what metadata the mail has, and can be asked for."""
    return not getattr(record, "metadata", True) and isinstance(record.message_id, str) and bool(record.message_id)

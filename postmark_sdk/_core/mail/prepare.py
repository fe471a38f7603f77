"""What a client does to every mail: defaults, marks, and keeping strangers out. No I/O."""

from __future__ import annotations

import copy
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from ...errors import GuardError, InvalidMessageError, MessageRef, Problem
from ..body.coerce import coerce
from ..body.encode import UNPREPARED, Preparation
from ..body.text import join
from .defaults import completed, merged_metadata
from .guard import Guard, Stopped, stopped
from .trace import CALL_KEY, TRACE_KEY, Trace

if TYPE_CHECKING:
    from ..schema.operation import Operation

_MAX_KEYS = 10
_DEFAULT_STREAM = "outbound"


class Mailing(Preparation):
    """Defaults first, then the mark; the guard sees what will leave."""

    def __init__(self, defaults: Mapping[str, Any], guard: Guard | None, trace: Trace | None) -> None:
        self._defaults = defaults
        self._guard = guard
        self._trace = trace
        self._streams: dict[int | None, str] = {}
        self._alone: set[int | None] = set()
        self.keeps_recipients = guard is None or guard.redirect_to is None

    def model(self, model: Any, index: int | None, where: str, found: list[Problem]) -> Any:
        """A copy with defaults and mark; the caller's model is never changed."""
        if not self._defaults and self._trace is None:
            return model
        made = completed(model, self._defaults)
        if self._trace is not None:
            if not _mark(made, self._trace, index, where, found):
                self._alone.add(index)
            stream = _stream(made)
            if stream is not None:
                self._streams[index] = stream
        return made

    def ref(self, index: int | None) -> MessageRef:
        """With its marks, and its stream if that is known."""
        if self._trace is None:
            return super().ref(index)
        shared = None if index in self._alone else self._trace.shared(index or 0)
        return MessageRef(index or 0, self._trace.mark(index), self._streams.get(index), shared)

    def forget(self, places: Iterable[int]) -> None:
        """They need not be found again."""
        for place in places:
            self._streams.pop(place, None)
        self._alone.difference_update(places)

    @property
    def reads_wire(self) -> bool:
        """Only for the guard."""
        return self._guard is not None

    def wire(self, wire: dict[str, Any], where: str, found: list[Problem]) -> None:
        """Keep strangers out."""
        if self._guard is not None:
            found += stopped(self._guard, wire, where)


def refusal(found: list[Problem], operation: Operation[Any]) -> InvalidMessageError:
    """The error for these problems; one of its own where the guard alone refuses."""
    kind = GuardError if found and all(isinstance(problem, Stopped) for problem in found) else InvalidMessageError
    return kind(
        [Problem(*problem) for problem in found],
        operation=operation.label,
        method=operation.method,
        path=operation.path,
    )


def _mark(model: Any, trace: Trace, index: int | None, where: str, found: list[Problem]) -> bool:
    """Put the mark into a mail's metadata, and the shared one of several mails; whether it got both."""
    mark = {TRACE_KEY: trace.mark(index)}
    metadata = mark if model.metadata is None else merged_metadata(model.metadata, mark)
    if isinstance(metadata, dict) and len(metadata) > _MAX_KEYS:
        keys = len(metadata) - 1
        found.append(Problem(join(where, "metadata"), f"{keys} keys; trace needs one of the {_MAX_KEYS} itself"))
        return False
    model.metadata = metadata
    if index is None:
        _mark_entries(model, trace.value, where, found)
    if index is None or not _has_room(metadata):
        return False
    model.metadata = {**metadata, CALL_KEY: trace.shared(index)}
    return True


def _has_room(metadata: Any) -> bool:
    """Whether a shared mark may be added; a key of that name of the caller's stays."""
    if not isinstance(metadata, dict) or len(metadata) >= _MAX_KEYS:
        return False
    return len(metadata) == 1 or all(str(key).lower() != CALL_KEY for key in metadata)


def _mark_entries(model: Any, mark: str, where: str, found: list[Problem]) -> None:
    """Of a bulk request: all its messages have the one mark, so one search finds them anyway."""
    entries = getattr(model, "messages", None)
    if isinstance(entries, Iterable) and not isinstance(entries, str | bytes | Mapping):
        place = join(where, "messages")
        model.messages = [
            _marked_entry(model, entry, mark, f"{place}[{index}]", found) for index, entry in enumerate(entries)
        ]


def _stream(model: Any) -> str | None:
    """The stream that a mail names, or that Postmark takes for one that names none; of a bulk request that depends."""
    if any(str(key).lower() == "messagestream" for key in model.extra):
        return None
    if model.message_stream is None and not hasattr(model, "messages"):
        return _DEFAULT_STREAM
    return model.message_stream if isinstance(model.message_stream, str) else None


def _marked_entry(model: Any, entry: Any, mark: str, where: str, found: list[Problem]) -> Any:
    """An entry's metadata takes the place of the common one, so it needs the mark, too."""
    if isinstance(entry, Mapping):
        entry = coerce(model.__nested__["messages"], entry, where, found)
    if not getattr(entry, "metadata", None):
        return entry
    made = copy.copy(entry)
    made.metadata = merged_metadata(made.metadata, {TRACE_KEY: mark})
    return made


def preparation(defaults: Mapping[str, Any], guard: Guard | None, trace: Trace | None) -> Preparation:
    """What a client does to mails; nothing where nothing was asked for."""
    return Mailing(defaults, guard, trace) if defaults or guard or trace else UNPREPARED

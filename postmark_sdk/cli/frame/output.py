"""What commands print: tables and sentences in a terminal, JSON elsewhere."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from itertools import islice
from typing import TYPE_CHECKING, Any

from ..._core.schema.model import Model
from .text import HIDDEN, as_json, plain, printable, printable_lines, shown

if TYPE_CHECKING:
    from rich.console import Console

__all__ = ["Columns", "Output"]

Columns = Mapping[str, str | Callable[[Any], Any]]
"""Heading -> attribute (or key) of a record, or what gives the cell of it."""

_WHOLE = frozenset({"id", "received", "bounced", "created", "since", "when"})
"""Columns that are not broken: ids, so that they can be copied, and times."""


class Output:
    """Where the results of a command go. Results go to stdout, all else to stderr.

    Args:
        as_json: JSON or not. None: JSON on what is no terminal, stdout or stderr.
    """

    def __init__(self, *, as_json: bool | None = None) -> None:
        self.as_json: bool = not sys.stdout.isatty() if as_json is None else as_json
        self._notes_as_json = not sys.stderr.isatty() if as_json is None else as_json

    def record(self, record: Any, fields: Columns | None = None) -> None:
        """One record: a JSON object, or a line a field. In a terminal ``fields``, all that are set unless given."""
        if self.as_json:
            self._line(as_json(record))
            return
        table = _table(show_header=False)
        table.add_column(no_wrap=True)
        table.add_column(overflow="fold")
        for heading, value in _fields(record, fields):
            table.add_row(_text(heading, "bold"), _text(value))
        self.print(table)

    def rows(self, records: Iterable[Any], columns: Columns, *, none: str, most: int | None = None) -> None:
        """A list of records: a JSON array, an element a line, written as they come; or a table.

        Args:
            records: Each is printed when it has come; an array stays open where an error ends it.
            columns: Of the table. JSON has every field.
            none: What is said in a terminal where there is no record.
            most: Stop after so many, and say so if there is one more. None: all of them.
        """
        rest = iter(records)
        (self._array if self.as_json else self._table)(islice(rest, most), columns, none)
        if most is not None and next(rest, None) is not None:
            self.note(f"There are more than {most}: --limit N or --all shows them.")

    def event(self, record: Any, line: str) -> None:
        """One of what comes without end: a JSON object a line, or the line."""
        self._line(as_json(record) if self.as_json else printable(line))

    def text(self, text: str, record: Any) -> None:
        """A long text, such as the source of a mail, or a JSON object with it."""
        told = printable_lines(text) if sys.stdout.isatty() else text
        self._line(as_json(record) if self.as_json else told)

    def file(self, text: str) -> None:
        """The content of a file, byte for byte and in UTF-8 wherever it is no terminal that reads."""
        if sys.stdout.isatty():
            sys.stdout.write(text)
        else:
            sys.stdout.flush()
            sys.stdout.buffer.write(text.encode())
        sys.stdout.flush()

    def done(self, record: Any, sentence: str, style: str = "green") -> None:
        """What was done: a JSON object, or a sentence."""
        if self.as_json:
            self._line(as_json(record))
        else:
            self.print(_text(printable(sentence), style))

    def note(self, text: str, **fields: Any) -> None:
        """A word beside the results, on stderr: for people as it is, else as a JSON object, with these fields."""
        line = as_json({"note": text, **fields}) if self._notes_as_json else printable(text)
        sys.stderr.write(f"{line}\n")
        sys.stderr.flush()

    def print(self, renderable: Any) -> None:
        """Something of Rich, in a terminal. Lines of text stay whole, to be copied: the terminal breaks them."""
        from rich.text import Text  # noqa: PLC0415 - JSON needs none

        self.console.print(renderable, soft_wrap=isinstance(renderable, str | Text))

    @property
    def console(self) -> Console:
        """Rich's, of stdout as it is now."""
        from rich.console import Console  # noqa: PLC0415 - JSON needs none

        return Console(highlight=False, markup=False, emoji=False)

    @contextmanager
    def progress(self, text: str, total: int | None = None) -> Iterator[Callable[[int], None]]:
        """A bar on stderr while something takes long, if that is a terminal; call what it gives with each advance."""
        if self.as_json or not sys.stderr.isatty():
            yield lambda _: None
            return
        from rich.console import Console  # noqa: PLC0415 - few commands take long
        from rich.progress import Progress  # noqa: PLC0415

        with Progress(console=Console(stderr=True), transient=True) as bar:
            task = bar.add_task(text, total=total)
            yield lambda count: bar.advance(task, count)

    def _array(self, records: Iterable[Any], *_: Any) -> None:
        count = 0
        for count, record in enumerate(records, 1):
            sys.stdout.write(f"{'[' if count == 1 else ','}\n{as_json(record)}")
        sys.stdout.write("\n]\n" if count else "[]\n")
        sys.stdout.flush()

    def _table(self, records: Iterable[Any], columns: Columns, none: str) -> None:
        cells = [[_cell(record, source) for source in columns.values()] for record in records]
        if not cells:
            self.note(none)
            return
        table = _table()
        filled = [place for place in range(len(columns)) if any(row[place] for row in cells)]
        for place, heading in enumerate(columns):
            if place in filled:  # a column of nothing takes room from the others
                table.add_column(heading, overflow="fold", no_wrap=heading in _WHOLE)
        for row in cells:
            table.add_row(*(_text(row[place]) for place in filled))
        self.print(table)

    def _line(self, text: str) -> None:
        sys.stdout.write(f"{text}\n")
        sys.stdout.flush()


def _table(*, show_header: bool = True) -> Any:
    from rich.table import Table  # noqa: PLC0415 - JSON needs none

    return Table(box=None, show_header=show_header, pad_edge=False, padding=(0, 2, 0, 0))


def _text(value: str, style: str = "") -> Any:
    from rich.text import Text  # noqa: PLC0415 - as above

    return Text(value, style=style)


def _fields(record: Any, fields: Columns | None) -> Iterator[tuple[str, str]]:
    if fields is None:
        fields = {name.replace("_", " "): name for name in plain(record)}
    for heading, source in fields.items():
        value = _cell(record, source)
        if value:
            yield heading, value


def _cell(record: Any, source: str | Callable[[Any], Any]) -> str:
    if callable(source):
        return shown(source(record))
    value = record.get(source) if isinstance(record, Mapping) else getattr(record, source, None)
    secret = isinstance(record, Model) and source in record.__secret__ and value is not None
    return HIDDEN if secret else shown(value)

"""What a person sees of a model in a shell or notebook: everything but tokens and passwords. Logs get the ``repr``."""

from __future__ import annotations

import datetime as _dt
import re
from collections.abc import Iterable, Iterator, Sequence
from html import escape

from .model import Model
from .page import Page

_WIDTH = 100
_INDENT = "    "
_LONGEST = 300
"""Characters of a text."""
_MOST = 50
"""Items of a list."""
_PASSWORD = re.compile(r"(://[^/@\s:]*:)[^/@\s]+@")


class _Hidden:
    def __repr__(self) -> str:
        return "<hidden>"


def _set(model: Model) -> Iterator[tuple[str, object]]:
    """What has a value."""
    for name in (*model.__wire__, *model.__dynamic__):
        value = getattr(model, name)
        if value is not None:
            yield name, _Hidden() if name in model.__secret__ else value
    if model.extra:
        yield "extra", model.extra


def _short(value: str) -> str:
    shown = _PASSWORD.sub(r"\1<hidden>@", value)
    return shown if len(shown) <= _LONGEST else f"{shown[:_LONGEST]}... ({len(shown)} characters)"


# --- text -----------------------------------------------------------------------------------------------------------


def text(value: object, margin: str = "") -> str:
    """As Python writes it, over several lines where one is too short."""
    inner = margin + _INDENT
    if isinstance(value, Model):
        parts = [f"{name}={text(item, inner)}" for name, item in _set(value)]
        return _enclosed(f"{type(value).__name__}(", parts, ")", margin)
    if isinstance(value, list):
        more = [f"... {len(value) - _MOST} more"] if len(value) > _MOST else []
        return _enclosed("[", [text(item, inner) for item in value[:_MOST]] + more, "]", margin)
    if isinstance(value, dict):
        return _enclosed("{", [f"{key!r}: {text(item, inner)}" for key, item in value.items()], "}", margin)
    return repr(_short(value) if isinstance(value, str) else value)


def _enclosed(opening: str, parts: Sequence[str], closing: str, margin: str) -> str:
    line = f"{opening}{', '.join(parts)}{closing}"
    if "\n" not in line and len(margin) + len(line) <= _WIDTH:
        return line
    rows = "".join(f"{margin}{_INDENT}{part},\n" for part in parts)
    return f"{opening}\n{rows}{margin}{closing}"


def rich_text(model: Model) -> object:
    """The same for Rich, which takes plain text for markup."""
    from rich.text import Text  # noqa: PLC0415 - only Rich asks, so it is there

    return Text(text(model))


# --- HTML -----------------------------------------------------------------------------------------------------------


def html(model: Model) -> str:
    """A table: of the fields, or of the records of a page."""
    if not isinstance(model, Page):
        return _table(type(model).__name__, [], [[name, value] for name, value in _set(model)])
    records = [dict(_set(record)) if isinstance(record, Model) else {"": record} for record in model[:_MOST]]
    columns = list(dict.fromkeys(name for record in records for name in record))
    total = getattr(model, "total_count", None)
    title = f"{type(model).__name__}: {len(model)}{'' if total is None else f' of {total}'}"
    return _table(title, columns, [[record.get(name) for name in columns] for record in records])


def _table(title: str, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    head = f"<thead><tr>{''.join(f'<th>{escape(name)}</th>' for name in columns)}</tr></thead>" if columns else ""
    body = "".join(f"<tr>{''.join(f'<td>{_cell(value)}</td>' for value in row)}</tr>" for row in rows)
    return f"<table><caption>{escape(title)}</caption>{head}<tbody>{body}</tbody></table>"


def _cell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, str):
        return escape(_short(value))
    if isinstance(value, _dt.date):
        return escape(value.isoformat())
    return f"<pre>{escape(text(value))}</pre>"

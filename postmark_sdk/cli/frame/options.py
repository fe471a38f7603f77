"""Options that several commands have."""

from __future__ import annotations

from typing import Annotated, TypeAlias

import typer

__all__ = ["All", "Limit", "Since", "SinceDay", "Stream", "Tag", "Until", "UntilDay", "Yes", "most", "one_more"]

Limit: TypeAlias = Annotated[int, typer.Option("--limit", "-n", min=1, metavar="N", help="At most this many.")]
All: TypeAlias = Annotated[bool, typer.Option("--all", help="All of them, however many.")]
Since: TypeAlias = Annotated[
    str | None,
    typer.Option(
        "--since", metavar="WHEN", help="From then on: 2026-11-29, 2026-11-29T10:30, or how long ago: 2h, 7d."
    ),
]
Until: TypeAlias = Annotated[str | None, typer.Option("--until", metavar="WHEN", help="Up to then, as --since.")]
SinceDay: TypeAlias = Annotated[
    str | None, typer.Option("--since", metavar="DAY", help="From this day on: 2026-11-29, or how long ago: 7d.")
]
UntilDay: TypeAlias = Annotated[str | None, typer.Option("--until", metavar="DAY", help="Up to this day, as --since.")]
Stream: TypeAlias = Annotated[str | None, typer.Option("--stream", metavar="ID", help="Of this message stream.")]
Tag: TypeAlias = Annotated[str | None, typer.Option("--tag", metavar="TAG", help="With this tag.")]
Yes: TypeAlias = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")]


def most(limit: int, all_of_them: bool) -> int | None:  # noqa: FBT001 - two options together
    """How many are wanted, None for all."""
    return None if all_of_them else limit


def one_more(wanted: int | None) -> int | None:
    """How many to ask for, so that it shows whether there are more than wanted."""
    return None if wanted is None else wanted + 1

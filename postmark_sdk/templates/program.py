"""What a parsed template is made of: steps without nesting, and what is wrong with a source."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, auto
from typing import Final, NamedTuple


class TemplateProblem(NamedTuple):
    """One thing that is wrong with a template."""

    message: str
    """In Postmark's words."""

    line: int | None
    """From 1, split at LF only. ``None`` for what shows only in rendering."""

    character_position: int | None
    """From 1, in UTF-16 units: the first brace of the tag. ``None`` like ``line``."""


class Kind(Enum):
    """What a step does."""

    LITERAL = auto()
    ESCAPED = auto()
    RAW = auto()
    TOKEN = auto()
    SECTION = auto()
    INVERTED = auto()
    LOOP = auto()
    END = auto()
    NEXT = auto()


VALUES: Final = frozenset({Kind.ESCAPED, Kind.RAW})
"""What prints."""

CONDITIONS: Final = frozenset({Kind.SECTION, Kind.INVERTED})
"""What opens a block that is shown once or not at all."""


@dataclass(slots=True, eq=False)
class Step:
    """One step of a program without nesting, so that depth needs no stack."""

    kind: Kind
    text: str = ""
    """Literal text, a path as written, or the name of a special token."""

    path: tuple[str, ...] = ()
    """``text`` cut into names and ``../``."""

    move: int = 1
    """Where to go on, relative to here: past a block that is not shown, or back to the start of a loop."""

    line: int = 0
    """Where its tag stands in its source, as in ``TemplateProblem``. Literal text has 0 and 0."""

    character_position: int = 0
    in_layout: bool = False
    """Its source is the layout around a body."""

"""A mail to give advice on, and the advice."""

from __future__ import annotations

import re
from array import array
from bisect import bisect_left
from collections import Counter
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import islice
from typing import TYPE_CHECKING, Literal

from ..markup import Anchor, Raw, Tag, Text, anchors, pieces

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

Level = Literal["problem", "hint"]
Part = Literal["Subject", "HTML", "Text", "Attachments"]
Topic = Literal["content", "links", "images", "mail programs"]
MAX_HTML = 500_000
"""Characters of HTML: five times what Gmail shows."""
MAX_FOUND = 2000
"""Links, placeholders and the like of one part."""
MAX_PER_TOPIC = 50
_SHOWN = 80


@dataclass(frozen=True)
class Advice:
    """One thing about a mail that could be better."""

    level: Level
    """``problem``: recipients miss something or are led astray. ``hint``: some of them see it differently."""
    topic: Topic
    text: str
    """What was found."""
    todo: str
    """What to do about it."""
    part: Part
    """Where it was found."""
    line: int | None = None
    """The line of that part, from 1 on, where it is found first."""
    times: int = 1
    """How often it was found."""


@dataclass(frozen=True)
class Letter:
    """A mail as it goes out."""

    subject: str = ""
    html: str = ""
    text: str = ""
    headers: tuple[tuple[str, str], ...] = ()
    attachments: tuple[tuple[str, str | None], ...] = ()
    """Name and ``ContentID`` of each."""
    broadcast: bool = False
    """Whether it goes to a broadcast stream."""

    def advice(self) -> list[Advice]:
        """What could be better, problems first."""
        # Here, because its patterns take a while to compile, and hardly any test asks for advice.
        from .advise import advise  # noqa: PLC0415

        return advise(self)

    @cached_property
    def pieces(self) -> list[Tag | Text | Raw]:
        """The HTML, taken apart as far as it is looked at."""
        return list(pieces(self.html[:MAX_HTML]))

    @cached_property
    def anchors(self) -> list[Anchor]:
        """The links of the HTML."""
        return anchors(self.pieces)

    @cached_property
    def words(self) -> str:
        """What is read of the HTML."""
        return " ".join(" ".join(piece.text for piece in self.pieces if isinstance(piece, Text)).split())

    @cached_property
    def _ends(self) -> array[int]:
        return array("Q", (found.start() for found in re.finditer("\n", self.html[:MAX_HTML])))

    def line(self, position: int) -> int:
        """The line of a piece of the HTML, from 1 on."""
        return bisect_left(self._ends, position) + 1


class Notes:
    """Advice as it comes together: what is said twice is said once, and how often."""

    def __init__(self) -> None:
        self._found: dict[tuple[Topic, Part, str], Advice] = {}
        self._times: Counter[tuple[Topic, Part, str]] = Counter()
        self._kinds: Counter[Topic] = Counter()

    def add(
        self, topic: Topic, text: str, todo: str, *, part: Part, line: int | None = None, level: Level = "hint"
    ) -> None:
        """Note one; of each topic only so many different things are kept."""
        key = (topic, part, text)
        if key not in self._found:
            if self._kinds[topic] == MAX_PER_TOPIC:
                return
            self._kinds[topic] += 1
            self._found[key] = Advice(level, topic, text, todo, part, line)
        self._times[key] += 1

    def all(self) -> list[Advice]:
        """Problems first, each kind in the order it was found."""
        found = [replace(advice, times=self._times[key]) for key, advice in self._found.items()]
        return sorted(found, key=lambda each: each.level != "problem")


def with_lines(text: str, found: Iterable[re.Match[str]]) -> Iterator[tuple[int, re.Match[str]]]:
    """The first of what a pattern found in a text, each with its line, from 1 on."""
    line, position = 1, 0
    for each in islice(found, MAX_FOUND):
        line += text.count("\n", position, each.start())
        position = each.start()
        yield line, each


def shown(text: str) -> str:
    """Somebody's words in a sentence of ours."""
    clean = " ".join(text.split())
    return f"“{clean if len(clean) <= _SHOWN else clean[: _SHOWN - 1] + '…'}”"

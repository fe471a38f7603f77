"""What a check yields, and what it is handed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Literal, NamedTuple, TypeAlias

from ...frame.profiles import Profile

if TYPE_CHECKING:
    from .... import PostmarkClient
    from ....models import DomainSummary

__all__ = ["Check", "Exam", "Finding", "Level"]

Level: TypeAlias = Literal["ok", "note", "warning", "problem"]
"""``problem`` keeps mail from going out, ``warning`` harms otherwise, ``note`` is to be known, ``ok`` is fine."""


class Finding(NamedTuple):
    """One thing that a check found."""

    check: str
    """What was looked at, in a word."""
    level: Level
    text: str
    """What is the case, in a sentence without a full stop."""
    todo: str | None = None
    """What to do about it."""


@dataclass(frozen=True)
class Exam:
    """What is examined."""

    client: PostmarkClient
    profile: Profile
    """The tokens by themselves: each is tried as what it is not."""
    sender: str | None = None
    to: str | None = None

    @property
    def base_url(self) -> str:
        """Where calls go."""
        return self.profile.base_url or ""

    @cached_property
    def domains(self) -> list[DomainSummary]:
        """Those of the account, asked for once."""
        return list(self.client.domains.iterate())


Check: TypeAlias = Callable[[Exam], Iterator[Finding]]

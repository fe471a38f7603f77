"""All of it together."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .content import check_content
from .images import check_images
from .letter import Advice, Notes
from .programs import check_programs
from .targets import check_links

if TYPE_CHECKING:
    from .letter import Letter


def advise(letter: Letter) -> list[Advice]:
    """What could be better, problems first."""
    notes = Notes()
    for check in (check_content, check_links, check_images, check_programs):
        check(letter, notes)
    return notes.all()

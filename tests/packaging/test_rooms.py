"""A newcomer finds the room of a line by its name: folders stay small, say what they hold, and the map is right."""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING

import pytest

from tests.description import ROOT

if TYPE_CHECKING:
    from pathlib import Path

PACKAGE = ROOT / "postmark_sdk"
ROOMS = sorted(
    {path.parent for path in PACKAGE.rglob("*.py") if "_generated" not in path.parts} - {PACKAGE},
    key=str,
)
MOST_MODULES = 15
MAP = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("room", ROOMS, ids=lambda room: str(room.relative_to(PACKAGE)))
def test_a_room_is_small_and_says_what_it_holds(room: Path) -> None:
    modules = [path for path in room.glob("*.py") if path.name != "__init__.py"]
    assert len(modules) <= MOST_MODULES
    assert ast.get_docstring(ast.parse((room / "__init__.py").read_text(encoding="utf-8")))


def test_the_map_names_files_that_there_are() -> None:
    named = {name for name in re.findall(r"`([\w/.]+(?:/\w+|\.(?:py|yaml|json|toml|md)))`", MAP) if "/" in name}
    missing = {name for name in named if not any((base / name).exists() for base in (ROOT, PACKAGE, PACKAGE / "_core"))}
    assert len(named) > len(ROOMS)
    assert not missing


def test_the_map_is_no_longer_than_a_newcomer_reads() -> None:
    assert len(MAP.splitlines()) <= 150

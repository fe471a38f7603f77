"""The pages on the command line know every command, and every command that they show is one."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

pytest.importorskip("typer", reason="the command line needs its extra")

from postmark_sdk.cli.app import COMMANDS
from tests.cli.every import EVERY

DOCS = Path(__file__).parents[2] / "docs"
PAGES = [*DOCS.rglob("*.md"), DOCS.parent / "README.md"]
SHOWN = sorted(
    {
        (page.stem, line)
        for page in PAGES
        if "made" not in page.parts
        for line in re.findall(r"^\$ (?:.*\| )?(postmark(?: .*)?)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    }
)


def test_the_reference_names_every_command() -> None:
    page = (DOCS / "reference" / "command-line.md").read_text(encoding="utf-8")
    assert re.findall(r"^\| `([a-z]+)` \|", page, re.MULTILINE) == list(COMMANDS)


@pytest.mark.parametrize(("page", "line"), SHOWN, ids=lambda value: value[:40])
def test_what_a_page_shows_can_be_written(page: str, line: str) -> None:
    words = shlex.split(re.split(r" [|>] |;", line)[0], comments=True)[1:]
    name = next(name for name in (" ".join(words[:2]), words[0], "") if name in EVERY)
    known = {option for each in EVERY[name].params for option in (*each.opts, *each.secondary_opts)} | {"--help"}
    used = {word for word in words if re.fullmatch(r"--?[a-z][a-z-]*", word)}
    assert used <= known, page
    assert not hasattr(EVERY[name], "list_commands") or len(words) == 1 or used

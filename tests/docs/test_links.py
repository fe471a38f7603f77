"""Every relative link and anchor of the README and of the pages leads somewhere."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

pytest.importorskip("starlette", reason="some pages are made of the emulator")

from docs import pages

_ROOT = Path(__file__).parents[2]
_FILES = [
    *(_ROOT / name for name in ("README.md", "CONTRIBUTING.md", "SECURITY.md", "CHANGELOG.md")),
    *(page for page in (_ROOT / "docs").rglob("*.md") if not {"made", "_build"} & set(page.parts)),
]
_CODE = re.compile(r"^```.*?^```", re.DOTALL | re.MULTILINE)
_LINK = re.compile(r"\[(?:[^\[\]]|\[[^\]]*\])*\]\(<?([^()<>\s]+)>?\)")
_HEADING = re.compile(r"^#{1,6} +(.+?) *$", re.MULTILINE)
_TOCTREE = re.compile(r"^```\{toctree\}\n(.*?)^```", re.DOTALL | re.MULTILINE)
_NO_TEXT = ("index", "changelog")
"""The list itself, and what only includes CHANGELOG.md."""
_INCLUDED = re.compile(r"^```\{literalinclude\} (\S+)", re.MULTILINE)
_MADE = _ROOT / "docs" / "reference" / "made"


@pytest.fixture(scope="module")
def _made() -> None:
    """The pages that are made of the code are there."""
    pages.write(_MADE)


def _text(page: Path) -> str:
    return _CODE.sub("", page.read_text(encoding="utf-8"))


def _anchors(page: Path) -> set[str]:
    """As GitHub and MyST make them: small letters, no punctuation, hyphens for spaces."""
    headings = _HEADING.findall(_text(page))
    return {re.sub(r"[^\w\- ]", "", heading.replace("`", "").lower()).replace(" ", "-") for heading in headings}


def _leads_somewhere(page: Path, target: str) -> bool:
    path, _, anchor = target.partition("#")
    found = page.parent / path if path else page
    return found.exists() and _MADE not in found.parents and (not anchor or anchor in _anchors(found))


@pytest.mark.parametrize("page", _FILES, ids=lambda page: str(page.relative_to(_ROOT)))
def test_links_lead_somewhere(page: Path) -> None:
    targets = _LINK.findall(_text(page))
    relative = [target for target in targets if "://" not in target and not target.startswith("mailto:")]
    assert [target for target in relative if not _leads_somewhere(page, target)] == []


def test_links_are_found_at_all() -> None:
    assert _LINK.findall("a [b](c.md#d), ![e](f.png) and [`g[h]`](i.md)") == ["c.md#d", "f.png", "i.md"]
    assert not _leads_somewhere(_ROOT / "README.md", "docs/index.md#no-such-heading")
    assert not _leads_somewhere(_ROOT / "README.md", "docs/no-such-page.md")


@pytest.mark.usefixtures("_made")
def test_links_to_pages_that_a_clone_has_not_are_found() -> None:
    assert not _leads_somewhere(_ROOT / "docs" / "index.md", "reference/made/models.md")


def test_every_file_that_a_page_includes_is_linked_too() -> None:
    """In a clone and on GitHub, the name of an included file is not shown."""
    found = [(page, name) for page in _FILES for name in _INCLUDED.findall(page.read_text(encoding="utf-8"))]
    assert [(page, name) for page, name in found if name not in _LINK.findall(_text(page))] == []
    assert found


def test_every_page_is_in_the_list_of_links_under_its_title() -> None:
    index = _text(_ROOT / "docs" / "index.md")
    written = {path for path in _FILES if path.parent != _ROOT} - {_ROOT / "docs" / f"{name}.md" for name in _NO_TEXT}
    titles = {path.relative_to(_ROOT / "docs").as_posix(): _HEADING.findall(_text(path))[0] for path in written}
    assert {target: title for title, target in re.findall(r"^\* \[(.+)\]\((\S+)\)$", index, re.MULTILINE)} == titles


@pytest.mark.usefixtures("_made")
def test_every_page_is_in_the_table_of_contents() -> None:
    index = (_ROOT / "docs" / "index.md").read_text(encoding="utf-8")
    entries = [line for tree in _TOCTREE.findall(index) for line in tree.splitlines() if line and line[0] != ":"]
    listed = {path for entry in entries for path in (_ROOT / "docs").glob(f"{entry}.md")}
    written = {path for path in (_ROOT / "docs").rglob("*.md") if "_build" not in path.parts}
    assert written - listed == {_ROOT / "docs" / "index.md"}

"""Every Python example of the README and of the pages runs, against the emulator."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

pytest.importorskip("starlette", reason="the emulator needs its extra")

from postmark_sdk import PostmarkClient
from postmark_sdk.emulator import Emulator

if TYPE_CHECKING:
    from collections.abc import Iterator

_ROOT = Path(__file__).parents[2]
_BLOCK = re.compile(r"^```python\n(.*?)^```", re.DOTALL | re.MULTILINE)
_PAGES = {
    str(page.relative_to(_ROOT)): page
    for page in (_ROOT / "README.md", *sorted((_ROOT / "docs").rglob("*.md")))
    if _BLOCK.search(page.read_text(encoding="utf-8"))
}


@pytest.fixture(name="environment")
def _environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    monkeypatch.chdir(tmp_path)
    with Emulator() as postmark:
        monkeypatch.setenv("POSTMARK_BASE_URL", postmark.base_url)
        monkeypatch.setenv("POSTMARK_SERVER_TOKEN", postmark.server_token)
        monkeypatch.setenv("POSTMARK_ACCOUNT_TOKEN", postmark.account_token)
        yield


@pytest.mark.usefixtures("environment")
@pytest.mark.parametrize("name", _PAGES)
def test_the_examples_of_a_page_run(name: str) -> None:
    """They build on each other."""
    text = _PAGES[name].read_text(encoding="utf-8")
    namespace: dict[str, object] = {"__name__": "example"}
    try:
        for block in _BLOCK.finditer(text):
            line = text.count("\n", 0, block.start(1))
            code = compile("\n" * line + block[1], name, "exec", dont_inherit=True)
            exec(code, namespace)  # noqa: S102 - our own text
    finally:
        _tidy(namespace)


def _tidy(namespace: dict[str, object]) -> None:
    """Close what an example leaves open for the next one."""
    for value in namespace.values():
        if isinstance(value, PostmarkClient):
            value.close()
        elif isinstance(value, Emulator):
            value.stop()

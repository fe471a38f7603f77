"""Every Python example of the README runs, against the emulator."""

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

_README = Path(__file__).parents[2] / "README.md"
_BLOCK = re.compile(r"^```python\n(.*?)^```", re.DOTALL | re.MULTILINE)
_SECTION = re.compile(r"^## ", re.MULTILINE)


def _sections() -> dict[str, list[tuple[int, str]]]:
    """Title of a section -> line and source of its examples, which build on each other."""
    text = _README.read_text(encoding="utf-8")
    starts = [match.start() for match in _SECTION.finditer(text)]
    found: dict[str, list[tuple[int, str]]] = {}
    for start, end in zip(starts, [*starts[1:], len(text)], strict=True):
        title = text[start:end].partition("\n")[0].removeprefix("## ")
        examples = [(text.count("\n", 0, match.start(1)), match[1]) for match in _BLOCK.finditer(text, start, end)]
        if examples:
            found[title] = examples
    return found


@pytest.fixture(name="environment")
def _environment(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    with Emulator() as postmark:
        monkeypatch.setenv("POSTMARK_BASE_URL", postmark.base_url)
        monkeypatch.setenv("POSTMARK_SERVER_TOKEN", postmark.server_token)
        monkeypatch.setenv("POSTMARK_ACCOUNT_TOKEN", postmark.account_token)
        yield


@pytest.mark.usefixtures("environment")
@pytest.mark.parametrize("title", _sections())
def test_the_examples_of_a_section_run(title: str) -> None:
    namespace: dict[str, object] = {"__name__": "example"}
    try:
        for line, source in _sections()[title]:
            code = compile("\n" * line + source, str(_README), "exec", dont_inherit=True)
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

"""Every Python example of the README runs, against the emulator."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

pytest.importorskip("starlette", reason="the emulator needs its extra")

from postmark_sdk.emulator import Emulator

if TYPE_CHECKING:
    from collections.abc import Iterator

_README = Path(__file__).parents[2] / "README.md"
_BLOCK = re.compile(r"^```python\n(.*?)^```", re.DOTALL | re.MULTILINE)


def _examples() -> list[tuple[int, str]]:
    text = _README.read_text(encoding="utf-8")
    return [(text.count("\n", 0, match.start(1)) + 1, match[1]) for match in _BLOCK.finditer(text)]


@pytest.fixture(name="environment")
def _environment(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    with Emulator() as postmark:
        monkeypatch.setenv("POSTMARK_BASE_URL", postmark.base_url)
        monkeypatch.setenv("POSTMARK_SERVER_TOKEN", postmark.server_token)
        monkeypatch.setenv("POSTMARK_ACCOUNT_TOKEN", postmark.account_token)
        yield


@pytest.mark.usefixtures("environment")
@pytest.mark.parametrize(("line", "source"), [pytest.param(*each, id=f"line {each[0]}") for each in _examples()])
def test_an_example_runs(line: int, source: str) -> None:
    exec(compile("\n" * (line - 1) + source, str(_README), "exec"), {"__name__": "example"})  # noqa: S102 - our own text

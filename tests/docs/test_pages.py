"""Every Python example of the README and of the pages runs, against the emulator."""

from __future__ import annotations

import codeop
import doctest
import inspect
import re
from typing import TYPE_CHECKING

import pytest

pytest.importorskip("starlette", reason="the emulator needs its extra")

from postmark_sdk import PostmarkClient, testing
from postmark_sdk.emulator import Emulator

from .examples import pages

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_ID = re.compile(r"\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b")
_COMPLETE = {"docs/tutorial.md"}
"""Pages that show all that their examples print."""
_RUNNING = {
    name: running for name, examples in pages().items() if (running := [each for each in examples if each.runs])
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
@pytest.mark.parametrize("name", _RUNNING)
def test_the_examples_of_a_page_run_and_print_what_it_says(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    """They build on each other."""
    namespace: dict[str, object] = {"__name__": "example"}
    try:
        for example in _RUNNING[name]:
            code = compile("\n" * example.line + example.source, name, "exec", dont_inherit=True)
            exec(code, namespace)  # noqa: S102 - our own text
            printed = capsys.readouterr().out
            if example.output is not None or name in _COMPLETE:
                assert _is(example.output or "", printed), f"{name}:{example.line} prints {printed!r}"
        _run_tests(namespace)
    finally:
        _tidy(namespace)


def _is(stated: str, printed: str) -> bool:
    """One id is as good as another."""
    stated, printed = (_ID.sub("<id>", text) for text in (stated, printed))
    return doctest.OutputChecker().check_output(stated, printed, doctest.ELLIPSIS)


def test_output_that_differs_is_noticed() -> None:
    assert _is("took ... s\n", "took 0.1 s\n")
    assert _is("a2f0be13-43e7-486a-83fd-17babc5c8c7e\n", "11111111-2222-3333-4444-555555555555\n")
    assert not _is("ada@example.org\n", "john@example.com\n")
    assert not _is("", "john@example.com\n")
    assert any(each.output for each in _RUNNING["docs/tutorial.md"])


def test_the_tutorial_can_be_pasted_block_by_block() -> None:
    """Also into the shell of Python 3.12 and older, which takes line by line and ends a ``def`` at an empty one."""
    compiled = codeop.CommandCompiler()
    for example in _RUNNING["docs/tutorial.md"]:
        lines: list[str] = []
        for line in [*example.source.splitlines(), "", ""]:
            lines.append(line)
            if compiled("\n".join(lines)):
                lines.clear()
        assert not any(lines), f"line {example.line}: not complete"


def _run_tests(namespace: dict[str, object]) -> None:
    """What is shown as a test passes as one; what asks for other fixtures is none of ours."""
    for name, value in list(namespace.items()):
        if name.startswith("test_") and callable(value) and list(inspect.signature(value).parameters) == ["postmark"]:
            with testing.TestEmulator() as postmark:
                value(postmark)


def _tidy(namespace: dict[str, object]) -> None:
    """Close what an example leaves open for the next one."""
    for value in namespace.values():
        if isinstance(value, PostmarkClient):
            value.close()
        elif isinstance(value, Emulator):
            value.stop()

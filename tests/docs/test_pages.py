"""Every Python example of the README and of the pages runs, against the emulator."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING

import pytest

pytest.importorskip("starlette", reason="the emulator needs its extra")

from postmark_sdk import PostmarkClient, testing
from postmark_sdk.emulator import Emulator

from .examples import pages

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

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
def test_the_examples_of_a_page_run(name: str) -> None:
    """They build on each other."""
    namespace: dict[str, object] = {"__name__": "example"}
    try:
        for example in _RUNNING[name]:
            code = compile("\n" * example.line + example.source, name, "exec", dont_inherit=True)
            exec(code, namespace)  # noqa: S102 - our own text
        _run_tests(namespace)
    finally:
        _tidy(namespace)


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

"""What ``--help`` shows: of every command, at 80 columns."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

from postmark_sdk.cli.app import COMMANDS
from tests.cli.every import EVERY, LEAVES
from tests.description import ROOT

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.cli.conftest import Done


HEAVY = [
    *("asyncio", "email.message", "http.server", "socketserver", "ssl", "urllib.request", "wsgiref", "webbrowser"),
    *("cattrs", "httpx", "jinja2", "sqlalchemy", "starlette", "tenacity", "tomlkit", "uvicorn"),
    *("postmark_sdk.jobs", "postmark_sdk.emulator", "postmark_sdk.templates", "postmark_sdk.webhooks"),
]


def options(command: Any) -> list[Any]:
    return [each for each in command.params if each.name != "help"]


def test_the_commands_are_those_that_are_promised() -> None:
    assert {name.partition(" ")[0] for name in EVERY if name} == {*COMMANDS}
    assert "webhooks ensure" in EVERY


@pytest.mark.parametrize("name", EVERY)
def test_help_reads_well_at_80_columns(name: str, cli: Callable[..., Done], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setattr("typer.rich_utils.MAX_WIDTH", 80)
    done = cli(*name.split(), "--help")
    assert (done.status, done.err) == (0, "")
    assert [line for line in done.out.splitlines() if len(line) > 80] == []
    assert f"postmark {name}".strip() in done.out
    assert "…" not in done.out


@pytest.mark.parametrize("name", EVERY)
def test_every_command_and_option_has_words(name: str) -> None:
    command = EVERY[name]
    assert (command.help or "").rstrip().endswith((".", ".[/]"))
    without = [each.name for each in options(command) if not (getattr(each, "help", None) or "").endswith(".")]
    known = {"install_completion", "show_completion"}
    assert set(without) <= known


@pytest.mark.parametrize("name", LEAVES)
def test_every_command_has_the_common_options(name: str) -> None:
    there = {each.name for each in EVERY[name].params}
    assert {"as_json", "profile", "base_url", "timeout"} <= there or name == "emulator"


def test_a_command_is_imported_when_it_is_called_for() -> None:
    code = (
        "import sys, postmark_sdk.cli.app as a; from postmark_sdk.cli.frame.failures import run; import typer;"
        "run(typer.main.get_command(a.app), ['profiles', 'list']);"
        "print([n for n in sys.modules if n.startswith('postmark_sdk.cli.commands.') or n in ('httpx', 'starlette')])"
    )
    done = subprocess.run(  # noqa: S603 - our own words
        [sys.executable, "-c", code], cwd=ROOT, env=dict(os.environ), capture_output=True, text=True, check=True
    )
    assert done.stdout == "[]\n['postmark_sdk.cli.commands.profiles']\n"


def test_help_imports_nothing_that_only_commands_need() -> None:
    code = (
        "import sys, postmark_sdk.cli.app as a; from postmark_sdk.cli.frame.failures import run; import typer;"
        "run(typer.main.get_command(a.app), ['--help']);"
        f"print([name for name in {HEAVY} if name in sys.modules])"
    )
    done = subprocess.run(  # noqa: S603 - our own words
        [sys.executable, "-c", code], cwd=ROOT, env=dict(os.environ), capture_output=True, text=True, check=True
    )
    assert done.stdout.splitlines()[-1] == "[]"


def test_completion_knows_commands_options_and_profiles(cli: Callable[..., Done]) -> None:
    def complete(words: str) -> str:
        environment = {**os.environ, "_POSTMARK_COMPLETE": "complete_bash", "COMP_WORDS": words}
        environment["COMP_CWORD"] = str(len(words.split()) - (not words.endswith(" ")))
        done = subprocess.run(
            [sys.executable, "-m", "postmark_sdk"],
            cwd=ROOT,
            env=environment,
            capture_output=True,
            text=True,
            check=True,
        )
        return done.stdout

    assert complete("postmark bou").split() == ["bounces"]
    cli("profiles", "add", "staging", stdin="server-token-for-tests\n")
    assert complete("postmark messages list --profile st").split() == ["staging"]
    assert "--type" in complete("postmark bounces list --ty")

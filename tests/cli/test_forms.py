"""Every command in both its forms: tables and sentences in a terminal, JSON elsewhere and on demand."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Any

import pytest

import postmark_sdk
from tests.cli.every import ADDRESS, ARGUMENTS, ENDLESS, LEAVES, STATUSES, STDIN
from tests.cli.process import endless

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.cli.conftest import Done

NOT_JSON = {"templates types": "a module of Python", "suppressions export": "CSV"}
"""What goes to stdout where nobody asked for JSON: it is made for a file."""


def values(text: str) -> list[Any]:
    """One JSON value, or an object a line."""
    try:
        return [json.loads(text)]
    except ValueError:
        return [json.loads(line) for line in text.splitlines()]


def is_json(text: str) -> bool:
    try:
        return bool(values(text))
    except ValueError:
        return False


def test_no_command_is_left_out() -> None:
    assert {*ARGUMENTS, *ENDLESS} == {*LEAVES}


@pytest.mark.parametrize("name", ARGUMENTS)
def test_a_pipe_gets_json_and_nothing_else(
    name: str, cli: Callable[..., Done], there: Callable[[str], list[str]]
) -> None:
    arguments = [each for each in there(name) if name != "suppressions export"]
    done = cli(*name.split(), *arguments, stdin=STDIN.get(name, ADDRESS))
    assert done.status in STATUSES.get(name, {0}), done.err
    assert is_json(done.out) != (name in NOT_JSON), done.out
    assert [each for each in done.err.splitlines() if not is_json(each)] == []


@pytest.mark.parametrize("name", ARGUMENTS)
def test_a_terminal_gets_json_on_demand(
    name: str, cli: Callable[..., Done], there: Callable[[str], list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    words = [*name.split(), *there(name)]
    given = [*words, "--json"] if len(name) % 2 else ["--json", *words]  # it may stand in front as well
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    done = cli(*given, stdin=STDIN.get(name, ADDRESS))
    assert done.status in STATUSES.get(name, {0}), done.err
    assert is_json(done.out), done.out
    assert [each for each in done.err.splitlines() if not is_json(each)] == []


@pytest.mark.parametrize("name", ARGUMENTS)
def test_a_terminal_gets_tables_and_sentences(
    name: str, cli: Callable[..., Done], there: Callable[[str], list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    arguments = there(name)
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    done = cli(*name.split(), *arguments, stdin=STDIN.get(name, ADDRESS))
    assert done.status in STATUSES.get(name, {0}), done.err
    lines = (done.out + done.err).splitlines()
    assert lines
    assert [each for each in lines if is_json(each) and not each.strip().isdecimal()] == []


@pytest.mark.parametrize("form", ["--json", "--no-json", ""])
@pytest.mark.parametrize("name", ENDLESS)
@pytest.mark.usefixtures("there")
def test_what_goes_on_says_first_where_it_is(name: str, form: str) -> None:
    with endless(name, *filter(None, [form])) as process:
        line = process.first()
    assert "http://127.0.0.1:" in line
    assert is_json(line) == (form != "--no-json")
    assert process.status == (130 if name == "webhooks listen" else 0)
    if form != "--no-json":
        assert json.loads(line)["url"].startswith("http://127.0.0.1:")
        assert process.rest == ""


@pytest.mark.parametrize("name", [*ARGUMENTS, *ENDLESS])
def test_an_error_is_json_in_a_pipe_and_a_sentence_where_that_is_wanted(name: str, cli: Callable[..., Done]) -> None:
    wrong = cli(*name.split(), "--no-such-option")
    assert (wrong.status, wrong.out, wrong.error["error"]) == (2, "", "UsageError")
    assert wrong.error["hint"] == f"Try 'postmark {name} --help'."
    told = cli(*name.split(), "--no-such-option", "--no-json")
    assert (told.status, told.out, is_json(told.err)) == (2, "", False)
    assert "--no-such-option" in told.err


def test_the_version_is_told_in_both_forms(cli: Callable[..., Done], monkeypatch: pytest.MonkeyPatch) -> None:
    version = {"version": postmark_sdk.__version__}
    assert cli("--version").json == cli("--json", "--version").json == cli("emulator", "--version").json == version
    assert cli("--version", "--no-json").out == f"postmark {postmark_sdk.__version__}\n"
    assert cli("emulator", "--version", "--no-json").out == f"postmark emulator {postmark_sdk.__version__}\n"
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    assert cli("--version").out == f"postmark {postmark_sdk.__version__}\n"
    assert cli("--version", "--json").json == version


def test_stdout_and_stderr_are_looked_at_each_by_itself(
    cli: Callable[..., Done], there: Callable[[str], list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    there("streams list")
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    done = cli("suppressions", "add", "a@example.org", "b@example.org")
    assert len(done.json) == 2
    cut = cli("suppressions", "list", "--limit", 1)
    assert (len(cut.json), cut.err) == (1, "There are more than 1: --limit N or --all shows them.\n")

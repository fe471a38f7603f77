"""``postmark templates check``: without a server or a token."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.cli.templates.conftest import META

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.cli.conftest import Done

    Cli = Callable[..., Done]
    Files = Callable[[dict[str, str]], Path]

PLAIN = META.replace(', "LayoutTemplate": "main"', "")


@pytest.fixture(autouse=True)
def _no_server(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("POSTMARK_SERVER_TOKEN", raising=False)
    monkeypatch.setenv("POSTMARK_BASE_URL", "http://127.0.0.1:1")


def test_good_templates_are_status_0(cli: Cli, files: Files) -> None:
    files({"welcome/meta.json": PLAIN, "welcome/content.txt": "x", "welcome/model.json": '{"name": "Ada"}'})
    done = cli("templates", "check", "--strict")
    assert (done.status, done.json, done.err) == (0, [], "")
    said = cli("templates", "check", "--no-json")
    assert (said.status, said.out) == (0, "")
    assert said.err == "1 template, 0 layouts and 1 sample model: 0 errors, 0 warnings\n"


def test_an_error_is_status_1_and_has_file_line_and_column(cli: Cli, files: Files) -> None:
    files({"welcome/meta.json": PLAIN, "welcome/content.txt": "a\n  {{nmae}}", "welcome/model.json": '{"name": "Ada"}'})
    done = cli("templates", "check")
    assert done.status == 1
    assert done.json == [
        {
            "severity": "error",
            "file": "templates/welcome/content.txt",
            "line": 2,
            "column": 3,
            "message": "'nmae' is not in welcome/model.json; did you mean 'name'?",
            "template": "welcome",
        }
    ]
    said = cli("templates", "check", "--no-json")
    assert said.status == 1
    assert said.out == (
        "templates/welcome/content.txt:2:3: error: 'nmae' is not in welcome/model.json; did you mean 'name'?\n"
    )


def test_a_warning_fails_only_where_it_is_strict(cli: Cli, files: Files) -> None:
    files({"welcome/meta.json": PLAIN, "welcome/content.txt": "x", "welcome/model.json": '{"name": "", "x": 1}'})
    done = cli("templates", "check", "--no-json")
    assert (done.status, done.out) == (
        0,
        "templates/welcome/model.json:1:14: warning: the template does not use 'x'\n",
    )
    strict = cli("templates", "check", "--strict")
    assert (strict.status, [each["severity"] for each in strict.json]) == (1, ["warning"])


def test_files_that_cannot_be_read_are_among_the_findings(cli: Cli, files: Files) -> None:
    files({"welcome/meta.json": "{", "bye/meta.json": PLAIN, "bye/content.txt": "x"})
    done = cli("templates", "check", "--no-json")
    assert done.status == 1
    assert done.out.startswith("templates/welcome/meta.json:1:2: error: not JSON")
    assert done.err.endswith("1 error, 0 warnings; 1 template without a sample model (model.json)\n")

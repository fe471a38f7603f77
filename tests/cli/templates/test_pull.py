"""``postmark templates pull``: a server's templates become files."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from postmark_sdk.templates.tree import read_tree

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from postmark_sdk import PostmarkClient
    from tests.cli.conftest import Done

    Cli = Callable[..., Done]
    Files = Callable[[dict[str, str]], Path]


pytestmark = pytest.mark.usefixtures("client")


def test_all_templates_are_written_byte_for_byte(cli: Cli, files: Files) -> None:
    folder = files({})
    done = cli("templates", "pull")
    assert (done.status, done.err) == (0, "")
    assert done.json == [
        {
            "alias": "main",
            "name": "Main",
            "folder": "_layouts/main",
            "result": "written",
            "files": ["_layouts/main/content.html", "_layouts/main/meta.json"],
        },
        {
            "alias": "welcome",
            "name": "Welcome",
            "folder": "welcome",
            "result": "written",
            "files": ["welcome/content.html", "welcome/meta.json"],
        },
    ]
    assert (folder / "welcome/content.html").read_bytes() == b"<p>\r\nHi, {{name}}</p>"
    assert [each.template.alias for each in read_tree(folder).folders] == ["main", "welcome"]
    assert [each["result"] for each in cli("templates", "pull").json] == ["unchanged", "unchanged"]


def test_a_terminal_shows_what_was_written(cli: Cli, files: Files) -> None:
    files({})
    first, second = (cli("templates", "pull", "mail", "--no-json") for _ in range(2))
    assert [line.split() for line in first.out.splitlines() if "written" in line] == [
        ["main", "Main", "written", "_layouts/main"],
        ["welcome", "Welcome", "written", "welcome"],
    ]
    assert (second.status, second.out, second.err) == (0, "", "mail has all that the server has\n")


def test_a_template_without_an_alias_is_reported(cli: Cli, client: PostmarkClient, files: Files) -> None:
    files({})
    number = client.templates.create(name="Nameless", subject="S", text_body="x").template_id
    assert cli("templates", "pull").json[-1] == {
        "alias": None,
        "name": "Nameless",
        "folder": None,
        "result": "skipped",
        "files": [],
        "reason": f"no alias: give template {number} one at Postmark",
    }


def test_files_are_overwritten_with_consent_only(cli: Cli, same: Path) -> None:
    (same / "welcome/content.html").write_text("mine")
    done = cli("templates", "pull")
    assert (done.status, done.error["message"]) == (2, "Overwrite 1 template in templates? Nobody can be asked here")
    assert (same / "welcome/content.html").read_text() == "mine"
    assert cli("templates", "pull", "--yes").status == 0
    assert (same / "welcome/content.html").read_bytes() == b"<p>\r\nHi, {{name}}</p>"


def test_what_is_only_here_stays_and_is_named(cli: Cli, same: Path, files: Files) -> None:
    files({"mine/meta.json": '{"Name": "Mine", "Subject": "S"}', "mine/content.txt": "x", "welcome/model.json": "{}"})
    done = cli("templates", "pull", "--no-json")
    assert (done.status, done.err.splitlines()[-1]) == (0, "Only in templates, where a push would create: mine")
    assert (same / "mine/content.txt").read_text() == "x"
    assert (same / "welcome/model.json").exists()


def test_a_file_that_cannot_be_written_keeps_no_other_back(cli: Cli, files: Files) -> None:
    folder = files({"_layouts/main/content.html/in-the-way": ""})
    done = cli("templates", "pull")
    assert (done.status, done.error["message"]) == (1, "1 template could not be written")
    assert [each["result"] for each in done.json] == ["failed", "written"]
    assert (folder / "welcome/meta.json").exists()


def test_a_folder_that_cannot_be_read_is_left_alone(cli: Cli, files: Files) -> None:
    files({"welcome/meta.json": "{"})
    done = cli("templates", "pull", "--yes")
    assert done.status == 1
    assert done.error["message"].startswith("templates/welcome/meta.json:1:2: not JSON")

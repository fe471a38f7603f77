"""``postmark templates diff``: what a push would change."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from postmark_sdk import PostmarkClient
    from tests.cli.conftest import Done

    Cli = Callable[..., Done]


pytestmark = pytest.mark.usefixtures("client", "same")


def test_nothing_pending_is_status_0(cli: Cli) -> None:
    done = cli("templates", "diff")
    assert (done.status, done.json, done.err) == (0, [], "")
    said = cli("templates", "diff", "--no-json")
    assert (said.status, said.out, said.err) == (0, "", "Nothing to push: the server has it all\n")


def test_something_pending_is_status_2(cli: Cli, same: Path) -> None:
    (same / "welcome/content.html").write_bytes(b"<p>\r\nHello, {{name}}</p>")
    done = cli("templates", "diff", "templates")
    assert done.status == 2
    assert done.json == [
        {
            "alias": "welcome",
            "name": "Welcome",
            "type": "Standard",
            "action": "update",
            "fields": ["HtmlBody"],
            "diff": "--- a/welcome/content.html\n+++ b/welcome/content.html\n@@ -1,2 +1,2 @@\n <p>\r\n"
            "-Hi, {{name}}</p>\n\\ No newline at end of file\n+Hello, {{name}}</p>\n\\ No newline at end of file\n",
        }
    ]


def test_a_terminal_shows_a_unified_diff(cli: Cli, same: Path) -> None:
    (same / "welcome/content.html").write_bytes(b"<p>\r\nHello, {{name}}\x1b[2J</p>")
    done = cli("templates", "diff", "--no-json")
    assert done.status == 2
    assert done.out.splitlines() == [
        "update template welcome",
        "--- a/welcome/content.html",
        "+++ b/welcome/content.html",
        "@@ -1,2 +1,2 @@",
        " <p>^M",
        "-Hi, {{name}}</p>",
        "\\ No newline at end of file",
        "+Hello, {{name}} [2J</p>",
        "\\ No newline at end of file",
        "",
    ]
    assert done.err == "1 template to be changed\n"


def test_what_only_the_server_has_is_named_and_pending_with_prune(cli: Cli, client: PostmarkClient) -> None:
    client.templates.create(name="Old", alias="old", subject="S", text_body="x")
    client.templates.create(name="Nameless", subject="S", text_body="x")
    kept = cli("templates", "diff", "--no-json")
    assert (kept.status, kept.out) == (0, "")
    assert "Only on the server, deleted with --prune: old\n" in kept.err
    assert "On the server without an alias, left alone: Nameless (" in kept.err
    pruned = cli("templates", "diff", "--prune")
    assert (pruned.status, [(each["action"], each["alias"]) for each in pruned.json]) == (2, [("delete", "old")])


def test_a_folder_that_is_not_there_is_said(cli: Cli, tmp_path: Path) -> None:
    done = cli("templates", "diff", tmp_path / "nowhere")
    assert (done.status, done.error["message"]) == (1, f"{tmp_path / 'nowhere'}: no such folder")

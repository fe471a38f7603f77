"""The real process in a real terminal: tables, colours, questions, and one line where something is wrong."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tests.description import ROOT
from tests.terminal import open_terminal

if TYPE_CHECKING:
    from pathlib import Path

    from postmark_sdk import PostmarkClient
    from postmark_sdk.emulator import Emulator

COLOURS = re.compile(r"\x1b\[[0-9;?]*[a-zA-Z]")


def in_terminal(*arguments: str, answers: tuple[str, ...] = (), **environment: str) -> tuple[int, str]:
    """The exit status, and all that the terminal shows; each question gets an answer when it is there."""
    ours, theirs = open_terminal()
    process = subprocess.Popen(  # noqa: S603 - our own words
        [sys.executable, "-m", "postmark_sdk", *arguments],
        cwd=ROOT,
        env={**os.environ, "TERM": "xterm-256color", "COLUMNS": "100", **environment},
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        start_new_session=True,  # its terminal is this one, not that of whoever runs the tests
    )
    os.close(theirs)
    shown, left = b"", list(answers)
    try:
        while chunk := os.read(ours, 4096):
            shown += chunk
            if left and shown.endswith(b": "):
                os.write(ours, left.pop(0).encode())
    except OSError:  # Linux says so where the other end is closed
        pass
    finally:
        os.close(ours)
    return process.wait(timeout=60), shown.decode().replace("\r\n", "\n")


def plain(shown: str) -> str:
    return COLOURS.sub("", shown)


def test_a_table_with_colours_and_without_where_nobody_wants_them(postmark: Emulator) -> None:
    postmark.seed(messages=1)
    status, shown = in_terminal("messages", "list")
    assert status == 0
    assert "Example 0" in shown
    assert COLOURS.search(shown)
    status, shown = in_terminal("messages", "list", NO_COLOR="1")
    assert not re.search(r"\x1b\[3\d", shown)
    assert in_terminal("messages", "show", "nothing", NO_COLOR="1")[1].startswith("Error: GET /")
    assert in_terminal("messages", "show", "nothing", TERM="dumb")[1].startswith("Error: GET /")


def test_in_a_narrow_terminal_nothing_is_cut_off(postmark: Emulator, client: PostmarkClient, tmp_path: Path) -> None:
    server = client.server.get()
    status, shown = in_terminal("servers", "show", COLUMNS="50")
    assert status == 0
    assert "…" not in shown
    assert str(server.inbound_address) in re.sub(r"\s", "", plain(shown))
    folder = tmp_path / "templates" / "a-template-with-a-long-name"
    folder.mkdir(parents=True)
    (folder / "meta.json").write_text('{"Name": "Long", "Subject": "{{a b}}"}', encoding="utf-8")
    status, shown = in_terminal("templates", "check", str(tmp_path / "templates"), COLUMNS="50")
    assert status == 1
    assert f"{folder.as_posix()}/meta.json:1:" in plain(shown)
    assert postmark.sent() == []


def test_json_on_demand(postmark: Emulator) -> None:
    postmark.seed(messages=1)
    status, shown = in_terminal("messages", "list", "--json")
    assert status == 0
    assert shown.startswith('[\n{"tag": "welcome"')


def test_an_error_is_one_line_with_what_to_do(postmark: Emulator) -> None:
    status, shown = in_terminal("messages", "show", "nothing")
    assert status == 1
    (line,) = plain(shown).splitlines()
    assert line.startswith("Error: GET /messages/outbound/")
    assert postmark.sent() == []


def test_wrong_usage_names_the_help() -> None:
    status, shown = in_terminal("messages", "lst")
    assert status == 2
    assert plain(shown) == "Error: No such command 'lst'. Did you mean 'list'? Try 'postmark messages --help'.\n"


@pytest.mark.parametrize(("answer", "left"), [("y\n", 0), ("n\n", 1)])
def test_who_removes_something_is_asked(postmark: Emulator, answer: str, left: int) -> None:
    postmark.suppress("ada@example.org")
    status, shown = in_terminal("suppressions", "remove", "ada@example.org", answers=(answer,))
    assert "Let mail of outbound go to ada@example.org again? [y/N]" in shown
    assert status == left
    assert ("nothing was changed" in plain(shown)) == bool(left)


def test_tokens_are_asked_for_and_not_shown() -> None:
    answers = ("server-token-for-tests\n", "account-token-for-tests\n")
    status, shown = in_terminal("profiles", "add", "staging", answers=answers)
    assert status == 0
    assert "Token of the server (Enter: none):" in shown
    assert "Profile staging is in" in plain(shown)
    status, shown = in_terminal("profiles", "list")
    assert "staging" in shown
    assert "for-tests" not in shown


def test_a_long_import_shows_a_bar_and_ends_without_it(postmark: Emulator, tmp_path: Path) -> None:
    file = tmp_path / "list.txt"
    file.write_text("".join(f"reader-{number}@example.org\n" for number in range(200)), encoding="utf-8")
    status, shown = in_terminal("suppressions", "import", str(file))
    assert status == 0
    assert "200 addresses" in shown
    assert plain(shown).rstrip().endswith("200 are suppressed")
    assert postmark.sent() == []


def test_a_push_shows_a_bar_and_then_what_was_done(postmark: Emulator, client: PostmarkClient, tmp_path: Path) -> None:
    for number in range(20):
        folder = tmp_path / "templates" / f"new-{number:02}"
        folder.mkdir(parents=True)
        (folder / "meta.json").write_text(f'{{"Name": "{number}", "Subject": "S"}}', encoding="utf-8")
        (folder / "content.txt").write_text("x", encoding="utf-8")
    status, shown = in_terminal("templates", "push", str(tmp_path / "templates"))
    assert status == 0
    assert "Pushing templates" in shown
    assert "Pushing templates" not in shown[shown.index("new-00") :]
    assert plain(shown).rstrip().endswith("done")
    assert client.templates.get("new-19").name == "19"
    assert postmark.sent() == []


@pytest.mark.parametrize(
    "command",
    [
        ("suppressions", "import", "-"),
        ("suppressions", "add", "-"),
        ("send", "--from", "a@example.com", "--to", "b@example.org", "--text", "-"),
        ("send", "--eml", "-"),
        ("webhooks", "replay", "-", "--to", "http://127.0.0.1:9"),
        ("jobs", "add", "news", "-"),
    ],
    ids=" ".join,
)
def test_nothing_waits_for_a_terminal_that_gives_no_stdin(command: tuple[str, ...], tmp_path: Path) -> None:
    status, shown = in_terminal(*command, POSTMARK_JOBS_DATABASE=f"sqlite:///{tmp_path / 'mail.db'}")
    assert status == 2
    assert "- reads stdin, which is a terminal" in plain(shown)


def test_what_others_wrote_cannot_steer_the_terminal(postmark: Emulator) -> None:
    postmark.inbound({"From": "ada@example.org", "To": "in@example.com", "Subject": "Hi\x1b[2J\x07", "TextBody": "x"})
    status, shown = in_terminal("messages", "inbound")
    assert status == 0
    assert "Hi" in shown
    assert "\x1b[2J" not in shown
    assert "\x07" not in shown

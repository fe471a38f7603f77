"""The line for each mail that the command writes in a terminal."""

from __future__ import annotations

import json
import os
import re
import select
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from postmark_sdk.emulator import Emulator
from postmark_sdk.emulator.__main__ import main
from postmark_sdk.emulator._terminal import Line, Watcher, shown
from tests.terminal import open_terminal

if TYPE_CHECKING:
    from collections.abc import Callable

ROOT = Path(__file__).parents[2]


@pytest.fixture
def written(postmark: Emulator, monkeypatch: pytest.MonkeyPatch) -> tuple[Watcher, list[str]]:
    lines: list[str] = []
    monkeypatch.setenv("COLUMNS", "200")
    return Watcher(postmark.state, lambda text: lines.extend(text.split("\n"))), lines


def test_each_mail_is_a_line_with_what_became_of_it(
    written: tuple[Watcher, list[str]], api: httpx.Client, email: dict[str, Any]
) -> None:
    watcher, lines = written
    api.post("/email", json={**email, "Cc": "c@example.org"})
    api.post("/email", json={**email, "From": "a@b"})
    api.post("/email/batch", json=[email, {**email, "to": "x"}])
    api.post("/email", json=[])
    api.get("/bounces/1")
    watcher.look()
    watcher.look()
    assert [re.sub(r"^\d\d:\d\d:\d\d  ", "", line) for line in lines] == [
        "  ok  receiver@example.org and 1 more  Hello",
        " 300  receiver@example.org  Invalid 'From' address: 'a@b'.",
        "  ok  receiver@example.org  Hello",
        " 300  x  Error parsing 'To': Illegal email address 'x'. It must contain the '@' symbol.",
        " 403    Invalid request field(s): $",
    ]


def test_of_many_mails_some_are_shown_and_the_others_counted(
    written: tuple[Watcher, list[str]], api: httpx.Client, email: dict[str, Any]
) -> None:
    watcher, lines = written
    api.post("/email/batch", json=[email] * 50)
    watcher.look()
    assert (len(lines), lines[-1]) == (21, "          ... and 30 more")
    api.post("/email", json=email)
    watcher.look()
    assert [line[8:] for line in lines[21:]] == ["    ok  receiver@example.org  Hello"]


def test_a_reset_begins_anew(
    postmark: Emulator, written: tuple[Watcher, list[str]], api: httpx.Client, email: dict[str, Any]
) -> None:
    watcher, lines = written
    api.post("/email", json=email)
    watcher.look()
    postmark.reset()
    api.post("/email", json={**email, "Subject": "After"})
    watcher.look()
    assert [line.rpartition("  ")[2] for line in lines] == ["Hello", "After"]


def test_a_line_fits_and_commands_nothing() -> None:
    text = shown(Line(0, 0, "a" * 100, "\x1b]0;title\x07\x9b2J\u202e\nsecond"), 70)
    assert text.isprintable()
    assert len(text) == 70
    assert f"{'a' * 39}…" in text


def test_the_command_writes_it_in_a_terminal(email: dict[str, Any]) -> None:
    ours, its = open_terminal()
    arguments = [sys.executable, "-m", "postmark_sdk.emulator", "--port", "0"]
    environment = {**os.environ, "COLUMNS": "80"}
    with subprocess.Popen(arguments, cwd=ROOT, stdout=its, env=environment) as process:  # noqa: S603 - our own command
        try:
            os.close(its)
            said = read_until(ours, "_emulator/help")
            url, token = re.findall(r"export POSTMARK_(?:BASE_URL|SERVER_TOKEN)=(\S+)", said)
            headers = {"X-Postmark-Server-Token": token}
            httpx.post(f"{url}/email", json=email, headers=headers, trust_env=False, timeout=60)
            assert re.search(r"\d\d:\d\d:\d\d    ok  receiver@example.org  Hello\r\n", read_until(ours, "Hello\r\n"))
        finally:
            process.kill()
            os.close(ours)


def read_until(terminal: int, end: str) -> str:
    said = ""
    while end not in said:
        assert select.select([terminal], [], [], 60)[0], said
        said += os.read(terminal, 4096).decode()
    return said


@pytest.mark.parametrize(
    ("arguments", "terminal", "written"),
    [(["--quiet"], True, ""), ([], False, "export"), ([], True, "export"), (["--json"], True, '"environment"')],
)
def test_it_is_written_only_where_somebody_reads_it(
    arguments: list[str],
    written: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    *,
    terminal: bool,
) -> None:
    started: list[Watcher] = []

    def serve(emulator: Emulator, announce: Callable[[], None] | None) -> int:
        if announce is not None:
            announce()
        emulator.stop()
        return 0

    def start(watcher: Watcher) -> None:
        started.append(watcher)

    monkeypatch.setattr(Emulator, "serve", serve)
    monkeypatch.setattr(Watcher, "start", start)
    monkeypatch.setattr(sys.stdout, "isatty", lambda: terminal)
    assert main(arguments) == 0
    assert bool(started) == (terminal and not arguments)
    said = capsys.readouterr().out
    assert written in said
    assert bool(said) == bool(written)


def test_beyond_loopback_it_says_what_another_machine_needs(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def serve(emulator: Emulator, announce: Callable[[], None]) -> int:
        emulator.state.base_url = "http://127.0.0.1:8025"
        announce()
        emulator.stop()
        return 0

    monkeypatch.setattr(Emulator, "serve", serve)
    assert main(["--host", "0.0.0.0"]) == 0  # noqa: S104 - nothing listens
    said = capsys.readouterr().out
    assert "export POSTMARK_BASE_URL=http://NAME:8025 POSTMARK_ALLOW_HTTP=1\n" in said
    assert main([]) == 0
    assert "ALLOW_HTTP" not in capsys.readouterr().out
    assert main(["--host", "0.0.0.0", "--json"]) == 0  # noqa: S104 - as above
    said, warned = (json.loads(each) for each in capsys.readouterr())
    assert said["environment"]["POSTMARK_SERVER_TOKEN"] == "emulator-server-token"
    assert said["environment_elsewhere"] == {"POSTMARK_BASE_URL": "http://NAME:8025", "POSTMARK_ALLOW_HTTP": "1"}
    assert warned["note"].startswith("0.0.0.0 is not a loopback address.")

from __future__ import annotations

import json
import os
import shlex
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

from postmark_sdk import OutcomeUnknownError, RateLimitError
from postmark_sdk.cli.frame.failures import CommandError, failure, report
from tests.description import ROOT

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from postmark_sdk import PostmarkClient
    from postmark_sdk.emulator import Emulator
    from tests.cli.conftest import Done


def process(*arguments: str, code: str = "", text: bool = True, **environment: str) -> subprocess.CompletedProcess[Any]:
    command = ["-c", code] if code else ["-m", "postmark_sdk", *arguments]
    return subprocess.run(  # noqa: S603 - our own words
        [sys.executable, *command],
        cwd=ROOT,
        env={**os.environ, **environment},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=text,
        check=False,
        timeout=60,
    )


def test_wrong_usage_is_one_json_object_and_exit_status_2(cli: Callable[..., Done]) -> None:
    done = cli("profiles", "lst")
    assert (done.status, done.out) == (2, "")
    assert done.error["error"] == "UsageError"
    assert done.error["message"].startswith("No such command 'lst'. Did you mean 'list'?")
    assert done.error["hint"] == "Try 'postmark profiles --help'."


def test_a_misspelt_command_is_told_the_right_one(cli: Callable[..., Done]) -> None:
    assert "Did you mean 'profiles'" in cli("profile").error["message"]


def test_a_group_without_a_command_shows_its_help(cli: Callable[..., Done]) -> None:
    done = cli("profiles")
    assert done.status == 2
    assert "Usage: postmark profiles" in done.out + done.err


def test_it_runs_as_a_module_and_says_its_version() -> None:
    import postmark_sdk

    done = process("--version")
    assert (done.returncode, json.loads(done.stdout), done.stderr) == (0, {"version": postmark_sdk.__version__}, "")


def test_an_error_of_the_process_is_its_exit_status() -> None:
    done = process("profiles", "remove", "nothing")
    assert (done.returncode, done.stdout) == (2, "")
    assert json.loads(done.stderr)["error"] == "CommandError"


def test_without_the_extra_it_says_the_command_in_one_line() -> None:
    code = "import sys; sys.modules['typer'] = None; from postmark_sdk import _command; sys.exit(_command.postmark())"
    done = process(code=code)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == 'typer is not installed; run: pip install "postmark-sdk[cli]"\n'


@pytest.mark.skipif(os.name != "posix", reason="pipes of this kind")
def test_a_reader_that_has_gone_is_no_traceback() -> None:
    code = (
        "import os, sys; from postmark_sdk.cli.frame.failures import run\n"
        "class Command:\n"
        "    def main(self, **given):\n"
        "        read, write = os.pipe(); os.dup2(write, 1); os.close(write); os.close(read)\n"
        "        print('x')\n"
        "sys.exit(run(Command(), []))"
    )
    done = process(code=code)
    assert (done.returncode, done.stderr) == (1, "")


def test_a_token_that_is_missing_is_told_where_to_keep_it(
    cli: Callable[..., Done], postmark: Emulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("POSTMARK_SERVER_TOKEN")
    done = cli("messages", "list")
    assert (done.status, done.error["error"]) == (1, "ConfigurationError")
    assert done.error["hint"].endswith("postmark profiles add NAME")
    assert postmark.sent() == []


def unknown() -> OutcomeUnknownError:
    return OutcomeUnknownError("cut off", operation="emails.send", method="POST", path="/email")


def limited() -> RateLimitError:
    error = RateLimitError("slow", status_code=429, operation="bounces.list", method="GET", path="/bounces")
    error.retry_after = 3.0
    return error


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (CommandError("no", "do this"), {"error": "CommandError", "message": "no", "hint": "do this"}),
        (FileNotFoundError(2, "None such", "a.eml"), {"error": "FileNotFoundError", "message": "a.eml: None such"}),
        (limited(), {"error": "RateLimitError", "operation": "bounces.list", "status_code": 429, "retry_after": 3.0}),
        (unknown(), {"error": "OutcomeUnknownError", "operation": "emails.send"}),
    ],
    ids=lambda value: type(value).__name__,
)
def test_what_is_known_of_an_error_is_in_the_object(error: Exception, told: dict[str, Any]) -> None:
    assert told.items() <= failure(error).items()


def test_in_a_terminal_it_is_one_line_that_cannot_steer_the_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    report(CommandError("first\nsecond \x1b[2J", "Do this"), as_json=False)
    err = capsys.readouterr().err
    assert err.endswith("first; second  [2J. Do this.\n")
    assert err.count("\n") == 1


@pytest.mark.skipif(os.name != "posix", reason="a shell of this kind")
def test_streams_that_are_closed_from_the_start_are_no_traceback(tmp_path: Path) -> None:
    for closed, command, status in ((">&-", "profiles list", 0), ("<&-", "profiles add x", 2), ("2>&-", "messages", 2)):
        said = tmp_path / "said"
        line = f"{shlex.quote(sys.executable)} -m postmark_sdk {command} {closed}"
        where = f"2>{shlex.quote(str(said))}" if closed != "2>&-" else f">{shlex.quote(str(said))}"
        done = subprocess.run(["sh", "-c", f"{line} {where}"], cwd=ROOT, timeout=60, check=False)  # noqa: S603, S607
        assert (done.returncode, "Traceback" in said.read_text(encoding="utf-8")) == (status, False), closed


@pytest.mark.parametrize("encoding", ["ascii", "cp1252"])
def test_no_encoding_of_a_terminal_is_too_small(postmark: Emulator, client: PostmarkClient, encoding: str) -> None:
    client.emails.send(from_="a@example.com", to="b@example.org", subject="Größe → ☃", text_body="x")
    postmark.suppress("a@example.org")
    shown = process("messages", "list", "--no-json", PYTHONIOENCODING=encoding, text=False)
    assert (shown.returncode, shown.stderr) == (0, b"")
    assert "Größe → ☃".encode(encoding, "replace") in shown.stdout
    for command in (["messages", "list"], ["doctor", "--no-json"], ["--help"], ["suppressions", "export"]):
        done = process(*command, PYTHONIOENCODING=encoding, text=False)
        assert (done.returncode in {0, 1}, done.stderr) == (True, b"")


@pytest.mark.parametrize("encoding", ["ascii", "cp1252"])
def test_a_file_that_goes_to_stdout_is_utf_8(tmp_path: Path, encoding: str) -> None:
    folder = tmp_path / "grüße"
    (folder / "welcome").mkdir(parents=True)
    (folder / "welcome" / "meta.json").write_text('{"Name": "Welcome", "Subject": "x"}', encoding="utf-8")
    (folder / "welcome" / "content.txt").write_text("{{größe}}", encoding="utf-8")
    done = process("templates", "types", str(folder), PYTHONIOENCODING=encoding, text=False)
    assert (done.returncode, done.stderr) == (0, b"")
    assert '"größe": str' in done.stdout.decode()
    file = tmp_path / "models.py"
    file.write_bytes(done.stdout)
    checked = process("templates", "types", str(folder), "--check", str(file), PYTHONIOENCODING=encoding)
    assert checked.returncode == 0

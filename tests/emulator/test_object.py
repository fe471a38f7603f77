"""The Python object, and the command."""

from __future__ import annotations

import asyncio
import inspect
import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
from datetime import datetime, timezone
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args

import httpx
import pytest

import postmark_sdk
from postmark_sdk.emulator import Emulator, EmulatorError, Fault
from postmark_sdk.emulator.state.faults import FaultKind
from postmark_sdk.emulator.state.state import Settings
from tests.emulator.client import client

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

ROOT = Path(__file__).parents[2]
COMMAND = "import sys; from postmark_sdk._command import emulator; sys.exit(emulator())"


def test_two_emulators_know_nothing_of_each_other(email: dict[str, Any]) -> None:
    with Emulator() as first, Emulator() as second:
        assert first.base_url != second.base_url
        with client(first) as api:
            api.post("/email", json=email)
        assert (len(first.sent()), len(second.sent())) == (1, 0)
    with pytest.raises(httpx.ConnectError), client(first) as api:
        api.get("/server")


def test_it_works_inside_an_event_loop(email: dict[str, Any]) -> None:
    async def scene() -> int:
        async with Emulator() as postmark:
            headers = {"X-Postmark-Server-Token": postmark.server_token, "Accept": "application/json"}
            given: Any = {"base_url": postmark.base_url, "headers": headers, "trust_env": False, "timeout": 60}
            async with httpx.AsyncClient(**given) as api:
                answers = await asyncio.gather(*(api.post("/email", json=email) for _ in range(20)))
            assert {answer.status_code for answer in answers} == {200}
            return len(postmark.sent())

    assert asyncio.run(scene()) == 20


def test_a_reset_can_be_had_again_and_again(postmark: Emulator, api: httpx.Client, email: dict[str, Any]) -> None:
    for _ in range(5):
        api.post("/email", json=email)
        postmark.reset()
    assert postmark.sent() == []
    assert api.get("/templates?count=5&offset=0").json()["TotalCount"] == 3


def test_a_token_that_is_added_while_tokens_are_read_is_known(
    postmark: Emulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    records = postmark.state.records
    read, writer = records.all, threading.Thread(target=postmark.add_server, args=("Other",), kwargs={"token": "o"})

    def while_another_writes(kind: str, server: int) -> list[dict[str, Any]]:
        found = read(kind, server)
        if threading.current_thread() is threading.main_thread() and writer.ident is None:
            writer.start()
            writer.join(0.5)  # It has to wait until the tokens are read; it would be done long before.
        return found

    postmark.state._tokens_version = -1
    monkeypatch.setattr(records, "all", while_another_writes)
    assert postmark.state.server_of(postmark.server_token) is not None
    writer.join()
    assert postmark.state.server_of("o") is not None


def test_a_message_has_advice(postmark: Emulator, api: httpx.Client, email: dict[str, Any]) -> None:
    picture = {"Name": "a.png", "Content": "AAAA", "ContentType": "image/png", "ContentID": "cid:a"}
    fields = {"HtmlBody": "<p>x</p>\n<img src='cid:b' alt=''>", "Attachments": [picture], "MessageStream": "broadcast"}
    api.post("/email", json={**email, **fields})
    [message] = postmark.sent()
    assert message.broadcast
    assert [(each.level, each.topic, each.part, each.line) for each in message.advice] == [
        ("problem", "content", "HTML", None),
        ("problem", "images", "HTML", 2),
        ("hint", "content", "HTML", None),
        ("hint", "images", "Attachments", None),
    ]


def test_settling_waits_longer_than_a_receiver_may_take() -> None:
    for waiting in (Emulator.settle, Emulator.advance):
        assert inspect.signature(waiting).parameters["timeout"].default > Settings().webhook_timeout


def test_a_reset_forgets_everything(postmark: Emulator, api: httpx.Client) -> None:
    api.post("/message-streams", json={"ID": "own", "Name": "Own", "MessageStreamType": "Transactional"})
    postmark.add_server("Other", token="other")
    postmark.set_latency(0.5)
    postmark.fail_next(5)
    postmark.freeze_clock()
    postmark.reset()
    assert api.get("/message-streams").json()["TotalCount"] == 3
    assert api.get("/server", headers={"X-Postmark-Server-Token": "other"}).status_code == 401
    assert abs((postmark.now - datetime.now(timezone.utc)).total_seconds()) < 5


@pytest.mark.parametrize(
    ("ask", "text"),
    [
        (lambda postmark: postmark.bounce("nope"), "There is no message 'nope'; give the id of one that was sent."),
        (
            lambda postmark: postmark.open(postmark.sent()[0], recipient="x@example.org"),
            "did not go to 'x@example.org'",
        ),
        (
            lambda postmark: postmark.bounce(postmark.sent()[0], type="Hard"),
            "'Hard' is not a bounce type. They are: Hard",
        ),
        (lambda postmark: postmark.fail_next(kind="cutt"), "It is one of status, rate_limit, cut"),
        (lambda postmark: postmark.inbound({"from_": "a@example.org"}), "has no field 'from_'; did you mean 'From'?"),
        (lambda postmark: postmark.inbound({"Body": "Hi"}), "has no field 'Body'; it has FromName, MessageStream"),
        (lambda postmark: postmark.change_settings(stricter=True), "'stricter'"),
    ],
)
def test_what_cannot_be_done_is_an_error_that_says_why(
    postmark: Emulator, ask: Callable[[Emulator], object], text: str
) -> None:
    postmark.seed(messages=1)
    with pytest.raises(EmulatorError, match=re.escape(text)):
        ask(postmark)


def test_help_explains_every_argument_of_a_fault() -> None:
    told = inspect.getdoc(Fault) or ""
    assert all(f"    {name}: " in told for name in inspect.signature(Fault).parameters)
    assert all(f"``{kind}``" in told for kind in get_args(FaultKind))


@pytest.fixture
def command(tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    arguments = [sys.executable, "-m", "postmark_sdk.emulator", "--port", "0", "--db", str(tmp_path / "mail.db")]
    process = subprocess.Popen(arguments, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)  # noqa: S603
    yield process
    process.kill()
    process.communicate()


def exports(process: subprocess.Popen[str]) -> dict[str, str]:
    assert process.stdout is not None
    lines = [process.stdout.readline() for _ in range(4)]
    assert re.match(r"Bounces, faults and the clock: http://127.0.0.1:\d+/_emulator/help", process.stdout.readline())
    return {found[1]: found[2] for line in lines if (found := re.match(r"export (\w+)=(\S+)", line))}


def test_the_command_says_what_to_export_and_keeps_what_it_answered(
    command: subprocess.Popen[str], tmp_path: Path, email: dict[str, Any]
) -> None:
    given = exports(command)
    headers = {"X-Postmark-Server-Token": given["POSTMARK_SERVER_TOKEN"], "Accept": "application/json"}
    with httpx.Client(base_url=given["POSTMARK_BASE_URL"], headers=headers, trust_env=False, timeout=60) as api:
        ids = {api.post("/email", json=email).json()["MessageID"] for _ in range(20)}
        command.send_signal(signal.SIGKILL if os.name == "posix" else signal.SIGTERM)
        command.wait()
    with Emulator(db=str(tmp_path / "mail.db")) as postmark:
        assert {message.message_id for message in postmark.sent()} == ids


def test_repr_says_where_it_is_and_how_much_it_took(email: dict[str, Any]) -> None:
    with Emulator() as postmark, client(postmark) as api:
        api.post("/email", json=email)
        assert repr(postmark) == f"<Emulator {postmark.base_url}, messages=1>"
    assert repr(postmark) == "<Emulator, not running>"


@pytest.mark.skipif(os.name != "posix", reason="sends a POSIX signal")
def test_the_command_ends_quietly_on_ctrl_c(command: subprocess.Popen[str]) -> None:
    assert exports(command)["POSTMARK_ACCOUNT_TOKEN"]
    command.send_signal(signal.SIGINT)
    _output, errors = command.communicate(timeout=60)
    assert (command.returncode, errors) == (0, "")


def test_the_command_warns_beyond_loopback_and_reports_a_taken_port(
    running: Emulator, capsys: pytest.CaptureFixture[str]
) -> None:
    from postmark_sdk.emulator.__main__ import main

    port = running.base_url.rpartition(":")[2]
    assert main(["--port", port]) == 1
    assert re.search("Cannot listen on .*\\. Use --port", capsys.readouterr().err)
    assert main(["--port", "65536"]) == 1
    assert capsys.readouterr().err == "Cannot listen on 127.0.0.1:65536: a port is a number from 0 to 65535\n"
    assert main(["--host", "192.0.2.1", "--port", port]) == 1
    assert "Warning: 192.0.2.1 is not a loopback address" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        (["--time-scale", "0"], "argument --time-scale: must be a number above 0"),
        (["--time-scale", "nan"], "argument --time-scale: must be a number above 0"),
        (["--search-delay", "-1"], "argument --search-delay: must be a number of seconds, 0 or more"),
        (["--rate-limit", "-1"], "argument --rate-limit: must be a whole number, 0 or more"),
        (["--rate-limit", "x"], "argument --rate-limit: must be a whole number, 0 or more"),
    ],
)
def test_the_command_says_which_option_is_wrong(
    arguments: list[str], text: str, capsys: pytest.CaptureFixture[str]
) -> None:
    from postmark_sdk.emulator.__main__ import main

    assert main(arguments) == 2
    assert text in capsys.readouterr().err
    assert main([*arguments, "--json"]) == 2
    told = json.loads(capsys.readouterr().err)
    assert told == {"error": "UsageError", "message": text, "hint": "Try 'postmark-emulator --help'."}


@pytest.mark.parametrize("run", [["-c", COMMAND], ["-m", "postmark_sdk.emulator"]], ids=["command", "module"])
def test_the_command_says_in_one_line_that_the_extra_is_missing(run: list[str], tmp_path: Path) -> None:
    (tmp_path / "starlette.py").write_text("raise ModuleNotFoundError(name='starlette')")
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(tmp_path), str(ROOT)])}
    done = subprocess.run(  # noqa: S603 - our own command
        [sys.executable, *run], capture_output=True, text=True, check=False, timeout=60, env=environment
    )
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == 'The emulator needs starlette: pip install "postmark-sdk[emulator]"\n'


def test_the_command_knows_its_version(capsys: pytest.CaptureFixture[str]) -> None:
    from postmark_sdk.emulator.__main__ import main

    assert main(["--version"], program="postmark emulator") == 0
    assert capsys.readouterr().out == f"postmark emulator {postmark_sdk.__version__}\n"
    assert main(["--version", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == {"version": postmark_sdk.__version__}


def test_time_scale_compresses_the_schedule(receiver: Any, email: dict[str, Any]) -> None:
    with Emulator(time_scale=6000) as postmark, client(postmark) as api:
        hook = {"Url": receiver.url(), "Triggers": {"Delivery": {"Enabled": True}}}
        assert api.post("/webhooks", json=hook).json()["Status"] == "verified"
        receiver.requests.clear()
        receiver.statuses = [500] * 10
        api.post("/email", json=email)
        end = time.monotonic() + 60
        while len(receiver.requests) < 7 and time.monotonic() < end:
            time.sleep(0.01)
        assert len(receiver.requests) == 7
        postmark.settle()

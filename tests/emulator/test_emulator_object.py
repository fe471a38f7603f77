"""The Python object, control over HTTP, faults, the file, the command."""

from __future__ import annotations

import asyncio
import inspect
import os
import re
import signal
import subprocess
import sys
import threading
import time
from datetime import datetime, timezone
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from postmark_sdk.emulator import Emulator
from postmark_sdk.emulator.state.clock import Clock
from postmark_sdk.emulator.state.state import Settings

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[2]


def client(emulator: Emulator) -> httpx.Client:
    headers = {"X-Postmark-Server-Token": emulator.server_token, "Accept": "application/json"}
    return httpx.Client(base_url=emulator.base_url, headers=headers, trust_env=False, timeout=60)


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
        if writer.ident is None:
            writer.start()
            writer.join(0.5)  # It has to wait until the tokens are read; it would be done long before.
        return found

    postmark.state._tokens_version = -1
    monkeypatch.setattr(records, "all", while_another_writes)
    assert postmark.state.server_of(postmark.server_token) is not None
    writer.join()
    assert postmark.state.server_of("o") is not None


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


@pytest.mark.parametrize("kind", ["status", "rate_limit", "garbage"])
@pytest.mark.parametrize("processed", [False, True])
def test_faults_that_answer(postmark: Emulator, email: dict[str, Any], kind: Any, processed: bool) -> None:  # noqa: FBT001
    postmark.fail_next(2, kind=kind, status=503, error_code=100, retry_after=7, path="/email*", processed=processed)
    with client(postmark) as api:
        assert api.get("/server").status_code == 200
        for _ in range(2):
            answer = api.post("/email", json=email)
            assert answer.status_code == {"status": 503, "rate_limit": 429, "garbage": 200}[kind]
            assert answer.headers["retry-after"] == "7"
            assert (answer.headers["content-type"] == "text/html") is (kind == "garbage")
        assert api.post("/email", json=email).json()["Message"] == "OK"
    assert len(postmark.sent()) == (3 if processed else 1)


@pytest.mark.parametrize("kind", ["cut", "timeout"])
@pytest.mark.parametrize("processed", [False, True])
def test_faults_that_do_not(postmark: Emulator, email: dict[str, Any], kind: Any, processed: bool) -> None:  # noqa: FBT001
    postmark.fail_next(kind=kind, processed=processed, seconds=0.05, method="POST")
    with client(postmark) as api:
        assert api.get("/server").status_code == 200
        with pytest.raises(httpx.TransportError):
            api.post("/email", json=email)
        assert len(postmark.sent()) == int(processed)
        assert api.post("/email", json=email).status_code == 200


def test_a_client_that_gives_up_does_no_harm(postmark: Emulator, email: dict[str, Any]) -> None:
    postmark.fail_next(kind="timeout", seconds=30)
    with client(postmark) as api:
        with pytest.raises(httpx.ReadTimeout):
            api.post("/email", json=email, timeout=httpx.Timeout(60, read=0.05))
        assert api.post("/email", json=email).status_code == 200


def test_accepted_but_delayed_has_no_error_code(postmark: Emulator, api: httpx.Client, email: dict[str, Any]) -> None:
    postmark.fail_next(kind="delayed")
    answer = api.post("/email", json=email).json()
    assert list(answer) == ["To", "SubmittedAt", "MessageID", "Message"]
    assert answer["Message"] == "Message accepted, but delivery may be delayed."
    assert len(postmark.sent()) == 1


def test_wrong_faults_are_refused(postmark: Emulator) -> None:
    control = httpx.Client(base_url=f"{postmark.base_url}/_emulator", trust_env=False, timeout=60)
    with control:
        bodies: tuple[Any, ...] = (
            {"kind": "other"},
            {"times": 0},
            {"status": 99},
            {"status": "x"},
            {"unknown": 1},
            [],
            {"times": True},
        )
        for body in bodies:
            assert control.post("/faults", json=body).status_code in {200, 422}
        assert control.post("/faults", json={"kind": "other"}).json()["ErrorCode"] == 403
        control.delete("/faults")


def test_control_over_http_has_the_same_verbs(postmark: Emulator, api: httpx.Client, email: dict[str, Any]) -> None:
    with httpx.Client(base_url=f"{postmark.base_url}/_emulator", trust_env=False, timeout=60) as control:
        about = control.get("").json()
        assert about["ServerToken"] == postmark.server_token
        sent_id = api.post("/email", json={**email, "HtmlBody": "<p>x</p>"}).json()["MessageID"]
        assert control.get("/sent").json()["Messages"][0]["MessageID"] == sent_id
        assert control.get(f"/sent/{sent_id}").json()["Request"]["Subject"] == "Hello"
        assert control.get("/sent/none").status_code == 404
        assert control.post("/open", json={"message_id": sent_id}).status_code == 200
        click = {"message_id": sent_id, "link": "https://example.com/"}
        assert control.post("/click", json=click).status_code == 200
        assert control.post("/bounce", json={"message_id": sent_id, "type": "SoftBounce"}).json()["BounceID"]
        assert control.post("/bounce", json={"message_id": sent_id, "type": "x"}).status_code == 422
        assert control.post("/complain", json={"message_id": sent_id}).json()["BounceID"]
        assert control.post("/unsubscribe", json={"message_id": sent_id}).status_code == 200
        assert control.post("/suppress", json={"address": "x@example.org"}).status_code == 200
        assert control.post("/seed", json={"messages": 5}).status_code == 200
        counters = control.get("/counters").json()
        assert (counters["Accepted"], counters["Opens"], counters["Clicks"], counters["Bounces"]) == (6, 1, 1, 2)
        assert control.post("/clock", json={"now": "2030-01-01T00:00:00Z", "frozen": True}).json() == {
            "Now": "2030-01-01T00:00:00Z",
            "Frozen": True,
        }
        assert control.post("/clock/advance", json={"seconds": 60}).json()["Now"] == "2030-01-01T00:01:00Z"
        assert control.post("/settle", json={"timeout": 60}).json() == {"Settled": True}
        assert control.post("/settings", json={"may_send": False}).status_code == 200
        assert control.get("/settings").json()["may_send"] is False
        assert control.post("/settings", json={"may_send": 1}).status_code == 422
        assert control.post("/servers", json={"name": "Third", "token": "third"}).json()["ApiTokens"] == ["third"]
        assert control.get("/refusals").json() == {"Refusals": []}
        assert control.get("/deliveries?limit=x").status_code == 422
        assert control.post("/deliveries/99/again").status_code == 404
        for body in (b"[]", b"{", b'{"message_id": 5}', b"\xff"):
            assert control.post("/bounce", content=body).status_code == 422
        assert control.post("/reset").status_code == 200
        assert postmark.sent() == []


def test_other_web_pages_cannot_control_it(postmark: Emulator) -> None:
    answer = httpx.post(f"{postmark.base_url}/_emulator/reset", headers={"Origin": "https://evil.example"}, timeout=60)
    assert answer.status_code == 403


def test_a_file_keeps_everything(tmp_path: Path, email: dict[str, Any]) -> None:
    path = str(tmp_path / "mail.db")
    with Emulator(db=path) as postmark, client(postmark) as api:
        sent_id = api.post("/email", json=email).json()["MessageID"]
        number = api.post("/templates", json={"Name": "N", "Alias": "n", "Subject": "S", "TextBody": "T"}).json()
        postmark.suppress("gone@example.org")
    with Emulator(db=path) as postmark, client(postmark) as api:
        assert api.get(f"/messages/outbound/{sent_id}/details").status_code == 200
        assert api.get("/templates/n").json()["TemplateId"] == number["TemplateId"]
        assert api.post("/email", json={**email, "To": "gone@example.org"}).json()["ErrorCode"] == 406
        made = api.post("/templates", json={"Name": "M", "Subject": "S", "TextBody": "T"}).json()
        assert made["TemplateId"] == number["TemplateId"] + 1


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
    assert "Cannot listen" in capsys.readouterr().err
    assert main(["--host", "192.0.2.1", "--port", port]) == 1
    assert "Warning: 192.0.2.1 is not a loopback address" in capsys.readouterr().err
    with pytest.raises(SystemExit):
        main(["--time-scale", "0"])


def test_the_clock_advances_freezes_and_resumes() -> None:
    real = [1_000_000_000]
    clock = Clock(lambda: real[0])
    assert clock.now() == 10_000_000
    clock.advance(1.5)
    assert clock.now() == 25_000_000
    clock.freeze()
    real[0] += 10**9
    assert clock.now() == 25_000_000
    clock.advance(1)
    clock.resume()
    assert clock.now() == 35_000_000
    real[0] += 10**9
    assert clock.now() == 45_000_000
    clock.set(0)
    assert clock.now() == 0
    clock.reset()
    assert clock.now() == 30_000_000


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

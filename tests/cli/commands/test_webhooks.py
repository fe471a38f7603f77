from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from postmark_sdk.cli.commands.webhooks.receiver import Receiver
from postmark_sdk.testing._receiver import Receiver as Endpoint
from tests.description import ROOT

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from postmark_sdk import PostmarkClient
    from postmark_sdk.emulator import Emulator
    from postmark_sdk.webhooks import WebhookEvent
    from tests.cli.conftest import Done

BOUNCE = {
    "RecordType": "Bounce",
    "ID": 1,
    "Type": "HardBounce",
    "Email": "ada@example.org",
    "MessageID": "m-1",
    "MessageStream": "outbound",
}
INBOUND = {"FromFull": {"Email": "ada@example.org"}, "From": "ada@example.org", "Subject": "Why?", "MessageID": "m-2"}
SECRET = "password-for-tests"


@pytest.fixture
def endpoint() -> Iterator[str]:
    receiver = Endpoint()
    yield receiver.url
    receiver.close()


@contextmanager
def receiving(auth: tuple[str, str] | None = None) -> Iterator[tuple[str, list[WebhookEvent]]]:
    came: list[WebhookEvent] = []
    receiver = Receiver("127.0.0.1", 0, auth, came.append)
    thread = threading.Thread(target=receiver.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield receiver.url, came
    finally:
        receiver.shutdown()
        thread.join()
        receiver.server_close()


def ensure(cli: Callable[..., Done], url: str, *more: str) -> Any:
    done = cli("webhooks", "ensure", url, "-t", "bounce", "-t", "delivery", *more)
    assert done.status == 0, done.err
    return done.json


def test_a_webhook_is_made_once_and_changed_where_it_is_not_as_wanted(
    cli: Callable[..., Done], postmark: Emulator, endpoint: str
) -> None:
    assert postmark.deliveries() == []
    assert ensure(cli, endpoint)["created"]
    assert ensure(cli, endpoint)["changed"] == []
    assert ensure(cli, endpoint, "--include-content")["changed"] == ["triggers"]
    (webhook,) = cli("webhooks", "list").json
    assert webhook["triggers"]["bounce"] == {"enabled": True, "include_content": True}
    table = cli("webhooks", "list", "--no-json").out
    assert "delivery, bounce" in table
    again = cli("webhooks", "ensure", endpoint, "-t", "bounce", "--no-json").out
    assert again == f"Webhook {webhook['id']} has changed: triggers\n"


def test_a_password_comes_from_a_file_or_the_environment_and_is_never_shown(
    cli: Callable[..., Done],
    client: PostmarkClient,
    endpoint: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    file = tmp_path / "auth"
    file.write_text(f"postmark:{SECRET}\n", encoding="utf-8")
    made = ensure(cli, endpoint, "--auth-file", str(file))
    auth = client.webhooks.get(made["webhook"]["id"]).http_auth
    assert auth is not None
    assert (auth.username, auth.password) == ("postmark", SECRET)
    monkeypatch.setenv("POSTMARK_WEBHOOK_AUTH", f"postmark:{SECRET}")
    assert ensure(cli, endpoint)["changed"] == []
    shown = [
        cli("webhooks", *words, *form)
        for words in (["list"], ["show", made["webhook"]["id"]])
        for form in ([], ["--no-json"])
    ]
    assert all(SECRET not in done.out + done.err for done in shown)
    monkeypatch.setenv("POSTMARK_WEBHOOK_AUTH", "no-colon")
    assert cli("webhooks", "ensure", endpoint, "-t", "bounce").status == 2


def test_a_trigger_that_is_not_there_and_none_are_refused(cli: Callable[..., Done], postmark: Emulator) -> None:
    done = cli("webhooks", "ensure", "https://example.com", "-t", "bonce")
    assert done.status == 1
    assert "bonce" in done.error["message"]
    assert cli("webhooks", "ensure", "https://example.com").status == 2
    assert postmark.deliveries() == []


def test_what_is_paused_is_shown_and_woken(cli: Callable[..., Done], postmark: Emulator, endpoint: str) -> None:
    number = ensure(cli, endpoint)["webhook"]["id"]
    postmark.pause_webhook(number, "Bounce")
    assert cli("webhooks", "show", number).json["paused"] == ["bounce"]
    assert "paused    bounce" in cli("webhooks", "show", number, "--no-json").out
    verified = cli("webhooks", "verify", number)
    assert (verified.status, verified.json["success"]) == (0, True)
    assert cli("webhooks", "show", number).json["paused"] == []
    assert "Bounce" in cli("webhooks", "verify", number, "--no-json").out


def test_a_verification_that_fails_is_exit_status_1(cli: Callable[..., Done], postmark: Emulator) -> None:
    receiver = Endpoint()
    number = ensure(cli, receiver.url)["webhook"]["id"]
    receiver.close()
    done = cli("webhooks", "verify", number)
    assert (done.status, done.json["success"]) == (1, False)
    assert postmark.counters()["Accepted"] == 0


def test_a_webhook_is_removed_only_with_yes(cli: Callable[..., Done], postmark: Emulator, endpoint: str) -> None:
    number = ensure(cli, endpoint)["webhook"]["id"]
    assert cli("webhooks", "remove", number).status == 2
    assert len(cli("webhooks", "list").json) == 1
    assert cli("webhooks", "remove", number, "-y", "--no-json").out == f"Webhook {number} is removed\n"
    assert cli("webhooks", "list", "--no-json").err == "There is no webhook.\n"
    assert postmark.counters()["Accepted"] == 0


def test_recorded_events_are_posted_in_their_order_with_their_ids(cli: Callable[..., Done], tmp_path: Path) -> None:
    file = tmp_path / "events.jsonl"
    recorded = {"kind": "Bounce", "trace_id": "t-1", "retries_remaining": 5, "payload": BOUNCE}
    file.write_text(f"{json.dumps(recorded)}\n\n{json.dumps(INBOUND)}\n", encoding="utf-8")
    with receiving() as (url, came):
        done = cli("webhooks", "replay", file, "--to", url)
        table = cli("webhooks", "replay", "-", "--to", url, "--no-json", stdin=json.dumps([INBOUND]))
    assert (done.status, table.status) == (0, 0)
    assert [each["status_code"] for each in done.json] == [200, 200]
    assert [each["kind"] for each in done.json] == ["Bounce", "Inbound"]
    assert [event.__kind__ for event in came] == ["Bounce", "Inbound", "Inbound"]
    assert (came[0].trace_id, came[0].retries_remaining) == ("t-1", 5)
    assert "Inbound" in table.out


def test_an_event_that_is_not_accepted_is_exit_status_1_and_the_others_go_on(
    cli: Callable[..., Done], monkeypatch: pytest.MonkeyPatch
) -> None:
    events = "\n".join(json.dumps(each) for each in (BOUNCE, INBOUND))
    with receiving(("postmark", SECRET)) as (url, came):
        refused = cli("webhooks", "replay", "-", "--to", url, stdin=events)
        assert came == []
        monkeypatch.setenv("POSTMARK_WEBHOOK_AUTH", f"postmark:{SECRET}")
        accepted = cli("webhooks", "replay", "-", "--to", url, stdin=events)
        assert len(came) == 2
    assert (refused.status, [each["status_code"] for each in refused.json]) == (1, [401, 401])
    assert accepted.status == 0
    gone = cli("webhooks", "replay", "-", "--to", url, stdin=events)
    assert gone.status == 1
    assert gone.json[1]["failure"]


@pytest.mark.parametrize("text", ["{", "5", "[1]"])
def test_what_is_no_event_is_wrong_usage(cli: Callable[..., Done], text: str) -> None:
    done = cli("webhooks", "replay", "-", "--to", "http://127.0.0.1:9", stdin=text)
    assert (done.status, done.error["error"]) == (2, "CommandError")
    assert cli("webhooks", "replay", "-", "--to", "example.com", stdin=json.dumps(BOUNCE)).status == 2


def listener(*arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(  # noqa: S603 - our own words
        [sys.executable, "-m", "postmark_sdk", "webhooks", "listen", "--port", "0", "--once", *arguments],
        cwd=ROOT,
        env={**os.environ, "POSTMARK_WEBHOOK_AUTH": f"postmark:{SECRET}"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def announced(process: subprocess.Popen[str]) -> str:
    assert process.stderr is not None
    line = process.stderr.readline()
    return line.partition("Listening on ")[2].partition(" ")[0]


@pytest.mark.parametrize("form", ["--json", "--no-json"])
def test_listen_prints_what_comes_and_ends_after_one_if_told(form: str, cli: Callable[..., Done]) -> None:
    process = listener(form)
    try:
        url = announced(process)
        assert httpx.post(url, json=BOUNCE, trust_env=False).status_code == 401
        auth = ("postmark", SECRET)
        answer = httpx.post(url, json=BOUNCE, auth=auth, headers={"X-PM-Webhook-Trace-Id": "t-9"}, trust_env=False)
        assert answer.status_code == 200
        out, err = process.communicate(timeout=60)
    finally:
        process.kill()
    assert (process.returncode, err) == (0, "")
    if form == "--no-json":
        assert out == "Bounce              HardBounce  ada@example.org  m-1\n"
        return
    told = json.loads(out)
    assert (told["kind"], told["trace_id"], told["payload"]) == ("Bounce", "t-9", BOUNCE)
    with receiving() as (target, came):
        assert cli("webhooks", "replay", "-", "--to", target, stdin=out).status == 0
        assert came[0].trace_id == "t-9"


def test_a_port_that_is_taken_is_one_error(cli: Callable[..., Done]) -> None:
    with receiving() as (url, _):
        done = cli("webhooks", "listen", "--port", url.rstrip("/").rpartition(":")[2])
    assert done.status == 1
    assert done.error["hint"] == "Use --port; 0 takes a free one."
    elsewhere = cli("webhooks", "listen", "--port", "0", "--host", "host.invalid")
    assert "hint" not in json.loads(elsewhere.err.splitlines()[-1])


def test_listen_takes_an_address_of_either_family() -> None:
    receiver = Receiver("::1", 0, None, lambda _: None)
    with receiver:
        assert receiver.url == f"http://[::1]:{receiver.server_address[1]}/"

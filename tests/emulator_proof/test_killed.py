"""Killed in the middle, an emulator with a database file comes back with everything it had answered 200 for."""

from __future__ import annotations

import subprocess
import sys
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

import httpx
import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_MAIL = {"From": "a@example.com", "To": "b@example.org", "Subject": "s", "TextBody": "t"}
_SENDERS = 4
_ENOUGH = 60


@contextmanager
def emulator_process(database: Path) -> Iterator[tuple[subprocess.Popen[str], httpx.Client]]:
    command = [sys.executable, "-m", "postmark_sdk.emulator", "--port", "0", "--db", str(database)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:  # noqa: S603 - our own command
        try:
            assert process.stdout is not None
            said = [process.stdout.readline() for _ in range(4)]
            values = dict(line.removeprefix("export ").strip().split("=", 1) for line in said if "export" in line)
            headers = {
                "X-Postmark-Server-Token": values["POSTMARK_SERVER_TOKEN"],
                "Accept": "application/json",
            }
            with httpx.Client(base_url=values["POSTMARK_BASE_URL"], headers=headers, trust_env=False) as client:
                yield process, client
        finally:
            process.kill()


def send_until_killed(client: httpx.Client, number: int, accepted: list[str], enough: threading.Event) -> None:
    """Send single mails, or batches of them, until nobody answers; note every id that was answered."""
    try:
        while True:
            if number % 2:
                accepted.append(client.post("/email", json=_MAIL).raise_for_status().json()["MessageID"])
            else:
                answers = client.post("/email/batch", json=[_MAIL] * 5).raise_for_status().json()
                accepted.extend(answer["MessageID"] for answer in answers)
            if len(accepted) >= _ENOUGH:
                enough.set()
    except httpx.TransportError:
        return


def make_documents(client: httpx.Client) -> list[str]:
    """A template, a suppression and a bounce; the ids to find again."""
    template = {"Name": "Mine", "Alias": "mine", "Subject": "s", "TextBody": "t"}
    made = client.post("/templates", json=template).raise_for_status().json()
    gone = {"Suppressions": [{"EmailAddress": "gone@example.org"}]}
    client.post("/message-streams/outbound/suppressions", json=gone).raise_for_status()
    to = "hardbounce@bounce-testing.postmarkapp.com"
    bounced = client.post("/email", json={**_MAIL, "To": to}).raise_for_status().json()
    return [made["TemplateId"], bounced["MessageID"]]


def find_documents(client: httpx.Client) -> list[str]:
    assert client.post("/email", json={**_MAIL, "To": "gone@example.org"}).json()["ErrorCode"] == 406
    bounces = client.get("/bounces", params={"count": 5, "offset": 0}).json()["Bounces"]
    return [client.get("/templates/mine").json()["TemplateId"], *(bounce["MessageID"] for bounce in bounces)]


def send_and_kill(process: subprocess.Popen[str], client: httpx.Client) -> list[str]:
    """Kill it while several threads send; the ids that were answered."""
    accepted: list[str] = []
    enough = threading.Event()
    threads = [
        threading.Thread(target=send_until_killed, args=(client, number, accepted, enough))
        for number in range(_SENDERS)
    ]
    for thread in threads:
        thread.start()
    assert enough.wait(60)
    process.kill()
    for thread in threads:
        thread.join()
    return accepted


@pytest.mark.parametrize("kills", [2, pytest.param(50, marks=pytest.mark.proof)])
def test_what_was_answered_is_there_after_a_kill(tmp_path: Path, kills: int) -> None:
    database = tmp_path / "postmark.db"
    accepted: list[str] = []
    with emulator_process(database) as (_process, client):
        documents = make_documents(client)
    for _ in range(kills):
        with emulator_process(database) as (process, client):
            assert find_documents(client) == documents
            accepted += send_and_kill(process, client)
    with emulator_process(database) as (_process, client):
        assert find_documents(client) == documents
        for id_ in accepted:
            details = client.get(f"/messages/outbound/{id_}/details").raise_for_status().json()
            assert details["MessageEvents"][0]["Type"] == "Delivered"
        found = client.get("/messages/outbound", params={"count": 1, "offset": 0}).json()
        assert found["TotalCount"] >= len(set(accepted)) == len(accepted) >= kills * _ENOUGH

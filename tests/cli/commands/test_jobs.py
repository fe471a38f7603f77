"""``postmark jobs`` against an emulator and a ledger in a file."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

pytest.importorskip("sqlalchemy", reason="jobs need their extra")

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from postmark_sdk.emulator import Emulator
    from tests.cli.conftest import Done


@pytest.fixture(autouse=True)
def ledger(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("POSTMARK_JOBS_DATABASE", f"sqlite:///{tmp_path / 'mail.db'}")


def mails(count: int) -> str:
    made = ({"from_": "shop@example.com", "to": f"{each}@example.org", "TextBody": "x"} for each in range(count))
    return "\n".join(map(json.dumps, made)) + "\n\n"


def test_a_job_is_added_sent_and_looked_at(cli: Callable[..., Done], postmark: Emulator) -> None:
    assert cli("jobs", "add", "news", "-", stdin=mails(3)).json["waiting"] == 3
    assert postmark.sent() == []
    assert [(each["name"], each["accepted"]) for each in cli("jobs", "work").json] == [("news", 3)]
    assert len(postmark.sent()) == 3
    assert cli("jobs", "show", "news").json["state"] == "done"
    ids = {each.message_id for each in postmark.sent()}
    assert {each["message_id"] for each in cli("jobs", "results", "news").json} == ids
    assert cli("jobs", "results", "news", "--status", "refused").json == []


def test_a_terminal_gets_tables_and_sentences(cli: Callable[..., Done], tmp_path: Path, postmark: Emulator) -> None:
    del postmark
    assert cli("jobs", "list", "--no-json").err == "There is no job.\n"
    file = tmp_path / "mails.jsonl"
    file.write_text(mails(2))
    assert "news: running: 0 of 2 accepted" in cli("jobs", "add", "news", file, "--no-json").out
    shown = cli("jobs", "work", "--no-json").out.split()
    assert shown[:7] == ["job", "state", "total", "accepted", "refused", "unknown", "waiting"]
    assert shown[-7:] == ["news", "done", "2", "2", "0", "0", "0"]
    assert "accepted" in cli("jobs", "results", "news", "--no-json").out


def test_a_job_is_steered(cli: Callable[..., Done], postmark: Emulator) -> None:
    cli("jobs", "add", "news", "-", stdin=mails(1))
    assert cli("jobs", "pause", "news").json["state"] == "paused"
    assert cli("jobs", "work").json[0]["waiting"] == 1
    assert cli("jobs", "resume", "news", "--no-json").out.endswith("news goes on\n")
    refused = cli("jobs", "cancel", "news")
    assert (refused.status, cli("jobs", "show", "news").json["state"]) == (2, "running")
    assert cli("jobs", "cancel", "news", "--yes").json["cancelled"] == 1
    assert postmark.sent() == []
    assert cli("jobs", "delete", "news", "--yes").json == {"name": "news"}
    assert cli("jobs", "show", "news").error["error"] == "LedgerError"


def test_what_is_unknown_goes_again_only_when_it_is_said(
    cli: Callable[..., Done], postmark: Emulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("postmark_sdk.jobs.pace.FIRST_LOOK_SECONDS", 0.0)
    cli("jobs", "add", "news", "-", stdin=mails(1))
    postmark.fail_next(path="/email/batch")
    assert cli("jobs", "work").json[0]["unknown"] == 1
    assert cli("jobs", "resend", "news").status == 2
    assert cli("jobs", "resend", "news", "--yes").json["state"] == "running"
    assert cli("jobs", "work").json[0]["accepted"] == 1


@pytest.mark.parametrize(
    ("arguments", "status", "words"),
    [
        (["add", "news", "-"], 1, "-, line 1: no JSON object"),
        (["list", "--database", ""], 2, "no database is named"),
        (["list", "--database", "mail.db"], 2, "no URL of a database"),
        (["list", "--database", "sqlite:////no/such/folder/mail.db"], 1, "unable to open database file"),
    ],
)
def test_what_is_wrong_is_one_line(cli: Callable[..., Done], arguments: list[str], status: int, words: str) -> None:
    done = cli("jobs", *arguments, stdin="no JSON")
    assert done.status == status
    assert words in done.error["message"]

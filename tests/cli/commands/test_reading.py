"""Commands that read: each as JSON and as tables."""

from __future__ import annotations

import datetime as _dt
import itertools
import json
from typing import TYPE_CHECKING

import pytest

from postmark_sdk import Email
from postmark_sdk.cli.frame.following import OVERLAP, follow

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from postmark_sdk import PostmarkClient
    from postmark_sdk.emulator import Emulator
    from tests.cli.conftest import Done


def send(client: PostmarkClient, to: str = "ada@example.org", subject: str = "Hello", tag: str | None = None) -> str:
    mail = Email(from_="shop@example.com", to=to, subject=subject, text_body="Hello,\nAda.", tag=tag)
    return client.emails.send(mail).message_id


@pytest.fixture
def sent(client: PostmarkClient) -> list[str]:
    return [send(client, f"reader-{number}@example.org", f"Letter {number}", tag="letter") for number in range(5)]


def test_messages_are_listed_newest_first_as_json_and_as_a_table(cli: Callable[..., Done], sent: list[str]) -> None:
    done = cli("messages", "list", "--tag", "letter")
    assert [each["message_id"] for each in done.json] == sent[::-1]
    assert done.json[0]["subject"] == "Letter 4"
    assert (done.status, done.err) == (0, "")
    table = cli("messages", "list", "--no-json").out
    assert all(each in table for each in sent)
    assert "reader-3@example.org" in table


def test_a_list_that_is_cut_off_says_so_on_stderr(cli: Callable[..., Done], sent: list[str]) -> None:
    done = cli("messages", "list", "--limit", 2)
    assert len(done.json) == 2
    assert "more than 2" in json.loads(done.err)["note"]
    assert cli("messages", "list", "--limit", 5).err == ""
    assert len(cli("messages", "list", "--limit", 2, "--all").json) == len(sent)


def test_filters_of_messages_are_those_of_the_sdk(cli: Callable[..., Done], client: PostmarkClient) -> None:
    client.emails.send(
        from_="shop@example.com", to="ada@example.org", text_body="x", subject="Found", metadata={"order": "4711"}
    )
    send(client)
    found = cli("messages", "list", "--metadata", "order=4711", "--to", "ada@example.org", "--since", "1h").json
    assert [each["subject"] for each in found] == ["Found"]
    assert cli("messages", "list", "--until", "2020-01-01").json == []
    assert cli("messages", "list", "--subject", "Nothing", "--no-json").err == "No message was found.\n"


def test_a_message_is_shown_with_what_happened_to_it(cli: Callable[..., Done], sent: list[str]) -> None:
    shown = cli("messages", "show", sent[0]).json
    assert shown["message_events"][0]["type"] == "Delivered"
    text = cli("messages", "show", sent[0], "--no-json").out
    assert "Letter 0" in text
    assert "Delivered" in text
    assert "Subject: Letter 0" in cli("messages", "show", sent[0], "--source", "--no-json").out
    assert "Subject: Letter 0" in cli("messages", "show", sent[0], "--source").json["source"]


def test_a_message_that_is_not_there_is_one_error(cli: Callable[..., Done], postmark: Emulator) -> None:
    done = cli("messages", "show", "nothing")
    assert (done.status, done.out) == (1, "")
    assert done.error["error"] == "NotFoundError"
    assert done.error["error_code"] == 701
    assert postmark.counters()["Accepted"] == 0


def test_what_came_in_is_listed_and_shown(cli: Callable[..., Done], postmark: Emulator) -> None:
    postmark.inbound({"From": "ada@example.org", "To": "in@example.com", "Subject": "Question", "TextBody": "Why?"})
    (found,) = cli("messages", "inbound").json
    assert found["subject"] == "Question"
    assert "Question" in cli("messages", "inbound", "--no-json").out
    assert cli("messages", "show", found["message_id"], "--inbound").json["text_body"] == "Why?"
    done = cli("messages", "show", found["message_id"], "--inbound", "--source")
    assert (done.status, done.error["error"]) == (2, "CommandError")


def test_following_yields_what_comes_later_once_and_oldest_first() -> None:
    answers = iter([["b", "a"], ["b", "a"], ["d", "c", "b"], ["e", "d", "c"]])
    asked: list[_dt.datetime] = []
    pauses: list[float] = []
    now = _dt.datetime(2026, 11, 29, tzinfo=_dt.timezone.utc)

    def search(since: _dt.datetime) -> list[str]:
        asked.append(since)
        return next(answers)

    found = follow(search, str, interval=5, pause=pauses.append, now=lambda: now)
    assert list(itertools.islice(found, 3)) == ["c", "d", "e"]
    assert asked == [now - OVERLAP] * 4
    assert pauses == [5] * 3


def test_follow_prints_an_object_a_line_until_ctrl_c(
    cli: Callable[..., Done], client: PostmarkClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    send(client, subject="Before")

    def pauses() -> Iterator[None]:
        for number in range(2):
            send(client, subject=f"After {number}")
            yield
        raise KeyboardInterrupt

    rounds = pauses()
    monkeypatch.setattr("postmark_sdk.cli.frame.following.sleep", lambda _: next(rounds))
    done = cli("messages", "list", "--follow")
    assert done.status == 130
    assert [each["subject"] for each in done.lines] == ["After 0", "After 1"]
    assert cli("messages", "list", "--follow", "--since", "1h").status == 2


def test_bounces_are_listed_shown_and_their_addresses_activated(
    cli: Callable[..., Done], client: PostmarkClient, postmark: Emulator
) -> None:
    postmark.bounce(send(client))
    (found,) = cli("bounces", "list", "--type", "HardBounce", "--inactive").json
    assert found["email"] == "ada@example.org"
    assert "ada@example.org" in cli("bounces", "list", "--no-json").out
    assert cli("bounces", "list", "--active").json == []
    assert cli("bounces", "show", found["id"]).json["type"] == "HardBounce"
    assert "HardBounce" in cli("bounces", "show", found["id"], "--no-json").out
    assert cli("bounces", "show", found["id"], "--source").json["source"]
    assert cli("bounces", "activate", found["id"], "--no-json").out == "Mail goes to ada@example.org again\n"
    assert cli("bounces", "list", "--inactive").json == []
    assert cli("bounces", "list", "--inactive", "--no-json").err == "No bounce was found.\n"


def test_statistics_are_an_overview_or_days(cli: Callable[..., Done], sent: list[str]) -> None:
    assert cli("stats").json["sent"] == len(sent)
    assert "sent" in cli("stats", "--no-json").out
    assert cli("stats", "sends", "--since", "7d").json["days"][0]["sent"] == len(sent)
    assert "date" in cli("stats", "sends", "--no-json").out
    done = cli("stats", "sales")
    assert (done.status, done.error["message"]) == (2, "there are no statistics 'sales'")


def test_servers_are_listed_and_shown_without_their_tokens(cli: Callable[..., Done], postmark: Emulator) -> None:
    (server,) = cli("servers", "list").json
    assert (server["name"], server["api_tokens"]) == ("Emulator", "hidden")
    assert "Emulator" in cli("servers", "list", "--no-json").out
    assert cli("servers", "show").json == cli("servers", "show", server["id"]).json == server
    assert postmark.server_token not in cli("servers", "show", "--no-json").out


@pytest.mark.parametrize(
    ("when", "status"),
    [
        ("yesterday", 2),
        ("2026-13-01", 2),
        ("0001-01-01", 2),
        ("999999w", 2),
        ("0001-01-01T00:00", 2),
        ("2h", 0),
        ("2026-11-29T10:30Z", 0),
        ("2026-11-29", 0),
    ],
)
def test_a_moment_is_a_date_a_time_or_how_long_ago(
    cli: Callable[..., Done], postmark: Emulator, when: str, status: int
) -> None:
    done = cli("messages", "list", "--since", when)
    assert done.status == status
    assert postmark.counters()["Accepted"] == 0


@pytest.mark.parametrize("seconds", ["0", "-1", "nan", "inf", "soon"])
def test_a_timeout_is_a_number_of_seconds(cli: Callable[..., Done], postmark: Emulator, seconds: str) -> None:
    assert cli("stats", "--timeout", seconds).status == 2
    assert cli("stats", "--timeout", "30").status == 0
    assert postmark.counters()["Accepted"] == 0


@pytest.mark.parametrize(("day", "status"), [("2h", 2), ("999999w", 2), ("7d", 0), ("2026-11-29", 0)])
def test_a_day_is_a_date_or_how_many_days_ago(
    cli: Callable[..., Done], postmark: Emulator, day: str, status: int
) -> None:
    assert cli("stats", "--since", day).status == status
    assert postmark.counters()["Accepted"] == 0

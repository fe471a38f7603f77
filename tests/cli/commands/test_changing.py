"""Commands that change something: suppressions, streams, domains."""

from __future__ import annotations

import json
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from postmark_sdk import PostmarkClient
    from postmark_sdk.emulator import Emulator
    from tests.cli.conftest import Done


def suppressed(client: PostmarkClient, stream: str = "outbound") -> set[str]:
    return {each.email_address for each in client.suppressions.iterate(stream)}


def test_addresses_are_suppressed_and_listed(cli: Callable[..., Done], client: PostmarkClient) -> None:
    added = cli("suppressions", "add", "ada@example.org", "-", stdin="bert@example.org\n\ncarl@example.org\n")
    assert [each["status"] for each in added.json] == ["Suppressed"] * 3
    assert suppressed(client) == {"ada@example.org", "bert@example.org", "carl@example.org"}
    assert len(cli("suppressions", "list").json) == 3
    assert "ManualSuppression" in cli("suppressions", "list", "--no-json").out
    assert cli("suppressions", "list", "--stream", "broadcast", "--no-json").err == "No address is suppressed.\n"
    assert cli("suppressions", "add", "dora@example.org", "--no-json").out == "1 is suppressed\n"


def test_an_address_gets_mail_again_only_with_yes(cli: Callable[..., Done], client: PostmarkClient) -> None:
    cli("suppressions", "add", "ada@example.org")
    refused = cli("suppressions", "remove", "ada@example.org")
    assert (refused.status, refused.error["hint"]) == (2, "Say that it is meant with --yes.")
    assert suppressed(client)
    assert cli("suppressions", "remove", "ada@example.org", "--yes").json[0]["status"] == "Deleted"
    assert suppressed(client) == set()


def test_a_refusal_of_one_address_is_told_and_the_others_are_done(
    cli: Callable[..., Done], client: PostmarkClient, postmark: Emulator
) -> None:
    message = client.emails.send(from_="shop@example.com", to="ada@example.org", text_body="x").message_id
    postmark.complain(message)
    done = cli("suppressions", "remove", "ada@example.org", "bert@example.org", "-y", "--no-json")
    assert done.status == 1
    assert "1 is no longer suppressed" in done.out
    assert "ada@example.org" in done.out
    assert suppressed(client) == {"ada@example.org"}


def test_any_number_is_exported_and_imported_again(
    cli: Callable[..., Done], client: PostmarkClient, tmp_path: Path
) -> None:
    file = tmp_path / "all.csv"
    addresses = {f"reader-{number}@example.org" for number in range(230)}
    assert cli("suppressions", "import", "-", stdin="\n".join(sorted(addresses))).status == 0
    assert cli("suppressions", "export", file).json == {"file": str(file), "addresses": 230}
    lines = file.read_text(encoding="utf-8").splitlines()
    assert lines[0] == "email_address,suppression_reason,origin,created_at"
    assert cli("suppressions", "export").out.splitlines() == lines
    imported = cli("suppressions", "import", file, "--stream", "broadcast", "--no-json")
    assert imported.out == "230 are suppressed\n"
    assert suppressed(client, "broadcast") == addresses


def test_an_export_that_fails_leaves_the_file_of_before(
    cli: Callable[..., Done], postmark: Emulator, tmp_path: Path
) -> None:
    file = tmp_path / "all.csv"
    file.write_text("before", encoding="utf-8")
    assert cli("suppressions", "export", file, "--stream", "nothing").error["error"] == "NotFoundError"
    assert file.read_text(encoding="utf-8") == "before"
    assert postmark.sent() == []


@pytest.mark.parametrize(
    "text",
    [
        "EmailAddress,Reason\nada@example.org,x\n",
        "reason,email\nx,ada@example.org\n",
        "\ufeffada@example.org\n",
        "\ufeffName;E-Mail\r\n\r\nAda, née Lovelace;ada@example.org\r\n;\r\n",
        "Name\tEmail Address\nAda\tada@example.org\n",
        '\n"EmailAddress"\n"ada@example.org"\n\n',
    ],
)
def test_csv_of_several_kinds_is_imported(cli: Callable[..., Done], client: PostmarkClient, text: str) -> None:
    assert cli("suppressions", "import", "-", stdin=text).status == 0
    assert suppressed(client) == {"ada@example.org"}


def test_what_is_named_twice_is_told_and_sent_once(cli: Callable[..., Done], client: PostmarkClient) -> None:
    done = cli("suppressions", "import", "-", stdin="ada@example.org\nbert@example.org\nada@example.org\n")
    assert (done.status, len(done.json)) == (0, 2)
    assert done.error["note"] == "Named again, and left out: 1"
    assert suppressed(client) == {"ada@example.org", "bert@example.org"}


def test_an_import_that_stops_in_the_middle_says_how_far_it_came(
    cli: Callable[..., Done], client: PostmarkClient, postmark: Emulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    addresses = [f"reader-{number}@example.org" for number in range(220)]
    answered: list[int] = []

    @contextmanager
    def progress(*_: object) -> Iterator[Callable[[int], None]]:
        def advance(count: int) -> None:
            answered.append(count)
            if len(answered) == 2:
                postmark.fail_next(status=422, error_code=1407)

        yield advance

    monkeypatch.setattr("postmark_sdk.cli.frame.output.Output.progress", progress)
    done = cli("suppressions", "import", "-", stdin="\n".join(addresses))
    note, error = (json.loads(line) for line in done.err.splitlines())
    assert (done.status, done.out, error["error"]) == (1, "", "InvalidRequestError")
    assert note["note"].startswith("Postmark has answered for the first 100 of 220.")
    assert len(suppressed(client)) == 100


@pytest.mark.parametrize("text", [b"name,reason\nAda,x\n", b"\xff\xfe", b'"ada', b""])
def test_a_file_of_something_else_is_refused(cli: Callable[..., Done], postmark: Emulator, text: bytes) -> None:
    done = cli("suppressions", "import", "-", stdin=text)
    assert (done.status, done.error["error"]) == (2, "CommandError")
    assert postmark.counters()["Accepted"] == 0


def test_streams_are_made_listed_archived_and_taken_back(cli: Callable[..., Done], client: PostmarkClient) -> None:
    made = cli("streams", "create", "news", "--name", "News", "--type", "Broadcasts")
    assert made.json["id"] == "news"
    assert cli("streams", "create", "more", "--name", "More", "--no-json").out == "Stream more is there\n"
    assert "News" in cli("streams", "list", "--no-json").out
    assert cli("streams", "show", "news").json["message_stream_type"] == "Broadcasts"
    assert "Broadcasts" in cli("streams", "show", "news", "--no-json").out
    assert cli("streams", "archive", "news").status == 2
    assert client.message_streams.get("news").archived_at is None
    assert cli("streams", "archive", "news", "--yes").json["id"] == "news"
    assert "news" not in [each["id"] for each in cli("streams", "list").json]
    assert "news" in [each["id"] for each in cli("streams", "list", "--archived").json]
    assert cli("streams", "unarchive", "news", "--no-json").out == "Stream news is back\n"


def test_domains_are_listed_and_shown_with_their_dns_records(cli: Callable[..., Done], client: PostmarkClient) -> None:
    client.domains.create(name="shop.example", return_path_domain="pm-bounces.shop.example")
    assert [each["name"] for each in cli("domains", "list").json] == ["shop.example"]
    assert "shop.example" in cli("domains", "list", "--no-json").out
    records = cli("domains", "show", "shop.example").json["dns_records"]
    assert [(each["type"], each["verified"]) for each in records] == [("TXT", False), ("CNAME", False)]
    assert records[1]["host"] == "pm-bounces.shop.example"
    assert records[0]["value"] in cli("domains", "show", "shop.example", "--no-json").out.replace("\n", "")
    done = cli("domains", "show", "other.example")
    assert (done.status, done.error["hint"]) == (2, "See postmark domains list.")


def test_a_domain_is_verified_and_what_dns_lacks_is_told(
    cli: Callable[..., Done], client: PostmarkClient, postmark: Emulator
) -> None:
    domain = client.domains.create(name="shop.example", return_path_domain="pm-bounces.shop.example")
    postmark.change_settings(dns_verified=False)
    failed = cli("domains", "verify", "shop.example")
    assert failed.status == 1
    assert [each["type"] for each in failed.json["missing_dns_records"]] == ["TXT", "CNAME"]
    assert "is not verified" in cli("domains", "verify", domain.id, "--no-json").out
    postmark.change_settings(dns_verified=True)
    assert cli("domains", "verify", "shop.example", "--no-json").out == "shop.example is verified\n"
    assert cli("domains", "verify", "shop.example").json["missing_dns_records"] == []

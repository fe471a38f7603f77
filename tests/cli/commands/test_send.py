from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from postmark_sdk.emulator import Emulator
    from tests.cli.conftest import Done

BASE = ("send", "--from", "shop@example.com", "--to", "ada@example.org")
EML = """From: shop@example.com
To: ada@example.org
Subject: =?utf-8?q?Gr=C3=BC=C3=9Fe?=
X-PM-Tag: old
X-PM-Metadata-order: 4711
MIME-Version: 1.0
Content-Type: text/plain; charset=utf-8

Hello, Ada.
"""


def test_a_mail_is_sent_and_its_id_told(cli: Callable[..., Done], postmark: Emulator) -> None:
    done = cli(*BASE, "--cc", "bert@example.org", "-s", "Hello", "--text", "Hello, Ada.", "--tag", "hi")
    assert (done.status, done.err) == (0, "")
    (message,) = postmark.sent()
    assert done.json["message_id"] == message.message_id
    assert (message.subject, message.text_body, message.tag) == ("Hello", "Hello, Ada.", "hi")
    shown = cli(*BASE, "--text", "x", "--no-json").out
    assert shown == f"Postmark took it: {postmark.sent()[1].message_id}\n"


def test_bodies_come_from_files_and_stdin(cli: Callable[..., Done], postmark: Emulator, tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    page.write_text("<p>Grüße</p>", encoding="utf-8")
    assert cli(*BASE, "--html", f"@{page}", "--text", "-", stdin="Grüße").status == 0
    assert cli(*BASE, "--text", "@@ada").status == 0
    first, second = postmark.sent()
    assert (first.html_body, first.text_body, second.text_body) == ("<p>Grüße</p>", "Grüße", "@ada")


def test_a_template_is_sent_with_a_model_of_any_form(
    cli: Callable[..., Done], postmark: Emulator, tmp_path: Path
) -> None:
    model = '{"name": "Ada", "product_name": "Shop"}'
    file = tmp_path / "model.json"
    file.write_text(model, encoding="utf-8")
    for form in (model, f"@{file}", "-"):
        assert cli(*BASE, "--template", "welcome", "--model", form, stdin=model).status == 0
    assert {message.subject for message in postmark.sent()} == {"Welcome to Shop, Ada!"}


def test_files_go_along(cli: Callable[..., Done], postmark: Emulator, tmp_path: Path) -> None:
    report, logo = tmp_path / "report.txt", tmp_path / "logo.png"
    report.write_bytes(b"figures")
    logo.write_bytes(b"picture")
    cli(*BASE, "--html", '<img src="cid:logo.png">', "--attach", report, "--inline", logo)
    files = {file.name: file for file in postmark.sent()[0].attachments}
    assert files["report.txt"].content == b"figures"
    assert files["logo.png"].content_id == "cid:logo.png"


def test_a_mail_from_a_file_is_sent_and_options_replace_what_it_has(
    cli: Callable[..., Done], postmark: Emulator, tmp_path: Path
) -> None:
    file = tmp_path / "mail.eml"
    file.write_text(EML, encoding="utf-8")
    assert cli("send", "--eml", file).status == 0
    assert (
        cli("send", "--eml", "-", "--tag", "new", "--to", "b@example.org", "--metadata", "a=b", stdin=EML).status == 0
    )
    first, second = postmark.sent()
    assert (first.subject, (first.text_body or "").strip(), first.tag) == ("Grüße", "Hello, Ada.", "old")
    assert (second.subject, second.tag, second.metadata) == ("Grüße", "new", {"order": "4711", "a": "b"})
    assert second.to == ["b@example.org"]


def test_a_dry_run_shows_the_request_and_sends_nothing(
    cli: Callable[..., Done], postmark: Emulator, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.delenv("POSTMARK_SERVER_TOKEN")
    (tmp_path / "a.txt").write_bytes(b"figures")
    arguments = (*BASE, "-s", "Hello", "--text", "Line 1\nLine 2", "--attach", tmp_path / "a.txt", "--dry-run")
    done = cli(*arguments)
    assert done.status == 0
    assert (done.json["method"], done.json["url"]) == ("POST", f"{postmark.base_url}/email")
    assert done.json["body"]["Subject"] == "Hello"
    table = cli(*arguments, "--no-json")
    assert "a.txt (text/plain, 7 bytes)" in table.out
    assert "Line 1\nLine 2\n" in table.out
    assert table.err == "Nothing was sent.\n"
    assert postmark.sent() == []


def test_what_is_wrong_is_named_by_option_before_anything_is_sent(cli: Callable[..., Done], postmark: Emulator) -> None:
    done = cli("send", "--from", "shop", "--to", "ada@example.org", "--text", "x", "--dry-run")
    assert (done.status, done.out) == (1, "")
    assert [problem["field"] for problem in done.error["problems"]] == ["--from"]
    assert done.error["message"].startswith("--from: ")
    assert postmark.counters()["Accepted"] == 0


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--template", "welcome", "--text", "x"), "leave --text out"),
        (("--text", "x", "--model", "{}"), "leave --model out"),
        (("--template", "welcome", "--model", "[1]"), "a JSON object is needed"),
        (("--template", "welcome", "--model", "{"), "no JSON"),
        (("--text", "x", "--metadata", "order"), "has no '='"),
        (("--text", "x", "--header", "X-Order 5"), "has no ':'"),
        (("--text", "-", "--html", "-"), "stdin can be read once"),
    ],
)
def test_options_that_do_not_go_together_are_wrong_usage(
    cli: Callable[..., Done], postmark: Emulator, arguments: tuple[str, ...], said: str
) -> None:
    done = cli(*BASE, *arguments)
    assert done.status == 2
    assert said in done.error["message"]
    assert postmark.sent() == []


def test_a_file_that_is_not_there_is_one_error(cli: Callable[..., Done], postmark: Emulator) -> None:
    for option in ("--attach", "--eml"):
        done = cli(*BASE, "--text", "x", option, "nothing.txt")
        assert (done.status, done.error["message"]) == (1, "nothing.txt: No such file or directory")
    assert postmark.sent() == []


@pytest.mark.parametrize(
    ("source", "what"),
    [
        (b"Subject: x\nContent-Type: text/plain; charset=nonsense\n\ngr\xfc\xdfe\n", "the text"),
        (b"Subject: Gr\xfc\xdfe\n\nx\n", "the subject"),
        (b"Subject: x\nContent-Type: text/html; charset=utf-8\n\ngr\xfc\xdfe\n", "the HTML"),
    ],
)
def test_a_file_whose_letters_cannot_be_read_is_not_sent(
    cli: Callable[..., Done], postmark: Emulator, source: bytes, what: str
) -> None:
    done = cli("send", "--eml", "-", stdin=b"From: a@example.com\nTo: b@example.org\n" + source)
    assert (done.status, done.error["message"].startswith(f"-: {what} cannot be read")) == (1, True)
    assert postmark.sent() == []


def test_a_file_in_an_old_charset_is_sent_in_the_letters_that_it_means(
    cli: Callable[..., Done], postmark: Emulator
) -> None:
    source = "From: a@example.com\nTo: b@example.org\nSubject: =?koi8-r?B?9sQ=?=\n"
    source += "Content-Type: text/plain; charset=koi8-r\nContent-Transfer-Encoding: 8bit\n\nЖд\n"
    assert cli("send", "--eml", "-", stdin=source.encode("koi8-r")).status == 0
    (mail,) = postmark.sent()
    assert (mail.subject, mail.text_body) == ("Жд", "Жд\n")


def test_a_suppressed_recipient_is_told(cli: Callable[..., Done], postmark: Emulator) -> None:
    postmark.suppress("ada@example.org")
    refused = cli(*BASE, "--text", "x")
    assert (refused.status, refused.error["error"]) == (1, "InactiveRecipientError")
    done = cli(*BASE, "--to", "bert@example.org", "--text", "x")
    assert done.json["inactive_recipients"] == ["ada@example.org"]
    assert json.loads(done.err)["note"] == "Suppressed, so they will not get it: ada@example.org"


def test_an_unknown_outcome_says_what_to_do_and_resolve_tells_what_became_of_it(
    cli: Callable[..., Done], postmark: Emulator
) -> None:
    postmark.fail_next(kind="cut", processed=True)
    lost: dict[str, Any] = cli(*BASE, "--text", "x", "--trace").error
    assert lost["error"] == "OutcomeUnknownError"
    (mark,) = lost["traces"]
    assert lost["hint"].endswith(f"postmark messages resolve {mark}")
    found = cli("messages", "resolve", mark)
    assert (found.status, found.json["state"]) == (0, "accepted")
    assert found.json["message_id"] == postmark.sent()[0].message_id
    missing = cli("messages", "resolve", "no-such-mark", "--wait", 0, "--no-json")
    assert missing.status == 1
    assert "Not found yet" in missing.out


def test_an_unknown_outcome_without_a_mark_says_how_to_look(cli: Callable[..., Done], postmark: Emulator) -> None:
    postmark.fail_next(kind="cut", processed=True)
    done = cli(*BASE, "--text", "x")
    assert done.status == 1
    assert "postmark messages list" in done.error["hint"]
    assert len(postmark.sent()) == 1

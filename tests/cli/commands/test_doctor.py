"""Every finding of ``postmark doctor``, made by a server or a machine on which it is so."""

from __future__ import annotations

import datetime as _dt
import itertools
import re
from typing import TYPE_CHECKING, Any

import pytest

from postmark_sdk.cli.commands.doctor.machine import drift
from postmark_sdk.testing._receiver import Receiver as Endpoint

if TYPE_CHECKING:
    from collections.abc import Callable

    from postmark_sdk import PostmarkClient
    from postmark_sdk.emulator import Emulator
    from tests.cli.conftest import Done

_OF_CONNECTIONS = (
    *("HTTP_PROXY", "ALL_PROXY", "NO_PROXY", "http_proxy", "https_proxy", "all_proxy", "no_proxy"),
    *("SSL_CERT_FILE", "SSL_CERT_DIR"),
)


@pytest.fixture
def healthy(client: PostmarkClient) -> None:
    """A domain that may send."""
    domain = client.domains.create(name="shop.example", return_path_domain="pm-bounces.shop.example")
    client.domains.verify_dkim(domain.id)
    client.domains.verify_return_path(domain.id)


def found(done: Done, check: str, level: str) -> dict[str, Any]:
    """The one finding of this check and level."""
    (finding,) = (each for each in done.json["findings"] if (each["check"], each["level"]) == (check, level))
    return dict(finding)


def levels(done: Done) -> dict[str, list[str]]:
    grouped = itertools.groupby(done.json["findings"], lambda each: each["check"])
    return {check: [each["level"] for each in findings] for check, findings in grouped}


@pytest.mark.usefixtures("healthy")
def test_all_is_well_and_nothing_was_sent_or_changed(cli: Callable[..., Done], postmark: Emulator) -> None:
    done = cli("doctor")
    assert (done.status, done.err, done.json["ok"]) == (0, "", True)
    assert levels(done) == {
        "settings": ["note", "warning"],  # the emulator is not Postmark
        "proxy": ["note"],
        "tls": ["note"],
        "reach": ["ok"],
        "clock": ["ok"],
        "server token": ["ok"],
        "account token": ["ok"],
        "server": ["ok"],
        "streams": ["ok"],
        "webhooks": ["note"],
        "suppressions": ["ok"],
        "domains": ["ok"],
        "senders": ["ok"],
    }
    assert postmark.sent() == []


@pytest.mark.usefixtures("healthy")
def test_in_a_terminal_each_finding_is_a_line_with_what_to_do(cli: Callable[..., Done], postmark: Emulator) -> None:
    done = cli("doctor", "--no-json")
    assert (done.status, done.err) == (0, "")
    assert re.search("^server token +✓ The server token is accepted$", done.out, re.MULTILINE)
    assert f"! Calls go to {postmark.base_url}, not to Postmark" in done.out
    assert "→ If that is not meant: unset POSTMARK_BASE_URL" in done.out
    assert done.out.rstrip().splitlines()[-1] == "Mail goes out. Warnings: 1."


def test_every_finding_that_is_not_fine_says_what_to_do(
    cli: Callable[..., Done], client: PostmarkClient, postmark: Emulator
) -> None:
    postmark.change_settings(dns_verified=False)
    domain = client.domains.create(name="shop.example", return_path_domain="pm-bounces.shop.example")
    client.domains.verify_dkim(domain.id)
    client.sender_signatures.create(from_email="ada@other.example", name="Ada")
    done = cli("doctor")
    assert done.status == 1
    wrong = [each for each in done.json["findings"] if each["level"] in {"warning", "problem"}]
    assert len(wrong) == 4
    assert all(each["todo"] for each in wrong)


@pytest.mark.usefixtures("healthy")
def test_swapped_tokens_are_recognized(
    cli: Callable[..., Done], postmark: Emulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("POSTMARK_SERVER_TOKEN", postmark.account_token)
    monkeypatch.setenv("POSTMARK_ACCOUNT_TOKEN", postmark.server_token)
    done = cli("doctor")
    assert done.status == 1
    assert found(done, "server token", "problem")["text"] == "The server token is one of the account: they are swapped"
    assert found(done, "account token", "problem")["text"] == "The account token is one of the server: they are swapped"
    assert not {"server", "domains"} & levels(done).keys()


@pytest.mark.usefixtures("healthy")
def test_a_token_that_nobody_knows_keeps_its_checks_out_and_the_others_go_on(
    cli: Callable[..., Done], postmark: Emulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("POSTMARK_SERVER_TOKEN", "unknown-token-for-tests")
    done = cli("doctor")
    assert done.status == 1
    problem = found(done, "server token", "problem")
    assert problem["text"] == "Postmark knows no server with this token"
    assert "into POSTMARK_SERVER_TOKEN" in problem["todo"]
    assert levels(done)["domains"] == ["ok"]
    assert "unknown-token-for-tests" not in done.out
    assert postmark.sent() == []


@pytest.mark.usefixtures("healthy")
@pytest.mark.parametrize(
    ("token", "text"),
    [("", "There is no server token"), ("POSTMARK_API_TEST", "is POSTMARK_API_TEST, which sends nothing")],
)
def test_no_token_of_a_server_is_a_problem(
    cli: Callable[..., Done], monkeypatch: pytest.MonkeyPatch, token: str, text: str
) -> None:
    monkeypatch.setenv("POSTMARK_SERVER_TOKEN", token)
    done = cli("doctor")
    assert done.status == 1
    assert text in found(done, "server token", "problem")["text"]
    assert levels(done)["reach"] == ["ok"]


def test_without_the_account_token_it_is_said_what_was_not_checked(
    cli: Callable[..., Done], postmark: Emulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("POSTMARK_ACCOUNT_TOKEN")
    done = cli("doctor")
    assert done.status == 0
    assert "were not checked" in found(done, "account token", "note")["text"]
    assert postmark.sent() == []


@pytest.mark.usefixtures("healthy")
def test_a_sandbox_keeps_mail_from_going_out(
    cli: Callable[..., Done], postmark: Emulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("POSTMARK_SERVER_TOKEN", postmark.add_server("Trial", sandbox=True))
    done = cli("doctor")
    assert done.status == 1
    assert found(done, "server", "problem")["text"] == "Server Trial is a sandbox: it takes mail and never delivers it"


@pytest.mark.usefixtures("healthy")
def test_archived_streams_are_told(cli: Callable[..., Done], client: PostmarkClient) -> None:
    client.message_streams.create(id="news", name="News", message_stream_type="Broadcasts")
    client.message_streams.archive("news")
    done = cli("doctor")
    assert done.status == 0
    assert found(done, "streams", "note")["text"] == "Archived, so nothing goes through them: news"


@pytest.mark.usefixtures("healthy")
def test_paused_triggers_are_told_with_the_command_that_wakes_them(
    cli: Callable[..., Done], client: PostmarkClient, postmark: Emulator
) -> None:
    endpoint = Endpoint()
    webhook = client.webhooks.ensure(endpoint.url, triggers=["bounce", "delivery"]).webhook
    endpoint.close()
    assert levels(cli("doctor"))["webhooks"] == ["ok"]
    postmark.pause_webhook(webhook.id, "Bounce")
    done = cli("doctor")
    assert done.status == 0
    warning = found(done, "webhooks", "warning")
    assert warning["text"].endswith("is paused for bounce")
    assert warning["todo"].endswith(f"postmark webhooks verify {webhook.id}")


@pytest.mark.usefixtures("healthy")
def test_a_suppressed_recipient_is_a_problem_if_asked_for(cli: Callable[..., Done], postmark: Emulator) -> None:
    postmark.suppress("ada@example.org")
    postmark.suppress("bert@example.org", reason="SpamComplaint")
    assert cli("doctor").status == 0
    ada, bert, carl = (cli("doctor", "--to", f"{name}@example.org") for name in ("ada", "bert", "carl"))
    assert (ada.status, bert.status, carl.status) == (1, 1, 0)
    assert "suppressions remove ada@example.org" in found(ada, "suppressions", "problem")["todo"]
    assert "ask Postmark's support" in found(bert, "suppressions", "problem")["todo"]


@pytest.mark.usefixtures("healthy")
def test_addresses_that_get_no_mail_are_counted(
    cli: Callable[..., Done], client: PostmarkClient, postmark: Emulator
) -> None:
    result = client.emails.send(from_="a@shop.example", to="ada@example.org", text_body="x")
    postmark.bounce(result.message_id)
    assert found(cli("doctor"), "suppressions", "note")["text"].endswith("after bounces or complaints: 1")


def test_what_dns_lacks_is_named_and_a_sender_of_that_domain_is_a_problem(
    cli: Callable[..., Done], client: PostmarkClient, postmark: Emulator
) -> None:
    postmark.change_settings(dns_verified=False)
    domain = client.domains.create(name="shop.example", return_path_domain="pm-bounces.shop.example")
    client.domains.verify_dkim(domain.id)
    for name in ("ada", "bert"):
        client.sender_signatures.create(from_email=f"{name}@other.example", name=name)
    postmark.confirm("ada@other.example")
    done = cli("doctor", "--from", "news@shop.example")
    assert done.status == 1
    todo = found(done, "domains", "warning")["todo"]
    assert "CNAME pm-bounces.shop.example → " in todo
    assert "TXT " in todo
    assert todo.endswith("postmark domains verify shop.example")
    assert found(done, "senders", "problem")["text"].startswith("news@shop.example may not send")
    assert found(done, "senders", "warning")["text"].startswith("bert@other.example is not confirmed")
    assert found(cli("doctor", "--from", "Ada@Other.example"), "senders", "ok")["text"] == "Ada@Other.example may send"


def test_a_return_path_that_is_not_verified_is_a_warning(cli: Callable[..., Done], client: PostmarkClient) -> None:
    domain = client.domains.create(name="shop.example", return_path_domain="pm-bounces.shop.example")
    client.domains.verify_dkim(domain.id)
    plain = client.domains.create(name="plain.example")
    client.domains.verify_dkim(plain.id)
    done = cli("doctor")
    assert done.status == 0
    assert found(done, "domains", "warning")["text"].startswith("The return path of shop.example is not verified")
    assert found(done, "domains", "note")["text"] == "plain.example has no return path of its own"


def test_nobody_may_send_is_a_problem(cli: Callable[..., Done], postmark: Emulator) -> None:
    done = cli("doctor", "--no-json")
    assert done.status == 1
    assert "No domain is verified and no address confirmed" in done.out
    assert "Something keeps mail from going out. Problems: 1, warnings: 1." in done.out
    assert postmark.sent() == []


def test_a_host_that_gives_no_answer_ends_it_with_what_to_do(
    cli: Callable[..., Done], monkeypatch: pytest.MonkeyPatch
) -> None:
    endpoint = Endpoint()
    endpoint.close()
    monkeypatch.setenv("POSTMARK_BASE_URL", endpoint.url)
    done = cli("doctor")
    assert done.status == 1
    problem = found(done, "reach", "problem")
    assert problem["text"].startswith("127.0.0.1 gives no answer: ")
    assert problem["todo"].startswith("Look at the network first")
    assert "server token" not in levels(done)


def test_proxy_and_certificates_of_this_machine_are_told(
    cli: Callable[..., Done], monkeypatch: pytest.MonkeyPatch
) -> None:
    endpoint = Endpoint()
    endpoint.close()
    for name in _OF_CONNECTIONS:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("POSTMARK_BASE_URL", "https://postmark.invalid")
    monkeypatch.setenv("HTTPS_PROXY", endpoint.url.replace("://", "://user:password-for-tests@").rstrip("/"))
    monkeypatch.setenv("SSLKEYLOGFILE", "")
    done = cli("doctor")
    assert found(done, "proxy", "note")["text"].startswith("Calls go through http://user:hidden@127.0.0.1")
    assert "proxy first" in found(done, "reach", "problem")["todo"]
    assert found(done, "tls", "ok")["text"].endswith("the authorities of certifi")
    monkeypatch.setenv("SSL_CERT_FILE", "nothing.pem")
    monkeypatch.setenv("SSLKEYLOGFILE", "keys.txt")
    done = cli("doctor")
    assert found(done, "tls", "problem")["text"] == "SSL_CERT_FILE names nothing.pem, which is not there"
    assert found(done, "tls", "warning")["text"].startswith("SSLKEYLOGFILE is set")


@pytest.mark.usefixtures("healthy")
def test_a_guard_of_the_environment_and_a_profile_are_told(
    cli: Callable[..., Done], postmark: Emulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("POSTMARK_ALLOW_RECIPIENTS", "*@example.com")
    assert found(cli("doctor"), "settings", "note")["text"] == "Tokens come from the environment"
    tokens = f"{postmark.server_token}\nunknown-token-for-tests\n"
    cli("profiles", "add", "staging", "--base-url", postmark.base_url, stdin=tokens)
    done = cli("doctor", "--profile", "staging")
    assert found(done, "settings", "note")["text"] == "Tokens come from profile staging"
    texts = [each["text"] for each in done.json["findings"]]
    assert "POSTMARK_ALLOW_RECIPIENTS is set: mail to others is refused or redirected" in texts
    assert "into the profile: postmark profiles add staging --force" in found(done, "account token", "problem")["todo"]


@pytest.mark.usefixtures("healthy")
def test_a_check_that_fails_is_a_finding_and_the_others_go_on(cli: Callable[..., Done], postmark: Emulator) -> None:
    postmark.fail_next(path="/message-streams", times=1)
    done = cli("doctor")
    assert done.status == 0
    assert found(done, "streams", "warning")["text"].startswith("Not checked: ")
    assert levels(done)["senders"] == ["ok"]


@pytest.mark.parametrize(
    ("date", "ahead"),
    [("Sun, 29 Nov 2026 12:00:00 GMT", 90.0), ("Sun, 29 Nov 2026 12:05:00 GMT", -210.0), ("", None), ("x", None)],
)
def test_the_clock_is_compared_with_the_answer(date: str, ahead: float | None) -> None:
    now = _dt.datetime(2026, 11, 29, 12, 1, 30, tzinfo=_dt.timezone.utc)
    assert drift({"date": date}, now) == ahead

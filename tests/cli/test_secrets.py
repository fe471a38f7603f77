"""No token and no password in anything that any command prints, whatever becomes of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.cli.every import ADDRESS, ARGUMENTS, ENDLESS, HEADER, PASSWORD, STATUSES, STDIN
from tests.cli.process import endless

if TYPE_CHECKING:
    from collections.abc import Callable

    from postmark_sdk import PostmarkClient
    from postmark_sdk.emulator import Emulator
    from tests.cli.conftest import Done

WRONG = "wrong-token-for-tests"


def secrets_in(told: str, postmark: Emulator) -> list[str]:
    secrets = (postmark.server_token, postmark.account_token, PASSWORD, HEADER, WRONG, *STDIN["profiles add"].split())
    return [secret for secret in secrets if secret in told]


@pytest.fixture(autouse=True)
def password(there: object, monkeypatch: pytest.MonkeyPatch) -> None:
    """A secret of the environment, beside those that are there."""
    assert there
    monkeypatch.setenv("POSTMARK_WEBHOOK_AUTH", f"user:{PASSWORD}")


@pytest.fixture
def wrong(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tokens that the server refuses."""
    monkeypatch.setenv("POSTMARK_SERVER_TOKEN", WRONG)
    monkeypatch.setenv("POSTMARK_ACCOUNT_TOKEN", WRONG)


@pytest.mark.parametrize("form", ["--json", "--no-json"])
@pytest.mark.parametrize("outcome", ["fine", "refused"])
@pytest.mark.parametrize("name", ARGUMENTS)
def test_no_secret_is_printed(
    name: str,
    outcome: str,
    form: str,
    cli: Callable[..., Done],
    postmark: Emulator,
    there: Callable[[str], list[str]],
    request: pytest.FixtureRequest,
) -> None:
    if outcome == "refused":
        request.getfixturevalue("wrong")
    done = cli(*name.split(), *there(name), form, stdin=STDIN.get(name, ADDRESS))
    assert done.status in STATUSES.get(name, {0}) | ({1} if outcome == "refused" else set()), done.err
    assert done.out + done.err
    assert secrets_in(done.out + done.err, postmark) == []


@pytest.mark.parametrize("form", ["--json", "--no-json"])
@pytest.mark.parametrize("name", ENDLESS)
@pytest.mark.usefixtures("wrong")
def test_no_secret_is_printed_by_what_goes_on(name: str, form: str, postmark: Emulator) -> None:
    with endless(name, form) as process:
        line = process.first()
    told = line + process.rest
    tokens_of_its_own = {postmark.server_token, postmark.account_token} if name == "emulator" else set()
    assert "http://127.0.0.1:" in told
    assert {*secrets_in(told, postmark)} <= tokens_of_its_own


@pytest.mark.parametrize("form", ["--json", "--no-json"])
@pytest.mark.parametrize(
    "arguments",
    [
        ("webhooks", "replay", "-", "--to", f"ftp://user:{PASSWORD}@127.0.0.1:9/"),
        ("webhooks", "replay", "-", "--to", f"http://user:{PASSWORD}@127.0.0.1:9/"),
        ("webhooks", "ensure", f"ftp://user:{PASSWORD}@127.0.0.1:9/", "-t", "bounce"),
        ("stats", "--base-url", f"https://user:{PASSWORD}@127.0.0.1:9/"),
        ("stats", "--base-url", f"ftp://user:{PASSWORD}@127.0.0.1:9/"),
        ("doctor", "--base-url", f"https://user:{PASSWORD}@127.0.0.1:9/"),
        ("profiles", "add", "new", "--base-url", f"https://user:{PASSWORD}@127.0.0.1:9/"),
        ("profiles", "list"),
        ("jobs", "list", "--database", f"postgresql+nothing://user:{PASSWORD}@127.0.0.1:9/mail"),
        ("jobs", "list", "--database", f"nothing at all://user:{PASSWORD}@127.0.0.1:9/mail"),
    ],
)
def test_no_password_of_an_address_is_printed(
    arguments: tuple[str, ...], form: str, cli: Callable[..., Done], postmark: Emulator
) -> None:
    done = cli(*arguments, form, stdin=STDIN.get(" ".join(arguments[:2]), STDIN["webhooks replay"]))
    assert done.out + done.err
    assert secrets_in(done.out + done.err, postmark) == []


@pytest.mark.parametrize("form", ["--json", "--no-json"])
@pytest.mark.parametrize("name", ["stats", "doctor"])
def test_no_password_of_a_proxy_is_printed(
    name: str, form: str, cli: Callable[..., Done], postmark: Emulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    for variable in ("HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(variable, f"http://user:{PASSWORD}@127.0.0.1:9")
    done = cli(name, "--base-url", "https://postmark.example.com", "--timeout", "2", form)
    assert done.status == 1
    assert secrets_in(done.out + done.err, postmark) == []


def test_a_header_of_a_webhook_is_named_and_not_told(
    cli: Callable[..., Done], client: PostmarkClient, there: Callable[[str], list[str]]
) -> None:
    webhook = client.webhooks.get(int(there("webhooks show")[0]))
    assert [header.value for header in webhook.http_headers or ()] == [HEADER]
    assert "X-Secret" in cli("webhooks", "show", webhook.id, "--no-json").out
    assert cli("webhooks", "show", webhook.id).json["webhook"]["http_headers"] == "hidden"

"""No token and no password in anything that any command prints, whatever becomes of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from postmark_sdk.testing._receiver import Receiver as Endpoint
from tests.cli.test_help import EVERY

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from postmark_sdk import PostmarkClient
    from postmark_sdk.emulator import Emulator
    from tests.cli.conftest import Done

PASSWORD = "webhook-password-for-tests"
LEAVES = [name for name, command in EVERY.items() if not hasattr(command, "list_commands")]
MAIL = '{"from": "a@example.com", "to": "ada@example.org", "text_body": "x"}'
ENDLESS = {"emulator", "webhooks listen", "templates preview"}

ARGUMENTS = {
    "send": ["--from", "a@example.com", "--to", "b@example.org", "--text", "x"],
    "messages show": ["MESSAGE"],
    "messages resolve": ["MESSAGE", "--wait", "0"],
    "bounces show": ["BOUNCE"],
    "bounces activate": ["BOUNCE"],
    "suppressions add": ["ada@example.org"],
    "suppressions remove": ["ada@example.org", "--yes"],
    "suppressions import": ["-"],
    "streams show": ["outbound"],
    "streams create": ["news", "--name", "News"],
    "streams archive": ["broadcast", "--yes"],
    "streams unarchive": ["broadcast"],
    "webhooks show": ["WEBHOOK"],
    "webhooks ensure": ["URL", "-t", "bounce"],
    "webhooks verify": ["WEBHOOK"],
    "webhooks remove": ["WEBHOOK", "--yes"],
    "webhooks replay": ["-", "--to", "URL"],
    "jobs show": ["news"],
    "jobs results": ["news"],
    "jobs add": ["more", "-"],
    "jobs pause": ["news"],
    "jobs resume": ["news"],
    "jobs cancel": ["news", "--yes"],
    "jobs resend": ["news", "--yes"],
    "jobs delete": ["news", "--yes"],
    "domains show": ["shop.example"],
    "domains verify": ["shop.example"],
    "profiles add": ["staging"],
    "profiles remove": ["default", "--yes"],
}
"""What stands for something that there is."""


@pytest.fixture
def there(
    postmark: Emulator, client: PostmarkClient, cli: Callable[..., Done], home: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[dict[str, str]]:
    """Something for each command to work on, secrets in it."""
    monkeypatch.setenv("POSTMARK_JOBS_DATABASE", f"sqlite:///{home / 'mail.db'}")
    cli("jobs", "add", "news", "-")
    endpoint = Endpoint()
    url = endpoint.url.replace("://", f"://user:{PASSWORD}@")
    message = client.emails.send(from_="a@example.com", to="ada@example.org", text_body="x").message_id
    webhook = client.webhooks.ensure(endpoint.url, triggers=["bounce"], auth=("user", PASSWORD)).webhook
    client.server.update(inbound_hook_url=url)
    client.domains.create(name="shop.example")
    yield {"MESSAGE": message, "BOUNCE": str(postmark.bounce(message)), "WEBHOOK": str(webhook.id), "URL": url}
    endpoint.close()


@pytest.mark.parametrize("form", ["--json", "--no-json"])
@pytest.mark.parametrize("outcome", ["fine", "refused"])
@pytest.mark.parametrize("name", [name for name in LEAVES if name not in ENDLESS and not name.startswith("templates ")])
def test_no_secret_is_printed(
    name: str,
    outcome: str,
    form: str,
    cli: Callable[..., Done],
    postmark: Emulator,
    there: dict[str, str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    tokens = f"{postmark.server_token}\n{postmark.account_token}\n"
    cli("profiles", "add", "default", stdin=tokens)
    monkeypatch.setenv("POSTMARK_WEBHOOK_AUTH", f"user:{PASSWORD}")
    secrets = [postmark.server_token, postmark.account_token, PASSWORD, "wrong-token-for-tests"]
    if outcome == "refused":
        monkeypatch.setenv("POSTMARK_SERVER_TOKEN", "wrong-token-for-tests")
        monkeypatch.setenv("POSTMARK_ACCOUNT_TOKEN", "wrong-token-for-tests")
    arguments = [there.get(each, each) for each in ARGUMENTS.get(name, [])]
    words = {"profiles add": tokens, "webhooks replay": '{"RecordType": "Bounce"}', "jobs add": MAIL}
    stdin = words.get(name, "ada@example.org\n")
    done = cli(*name.split(), *arguments, form, stdin=stdin)
    assert done.status in ({0} if outcome == "fine" and name not in {"doctor", "messages resolve"} else {0, 1}), (
        done.err
    )
    assert done.out + done.err
    assert [secret for secret in secrets if secret in done.out + done.err] == []

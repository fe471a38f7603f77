"""The command line against an emulator: in this process, or in one of its own with a terminal."""

from __future__ import annotations

import io
import json
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest
import typer

from postmark_sdk import PostmarkClient
from postmark_sdk.cli.app import app
from postmark_sdk.cli.frame.failures import run
from postmark_sdk.emulator import Emulator
from postmark_sdk.testing._receiver import Receiver
from tests.cli.every import ARGUMENTS, HEADER, MAIL, PASSWORD

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path


@dataclass(frozen=True)
class Done:
    """What a command did."""

    status: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """Stdout, which is one JSON value."""
        return json.loads(self.out)

    @property
    def lines(self) -> list[Any]:
        """Stdout, which is a JSON object a line."""
        return [json.loads(line) for line in self.out.splitlines()]

    @property
    def error(self) -> Any:
        """Stderr, which is one JSON object in one line."""
        (line,) = self.err.splitlines()
        return json.loads(line)


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the profiles are kept."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("APPDATA", str(tmp_path / "config"))
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.delenv("POSTMARK_PROFILE", raising=False)
    return tmp_path


@pytest.fixture(scope="session")
def _emulator() -> Iterator[Emulator]:
    with Emulator() as emulator:
        yield emulator


@pytest.fixture
def postmark(_emulator: Emulator, monkeypatch: pytest.MonkeyPatch) -> Emulator:
    """Empty, and named by the environment."""
    _emulator.reset()
    _emulator.change_settings(dns_verified=True)
    monkeypatch.setenv("POSTMARK_BASE_URL", _emulator.base_url)
    monkeypatch.setenv("POSTMARK_SERVER_TOKEN", _emulator.server_token)
    monkeypatch.setenv("POSTMARK_ACCOUNT_TOKEN", _emulator.account_token)
    return _emulator


@pytest.fixture
def client(postmark: Emulator) -> Iterator[PostmarkClient]:
    """Of the emulator that the commands call."""
    with PostmarkClient(
        postmark.server_token, account_token=postmark.account_token, base_url=postmark.base_url
    ) as client:
        yield client


@pytest.fixture
def cli(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Callable[..., Done]:
    """Run ``postmark`` with these arguments: stdout is no terminal, so it prints JSON unless told otherwise."""

    def call(*arguments: object, stdin: str | bytes = "") -> Done:
        given = stdin.encode() if isinstance(stdin, str) else stdin
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(given), encoding="utf-8"))
        status = run(typer.main.get_command(app), [str(each) for each in arguments])
        captured = capsys.readouterr()
        return Done(status, captured.out, captured.err)

    return call


@pytest.fixture
def there(
    postmark: Emulator, client: PostmarkClient, cli: Callable[..., Done], home: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[[str], list[str]]]:
    """Something for each command to work on, secrets in it; gives the arguments of a command by its name."""
    monkeypatch.chdir(home)
    cli("profiles", "add", "default", stdin=f"{postmark.server_token}\n{postmark.account_token}\n")
    monkeypatch.setenv("POSTMARK_JOBS_DATABASE", f"sqlite:///{home / 'mail.db'}")
    cli("jobs", "add", "news", "-", stdin=MAIL)
    cli("jobs", "add", "empty", "-")
    endpoint = Receiver()
    url = endpoint.url.replace("://", f"://user:{PASSWORD}@")
    message = str(client.emails.send(from_="a@example.com", to="ada@example.org", text_body="x").message_id)
    webhook = client.webhooks.ensure(endpoint.url, triggers=["bounce"], auth=("user", PASSWORD)).webhook
    client.webhooks.update(webhook.id, http_headers={"X-Secret": HEADER})
    client.server.update(inbound_hook_url=url)
    client.domains.create(name="shop.example")
    folder = home / "templates" / "shipped"
    folder.mkdir(parents=True)
    (folder / "meta.json").write_text('{"Name": "Shipped", "Subject": "{{name}}"}', encoding="utf-8")
    (folder / "content.txt").write_text("Hello, {{name}}", encoding="utf-8")
    words = {"MESSAGE": message, "BOUNCE": str(postmark.bounce(message)), "WEBHOOK": str(webhook.id), "URL": url}
    yield lambda name: [words.get(each, each) for each in ARGUMENTS[name]]
    endpoint.close()

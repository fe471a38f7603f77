"""The extension of Flask, with an application, a factory, and several applications."""

from __future__ import annotations

import gc
from typing import TYPE_CHECKING, Any

import pytest

pytest.importorskip("flask", reason="Flask is not installed")
pytest.importorskip("starlette", reason="the emulator needs its extra")

from flask import Flask
from werkzeug.test import Client

from postmark_sdk import ConfigurationError, Guard, GuardError, PostmarkClient
from postmark_sdk.integrations.flask import Postmark
from postmark_sdk.testing import TestEmulator

if TYPE_CHECKING:
    from collections.abc import Iterator

postmark = Postmark()


@pytest.fixture(name="emulator", scope="module")
def _emulator() -> Iterator[TestEmulator]:
    with TestEmulator() as running:
        yield running


def create_app(**config: Any) -> Flask:
    """As its users write one."""
    app = Flask(__name__)
    app.config.update(config)
    postmark.init_app(app)

    @app.post("/welcome")
    def welcome() -> str:
        sent = postmark.client.emails.send(from_="shop@example.com", to="ann@example.org", text_body="Hello.")
        return sent.message_id

    assert welcome is not None
    return app


def test_views_of_a_factorys_application_send_with_its_configuration(emulator: TestEmulator) -> None:
    emulator.reset()
    app = create_app(
        POSTMARK_SERVER_TOKEN=emulator.server_token,
        POSTMARK_BASE_URL=emulator.base_url,
        POSTMARK_DEFAULTS={"tag": "flask"},
        POSTMARK_TIMEOUT=None,
        POSTMARK_SENDER="a key of the application's own",
        POSTMARK_SERVER_ID="another one",
    )
    answer = Client(app).post("/welcome")
    assert answer.text == emulator.outbox.one(tag="flask").message_id
    assert isinstance(app.extensions["postmark"], PostmarkClient)


def test_several_applications_have_clients_of_their_own(emulator: TestEmulator) -> None:
    emulator.reset()
    options = {"POSTMARK_SERVER_TOKEN": emulator.server_token, "POSTMARK_BASE_URL": emulator.base_url}
    free = create_app(**options)
    guarded = create_app(**options, POSTMARK_GUARD=Guard(allow=["*@example.com"]))
    with guarded.app_context(), pytest.raises(GuardError):
        postmark.client.emails.send(from_="shop@example.com", to="ann@example.org", text_body="Hello.")
    with free.app_context():
        assert postmark.client.emails.send(from_="shop@example.com", to="ann@example.org", text_body="Hello.").success
        assert postmark.client is free.extensions["postmark"] is not guarded.extensions["postmark"]
    assert len(emulator.outbox) == 1


def test_what_is_not_configured_comes_from_the_environment(
    emulator: TestEmulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in emulator.variables.items():
        monkeypatch.setenv(name, value)
    app = Flask(__name__)
    extension = Postmark(app)
    with app.app_context():
        assert extension.client.server.get().name


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("POSTMARK_TOKN", "POSTMARK_SERVER_TOKEN"),
        ("POSTMARK_TOKEN", "POSTMARK_SERVER_TOKEN"),
        ("POSTMARK_SERVER_TOKE", "POSTMARK_SERVER_TOKEN"),
        ("POSTMARK_URL", "POSTMARK_BASE_URL"),
        ("POSTMARK_TIMOUT", "POSTMARK_TIMEOUT"),
    ],
)
def test_a_misspelt_name_is_an_error_that_says_what_was_meant(name: str, meant: str) -> None:
    with pytest.raises(ConfigurationError, match=f"^{name} in the configuration: did you mean '{meant}'") as caught:
        create_app(**{name: "value-for-tests"})
    assert "value-for-tests" not in str(caught.value)


def test_a_wrong_value_is_an_error() -> None:
    with pytest.raises(ConfigurationError, match="retries"):
        create_app(POSTMARK_RETRIES=-1)


def test_an_application_without_the_extension_and_one_that_has_it_twice_are_told() -> None:
    app = Flask(__name__)
    with app.app_context(), pytest.raises(ConfigurationError, match="call init_app with it"):
        _ = postmark.client
    postmark.init_app(app)
    with pytest.raises(ConfigurationError, match="call init_app once"):
        postmark.init_app(app)


def test_a_client_is_closed_with_its_application() -> None:
    app = create_app(POSTMARK_SERVER_TOKEN="token-for-tests")
    client = app.extensions["postmark"]
    del app
    gc.collect()
    with pytest.raises(ConfigurationError, match="closed"):
        client.server.get()

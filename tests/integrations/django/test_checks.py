"""What ``manage.py check`` says, as a project runs it."""

from __future__ import annotations

from typing import Any

import pytest

pytest.importorskip("django", reason="Django is not installed")

from django.apps import apps
from django.core import checks
from django.core.management import call_command
from django.core.management.base import SystemCheckError
from django.test import override_settings

from postmark_sdk.integrations.django.apps import PostmarkConfig
from postmark_sdk.integrations.django.checks import check_deployment, check_settings
from postmark_sdk.webhooks import WebhookAuth
from tests.integrations.django.project import VERSION, settings_of

SMTP = "django.core.mail.backends.smtp.EmailBackend"
TOKEN = "token-for-tests"


def found(**settings: Any) -> list[tuple[str, str]]:
    """Id and text of each message, with the settings of a project beside."""
    with override_settings(**{"DEFAULT_FROM_EMAIL": "Shop <shop@shop.dev>", **settings}):
        return [(str(each.id).removeprefix("postmark_sdk."), each.msg) for each in check_settings()]


def through(**options: Any) -> Any:
    return settings_of(**options)


def test_a_project_that_is_right_gets_no_word() -> None:
    with through(server_token=TOKEN):
        assert found() == []
        assert found(POSTMARK_WEBHOOKS={"auth": WebhookAuth(basic=("postmark", "password-for-tests"))}) == []


def test_a_misspelt_option_is_an_error_that_says_what_was_meant() -> None:
    with through(tokn=TOKEN):
        ((id, text),) = found()
    assert id == "E001"
    assert text.endswith("PostmarkClient has no argument 'tokn'; did you mean 'server_token'?")
    assert TOKEN not in text


def test_a_wrong_value_is_an_error() -> None:
    with through(server_token=TOKEN, retries=-1):
        ((id, text),) = found()
    assert (id, "retries" in text) == ("E001", True)


def test_a_missing_token_is_a_warning(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("POSTMARK_SERVER_TOKEN", raising=False)
    monkeypatch.delenv("POSTMARK_BASE_URL", raising=False)
    with through():
        assert [id for id, _ in found()] == ["W001"]
        monkeypatch.setenv("POSTMARK_SERVER_TOKEN", TOKEN)
        assert found() == []


@pytest.mark.parametrize(
    ("sender", "routable"),
    [
        ("webmaster@localhost", False),
        ("Shop <shop@shop.local>", False),
        ("shop@mail.example.com", False),
        ("shop", False),
        ("", False),
        ("shop@notexample.com", True),
        ("Shöp <shop@exämple.de>", True),
    ],
)
def test_a_sender_nobody_can_own_is_a_warning(sender: str, *, routable: bool) -> None:
    with through(server_token=TOKEN):
        assert [id for id, _ in found(DEFAULT_FROM_EMAIL=sender)] == ([] if routable else ["W002"])
        assert found(SERVER_EMAIL=sender) == []
        admins = ["a@shop.dev"] if VERSION >= (6, 0) else [("Ann", "a@shop.dev")]
        assert [text.split()[0] for _, text in found(SERVER_EMAIL=sender, ADMINS=admins)] == (
            [] if routable else ["SERVER_EMAIL"]
        )


def test_an_emulator_takes_every_sender() -> None:
    with through(server_token=TOKEN, base_url="http://127.0.0.1:8025"):
        assert found(DEFAULT_FROM_EMAIL="webmaster@localhost") == []


def test_a_project_whose_mail_goes_elsewhere_is_left_alone() -> None:
    with settings_of(SMTP):
        assert found(DEFAULT_FROM_EMAIL="webmaster@localhost") == []
        assert [id for id, _ in found(POSTMARK={"tokn": TOKEN})] == ["E001"]
        assert found(POSTMARK={}) == []
    with settings_of("no.such.EmailBackend"):
        assert found() == []


def test_open_and_misspelt_webhooks_are_named() -> None:
    with through(server_token=TOKEN):
        assert [id for id, _ in found(POSTMARK_WEBHOOKS={"max_bytes": 1000})] == ["W004"]
        ((id, text),) = found(POSTMARK_WEBHOOKS={"auht": None})
        assert (id, text.endswith("WebhookRouter has no argument 'auht'; did you mean 'auth'?")) == ("E002", True)
        assert [id for id, _ in found(POSTMARK_WEBHOOKS="password")] == ["E002"]
        assert [id for id, _ in found(POSTMARK_WEBHOOKS={"auth": "password"})] == ["E002"]
        assert found(POSTMARK_WEBHOOKS={"auth": ("postmark", "password-for-tests")}) == []


def test_the_token_for_tests_is_named_before_a_deployment() -> None:
    with through(server_token="POSTMARK_API_TEST"):
        assert [each.id for each in check_deployment()] == ["postmark_sdk.W003"]
    with through(server_token=TOKEN):
        assert check_deployment() == []


def test_the_application_brings_them_to_the_command(capsys: pytest.CaptureFixture[str]) -> None:
    settings = override_settings(
        INSTALLED_APPS=["postmark_sdk.integrations.django"], DEFAULT_FROM_EMAIL="shop@shop.dev"
    )
    registry = checks.registry.registry
    before = set(registry.registered_checks), set(registry.deployment_checks)
    try:
        with through(tokn=TOKEN), settings:
            config = apps.get_app_config("postmark_sdk")
            assert isinstance(config, PostmarkConfig)
            with pytest.raises(SystemCheckError, match=r"(?s)postmark_sdk\.E001.*did you mean 'server_token'"):
                call_command("check", tags=["postmark"])
    finally:
        registry.registered_checks, registry.deployment_checks = before
    assert capsys.readouterr().out == ""

from __future__ import annotations

import os
import stat
from typing import TYPE_CHECKING

import pytest

from postmark_sdk.cli.frame import profiles

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.cli.conftest import Done

SECRETS = "server-token-for-tests\naccount-token-for-tests\n"


def test_a_profile_is_kept_listed_and_removed_and_its_tokens_are_never_shown(cli: Callable[..., Done]) -> None:
    added = cli("profiles", "add", "staging", "--base-url", "https://postmark.example.com", stdin=SECRETS)
    told = {
        "name": "staging",
        "server_token": True,
        "account_token": True,
        "base_url": "https://postmark.example.com",
    }
    assert (added.status, added.json) == (0, told)
    assert cli("profiles", "list").json == [told]
    table = cli("profiles", "list", "--no-json").out
    assert "staging" in table
    assert "token-for-tests" not in added.out + table
    profile = profiles.load()["staging"]
    assert profile[1:3] == ("server-token-for-tests", "account-token-for-tests")
    assert "token-for-tests" not in repr(profile)
    assert cli("profiles", "remove", "staging", "--yes").json == {"removed": "staging"}
    assert cli("profiles", "list").json == []


@pytest.mark.skipif(os.name != "posix", reason="files have no mode of this kind")
def test_nobody_else_can_read_the_file_and_it_is_said_if_they_can(cli: Callable[..., Done]) -> None:
    cli("profiles", "add", "one", stdin=SECRETS)
    assert stat.S_IMODE(profiles.path().stat().st_mode) == 0o600
    assert cli("profiles", "list").err == ""
    profiles.path().chmod(0o644)
    assert "chmod 600" in cli("profiles", "list").err
    cli("profiles", "add", "two", stdin=SECRETS)
    assert stat.S_IMODE(profiles.path().stat().st_mode) == 0o600


def test_what_somebody_wrote_into_the_file_stays(cli: Callable[..., Done]) -> None:
    profiles.path().parent.mkdir(parents=True)
    profiles.path().write_text('# ours\n[profiles.one]  # first\nserver_token = "server-token-for-tests"\n')
    cli("profiles", "add", "two", stdin=SECRETS)
    assert profiles.path().read_text().startswith("# ours\n[profiles.one]  # first\n")
    assert list(profiles.load()) == ["one", "two"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('[profiles.one]\nserver_token = "secret-for-tests', "is not TOML"),
        ("profiles = 5", "have to be tables"),
        ('[profiles.one]\ntoken = "secret-for-tests"', "profile 'one' has token"),
    ],
)
def test_a_file_that_is_none_is_one_line_without_its_text(cli: Callable[..., Done], text: str, said: str) -> None:
    profiles.path().parent.mkdir(parents=True)
    profiles.path().write_text(text)
    profiles.path().chmod(0o600)
    done = cli("profiles", "list")
    assert done.status == 1
    assert said in done.error["message"]
    assert "secret" not in done.err


def test_a_profile_that_is_not_there_names_those_that_are(cli: Callable[..., Done]) -> None:
    cli("profiles", "add", "one", stdin=SECRETS)
    done = cli("profiles", "remove", "two", "--yes")
    assert done.status == 2
    assert done.error["hint"] == "There are: one. Add one: postmark profiles add two"


def test_a_profile_is_not_replaced_unasked_and_never_removed_unasked(cli: Callable[..., Done]) -> None:
    cli("profiles", "add", "one", stdin=SECRETS)
    again = cli("profiles", "add", "one", stdin="other-token-for-tests\n\n")
    assert (again.status, again.error["hint"]) == (2, "Replace it with --force.")
    removed = cli("profiles", "remove", "one")
    assert removed.status == 2
    assert "--yes" in removed.error["hint"]
    assert profiles.load()["one"].server_token == "server-token-for-tests"
    assert cli("profiles", "add", "one", "--force", stdin="other-token-for-tests\n\n").status == 0
    assert profiles.load()["one"][1:3] == ("other-token-for-tests", None)


@pytest.mark.parametrize("stdin", ["\n\n", "", "to ken\n", "tök\n"])
def test_a_token_that_is_none_is_refused_and_not_kept(cli: Callable[..., Done], stdin: str) -> None:
    done = cli("profiles", "add", "one", stdin=stdin)
    assert done.status in {1, 2}
    assert "token" in done.error["message"]
    assert cli("profiles", "list").json == []


def test_without_a_name_the_environment_counts_and_default_where_that_is_empty(
    cli: Callable[..., Done], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("default", "other"):
        cli("profiles", "add", name, stdin=SECRETS)
    assert (profiles.named(None) or profiles.Profile("")).name == "default"
    assert (profiles.named("other") or profiles.Profile("")).name == "other"
    monkeypatch.setenv("POSTMARK_PROFILE", "other")
    assert (profiles.named(None) or profiles.Profile("")).name == "other"
    monkeypatch.delenv("POSTMARK_PROFILE")
    monkeypatch.setenv("POSTMARK_BASE_URL", "http://127.0.0.1:8025")
    assert profiles.named(None) is None

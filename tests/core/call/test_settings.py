from __future__ import annotations

from typing import Any

import httpx
import pytest

from postmark_sdk import AsyncPostmarkClient, ConfigurationError, PostmarkClient
from postmark_sdk._core.call.settings import (
    DEFAULT_BASE_URL,
    checked_base_url,
    checked_policy,
    checked_timeout,
    checked_token,
)
from postmark_sdk._core.http.policy import Policy
from tests.core.harness import MAIL, READ, SEND, Answer, run


@pytest.mark.parametrize("kind", ["server", "account"])
def test_a_token_is_trimmed(kind: str) -> None:
    assert checked_token("\t token-for-tests \r\n", kind) == "token-for-tests"


@pytest.mark.parametrize("kind", ["server", "account"])
def test_a_missing_token_comes_from_its_environment_variable(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    assert checked_token(None, kind) is None
    monkeypatch.setenv(f"POSTMARK_{kind.upper()}_TOKEN", " from-outside ")
    assert checked_token(None, kind) == "from-outside"
    assert checked_token("given", kind) == "given"


@pytest.mark.parametrize(
    "token", ["secret with space", "secret\ninside", "secret\x00", "secretü", "secret\u200b", "sec\tret"]
)
def test_a_malformed_token_is_refused_and_not_repeated(token: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        PostmarkClient(token)
    assert "sec" not in f"{caught.value} {caught.value!r}"
    assert "server_token" in str(caught.value)


@pytest.mark.parametrize("token", ["", "   "])
def test_an_empty_token_is_refused(token: str) -> None:
    with pytest.raises(ConfigurationError, match="account_token is empty"):
        AsyncPostmarkClient(account_token=token)


@pytest.mark.parametrize("token", ["", "   "])
def test_an_empty_variable_is_none(token: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("POSTMARK_ACCOUNT_TOKEN", token)
    with PostmarkClient("token-for-tests") as client, pytest.raises(ConfigurationError, match="set POSTMARK_ACCOUNT_T"):
        client.servers.list()


@pytest.mark.parametrize("token", [b"bytes", 5, ["x"], True])
def test_a_token_is_text(token: Any) -> None:
    with pytest.raises(ConfigurationError, match=f"a {type(token).__name__} given"):
        PostmarkClient(token)


def test_a_wrong_option_is_a_value_error_too() -> None:
    with pytest.raises(ValueError, match="retries"):
        PostmarkClient("token-for-tests", retries=-1)


@pytest.mark.parametrize(
    ("given", "address"),
    [
        ("https://api.example.com", "https://api.example.com"),
        (" https://api.example.com/ ", "https://api.example.com"),
        ("https://api.example.com/proxy/postmark/", "https://api.example.com/proxy/postmark"),
        ("http://127.0.0.1:8025", "http://127.0.0.1:8025"),
        ("http://localhost:8025", "http://localhost:8025"),
        ("http://mail.localhost", "http://mail.localhost"),
        ("http://[::1]:8025", "http://[::1]:8025"),
        ("HTTPS://api.example.com", "HTTPS://api.example.com"),
    ],
)
def test_addresses(given: str, address: str) -> None:
    assert checked_base_url(given, allow_http=False) == address


def test_the_address_comes_from_the_environment_else_it_is_postmark(monkeypatch: pytest.MonkeyPatch) -> None:
    assert checked_base_url(None, allow_http=False) == DEFAULT_BASE_URL
    monkeypatch.setenv("POSTMARK_BASE_URL", "http://127.0.0.1:1")
    assert checked_base_url(None, allow_http=False) == "http://127.0.0.1:1"
    monkeypatch.setenv("POSTMARK_BASE_URL", "")
    assert checked_base_url(None, allow_http=False) == DEFAULT_BASE_URL


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        ("", "https://host"),
        ("api.example.com", "https://host"),
        ("ftp://api.example.com", "https://host"),
        ("https://", "https://host"),
        ("https://api.example.com?a=1", "without query"),
        ("https://api.example.com#a", "without query"),
        ("https://api.example.com?", "without query"),
        ("https://api.example.com/#", "without query"),
        ("https://api.example.com/?/", "without query"),
        ("https://user:secret@api.example.com", "user name or password"),
        ("http://api.example.com", "unencrypted"),
        ("http://127.0.0.1.example.com", "unencrypted"),
        ("http://10.0.0.1", "unencrypted"),
    ],
)
def test_unsafe_addresses_are_refused(given: str, reason: str) -> None:
    with pytest.raises(ConfigurationError, match=reason) as caught:
        checked_base_url(given, allow_http=False)
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize(
    "given",
    [
        "http://[::1",
        "https://[zz]",
        "https://host:99999",
        "https://host:word",
        "https://host:0",
        "https://two words",
        "https://host/a b",
        "https://ho\nst",
        "http://local\thost",
        b"https://host",
        443,
    ],
)
def test_what_is_no_address_is_refused_by_the_client(given: Any) -> None:
    with pytest.raises(ConfigurationError, match="base_url"):
        PostmarkClient("t", base_url=given)


@pytest.mark.parametrize("cls", [PostmarkClient, AsyncPostmarkClient])
def test_a_host_that_only_the_http_library_refuses_is_no_error_of_its(
    cls: type[PostmarkClient | AsyncPostmarkClient],
) -> None:
    with pytest.raises(ConfigurationError, match="base_url"):
        cls("t", base_url="https://exämple_.com")._core()


def test_plain_http_in_a_closed_network_has_to_be_asked_for() -> None:
    assert checked_base_url("http://10.0.0.1", allow_http=True) == "http://10.0.0.1"


@pytest.mark.parametrize(("value", "taken"), [("1", True), (" True ", True), ("0", False), ("", False), ("no", False)])
def test_the_environment_may_allow_plain_http_where_it_names_the_address(
    monkeypatch: pytest.MonkeyPatch,
    value: str,
    taken: bool,  # noqa: FBT001
) -> None:
    monkeypatch.setenv("POSTMARK_BASE_URL", "http://postmark:8025")
    monkeypatch.setenv("POSTMARK_ALLOW_HTTP", value)
    if taken:
        assert checked_base_url(None, allow_http=False) == "http://postmark:8025"
    else:
        with pytest.raises(ConfigurationError, match="POSTMARK_ALLOW_HTTP=1"):
            checked_base_url(None, allow_http=False)


def test_a_word_that_neither_allows_nor_forbids_plain_http_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("POSTMARK_ALLOW_HTTP", "maybe")
    with pytest.raises(ConfigurationError, match="takes 1 or 0"):
        checked_base_url("http://postmark:8025", allow_http=False)
    assert checked_base_url("https://api.example.com", allow_http=False) == "https://api.example.com"


@pytest.mark.parametrize("retries", [-1, 1.5, True, "2", None])
def test_retries_are_counted(retries: Any) -> None:
    with pytest.raises(ConfigurationError, match="retries"):
        checked_policy(retries, 60.0)


@pytest.mark.parametrize("max_elapsed", [-0.1, float("nan"), True, "60", None])
def test_max_elapsed_is_seconds(max_elapsed: Any) -> None:
    with pytest.raises(ConfigurationError, match="max_elapsed"):
        checked_policy(2, max_elapsed)


def test_zero_is_a_policy() -> None:
    policy = checked_policy(0, 0)
    assert (policy.retries, policy.max_elapsed) == (0, 0.0)
    assert Policy().retries == 2
    assert Policy().max_elapsed == 60.0


@pytest.mark.parametrize("timeout", [0, -1, float("inf"), float("nan"), True, "5"])
def test_a_timeout_is_positive_seconds(timeout: Any) -> None:
    with pytest.raises(ConfigurationError, match="timeout"):
        checked_timeout(timeout)


@pytest.mark.parametrize("timeout", [0, -1, float("nan"), float("inf"), 1e10, True, "5", (1, 2)])
def test_the_timeout_of_a_call_is_checked_as_the_clients(timeout: Any) -> None:
    """Before anything is sent: a send would else be of unknown outcome."""
    for operation in (READ, SEND):
        refused = run([Answer(200, {})], operation, timeout=timeout, fields=MAIL if operation is SEND else {})
        assert isinstance(refused.error, ConfigurationError)
        assert refused.tries == 0


@pytest.mark.parametrize(
    ("cls", "given"),
    [
        (PostmarkClient, httpx.AsyncClient()),
        (AsyncPostmarkClient, httpx.Client()),
        (PostmarkClient, "http://proxy.example"),
    ],
)
def test_an_http_client_of_the_other_kind_is_refused(cls: Any, given: Any) -> None:
    with pytest.raises(ConfigurationError, match="it takes an httpx"):
        cls("t", http_client=given)


def test_a_timeout_may_be_one_of_the_http_library() -> None:
    timeout = httpx.Timeout(5.0, connect=1.0)
    assert checked_timeout(timeout) is timeout
    assert checked_timeout(3) == 3.0
    assert checked_timeout(None) is None


@pytest.mark.parametrize("cls", [PostmarkClient, AsyncPostmarkClient])
def test_the_repr_of_a_client_holds_no_token(cls: type[PostmarkClient | AsyncPostmarkClient]) -> None:
    client = cls("token-for-tests", account_token="other-token", base_url="http://127.0.0.1:1")
    assert repr(client) == f"{cls.__name__}(base_url='http://127.0.0.1:1')"
    assert "token-for-tests" not in repr(client._link.settings)
    assert "other-token" not in repr(client._link.settings)


@pytest.mark.parametrize(("kind", "operation"), [("server", "server_get"), ("account", "servers_list")])
def test_a_call_without_its_token_says_which_and_sends_nothing(kind: str, operation: str) -> None:
    from postmark_sdk._generated.operations import OPERATIONS

    client = PostmarkClient("t") if kind == "account" else PostmarkClient(account_token="t")
    with pytest.raises(ConfigurationError) as caught:
        client._core().call(OPERATIONS[operation])
    assert f"{kind}_token=" in str(caught.value)
    assert f"POSTMARK_{kind.upper()}_TOKEN" in str(caught.value)
    assert caught.value.operation == OPERATIONS[operation].label


def test_a_copy_keeps_what_is_not_given() -> None:
    client = PostmarkClient(
        "one", account_token="two", base_url="http://127.0.0.1:1", timeout=3, retries=1, max_elapsed=9
    )
    before, settings = client._link.settings, client.with_options()._link.settings
    assert repr(settings) == repr(before)
    assert all(getattr(settings, name) == getattr(before, name) for name in before.__slots__ if name != "policy")
    changed = client.with_options(server_token=" three ", timeout=4, retries=0, max_elapsed=1)._link.settings
    assert (changed.server_token, changed.account_token, changed.timeout) == ("three", "two", 4.0)
    assert (changed.policy.retries, changed.policy.max_elapsed) == (0, 1.0)


@pytest.mark.parametrize("options", [{"server_token": "a b"}, {"retries": -1}, {"max_elapsed": -1}, {"timeout": 0}])
def test_a_copy_is_checked_like_a_client(options: dict[str, Any]) -> None:
    with pytest.raises(ConfigurationError):
        PostmarkClient("one").with_options(**options)


def test_the_default_number_of_tries_is_three() -> None:
    assert run([Answer(500)]).tries == 3

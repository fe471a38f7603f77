"""Which proxy of the environment a host is called through."""

from __future__ import annotations

import pytest

from postmark_sdk._core.http.pooling.proxies import is_loopback, proxy_for

PROXY = "http://proxy.example:3128"


@pytest.fixture(autouse=True)
def _no_proxies(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy", "request_method"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


@pytest.mark.parametrize(
    ("variables", "scheme", "proxy"),
    [
        ({}, "https", None),
        ({"HTTPS_PROXY": PROXY}, "https", PROXY),
        ({"HTTPS_PROXY": PROXY}, "http", None),
        ({"HTTP_PROXY": PROXY}, "https", None),
        ({"ALL_PROXY": "socks5://proxy.example"}, "https", "socks5://proxy.example"),
        ({"ALL_PROXY": "http://other.example", "https_proxy": PROXY}, "https", PROXY),
        ({"HTTPS_PROXY": "proxy.example:3128"}, "https", PROXY),
        ({"HTTPS_PROXY": ""}, "https", None),
    ],
)
def test_the_variable_for_the_scheme_counts_before_the_one_for_all(
    variables: dict[str, str], scheme: str, proxy: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    assert proxy_for(scheme, "api.postmarkapp.com", None) == proxy


@pytest.mark.parametrize(
    ("exceptions", "host", "direct"),
    [
        ("*", "api.postmarkapp.com", True),
        ("other.example, postmarkapp.com", "api.postmarkapp.com", True),
        ("postmarkapp.com", "postmarkapp.com", True),
        (".postmarkapp.com", "api.postmarkapp.com", True),
        (".postmarkapp.com", "postmarkapp.com", False),
        ("*.postmarkapp.com", "api.postmarkapp.com", True),
        ("app.com", "api.postmarkapp.com", False),
        ("API.PostmarkApp.com", "api.postmarkapp.com", True),
        ("api.postmarkapp.com:443", "api.postmarkapp.com", True),
        ("api.postmarkapp.com:80", "api.postmarkapp.com", False),
        ("https://api.postmarkapp.com", "api.postmarkapp.com", True),
        ("all://api.postmarkapp.com", "api.postmarkapp.com", True),
        ("http://api.postmarkapp.com", "api.postmarkapp.com", False),
        ("10.0.0.0/8", "10.1.2.3", True),
        ("10.0.0.1/8", "10.1.2.3", True),
        ("10.1.2.3", "10.1.2.3", True),
        ("10.1.2.3:443", "10.1.2.3", True),
        ("10.0.0.0/8", "api.postmarkapp.com", False),
        ("10.0.0.0/8", "11.1.2.3", False),
        ("fd07::/64", "fd07::5", True),
        ("[fd07::5]", "fd07::5", True),
        ("[fd07::]/64", "fd07::5", True),
        ("[fd07::5]:443", "fd07::5", True),
        ("[fd07::5]:80", "fd07::5", False),
        ("fd07:0::5", "fd07::5", True),
        ("::1/128,[::1],[::1,fd07::/640,,://,[", "api.postmarkapp.com", False),
    ],
)
def test_exceptions_may_be_names_addresses_and_networks(
    exceptions: str,
    host: str,
    direct: bool,  # noqa: FBT001 - a column of the table
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", PROXY)
    monkeypatch.setenv("NO_PROXY", exceptions)
    assert proxy_for("https", host, None) == (None if direct else PROXY)


@pytest.mark.parametrize("host", ["localhost", "emulator.localhost", "127.0.0.1", "127.9.9.9", "::1"])
def test_this_machine_is_never_called_through_a_proxy(host: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, PROXY)
    assert proxy_for("http", host, 8025) is None
    assert proxy_for("https", host, None) is None


@pytest.mark.parametrize(
    ("host", "local"), [("127.8.9.1", True), ("::1", True), ("localhost", True), ("10.0.0.1", False)]
)
def test_this_machine(host: str, local: bool) -> None:  # noqa: FBT001 - a column of the table
    assert is_loopback(host) is local

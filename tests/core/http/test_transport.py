from __future__ import annotations

import asyncio
import ssl
from typing import Any

import pytest

from postmark_sdk import AsyncPostmarkClient, ConfigurationError, PostmarkClient
from postmark_sdk._core.http.pooling import connection, opening
from postmark_sdk._core.http.transport import tls_context

OWN_TRANSPORT = pytest.mark.not_over_aiohttp(reason="a transport that is given asks the environment for no proxy")
WORLDS = [pytest.param(False, id="sync"), pytest.param(True, id="async", marks=OWN_TRANSPORT)]


@pytest.mark.parametrize("base_url", ["https://api.postmarkapp.com", "http://127.0.0.1:8025"])
def test_every_context_verifies(base_url: str) -> None:
    context = tls_context(base_url)
    assert context.verify_mode is ssl.CERT_REQUIRED
    assert context.check_hostname


def test_a_client_of_plain_http_loads_no_certificates_and_trusts_nobody() -> None:
    assert tls_context("http://127.0.0.1:8025").cert_store_stats()["x509_ca"] == 0
    assert tls_context("https://api.postmarkapp.com").cert_store_stats()["x509_ca"] > 0


def test_clients_share_the_certificates() -> None:
    assert tls_context("https://api.postmarkapp.com") is tls_context("https://proxy.example.com")


def error_of(base_url: str, *, asynchronous: bool) -> ConfigurationError:
    mail: Any = {"from_": "a@example.com", "to": "b@example.org", "text_body": "Hello."}
    options: Any = {"server_token": "t", "base_url": base_url, "retries": 0}

    async def send() -> None:
        async with AsyncPostmarkClient(**options) as client:
            await client.emails.send(**mail)

    with pytest.raises(ConfigurationError) as caught:  # noqa: PT012
        if asynchronous:
            asyncio.run(send())
        with PostmarkClient(**options) as client:
            client.emails.send(**mail)
    return caught.value


@pytest.mark.parametrize("asynchronous", WORLDS)
@pytest.mark.parametrize("proxy", ["ftp://user:proxy-secret@proxy.example", "http://user:proxy-secret@[::1"])
def test_an_odd_proxy_is_no_error_of_the_http_librarys(
    proxy: str, monkeypatch: pytest.MonkeyPatch, *, asynchronous: bool
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", proxy)
    error = error_of("https://postmark.example", asynchronous=asynchronous)
    assert "HTTPS_PROXY" in str(error)
    assert "proxy-secret" not in f"{error} {error!r} {error.__cause__}"


@pytest.mark.parametrize("asynchronous", WORLDS)
@pytest.mark.parametrize("variable", ["SSL_CERT_FILE", None])
def test_what_is_not_the_environments_fault_is_not_blamed_on_it(
    variable: str | None, monkeypatch: pytest.MonkeyPatch, *, asynchronous: bool
) -> None:
    def broken(base_url: str) -> None:
        raise AttributeError(f"no context for {base_url}")

    monkeypatch.setattr(opening, "tls_context", broken)
    for name in opening._CERTIFICATE_VARIABLES:
        monkeypatch.delenv(name, raising=False)
    if variable:
        monkeypatch.setenv(variable, "/nowhere")
    error = error_of("https://postmark.example", asynchronous=asynchronous)
    assert "AttributeError: no context for https://postmark.example" in str(error)
    assert ("SSL_CERT_FILE" in str(error)) is bool(variable)
    assert "PROXY" not in str(error)


@pytest.mark.parametrize("asynchronous", WORLDS)
def test_a_connection_that_cannot_be_made_for_another_reason_says_which(
    monkeypatch: pytest.MonkeyPatch, *, asynchronous: bool
) -> None:
    def broken(*_: object) -> None:
        raise AttributeError("type object 'GreenSocket' has no attribute 'sendmsg'")

    monkeypatch.setattr(connection, "async_opener" if asynchronous else "opener", broken)
    error = error_of("http://127.0.0.1:9", asynchronous=asynchronous)
    assert "sendmsg" in str(error)
    assert "PROXY" not in str(error)

from __future__ import annotations

import asyncio
import ssl
from typing import Any

import pytest

from postmark_sdk import AsyncPostmarkClient, ConfigurationError, PostmarkClient, PostmarkError, TransportError
from postmark_sdk._core.http.transport import tls_context

OWN_TRANSPORT = pytest.mark.not_over_aiohttp(reason="a transport that is given asks the environment for no proxy")


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


@pytest.mark.parametrize("asynchronous", [False, pytest.param(True, marks=OWN_TRANSPORT)], ids=["sync", "async"])
@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("HTTPS_PROXY", "ftp://user:proxy-secret@proxy.example"),
        ("HTTPS_PROXY", "http://[::1"),
        ("NO_PROXY", "[::1"),
    ],
)
def test_an_odd_environment_is_no_error_of_the_http_librarys(
    variable: str, value: str, monkeypatch: pytest.MonkeyPatch, *, asynchronous: bool
) -> None:
    monkeypatch.setenv(variable, value)
    mail: Any = {"from_": "a@example.com", "to": "b@example.org", "text_body": "Hello."}
    options: Any = {"server_token": "t", "base_url": "https://127.0.0.1:9", "retries": 0}

    async def send() -> None:
        async with AsyncPostmarkClient(**options) as client:
            await client.emails.send(**mail)

    with pytest.raises(PostmarkError) as caught:  # noqa: PT012
        if asynchronous:
            asyncio.run(send())
        with PostmarkClient(**options) as client:
            client.emails.send(**mail)
    assert "proxy-secret" not in f"{caught.value} {caught.value!r} {caught.value.__cause__}"
    if variable == "NO_PROXY" and isinstance(caught.value, TransportError):
        return  # some versions of Python take it for a name, and there nobody listens
    assert isinstance(caught.value, ConfigurationError)
    assert "HTTPS_PROXY" in str(caught.value)

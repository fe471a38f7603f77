from __future__ import annotations

import ssl

import pytest

from postmark_sdk._core.transport import tls_context


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
